"""The check of `?area=`: an area entirely outside one's own is refused, rather than answered with nothing."""

from __future__ import annotations

from sqlalchemy import Engine

from gis.accounts.model import Caller
from gis.areas.reach import reaches
from gis.base.errors import Forbidden
from gis.db.scope import EVERYWHERE


def require_reach(
    engine: Engine, caller: Caller, permission: str, code: str | None, field: str = "area"
) -> None:
    """403 `outside_scope` when no area the permission is held in lies in the area asked for, nor around it.

    A permission held in a department goes with its matters, wherever they are: nothing is outside of it. An
    unknown area is left to whoever looks for it.
    """
    scope = caller.scope
    roots = scope.areas.get(permission, ())
    if code is None or roots == EVERYWHERE or scope.departments.get(permission):
        return
    held = {int(root) for root in roots} | {area for name, area, _ in scope.limited if name == permission}
    if reaches(engine, code, sorted(held)) is False:
        raise Forbidden(
            "outside_scope",
            "该区域不在您的管辖范围内",
            "This area is outside the ones you look after",
            field=field,
        )
