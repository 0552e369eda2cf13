"""What an administrator may touch: their own subtrees, nobody's privileges above their own, never themselves."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from gis.accounts import admin_store
from gis.accounts.admin_store import AreaRow, Held, Target
from gis.accounts.model import Caller
from gis.accounts.texts import read_text
from gis.base.errors import Forbidden, Invalid, NotFound
from gis.db.scope import EVERYWHERE, Roots, outside_scope

MANAGE = "accounts.manage"


def managed(caller: Caller) -> Roots:
    """The roots of the subtrees whose accounts the caller administers."""
    return EVERYWHERE if caller.scope.maintenance else caller.scope.areas.get(MANAGE, ())


def privileged(caller: Caller) -> Roots:
    """Those of them in which the caller administers by a privileged role, and so may give such roles."""
    if caller.scope.maintenance:
        return EVERYWHERE
    held = managed(caller)
    return tuple(
        grant.area.id
        for grant in caller.roles
        if grant.area and grant.privileged and not grant.limited and MANAGE in grant.permissions and grant.area.id in held
    )  # fmt: skip


def covers(roots: Roots, paths: Iterable[tuple[int, ...]]) -> bool:
    """Whether every path goes through a root; with no path at all only who has everything does."""
    if isinstance(roots, str):
        return roots == EVERYWHERE
    ways = list(paths)
    return bool(ways) and all(set(roots) & set(path) for path in ways)


def require_covered(roots: Roots, paths: Iterable[tuple[int, ...]], field: str | None = None) -> None:
    """Forbidden `outside_scope` for what reaches beyond the roots."""
    if not covers(roots, paths):
        raise Forbidden(
            "outside_scope",
            "超出您管理的范围",
            "This lies outside what you administer",
            field=field,
        )


def require_privilege(caller: Caller, paths: Iterable[tuple[int, ...]]) -> None:
    """Forbidden `privileged_role` unless the caller is an administrator there, or above."""
    if not covers(privileged(caller), paths):
        raise Forbidden(
            "privileged_role",
            "管理员、审计员等特权角色只能由同级或上级管理员授予和收回",
            "Privileged roles are given and taken by administrators of that area or above",
            field="role",
        )


def require_above(caller: Caller, paths: Iterable[tuple[int, ...]]) -> None:
    """Forbidden `privileged_role` unless the caller is an administrator of an area above: nobody makes their equals."""
    if not covers(privileged(caller), [path[:-1] for path in paths]):
        raise Forbidden(
            "privileged_role",
            "管理员、审计员等特权角色只能由上级区域的管理员授予，或在服务器上用 wangge user grant 授予",
            "Privileged roles are given by administrators of an area above, or on the server by wangge user grant",
            field="role",
        )


def area_named(session: Session, code: str, field: str) -> AreaRow:
    """The area in force with a code; Invalid `unknown_area`, which tells whoever imported none yet to do so."""
    found = admin_store.area(session, read_text(code, field))
    if found is None:
        zh, en = f"没有这个区域：{code}", f"There is no such area: {code}"
        if not admin_store.has_areas(session):
            zh += "；还没有任何区域，请先导入：wangge import areas 文件"
            en += "; there are no areas yet, import them first: wangge import areas FILE"
        raise Invalid("unknown_area", zh, en, field=field)
    return found


def area_asked(session: Session, code: str, roots: Roots) -> int:
    """The id of an area to look in; Forbidden `outside_scope` for one that neither lies in a root nor holds one."""
    found = area_named(session, code, "area")
    above = set() if isinstance(roots, str) else admin_store.above(session, list(roots))
    if not (roots == EVERYWHERE or set(found.path) & set(roots) or found.id in above):
        raise outside_scope()
    return found.id


def find(session: Session, caller: Caller, account_id: int) -> Target:
    """The account, locked. NotFound outside the subtree as if there were none; Forbidden `own_account`."""
    if account_id == caller.account_id:
        raise Forbidden(
            "own_account",
            "不能管理自己的账户与角色，请由其他管理员操作",
            "Nobody administers their own account or roles; ask another administrator",
        )
    found = admin_store.target(session, managed(caller), account_id)
    if found is None:
        raise NotFound("no_such_account", "没有这个账户", "There is no such account")
    return found


def require_whole(session: Session, caller: Caller, target: Target) -> None:
    """Forbidden unless all the account holds lies in reach: who sets a password may do all that it may."""
    for one in admin_store.held(session, target.id):
        require_reach(caller, one)


def require_reach(caller: Caller, held: Held) -> None:
    """Forbidden `outside_scope` or `privileged_role` for something held that is beyond the caller's reach."""
    require_covered(managed(caller), held.paths)
    if held.privileged:
        require_privilege(caller, held.paths)
