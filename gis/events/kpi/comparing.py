"""Areas and departments side by side: places by medians, workload by household. People are never compared.

Nothing here knows a person: the statements group by area and department alone. What one person has to do is told to
that person only (`my_load`), and nobody's time online is measured anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Engine

from gis.base.errors import Invalid
from gis.coverage.equity import gini
from gis.db.engine import unit_of_work
from gis.events.kpi import store
from gis.events.kpi.measures import Flow, Stage
from gis.events.kpi.medians import Place, places, took
from gis.events.kpi.rates import Rate
from gis.events.kpi.service import areas_of, check_period

LEAST, LEAST_ASKED = 10, 5
WHISTLE_RATES = ("answered", "arrived", "solved")


@dataclass(frozen=True, slots=True)
class Ranking:
    """Areas of a level, or departments, by the median time of a stage, as of a moment."""

    area: str
    first: date
    last: date
    as_of: datetime
    stage: str
    by: str
    least: int
    places: tuple[tuple[store.Named, Place], ...]


@dataclass(frozen=True, slots=True)
class Load:
    """Cases of an area in a period, and of each household where households may be told."""

    area: store.Named
    cases: int
    households: int | None

    @property
    def per_1000(self) -> float | None:
        """Cases of a thousand households; None where there are none, or they are not told."""
        return 1000 * self.cases / self.households if self.households else None


@dataclass(frozen=True, slots=True)
class Workload:
    """How cases are spread over areas: the Gini coefficient of cases, and of cases by household (weighted by them)."""

    area: str
    level: str
    first: date
    last: date
    as_of: datetime
    loads: tuple[Load, ...]
    gini_cases: float | None
    gini_per_household: float | None


def ranking(
    engine: Engine,
    area: str,
    period: tuple[date, date],
    *,
    stage: str,
    by: Literal["area", "department"],
    level: str | None = None,
    least: int = LEAST,
) -> Ranking:
    """Places of the areas of `level`, or of departments, by how long a stage takes; open cases count.

    Raises Invalid (`bad_period`, `unknown_area`, `too_small`) and Forbidden `outside_scope`.
    """
    check_period(*period)
    if least < LEAST_ASKED:
        raise Invalid(
            "too_small",
            f"最少件数不小于 {LEAST_ASKED}",
            f"the least number of cases is {LEAST_ASKED} or more",
            field="least",
        )
    with unit_of_work(engine) as session:
        top, *below = areas_of(session, area, level if by == "area" else None)
        as_of = store.now(session)
        known = {one.id: one for one in below}
        rows = store.times(session, top.id, list(known), period, Stage[stage.upper()].name.lower(), by, as_of)
        if by == "department":
            known = store.names(session, by, list(rows))
    found = {key: took(*rows.get(key, ([], []))) for key in known}
    made = tuple((known[one.key], one) for one in places(found, least))
    return Ranking(top.code, *period, as_of, stage, by, least, made)


def workload(engine: Engine, area: str, period: tuple[date, date], level: str) -> Workload:
    """Cases reported in each area of a level, by household, and how evenly they are spread.

    Raises as `ranking`. Households are told where the asker may read counts of people.
    """
    check_period(*period)
    with unit_of_work(engine) as session:
        top, *below = areas_of(session, area, level)
        keys = [one.id for one in below]
        as_of = store.now(session)
        counts = store.counts(session, top.id, keys, period, "area", None)
        homes = store.households(session, keys)
    loads = tuple(Load(one, counts.get(one.id, {}).get(Flow.REPORTED, 0), homes.get(one.id)) for one in below)
    told = [one for one in loads if one.households]
    whole = len(told) == len([one for one in loads if one.area.id not in homes or homes[one.area.id]])
    return Workload(
        top.code, level, *period, as_of, loads,
        gini([one.cases for one in loads], [1.0] * len(loads)),
        gini([one.cases / (one.households or 1) for one in told], [one.households or 0 for one in told])
        if told and whole else None,
    )  # fmt: skip


def whistle_rates(engine: Engine, area: str, period: tuple[date, date]) -> dict[str, Any]:
    """Whistles blown in an area: answered, arrived and solved in time, mean mark. Raises as `ranking`."""
    check_period(*period)
    with unit_of_work(engine) as session:
        top = areas_of(session, area, None)[0]
        as_of = store.now(session)
        row = store.whistles(session, top.id, period, as_of)
    return {"as_of": as_of, "blown": row["blown"], "called": row["called"], "mean": _mean(row)} | {
        name: Rate(row[f"{name}_done"], row[f"{name}_base"], row["called"] - row[f"{name}_base"])
        for name in WHISTLE_RATES
    }


def _mean(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"n": row["rated"], "value": None if row["mean"] is None else round(float(row["mean"]), 4)}


def my_load(engine: Engine) -> dict[str, Any]:
    """What is before whoever asks: their own, and nobody else's."""
    with unit_of_work(engine) as session:
        return store.my_load(session)
