"""Who is covered, by area: the numbers of a question."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import Engine

from gis.coverage import numbers, scope
from gis.coverage.asked import asked
from gis.coverage.found import reasons, rows_inside, stations_inside
from gis.coverage.model import CoverageAnswer, Question, ask
from gis.coverage.world import World
from gis.walking.model import Bools, Uint8s
from gis.walking.reasons import Why

STATUSES = ("existing", "under_construction", "planned")


def coverage_answer(
    engine: Engine,
    station_types: list[str] | tuple[str, ...],
    *,
    minutes: float | None = None,
    metres: float | None = None,
    profile: str = "standard",
    area: str | None = None,
    cache_dir: Path | None = None,
) -> CoverageAnswer:
    """Covered and total by grid, community and subdistrict for stations of these types.

    Tiers add up: only stations of the types asked for count, and only existing ones. Raises `Invalid` for a
    wrong question, `NotFound` (`area_not_found`).
    """
    question = ask(station_types, minutes=minutes, metres=metres, profile=profile, area=area)
    return answer_for(engine, question, cache_dir)


def answer_for(engine: Engine, question: Question, cache_dir: Path | None = None) -> CoverageAnswer:
    """The numbers of a question as far as the engine's scope may read them.

    Raises also `Forbidden` (`outside_scope`) for an area outside it.
    """
    world, asker = asked(engine, question.area, cache_dir)
    return scope.cut(answer(world, question), world, scope.held(asker, scope.PEOPLE))


def answer(world: World, question: Question) -> CoverageAnswer:
    """The numbers of a question on a place already read, all of them: cut them before they leave."""
    reached = world.reached(question.types, question.profile)
    covered = reached.nearest.covered(question.limit)
    counted = numbers.people(world.buildings)
    here = rows_inside(world, question.area)
    rows = here & (counted["buildings"] > 0)
    return CoverageAnswer(
        question=question,
        totals=numbers.totals(counted, covered, rows),
        areas={
            level: numbers.by_area(
                counted,
                covered,
                rows,
                numbers.area_of(world.buildings, world.areas, level),
                world.areas,
                numbers.areas_listed(world.areas, level, question.area),
            )
            for level in numbers.LEVELS
        },
        stations=_station_counts(world, question),
        reasons=_reasons(reasons(world, question, reached), rows & ~covered, counted["residents"]),
        as_of=datetime.now(UTC),
        network_version=world.version,
        rule_version=world.versions[1],
    )


def _reasons(why: Uint8s, rows: Bools, residents: np.ndarray) -> list[tuple[str, int, int]]:
    found = [
        (kind.name.lower(), int((rows & (why == kind)).sum()), int(residents[rows & (why == kind)].sum()))
        for kind in Why
        if kind is not Why.COVERED
    ]
    return [row for row in found if row[1]]


def _station_counts(world: World, question: Question) -> dict[str, int]:
    return {status: len(stations_inside(world, question, status)) for status in STATUSES}
