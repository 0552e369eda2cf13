"""What edits change: one question on the place before and after, side by side, building by building."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path
from uuid import UUID

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import Engine

from gis.coverage import numbers, scope
from gis.coverage.answers import answer
from gis.coverage.asked import asked
from gis.coverage.found import Found, found, residents, rows_inside
from gis.coverage.in_scenario import scenario_world
from gis.coverage.model import CoverageAnswer, Question
from gis.coverage.world import World
from gis.db.scope import Roots
from gis.walking.kernels import UNREACHABLE
from gis.walking.model import Bools, Int64s, Links, Uint8s
from gis.walking.prepare import Prepared


class Change(IntEnum):
    """What becomes of a building; one that is as far as before is the SAME, whoever serves it."""

    SAME = 0
    GAINED = 1
    LOST = 2
    CLOSER = 3
    FARTHER = 4


@dataclass(frozen=True, slots=True)
class Moved:
    """How many homes and residents change sides; None where it is not for the asker."""

    buildings: int | None
    residents: int | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A question before and after; both answers list the same areas in the same order.

    `change` (b,) is `Change` of every building, SAME outside the area asked about and where nobody lives; `seen` (b,)
    whose residents may be told. `cost` and `cost_after` (b,) are costs to the station that serves, or else to the
    nearest one (UNREACHABLE for none). `relinked` counts buildings whose links to the streets are others.
    `suppressed`: sums over the whole question are not for the asker.
    """

    before: CoverageAnswer
    after: CoverageAnswer
    change: Uint8s
    seen: Bools
    cost: Int64s
    cost_after: Int64s
    gained: Moved
    lost: Moved
    relinked: int
    suppressed: bool = False


def compare(before: World, after: World, question: Question) -> Comparison:
    """What differs for a question between a place and the same place with edits made: all of it, cut it before it leaves.

    Raises what `answer` raises.
    """
    one, other = found(before, question), found(after, question)
    change = _change(one, other)
    change[~(rows_inside(before, question.area) & numbers.homes(before.buildings))] = Change.SAME
    people = residents(before)
    return Comparison(
        answer(before, question),
        answer(after, question),
        change,
        np.ones(len(change), dtype=np.bool_),
        one.cost,
        other.cost,
        _moved(change == Change.GAINED, people),
        _moved(change == Change.LOST, people),
        int(relinked(one.place, other.place).sum()),
    )


def _change(one: Found, other: Found) -> Uint8s:
    change = np.zeros(len(one.cost), dtype=np.uint8)
    change[other.cost < one.cost] = Change.CLOSER
    change[other.cost > one.cost] = Change.FARTHER
    change[other.covered & ~one.covered] = Change.GAINED
    change[one.covered & ~other.covered] = Change.LOST
    return change


def _moved(rows: Bools, people: Int64s) -> Moved:
    return Moved(int(rows.sum()), int(people[rows].sum()))


def cut(given: Comparison, world: World, roots: Roots) -> Comparison:
    """The comparison without the counts of areas that do not lie in the subtrees of `roots` whole."""
    before, after = scope.cut(given.before, world, roots), scope.cut(given.after, world, roots)
    shown = replace(given, before=before, after=after, seen=scope.buildings_seen(world, roots))
    if not before.suppressed:
        return shown
    return replace(shown, gained=Moved(None, None), lost=Moved(None, None), suppressed=True)


def relinked(one: Prepared, other: Prepared, among: Int64s | None = None) -> Bools:
    """Which buildings (b,) leave by other ways: other streets (by code), legs or gates, or none for another reason.

    Only those `among` (rows) may; None for all.
    """
    asked = np.full(one.building_links.points, among is None)
    if among is not None:
        asked[among] = True
    if one.building_links is other.building_links or not asked.any():
        return np.zeros(len(asked), dtype=np.bool_)
    mine, others = (np.flatnonzero(asked[place.building_links.point]) for place in (one, other))
    codes = [
        place.network.code[place.building_links.edge[at]] for place, at in ((one, mine), (other, others))
    ]
    street = pd.factorize(np.concatenate(codes), use_na_sentinel=False)[0].astype(np.int64)
    first = _ways(one.building_links, mine, street[: len(mine)])
    second = _ways(other.building_links, others, street[len(mine) :])
    differs: Bools = (first != second) | (one.building_links.reason != other.building_links.reason)
    return differs


_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def _ways(links: Links, at: Int64s, street: Int64s) -> npt.NDArray[np.uint64]:
    """A number per building that the order of its links (rows `at`) does not change: the sum of a mix of each."""
    mixed = (street + 1).astype(np.uint64) * _MIX[0]
    for part in (links.leg_um[at], links.gate[at].astype(np.int64) + 2):
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX[1] + part.astype(np.uint64) * _MIX[2]
    mixed ^= mixed >> np.uint64(31)
    total = np.zeros(links.points, dtype=np.uint64)
    np.add.at(total, links.point[at], mixed)
    return total


def how_far(cost: Int64s) -> list[float | None]:
    """Costs as metres or seconds, None where no station is reached."""
    return [None if one == UNREACHABLE else round(one / 1e6, 2) for one in cost.tolist()]


def comparison_for(
    engine: Engine, scenario: UUID, question: Question, cache_dir: Path | None = None
) -> tuple[Comparison, World]:
    """A saved scenario against the place as it is, as far as the engine's scope may read it, and that place.

    The engine itself works in no scenario.
    Raises what `asked`, `scenario_world` and `answer` raise.
    """
    before, asker = asked(engine, question, cache_dir)
    after = scenario_world(engine, scenario, cache_dir)
    return cut(compare(before, after, question), before, scope.held(asker, scope.PEOPLE)), before
