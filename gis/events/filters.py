"""Which events are asked for: one filter for the list, the map and the counts, so that they always agree."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import TextClause, text

from gis.db.scope import Scope
from gis.db.sql import load
from gis.db.visible import Condition, put_scope
from gis.events.boxes import DUE, FINISHED, ME, boxes_of, in_box
from gis.events.cells import cells_of

MARK, MEMBERS = "/*filter*/", "/*event_members*/"
SUBDISTRICT, DISTRICT = 4, 3
DUE_ORDER = "coalesce(e.due_at, timestamptz '9999-01-01 00:00Z')"
"""As in the statement that lists by it: what has no time comes last."""
BBox = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Every part given must hold. `bbox` is (left, bottom, right, top) in WGS-84 degrees, edges included.

    `area` is a code and means its whole subtree; `category` is (scheme, kind, code or None), a family means
    its leaves too; times bound `opened_at`, the end excluded; `is_open` tells open from finished. `box` is one of
    `gis.events.boxes`, `due` is `overdue` or `soon`, `mine` means assigned to whoever looks, `department` is a code.
    `by_due` lists what is due first, first.
    """

    bbox: BBox | None = None
    area: str | None = None
    category: tuple[str, str, str | None] | None = None
    statuses: tuple[str, ...] = ()
    is_open: bool | None = None
    urgencies: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    opened_from: datetime | None = None
    opened_to: datetime | None = None
    box: str | None = None
    due: str | None = None
    mine: bool = False
    department: str | None = None
    by_due: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the list: the last event of the page before, by when it was opened, or by when it is due."""

    opened_at: datetime
    id: uuid.UUID


@dataclass(frozen=True, slots=True)
class Asked:
    """What the area of a filter stands for: the ids of its versions, and of all below where these are few."""

    ids: list[int]
    below: list[int] | None = None


def statement(
    name: str,
    wanted: EventFilter,
    scope: Scope | None,
    *,
    after: Position | None = None,
    area: Asked | None = None,
    near: Condition | None = None,
) -> tuple[TextClause, dict[str, Any]]:
    """The named statement of this room with filter and scope put at their marks, and their parameters.

    Only fragments of this file and of `gis.db.visible` become SQL; every value is bound. A fragment is left out
    rather than switched off by a null, so that the planner sees which index serves. `area` is what the filter's
    code stands for, `near` a condition that lets an index find the events of a small scope.
    """
    return filled(_source(name), wanted, scope, after=after, area=area, near=near)


def inbox_statement(
    wanted: EventFilter, scope: Scope | None, *, area: Asked | None = None, near: Condition | None = None
) -> tuple[TextClause, dict[str, Any]]:
    """The count of every box somebody has, under the other filters."""
    members: list[str] = []
    values: dict[str, Any] = {}
    for name in boxes_of(scope):
        box = in_box(scope, name)
        count = f"count(*) FILTER (WHERE {box.sql})"
        if name == FINISHED:
            count += " + (" + _source("inbox_finished").replace("/*box*/", f" AND {box.sql}") + ")"
        members.append(f"'{name}', {count}")
        values |= box.values
    source = _source("inbox").replace("/*boxes*/", ", ".join(members))
    query, parameters = filled(source, replace(wanted, box=None), scope, area=area, near=near)
    return query, parameters | values


def filled(
    source: str,
    wanted: EventFilter,
    scope: Scope | None,
    *,
    after: Position | None = None,
    area: Asked | None = None,
    near: Condition | None = None,
) -> tuple[TextClause, dict[str, Any]]:
    """As `statement`, for the text of one."""
    fragments, parameters = _fragments(wanted, area)
    if wanted.box is not None:
        box = in_box(scope, wanted.box)
        fragments.append(box.sql)
        parameters |= box.values
    if after is not None:
        past = f"({DUE_ORDER}, e.id) > " if wanted.by_due else "(e.opened_at, e.id) < "
        fragments.append(f"{past}(:after_at, :after_id)")
        parameters |= {"after_at": after.opened_at, "after_id": after.id}
    if near is not None:
        fragments.append(near.sql)
        parameters |= near.values
    source, values = put_scope(source.replace(MARK, "".join(f" AND {f}" for f in fragments)), scope)
    return text(source), parameters | values


def scoped(name: str, scope: Scope | None) -> tuple[TextClause, dict[str, Any]]:
    """The named statement of this room with a scope put at its marks, and the parameters of the scope."""
    source, values = put_scope(_source(name), scope)
    return text(source), values


def _source(name: str) -> str:
    source = load("gis.events", name).text
    if MEMBERS in source:
        source = source.replace(MEMBERS, load("gis.events", "event_members").text.split("\n", 1)[1].strip())
    return source


def highest_named(wanted: EventFilter) -> int:
    """The highest level (counted from 1, the province) of a subtree that is named area by area under this filter.

    A street's hundreds are; a district's only where no box says more, for its few thousand events sort fast.
    """
    boxed = wanted.bbox is not None and cells_of(*wanted.bbox) is not None
    return SUBDISTRICT if boxed else DISTRICT


def _fragments(wanted: EventFilter, area: Asked | None) -> tuple[list[str], dict[str, Any]]:
    fragments: list[str] = []
    parameters: dict[str, Any] = {}
    if wanted.bbox is not None:
        fragments += _box(wanted.bbox, parameters)
    if area is not None:
        fragments += _subtree(area, parameters)
    if wanted.category is not None:
        fragments.append(_category(wanted.category, parameters))
    if wanted.is_open is not None:
        fragments.append(f"e.closed_at IS {'' if wanted.is_open else 'NOT '}NULL")
    words = {"status": wanted.statuses, "urgency": wanted.urgencies, "source": wanted.sources}
    for name, values in words.items():
        if values:
            fragments.append(f"e.{name} = ANY(:{name})")
            parameters[name] = list(values)
    fragments += _held_by(wanted, parameters)
    for name, sign, moment in (
        ("opened_from", ">=", wanted.opened_from),
        ("opened_to", "<", wanted.opened_to),
    ):
        if moment is not None:
            fragments.append(f"e.opened_at {sign} :{name}")
            parameters[name] = moment
    return fragments, parameters


def _held_by(wanted: EventFilter, parameters: dict[str, Any]) -> list[str]:
    """What is due, and whose it is."""
    fragments: list[str] = []
    if wanted.due is not None:
        fragments.append(DUE[wanted.due])
    if wanted.mine:
        fragments.append(f"e.handler_id = {ME}")
    if wanted.department is not None:
        fragments.append("e.department_id = (SELECT d.id FROM department AS d WHERE d.code = :department)")
        parameters["department"] = wanted.department
    return fragments


def _box(bbox: BBox, parameters: dict[str, Any]) -> list[str]:
    parameters |= dict(zip(("left", "bottom", "right", "top"), bbox, strict=True))
    # && compares boxes of single precision, half a metre wide; the rest is exact. As a CASE it counts as
    # one condition that every second row meets: four bare ones would make the planner expect no row.
    fragments = [
        "e.geom && ST_MakeEnvelope(:left, :bottom, :right, :top, 4326)"
        " AND CASE WHEN ST_X(e.geom) BETWEEN :left AND :right"
        " THEN ST_Y(e.geom) BETWEEN :bottom AND :top ELSE false END"
    ]
    if (cells := cells_of(*bbox)) is not None:
        fragments.append("e.cell = ANY(:cells)")
        parameters["cells"] = cells
    return fragments


def _subtree(area: Asked, parameters: dict[str, Any]) -> list[str]:
    parameters["area"] = area.ids
    fragments = ["e.scope_path && cast(:area AS int[])"]
    if area.below is not None:
        fragments.append("e.scope_area_id = ANY(:below)")
        parameters["below"] = area.below
    return fragments


def _category(key: tuple[str, str, str | None], parameters: dict[str, Any]) -> str:
    scheme, kind, code = key
    parameters |= {"scheme": scheme, "kind": kind}
    inner = "SELECT leaf.id FROM category AS leaf WHERE leaf.scheme = :scheme AND leaf.kind = :kind"
    if code is not None:
        parameters["code"] = code
        inner += (
            " AND (leaf.code = :code OR leaf.parent_id = (SELECT family.id FROM category AS family"
            " WHERE family.scheme = :scheme AND family.kind = :kind AND family.code = :code))"
        )
    return f"e.category_id IN ({inner})"
