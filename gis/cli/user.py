"""`wangge user`: accounts and who holds which role, for whoever may use the machine itself."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from gis.cli.polite import PoliteGroup

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from gis.accounts.model import AccountView, Grant

user_app = typer.Typer(cls=PoliteGroup, no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="用户名 / user name")]
Place = Annotated[str | None, typer.Option("--area", help="区域代码 / code of an area")]
Department = Annotated[str | None, typer.Option("--department", help="部门代码 / code of a department")]
Role = Annotated[
    str | None, typer.Option("--role", help="角色，见 wangge user roles / see wangge user roles")
]
Categories = Annotated[
    list[str] | None, typer.Option("--category", help="scheme:kind:code，可多次 / repeatable")
]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="日期 / YYYY-MM-DD")]


def register(app: typer.Typer) -> None:
    """Add `wangge user …`."""
    app.add_typer(user_app, name="user", help="账户与任职 / accounts and roles.")


@user_app.command()
def add(
    username: Name,
    home: Annotated[str, typer.Option("--home", help="所属区域代码 / code of the home area")],
    display_name: Annotated[str | None, typer.Option("--name", help="显示名 / shown name")] = None,
    role: Annotated[
        str | None, typer.Option("--role", help="同时授予的角色 / a role to give at once")
    ] = None,
    department: Department = None,
    category: Categories = None,
    valid_to: Day = None,
    issuer: Annotated[str | None, typer.Option(help="统一身份认证地址 / OpenID provider")] = None,
    subject: Annotated[str | None, typer.Option(help="该处的标识 / the person's id there")] = None,
) -> None:
    """新建账户并输出一次性密码 / make an account and print its one-time password."""
    from gis.accounts import administration
    from gis.accounts.model import SYSTEM, NewAccount, NewGrant
    from gis.cli.database import database
    from gis.cli.polite import read_settings

    if role is None and (department or category or valid_to):
        raise typer.BadParameter("须同时给出 --role / goes with --role")
    new = NewAccount(username, display_name or username, home, issuer, subject)
    wanted = None
    if role is not None:
        place = None if department else home
        wanted = NewGrant(role, place, department, tuple(category or ()), None, _day(valid_to))
    with database() as (engine, _):
        made, password = administration.create_account(engine, read_settings(), SYSTEM, new, wanted)
        typer.echo(f"已创建 / made: {made.username} ({made.home.code} {made.home.name})")
        _print_password(password)


@user_app.command("list")
def list_(
    area: Place = None,
    search: Annotated[str | None, typer.Option("--search", help="名称的一部分 / part of the name")] = None,
    disabled: Annotated[bool, typer.Option("--disabled", help="仅已停用的 / disabled ones only")] = False,
) -> None:
    """列出账户及其任职 / accounts and what they hold."""
    from gis.accounts import administration
    from gis.cli.database import database

    with database() as (engine, _):
        after: str | None = None
        while True:
            page = administration.list_accounts(
                engine, search=search, area=area, disabled=disabled or None, limit=200, after=after
            )
            for account in page.items:
                typer.echo(_line(account))
            after = page.next
            if after is None:
                return


@user_app.command()
def disable(username: Name) -> None:
    """停用账户：会话与令牌随即失效 / let somebody in no longer; sessions and tokens end."""
    _switch(username, disabled=True)


@user_app.command()
def enable(username: Name) -> None:
    """重新启用账户 / let somebody in again."""
    _switch(username, disabled=False)


@user_app.command()
def reset(
    username: Name,
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="同时取消动态口令 / remove the second factor too")
    ] = False,
) -> None:
    """重置密码并输出一次性密码 / a new one-time password; sessions and tokens end."""
    from gis.accounts import administration
    from gis.accounts.model import SYSTEM
    from gis.cli.database import database
    from gis.cli.polite import read_settings

    with database() as (engine, _):
        account = _find(engine, username)
        password = administration.reset_password(
            engine, read_settings(), SYSTEM, account.id, second_factor=second_factor
        )
    _print_password(password)


@user_app.command()
def token(
    username: Name,
    permission: Annotated[list[str], typer.Option("--permission", help="权限，可多次 / repeatable")],
    name: Annotated[str, typer.Option("--name", help="用途 / what it is for")] = "wangge user token",
    days: Annotated[int, typer.Option("--days", min=1, max=365, help="有效天数 / days it is good for")] = 90,
) -> None:
    """为某人签发访问令牌（仅显示一次）/ an access token for somebody, shown once."""
    from gis.accounts import service
    from gis.cli.database import database

    until = datetime.now(UTC) + timedelta(days=days)
    with database() as (engine, _):
        made = service.issue_token(engine, _find(engine, username), name, permission, until)
    typer.echo(
        f"有效至 / good until {made.row.expires_at:%Y-%m-%d}；只显示这一次 / shown this once:", err=True
    )
    typer.echo(made.token)


@user_app.command()
def grant(
    username: Name,
    role: Role = None,
    area: Place = None,
    department: Department = None,
    category: Categories = None,
    valid_from: Day = None,
    valid_to: Day = None,
    end: Annotated[
        int | None, typer.Option("--end", help="改为结束此编号的任职 / end this grant instead")
    ] = None,
) -> None:
    """授予或结束任职 / give a role, or end one."""
    from gis.accounts import administration
    from gis.accounts.model import SYSTEM, NewGrant
    from gis.cli.database import database

    if (role is None) == (end is None):
        raise typer.BadParameter("--role 或 --end，二选一 / either --role or --end")
    wanted = NewGrant(role or "", area, department, tuple(category or ()), _day(valid_from), _day(valid_to))
    with database() as (engine, _):
        account = _find(engine, username)
        if end is None:
            changed = administration.create_grant(engine, SYSTEM, account.id, wanted)
        else:
            changed = administration.end_grant(engine, SYSTEM, account.id, end)
    typer.echo(_line(changed))


@user_app.command()
def roles() -> None:
    """列出角色与其权限 / the roles and what they allow."""
    from gis.accounts import administration
    from gis.cli.database import database

    with database() as (engine, _):
        for role in administration.list_roles(engine):
            where = "部门 / department" if role.held_in == "department" else " ".join(role.levels)
            marks = [
                mark
                for mark, set_ in (("有期限 / dated", role.dated), ("限类别 / limited", role.limited))
                if set_
            ]
            typer.echo(f"{role.code}  {role.name_zh} / {role.name_en}  [{'; '.join([where, *marks])}]")
            typer.echo(f"    {' '.join(role.permissions) or '-'}")


def _switch(username: str, *, disabled: bool) -> None:
    from gis.accounts import administration
    from gis.accounts.model import SYSTEM
    from gis.cli.database import database

    with database() as (engine, _):
        account = _find(engine, username)
        changed = administration.update_account(
            engine, SYSTEM, account.id, account.version, disabled=disabled
        )
    typer.echo(_line(changed))


def _find(engine: Engine, username: str) -> AccountView:
    from gis.accounts import administration

    return administration.read_account_named(engine, username)


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def _print_password(password: str | None) -> None:
    if password is None:
        typer.echo("由统一身份认证登录，没有本地密码 / logs in by the provider, no password here")
        return
    typer.echo(
        "一次性密码，首次登录须修改，14 天内有效 / one-time password, to be changed, good for 14 days:",
        err=True,
    )
    sys.stderr.flush()
    typer.echo(password)


def _line(account: AccountView) -> str:
    marks = [
        mark
        for mark, is_so in (
            ("停用 / disabled", account.disabled_at is not None),
            ("待改密码 / must change", account.must_change and account.has_password),
            ("动态口令 / totp", account.totp),
            ("演示 / demo", account.is_demo),
        )
        if is_so
    ]
    held = [_held(one) for one in account.grants if one.in_force]
    return "  ".join(
        part
        for part in (
            account.username,
            account.display_name,
            f"{account.home.code} {account.home.name}",
            "、".join(held) or "-",
            "；".join(marks),
        )
        if part
    )


def _held(grant: Grant) -> str:
    place = grant.area or grant.department
    return f"#{grant.id} {grant.name_zh}@{place.name if place else '-'}"
