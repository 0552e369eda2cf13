"""What a filter and a scope mean in the database at hand: which ids a code stands for, how large a scope is."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gis.areas.store import refuse_unknown_area
from gis.base.errors import Forbidden, Invalid
from gis.db.scope import EVERYWHERE, Scope
from gis.db.sql import load
from gis.db.visible import READ, Condition, found_by_index, roots_of
from gis.events.filters import Asked, EventFilter, is_near


def asked_area(session: Session, scope: Scope | None, wanted: EventFilter) -> Asked | None:
    """What the filter's area stands for; None without one.

    Raises `Invalid` (`unknown_area`) for a code no area ever had, `Forbidden` (`outside_scope`) for an area in
    which the scope holds nothing: no answer would be read as "no events".
    """
    if wanted.area is None:
        return None
    roots = [] if scope is None or scope.maintenance else _roots(scope)
    row = session.execute(load("gis.events", "area_asked"), {"code": wanted.area, "roots": roots}).one()
    if row.ids is None:
        refuse_unknown_area(session, wanted.area)
        return None
    if not row.met and not _everywhere(scope):
        raise Forbidden(
            "outside_scope",
            f"区域 {wanted.area} 不在您的管理范围内",
            f"The area {wanted.area} lies outside your scope",
            field="area",
        )
    return Asked(tuple(row.ids), row.level)


def _roots(scope: Scope) -> list[int]:
    return [] if scope.areas.get(READ) == EVERYWHERE else roots_of(scope)


def _everywhere(scope: Scope | None) -> bool:
    """Whether events of any area may be among those seen: a department's lie wherever they lie."""
    if scope is None:
        return False
    return scope.maintenance or scope.areas.get(READ) == EVERYWHERE or bool(scope.departments.get(READ))


def near(session: Session, scope: Scope | None, wanted: EventFilter) -> Condition | None:
    """How an index finds the events of a scope of few areas; None for a wide one."""
    condition = found_by_index(scope)
    if condition is None or scope is None:
        return None
    level = session.scalar(load("gis.events", "highest_level"), {"ids": roots_of(scope)})
    return condition if is_near(level, wanted) else None


def refuse_unknown_category(session: Session, wanted: EventFilter) -> None:
    """Invalid `unknown_category` rather than an empty answer to a typing error."""
    if wanted.category is None:
        return
    scheme, kind, code = wanted.category
    values = {"scheme": scheme, "kind": kind, "code": code}
    if not session.scalar(load("gis.events", "category_known"), values):
        key = ":".join(part for part in wanted.category if part is not None)
        raise Invalid(
            "unknown_category",
            f"没有此事项类别：{key}",
            f"There is no such category: {key}",
            field="category",
        )
