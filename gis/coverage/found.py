"""What a question finds on a place: which rows it is about, who is covered, and why the rest is not."""

from __future__ import annotations

import numpy as np

from gis.base.errors import NotFound
from gis.coverage import numbers
from gis.coverage.model import Question
from gis.coverage.verdict import why_not
from gis.coverage.world import GATES_OPEN, NO_BARRIERS, Reached, World
from gis.walking.model import Bools, Int64s, Reason, Uint8s


def rows_inside(world: World, area: str | None) -> Bools:
    """Which buildings stand in the subtree of an area; all for None."""
    if area is None:
        return np.ones(len(world.buildings), dtype=np.bool_)
    return _found(numbers.inside(world.buildings["grid_id"], world.areas, area), area)


def _found(rows: Bools | None, area: str) -> Bools:
    if rows is None:
        raise NotFound(
            "area_not_found", f"没有编码为 {area} 的区域", f"there is no area {area}", field="area"
        )
    return rows


def reasons(world: World, question: Question, reached: Reached) -> Uint8s:
    """`Why` of every building; the counterfactuals are computed when an uncovered building asks for them."""
    cost = reached.nearest.cost
    link_reason = world.prepared().building_links.reason
    uncovered = (cost > question.limit) & (link_reason == Reason.LINKED)
    if not len(reached.stations) or not uncovered.any():
        return why_not(cost, question.limit, link_reason, cost, cost)
    other = [
        world.reached(question.types, question.profile, scenario).nearest.cost
        for scenario in (GATES_OPEN, NO_BARRIERS)
    ]
    return why_not(cost, question.limit, link_reason, other[0], other[1])


def stations_inside(world: World, question: Question, status: str = "existing") -> Int64s:
    """Rows of the stations of the types asked for that stand in the area asked about."""
    rows = world.chosen(question.types, status=status)
    if question.area is None:
        return rows
    here = _found(numbers.inside(world.stations["grid_id"], world.areas, question.area), question.area)
    return rows[here[rows]]
