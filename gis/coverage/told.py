"""An answer as it may leave in a file: small counts of people withheld, and what would give them away (k = 10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from gis.base.suppress import K, suppressed_rows
from gis.coverage import numbers
from gis.coverage.disclosure import Homes, Withheld, withheld
from gis.coverage.found import found
from gis.coverage.model import AreaShares, CoverageAnswer, Question, Share
from gis.coverage.world import World
from gis.walking.model import Bools

COUNTS = ("residents", "households")
"""What is told by building, and split into covered and not; ages are too few nearly everywhere."""
_NOTHING = Share(None, None)


@dataclass(frozen=True, slots=True)
class Told:
    """The answer to be written, and the buildings (b,) whose counts are withheld."""

    answer: CoverageAnswer
    silent: Bools


def told(hidden: list[int], world: World, question: Question, given: CoverageAnswer) -> Told:
    """`given` without what a file must not tell; `hidden` are the ids of areas whose people are not public.

    What is withheld is worked out on the whole place, so that files of different people and areas agree.
    """
    unseen = world.areas["id"].isin(hidden).to_numpy(dtype=np.bool_)
    row_of = {identifier: row for row, identifier in enumerate(world.areas["id"])}
    parent = np.array([_above(path, row_of) for path in world.areas["path"]], dtype=np.int64)
    counted = numbers.people(world.buildings)
    rows = np.flatnonzero(counted["buildings"])
    homes = Homes(
        area=world.buildings["grid_id"].map(row_of).fillna(-1).to_numpy(dtype=np.int64)[rows],
        covered=found(world, question).covered[rows],
        counts=np.column_stack([counted[name][rows] for name in COUNTS]),
    )
    kept = withheld(parent, unseen, homes)
    silent = np.ones(len(world.buildings), dtype=np.bool_)
    silent[rows] = kept.buildings
    return Told(_answer(world, question, given, kept), silent)


def _above(path: list[int], row_of: Mapping[int, int]) -> int:
    """The nearest current area above the last of a path."""
    above = [row_of[area] for area in path[:-1] if area in row_of]
    return above[-1] if above else -1


def _answer(world: World, question: Question, given: CoverageAnswer, kept: Withheld) -> CoverageAnswer:
    row_of = {code: row for row, code in enumerate(world.areas["code"])}
    top = len(world.areas) if question.area is None else row_of[question.area]

    def cut(shares: dict[str, Share], row: int) -> dict[str, Share]:
        return {name: _cut(name, share, kept, row) for name, share in shares.items()}

    def area(one: AreaShares) -> AreaShares:
        shares = cut(one.shares, row_of[one.code])
        if one.level == "grid":
            shares = {name: share for name, share in shares.items() if name in {"buildings", *COUNTS}}
        return replace(one, shares=shares)

    total = cut(given.totals, top)
    return replace(
        given,
        totals=total,
        overlap=_buildings_only(given.overlap),
        straight=_buildings_only(given.straight),
        borderline={**given.borderline, "residents": None},
        areas={level: [area(one) for one in listed] for level, listed in given.areas.items()},
        reasons=_reasons(given, told_split=total["residents"].covered is not None),
    )


def _cut(name: str, share: Share, kept: Withheld, row: int) -> Share:
    if name == "buildings":
        return share
    if kept.people[row]:
        return _NOTHING
    return Share(None, share.total) if kept.split[row] or name not in COUNTS else share


def _buildings_only(shares: dict[str, Share]) -> dict[str, Share]:
    """Another split of the same people is told of buildings alone, or the two give each other away."""
    return {name: share if name == "buildings" else _NOTHING for name, share in shares.items()}


def _reasons(given: CoverageAnswer, *, told_split: bool) -> list[tuple[str, int, int | None]]:
    people = np.array([residents for _, _, residents in given.reasons], dtype=np.int64)
    hidden = np.ones(len(people), dtype=np.bool_)
    if told_split and len(people):
        least = [[int(n)] for n in (sum(b for _, b, _ in given.reasons), *(b for _, b, _ in given.reasons))]
        values = np.append(people.sum(), people)[:, None]
        hidden = (
            suppressed_rows([-1, *[0] * len(people)], values, K, least=least)[1:]
            if len(people) > 1
            else people < K
        )
    return [
        (reason, buildings, None if gone else residents)
        for (reason, buildings, residents), gone in zip(given.reasons, hidden, strict=True)
    ]
