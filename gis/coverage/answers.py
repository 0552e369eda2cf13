"""Who is covered, by area: the numbers of a question."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import Engine

from gis.coverage import numbers, scope, straight, sums
from gis.coverage.asked import asked
from gis.coverage.found import Found, found, reasons, rows_inside, stations_inside
from gis.coverage.model import CoverageAnswer, Question, ask
from gis.coverage.notes import notes
from gis.coverage.world import World
from gis.register.tables import STATION_STATUS
from gis.walking.model import Bools
from gis.walking.reasons import Why


def coverage_answer(
    engine: Engine,
    station_types: list[str] | tuple[str, ...],
    *,
    minutes: float | None = None,
    metres: float | None = None,
    profile: str = "standard",
    area: str | None = None,
    at: str | None = None,
    capacity: bool = False,
    cache_dir: Path | None = None,
) -> CoverageAnswer:
    """Covered and total by grid, community and subdistrict for stations of these types.

    Tiers add up: only stations of the types asked for count, and only existing ones. Raises `Invalid` for a
    wrong question, `NotFound` (`area_not_found`).
    """
    question = ask(
        station_types, minutes=minutes, metres=metres, profile=profile, area=area, at=at, capacity=capacity
    )
    return answer_for(engine, question, cache_dir)


def answer_for(engine: Engine, question: Question, cache_dir: Path | None = None) -> CoverageAnswer:
    """The numbers of a question as far as the engine's scope may read them.

    Raises also `Forbidden` (`outside_scope`) for an area outside it.
    """
    world, asker = asked(engine, question, cache_dir)
    return scope.cut(answer(world, question), world, scope.held(asker, scope.PEOPLE))


def answer(world: World, question: Question) -> CoverageAnswer:
    """The numbers of a question on a place already read, all of them: cut them before they leave."""
    got, here = found(world, question), rows_inside(world, question.area)
    columns = sums.under(world, question.area)
    covered = sums.summed(world, got.covered)
    second = got.reached.nearest.second_cost <= question.limit
    line = straight.within(world, question, got.reached)
    return CoverageAnswer(
        question=question,
        totals=sums.totals(world, covered, columns),
        areas={
            level: sums.by_level(
                world, covered, columns, level, numbers.areas_listed(world.areas, level, question.area)
            )
            for level in numbers.LEVELS
        },
        overlap=sums.totals(world, sums.summed(world, second), columns),
        straight=sums.totals(world, sums.summed(world, line), columns),
        borderline=_borderline(world, question, got, columns),
        stations=_station_counts(world, question),
        reasons=_reasons(world, question, here & ~got.covered),
        notes=notes(world, question),
        as_of=datetime.now(UTC),
        network_version=world.version,
        rule_version=world.versions[1],
    )


def _borderline(world: World, question: Question, got: Found, columns: Bools) -> dict[str, int | None]:
    near = sums.totals(world, sums.summed(world, got.borderline(question)), columns)
    return {name: near[name].covered for name in ("buildings", "residents")}


def _reasons(world: World, question: Question, uncovered: Bools) -> list[tuple[str, int, int]]:
    """How many homes and residents are uncovered for each reason that anybody has."""
    homes = sums.homes(world)
    rows = uncovered[homes.rows]
    why = reasons(world, question)[homes.rows[rows]]
    buildings = np.bincount(why, minlength=len(Why))
    people = np.bincount(why, weights=homes.of("residents")[rows], minlength=len(Why))
    return [
        (kind.name.lower(), int(buildings[kind]), int(people[kind]))
        for kind in Why
        if kind is not Why.COVERED and buildings[kind]
    ]


def _station_counts(world: World, question: Question) -> dict[str, int]:
    """Stations of the types asked for by status, and how many existing ones are open at the time asked about."""
    counts = {status: len(stations_inside(world, question, status)) for status in STATION_STATUS}
    still = world.chosen(question.types, at=question.at)
    return {**counts, "open": len(np.intersect1d(still, stations_inside(world, question)))}
