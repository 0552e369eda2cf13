"""Which events are asked for: one filter for the list, the map and the counts, so that they always agree."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import TextClause, text

from gis.db.sql import load

MARK = "/*filter*/"
BBox = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Every part given must hold. `bbox` is (left, bottom, right, top) in WGS-84 degrees, edges included.

    `area` is a code and means its whole subtree; `category` is (scheme, kind, code or None), a family means
    its leaves too; times bound `opened_at`, the end excluded; `is_open` tells open from finished.
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


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the list, newest first: the last event of the page before."""

    opened_at: datetime
    id: uuid.UUID


def statement(
    name: str, wanted: EventFilter, after: Position | None = None
) -> tuple[TextClause, dict[str, Any]]:
    """The named statement of this room with the filter put at its mark, and the parameters of the filter.

    Only fragments of this file become SQL; every value is bound. A fragment is left out rather than switched
    off by a null, so that the planner sees which index serves.
    """
    fragments, parameters = _fragments(wanted)
    if after is not None:
        fragments.append("(e.opened_at, e.id) < (:after_at, :after_id)")
        parameters |= {"after_at": after.opened_at, "after_id": after.id}
    source = load("gis.events", name).text
    return text(source.replace(MARK, "".join(f" AND {f}" for f in fragments))), parameters


def _fragments(wanted: EventFilter) -> tuple[list[str], dict[str, Any]]:
    fragments: list[str] = []
    parameters: dict[str, Any] = {}
    if wanted.bbox is not None:
        # && compares boxes of single precision, half a metre wide; the rest is exact. As a CASE it counts as
        # one condition that every second row meets: four bare ones would make the planner expect no row.
        fragments.append(
            "e.geom && ST_MakeEnvelope(:left, :bottom, :right, :top, 4326)"
            " AND CASE WHEN ST_X(e.geom) BETWEEN :left AND :right"
            " THEN ST_Y(e.geom) BETWEEN :bottom AND :top ELSE false END"
        )
        parameters |= dict(zip(("left", "bottom", "right", "top"), wanted.bbox, strict=True))
    if wanted.area is not None:
        fragments.append(
            "e.scope_area_id = ANY(ARRAY(SELECT below.id FROM area AS below"
            " WHERE below.path && ARRAY(SELECT id FROM area WHERE code = :area)))"
        )
        parameters["area"] = wanted.area
    if wanted.category is not None:
        fragments.append(_category(wanted.category, parameters))
    if wanted.is_open is not None:
        fragments.append(f"e.closed_at IS {'' if wanted.is_open else 'NOT '}NULL")
    words = {"status": wanted.statuses, "urgency": wanted.urgencies, "source": wanted.sources}
    for name, values in words.items():
        if values:
            fragments.append(f"e.{name} = ANY(:{name})")
            parameters[name] = list(values)
    for name, sign, moment in (
        ("opened_from", ">=", wanted.opened_from),
        ("opened_to", "<", wanted.opened_to),
    ):
        if moment is not None:
            fragments.append(f"e.opened_at {sign} :{name}")
            parameters[name] = moment
    return fragments, parameters


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
