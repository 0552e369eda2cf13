"""What a filter and a scope mean in the database at hand: which ids a code stands for, how large a scope is."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.areas.store import refuse_unknown_area
from gis.base.errors import Invalid
from gis.db.scope import EVERYWHERE, Scope, outside_scope
from gis.db.sql import load
from gis.db.visible import READ, Condition, found_by_index, roots_of
from gis.events.filters import Asked, EventFilter, highest_named

DEPARTMENT = text("SELECT true FROM department WHERE code = :code")


def asked_area(session: Session, scope: Scope | None, wanted: EventFilter) -> Asked | None:
    """What the filter's area stands for; None without one.

    Raises `Invalid` (`unknown_area`) for a code no area ever had, `Forbidden` (`outside_scope`) for an area in
    which the scope holds nothing: no answer would be read as "no events".
    """
    if wanted.area is None:
        return None
    roots = [] if scope is None else roots_of(scope)
    row = session.execute(load("gis.events", "area_asked"), {"code": wanted.area, "roots": roots}).one()
    if row.ids is None:
        refuse_unknown_area(session, wanted.area)
        return None
    if not row.met and not _everywhere(scope):
        raise outside_scope()
    return Asked(row.ids, _below(session, row.ids, wanted))


def _everywhere(scope: Scope | None) -> bool:
    """Whether events of any area may be among those seen: a department's lie wherever they lie."""
    if scope is None:
        return False
    return scope.maintenance or scope.areas.get(READ) == EVERYWHERE or bool(scope.departments.get(READ))


def near(session: Session, scope: Scope | None, wanted: EventFilter) -> Condition | None:
    """How an index finds the events of a scope of few areas; None for a wide one."""
    if scope is None or scope.maintenance or _anywhere(scope):
        return None
    roots = roots_of(scope)
    below = _below(session, roots, wanted) if roots else []
    return None if below is None else found_by_index(scope, below)


def _anywhere(scope: Scope) -> bool:
    return EVERYWHERE in (scope.areas.get(READ), scope.departments.get(READ))


def _below(session: Session, roots: list[int], wanted: EventFilter) -> list[int] | None:
    """The areas of some subtrees where these are few; None where they are many."""
    values = {"roots": roots, "highest": highest_named(wanted)}
    below: list[int] | None = session.scalar(load("gis.events", "areas_of_subtrees"), values)
    return below


def refuse_unknown(session: Session, wanted: EventFilter) -> None:
    """Invalid `unknown_category`, `unknown_department` rather than an empty answer to a typing error."""
    if wanted.category is not None:
        _refuse_unknown_category(session, wanted.category)
    if wanted.department is None or session.scalar(DEPARTMENT, {"code": wanted.department}):
        return
    raise Invalid(
        "unknown_department",
        f"没有此部门：{wanted.department}",
        f"There is no such department: {wanted.department}",
        field="department",
    )


def _refuse_unknown_category(session: Session, category: tuple[str, str, str | None]) -> None:
    scheme, kind, code = category
    values = {"scheme": scheme, "kind": kind, "code": code}
    if not session.scalar(load("gis.events", "category_known"), values):
        key = ":".join(part for part in category if part is not None)
        raise Invalid(
            "unknown_category",
            f"没有此事项类别：{key}",
            f"There is no such category: {key}",
            field="category",
        )
