"""Department scores of the whistle by month and year: counts and rates, each with what it is made of.

Nothing is added up to one number: how the annual assessment weighs them is a city's own decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Engine

from gis.base.errors import Invalid
from gis.base.worktime_calendar import ZONE
from gis.db.engine import unit_of_work
from gis.events.kpi.service import department_asked
from gis.events.whistle import store

RATES = ("answered", "arrived", "solved")
MARKS = ("timeliness", "effort", "result")
APPEALS = ("asked", "granted", "denied")
RUN_YEARS = 5


@dataclass(frozen=True, slots=True)
class Period:
    """A month or a year of the country's calendar; `end` is not in it."""

    label: str
    begin: date
    end: date


def read_period(month: str | None, year: int | None) -> Period:
    """The month (`2026-11`) or the year asked for; Invalid `period_missing`, `bad_period`."""
    if (month is None) == (year is None):
        raise Invalid(
            "period_missing", "请给出 month 或 year 之一", "Say either month or year", field="month"
        )
    if year is not None:
        return Period(str(year), date(year, 1, 1), date(year + 1, 1, 1))
    assert month is not None
    try:
        begin = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise Invalid(
            "bad_period", "月份应写作 2026-11", "A month is written as 2026-11", field="month"
        ) from None
    end = date(begin.year + begin.month // 12, begin.month % 12 + 1, 1)
    return Period(month, begin, end)


def run_of(year: int | None, today: date | None = None) -> list[Period]:
    """The months of a year that have begun, then the year; without one the last five years."""
    day = today or datetime.now(ZONE).date()
    if year is None:
        return [read_period(None, one) for one in range(day.year - RUN_YEARS + 1, day.year + 1)]
    months = [read_period(f"{year}-{month:02}", None) for month in range(1, 13)]
    return [month for month in months if month.begin <= day] + [read_period(None, year)]


def department_scores(engine: Engine, period: Period, department: str | None = None) -> dict[str, Any]:
    """Of each department called in the period: three rates and the mean marks, as plain values.

    A rate is numerator, denominator, value (None where the denominator is 0) and how many still run inside their
    limit. It counts the whistles where the reader holds kpi.read: of places, or of departments. Raises Invalid
    `unknown_department`.
    """
    with unit_of_work(engine) as session:
        department_asked(session, department)
        rows = store.scores(session, [(period.begin, period.end)], department)
    return {
        "period": _told(period),
        "as_of": _as_of(rows),
        "departments": [_named(row) | _score(row) for row in rows],
    }


def score_run(engine: Engine, periods: list[Period], department: str | None = None) -> dict[str, Any]:
    """The same for a run of periods: each department that was called in any of them, with its score in all of them.

    `scores` stand in the order of `periods`; null is a period in which the department was not called. Raises Invalid
    `unknown_department`.
    """
    with unit_of_work(engine) as session:
        department_asked(session, department)
        rows = store.scores(session, [(one.begin, one.end) for one in periods], department)
    found = []
    for _, lines in groupby(rows, itemgetter("code")):
        by_period = {line["period"]: line for line in lines}
        named = _named(next(iter(by_period.values())))
        told = [by_period.get(n) for n in range(1, len(periods) + 1)]
        found.append(named | {"scores": [_score(line) if line and line["called"] else None for line in told]})
    return {"periods": [_told(one) for one in periods], "as_of": _as_of(rows), "departments": found}


def _told(period: Period) -> dict[str, str]:
    return {"label": period.label, "from": period.begin.isoformat(), "to": period.end.isoformat()}


def _as_of(rows: list[dict[str, Any]]) -> str | None:
    return rows[0]["as_of"].isoformat() if rows else None


def _named(row: Mapping[str, Any]) -> dict[str, str]:
    return {"code": row["code"], "name": row["name"]}


def _score(row: Mapping[str, Any]) -> dict[str, Any]:
    rates = {
        name: {
            "numerator": row[f"{name}_done"],
            "denominator": row[f"{name}_base"],
            "value": _share(row[f"{name}_done"], row[f"{name}_base"]),
            "waiting": row[f"{name}_waiting"],
        }
        for name in RATES
    }
    marks = {name: None if row[name] is None else round(float(row[name]), 4) for name in MARKS}
    return {
        "called": row["called"],
        "excluded": {"released": row["released"], "exempt": row["exempt"]},
        **rates,
        "ratings": {"n": row["rated"], "unrated": row["unrated"], **marks},
        "appeals": {name: row[f"appeals_{name}"] for name in APPEALS},
    }


def _share(part: int, whole: int) -> float | None:
    return None if whole == 0 else round(part / whole, 6)
