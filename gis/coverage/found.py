"""What a question finds on a place: which rows it is about, who is covered and by whom, and why the rest is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np

from gis.base.errors import NotFound
from gis.coverage import capacity, numbers
from gis.coverage.kept import kept
from gis.coverage.model import Question
from gis.coverage.world import AS_IT_IS, GATES_OPEN, NO_BARRIERS, Reached, Situation, World
from gis.register.opening import open_at
from gis.walking.columns import words
from gis.walking.model import Bools, Int32s, Int64s, Uint8s
from gis.walking.prepare import Prepared
from gis.walking.reasons import Why, borderline, explain


@dataclass(frozen=True, slots=True)
class Found:
    """The walk of a question, and per building (b) who serves it; `place` is what is walked on at that time.

    `station` counts in `reached.stations`, -1 where nobody serves; `cost` is the cost to it, and to the nearest
    station where nobody serves (UNREACHABLE where there is none). Without capacity the nearest one serves.
    """

    place: Prepared
    reached: Reached
    station: Int32s
    cost: Int64s

    @property
    def covered(self) -> Bools:
        """Which buildings are served within the limit."""
        served: Bools = self.station >= 0
        return served

    def borderline(self, question: Question) -> Bools:
        """Which of them, covered or not, are so close to the limit that a few metres decide."""
        return borderline(self.cost, self.reached.nearest.reached, question.profile, question.limit)


def found(world: World, question: Question) -> Found:
    """Who is covered, and by whom. Raises `Invalid` (`unknown_station_type`)."""
    now = situation_of(world, question)
    place, reached = world.prepared(now), world.reached(question.types, question.profile, now)
    near = reached.nearest
    if not question.capacity:
        within = near.covered(question.limit)
        return Found(place, reached, np.where(within, near.station, np.int32(-1)), near.cost)
    key = ("served", replace(question, area=None))
    links = place.building_links
    station, cost = kept(
        world, key, lambda: capacity.served(world, reached, links, residents(world), question.limit)
    )
    return Found(place, reached, station, np.where(station >= 0, cost, near.cost))


def residents(world: World) -> Int64s:
    """Residents of every building (b), 0 where they were not counted."""
    return kept(world, "residents", lambda: numbers.people(world.buildings)["residents"])


def situation_of(world: World, question: Question) -> Situation:
    """When the question is asked; AS_IT_IS where everything it is about is open then, so that answers are shared."""
    return AS_IT_IS if question.at is None or shut(world, question) is None else Situation(at=question.at)


def shut(world: World, question: Question) -> str | None:
    """A short text of which stations and gates are shut at the time asked about, None where none is.

    Times with the same text have the same answer.
    """
    if question.at is None:
        return None
    chosen = world.chosen(question.types)
    flags = [open_at(words(world.stations, "hours")[chosen], question.at)]
    if world.layers.gates is not None:
        flags.append(open_at(words(world.layers.gates, "hours"), question.at))
    is_open = np.concatenate(flags)
    return None if is_open.all() else sha256(np.packbits(is_open).tobytes()).hexdigest()[:12]


def rows_inside(world: World, area: str | None) -> Bools:
    """Which buildings stand in the subtree of an area; all for None. Raises `NotFound` (`area_not_found`)."""
    if area is None:
        return np.ones(len(world.buildings), dtype=np.bool_)
    return _known(numbers.inside(world.buildings["grid_id"], world.areas, area), area)


def stations_inside(world: World, question: Question, status: str = "existing") -> Int64s:
    """Rows of the stations of the types asked for that stand in the area asked about, at any hour."""
    rows = world.chosen(question.types, status=status)
    if question.area is None:
        return rows
    here = _known(numbers.inside(world.stations["grid_id"], world.areas, question.area), question.area)
    return rows[here[rows]]


def _known(rows: Bools | None, area: str) -> Bools:
    if rows is None:
        raise NotFound(
            "area_not_found", f"没有编码为 {area} 的区域", f"there is no area {area}", field="area"
        )
    return rows


def reasons(world: World, question: Question) -> Uint8s:
    """`Why` of every building; a counterfactual is searched when an uncovered building asks for it.

    A building with a station within the walk that finds no room is `capacity`, and asks for no counterfactual.
    """
    return kept(world, ("why", replace(question, area=None)), lambda: _reasons(world, question))


def _reasons(world: World, question: Question) -> Uint8s:
    got = found(world, question)
    walked = got.reached.nearest.covered(question.limit)
    now = situation_of(world, question)

    def at(changed: Situation) -> Callable[[], Bools]:
        return lambda: world.reached(question.types, question.profile, changed).nearest.covered(
            question.limit
        )

    changes = [(Why.CAPACITY, lambda: walked)] if question.capacity else []
    if now != AS_IT_IS:
        changes.append((Why.CLOSED, at(AS_IT_IS)))
    if len(world.chosen(question.types)):
        # who is not covered when all is open is not covered for the same reason at night
        changes += [(Why.GATE, at(GATES_OPEN)), (Why.BARRIER, at(NO_BARRIERS))]
    return explain(got.covered, world.prepared().building_links.reason, changes)
