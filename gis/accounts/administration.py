"""What an administrator asks: the accounts of their own subtree, and who holds which role where.

Each is one transaction with its audit row. The predicate on home areas stands in each query and, under it, in the
policies.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.accounts import admin_store, audit, store
from gis.accounts.model import (
    AccountPage,
    AccountView,
    Caller,
    DepartmentRow,
    NewAccount,
    NewGrant,
    RoleRow,
)
from gis.accounts.passwords import first_password, hash_password
from gis.accounts.reach import (
    area_asked,
    area_named,
    find,
    managed,
    require_above,
    require_covered,
    require_reach,
    require_whole,
)
from gis.accounts.role_rules import read_grant_wanted
from gis.accounts.texts import LONGEST_NAME, read_new_account, read_text
from gis.base.errors import Conflict, NotFound, Stale
from gis.db.engine import unit_of_work
from gis.db.scope import EVERYWHERE, Roots, scope_of, scoped
from gis.settings import Settings

READ = "accounts.read"


def list_accounts(
    engine: Engine,
    *,
    search: str | None = None,
    area: str | None = None,
    disabled: bool | None = None,
    limit: int = 50,
    after: str | None = None,
) -> AccountPage:
    """A page of the accounts of the subtrees one looks after, by name; `after` is `next` of the page before.

    Raises Invalid `unknown_area`, Forbidden `outside_scope`. Reading is on record.
    """
    roots = _read_roots(engine)
    search = None if search is None else read_text(search, "q")
    with unit_of_work(engine) as session:
        within = None if area is None else area_asked(session, area, roots)
        found = admin_store.accounts(
            session,
            roots,
            within=within,
            search=search,
            disabled=disabled,
            after=after,
            limit=limit + 1,
        )
        audit.record(
            session, "accounts.read", "accounts", area or "*", area_id=within or _first(roots),
            details={"shown": min(len(found), limit)},
        )  # fmt: skip
    more = len(found) > limit
    return AccountPage(tuple(found[:limit]), found[limit - 1].username.lower() if more else None)


def read_account(engine: Engine, account_id: int) -> AccountView:
    """One account with its roles; NotFound `no_such_account`. Reading is on record."""
    with unit_of_work(engine) as session:
        found = _one(session, _read_roots(engine), account_id)
        audit.record(session, "accounts.read", "account", account_id, area_id=found.home.id)
    return found


def read_account_named(engine: Engine, username: str) -> AccountView:
    """One account by its whole name, letters of either case; for the command line."""
    with unit_of_work(engine) as session:
        row = store.login_row(session, username)
        if row is None:
            raise NotFound("no_such_account", "没有这个账户", "There is no such account")
        return _one(session, _read_roots(engine), row.account_id)


def create_account(
    engine: Engine, settings: Settings, caller: Caller, new: NewAccount, wanted: NewGrant | None = None
) -> tuple[AccountView, str | None]:
    """Make an account; its first password too, unless an outside provider vouches for the person.

    With `wanted` its first role as well, or neither. Raises Invalid `bad_username`, `bad_identity`, `unknown_area`;
    Conflict `username_taken`, `identity_taken`; Forbidden `outside_scope`; of a role as `create_grant`.
    """
    new = read_new_account(new)
    password = None if new.issuer else first_password(new.username, settings.password_profile)
    hashed = None if password is None else hash_password(password)
    with unit_of_work(scoped(engine, caller.scope)) as session:
        home = area_named(session, new.home, "home")
        require_covered(managed(caller), [home.path], "home")
        account_id = admin_store.add(session, new, home.id, hashed)
        audit.record(session, "account.create", "account", account_id, area_id=home.id)
        if wanted is not None:
            _give(session, caller, account_id, home.id, wanted)
        return _one(session, managed(caller), account_id), password


def update_account(
    engine: Engine,
    caller: Caller,
    account_id: int,
    version: int,
    *,
    display_name: str | None = None,
    home: str | None = None,
    disabled: bool | None = None,
) -> AccountView:
    """Change the shown name, the home area, or let somebody in no longer, or again; what is None stays.

    Who is disabled is logged out, and the tokens are revoked. Raises Stale `stale` for another version, NotFound
    `no_such_account`, Forbidden `own_account`, `outside_scope`, `privileged_role`, Conflict `last_admin`.
    """
    if display_name is not None:
        display_name = read_text(display_name, "display_name", LONGEST_NAME)
    with unit_of_work(scoped(engine, caller.scope)) as session:
        target = find(session, caller, account_id)
        if target.version != version:
            raise Stale("stale", "内容已被他人修改，请重新读取", "It was changed meanwhile; read it again")
        require_whole(session, caller, target)
        moved = None if home is None else area_named(session, home, "home")
        if moved is not None:
            require_covered(managed(caller), [moved.path], "home")
        if disabled and not target.disabled:
            _require_other_managers(session, account_id)
            store.end_sessions(session, account_id)
            store.revoke_tokens(session, account_id)
        admin_store.change(session, account_id, display_name, moved.id if moved else None, disabled)
        told = {"name": display_name is not None or None, "home": home, "disabled": disabled}
        audit.record(
            session, "account.disable" if disabled else "account.update", "account", account_id,
            area_id=target.home_area_id, details={key: value for key, value in told.items() if value is not None},
        )  # fmt: skip
        return _one(session, managed(caller), account_id)


def reset_password(
    engine: Engine, settings: Settings, caller: Caller, account_id: int, *, second_factor: bool = False
) -> str:
    """A new first password: whoever logs in with it must change it; sessions end, tokens are revoked.

    `second_factor` removes that too, for a lost phone. Raises as `update_account`, and Conflict `outside_identity`.
    """
    password = first_password("", settings.password_profile)
    hashed = hash_password(password)
    with unit_of_work(scoped(engine, caller.scope)) as session:
        target = find(session, caller, account_id)
        require_whole(session, caller, target)
        if target.outside:
            raise Conflict(
                "outside_identity",
                "该账户由统一身份认证登录，没有本地密码",
                "This account logs in by an outside provider and has no password here",
            )
        store.set_password(session, account_id, hashed, must_change=True)
        if second_factor:
            store.set_totp(session, account_id, None)
        ended = store.end_sessions(session, account_id)
        revoked = store.revoke_tokens(session, account_id)
        audit.record(
            session, "password.reset", "account", account_id, area_id=target.home_area_id,
            details={"sessions": ended, "tokens": revoked, "second_factor": second_factor},
        )  # fmt: skip
    return password


def end_sessions(engine: Engine, caller: Caller, account_id: int) -> int:
    """Log somebody out everywhere; how many sessions there were.

    Raises Forbidden `outside_scope`, `privileged_role` for somebody who holds more than the caller administers.
    """
    with unit_of_work(scoped(engine, caller.scope)) as session:
        target = find(session, caller, account_id)
        require_whole(session, caller, target)
        ended = store.end_sessions(session, account_id)
        audit.record(
            session,
            "session.logout",
            "account",
            account_id,
            area_id=target.home_area_id,
            details={"sessions": ended},
        )
    return ended


def create_grant(engine: Engine, caller: Caller, account_id: int, wanted: NewGrant) -> AccountView:
    """Give a role; it counts from the person's next request on, or from its first day.

    Raises Invalid `unknown_role`, `grant_place`, `unknown_area`, … (`role_rules`), Forbidden `outside_scope`,
    `privileged_role`, `own_account`, NotFound `no_such_account`, Conflict `grant_exists`.
    """
    with unit_of_work(scoped(engine, caller.scope)) as session:
        target = find(session, caller, account_id)
        _give(session, caller, account_id, target.home_area_id, wanted)
        return _one(session, managed(caller), account_id)


def end_grant(engine: Engine, caller: Caller, account_id: int, grant_id: int) -> AccountView:
    """End a role at once; it stays on record.

    Raises NotFound `no_such_account`, `no_such_grant`, Forbidden as `create_grant`, Conflict `last_admin`.
    """
    with unit_of_work(scoped(engine, caller.scope)) as session:
        target = find(session, caller, account_id)
        held = [one for one in admin_store.held(session, account_id) if one.grant_id == grant_id]
        if not held:
            raise NotFound("no_such_grant", "没有这项任职", "There is no such role of this account")
        require_reach(caller, held[0])
        _require_other_managers(session, account_id, grant_id)
        admin_store.end_grant(session, account_id, grant_id)
        admin_store.touch(session, account_id)
        audit.record(
            session,
            "grant.end",
            "account",
            account_id,
            area_id=target.home_area_id,
            details={"grant": grant_id},
        )
        return _one(session, managed(caller), account_id)


def list_roles(engine: Engine) -> Sequence[RoleRow]:
    """The roles as the city defined them."""
    with unit_of_work(engine) as session:
        return admin_store.roles(session)


def list_departments(engine: Engine) -> Sequence[DepartmentRow]:
    """The departments by code."""
    with unit_of_work(engine) as session:
        return admin_store.departments(session)


def _read_roots(engine: Engine) -> Roots:
    scope = scope_of(engine)
    if scope is None:
        return ()
    return EVERYWHERE if scope.maintenance else scope.areas.get(READ, ())


def _first(roots: Roots) -> int | None:
    return None if isinstance(roots, str) or not roots else roots[0]


def _one(session: Session, roots: Roots, account_id: int) -> AccountView:
    found = admin_store.accounts(session, roots, account_id=account_id)
    if not found:
        raise NotFound("no_such_account", "没有这个账户", "There is no such account")
    return found[0]


def _give(session: Session, caller: Caller, account_id: int, home_area_id: int, wanted: NewGrant) -> None:
    values, privileged, paths = read_grant_wanted(session, wanted)
    require_covered(managed(caller), paths, "area" if wanted.area else "department")
    if privileged:
        require_above(caller, paths)
    grant_id = admin_store.add_grant(session, values | {"account": account_id, "by": caller.account_id})
    if grant_id is None:
        raise Conflict("grant_exists", "此人已有该角色", "The person holds this role there already")
    admin_store.touch(session, account_id)
    audit.record(
        session, "grant.create", "account", account_id, area_id=home_area_id,
        details={"grant": grant_id, "role": wanted.role, "area": wanted.area, "department": wanted.department},
    )  # fmt: skip


def _require_other_managers(session: Session, account_id: int, grant_id: int | None = None) -> None:
    if not admin_store.managed_elsewhere(session, account_id, grant_id):
        raise Conflict(
            "last_admin",
            "这是该区域最后一位管理员，请先任命另一位",
            "This is the last administrator there; appoint another first",
        )
