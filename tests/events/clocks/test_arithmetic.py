"""The arithmetic of the database is that of `gis.base.worktime`, to the microsecond."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from gis.base.limits import KINDS
from gis.base.worktime import due, elapsed, from_us, to_us
from gis.base.worktime_calendar import ZONE, Calendar
from gis.base.worktime_china import national_calendar
from tests.base.test_worktime import city

pytestmark = pytest.mark.db
LOW, HIGH = (to_us(datetime(year, 1, 1, tzinfo=ZONE)) for year in (2023, 2026))


def flat(sessions: Any) -> list[int] | None:
    return None if sessions is None else [minute for session in sessions for minute in session]


def put(connection: Connection, calendar: Calendar, code: str, **changes: Any) -> int:
    """Store a calendar as the owner; its id."""
    given: dict[str, Any] = {
        "code": code, "city": "99", "name_zh": "试", "week": list(calendar.week), "rework": "restart",
        "known_from": "2004-01-01", "known_to": "2026-12-31", "source": "test", "based_on": 0, "limits": [],
        "schedules": [
            {"valid_from": one.valid_from, "valid_to": one.valid_to, "sessions": flat(one.sessions)}
            for one in calendar.schedules
        ],
        "days": [
            {"day": one.day, "works": one.works, "sessions": flat(one.sessions), "name": one.name, "source": ""}
            for one in calendar.days
        ],
    }  # fmt: skip
    statement = text("SELECT put_calendar(cast(:given AS jsonb))")
    return int(
        connection.execute(statement, {"given": json.dumps(given | changes, default=str)}).scalar_one()
    )


@pytest.fixture(scope="module")
def made(engine: Engine) -> Iterator[tuple[Connection, dict[int, Calendar]]]:
    """The country's calendar and one with summers and short days, in a transaction that goes."""
    with engine.connect() as connection:
        outer = connection.begin()
        connection.execute(text("SELECT set_config('wangge.actor', 'system', true)"))
        national = connection.execute(text("SELECT id FROM calendar WHERE code = 'cn'")).scalar_one()
        yield connection, {national: national_calendar(), put(connection, city(), "summers"): city()}
        outer.rollback()


def test_deadlines_are_the_same(made: tuple[Connection, dict[int, Calendar]]) -> None:
    connection, calendars = made
    rng = np.random.default_rng(21)
    for identifier, calendar in calendars.items():
        for n in range(600):
            start = from_us(int(rng.integers(LOW, HIGH)) // (1, 60_000_000)[n % 2] * (1, 60_000_000)[n % 2])
            kind, value = KINDS[n % 4], Decimal(int(rng.integers(1, 20_000))) / 1000
            found = connection.execute(
                text("SELECT clock_add(:calendar, :kind, :start, :value)"),
                {"calendar": identifier, "kind": kind, "start": start, "value": value},
            ).scalar_one()
            assert found == due(start, kind, value, calendar), (start, kind, value)


def test_spans_are_the_same(made: tuple[Connection, dict[int, Calendar]]) -> None:
    connection, calendars = made
    rng = np.random.default_rng(22)
    for identifier, calendar in calendars.items():
        for n in range(300):
            start, end = sorted(from_us(int(us)) for us in rng.integers(LOW, HIGH, 2))
            kind = KINDS[n % 4]
            found = connection.execute(
                text("SELECT clock_elapsed(:calendar, :kind, :start, :end)"),
                {"calendar": identifier, "kind": kind, "start": start, "end": end},
            ).scalar_one()
            assert abs(Fraction(found) - elapsed(start, end, kind, calendar)) < Fraction(1, 10**12)


def test_a_clock_that_stands_still_and_runs_on_is_due_when_its_limit_is_used(
    made: tuple[Connection, dict[int, Calendar]],
) -> None:
    """Rounding the part that was used never moves the end by a microsecond, where days are of one length."""
    connection, calendars = made
    national = next(iter(calendars))
    rng = np.random.default_rng(23)
    for n in range(200):
        kind, value = KINDS[n % 4], int(rng.integers(2, 12))
        start = from_us(int(rng.integers(LOW, HIGH)))
        whole = due(start, kind, value, national_calendar())
        paused = from_us(int(rng.integers(to_us(start), to_us(whole))))
        resumed = from_us(to_us(paused) + int(rng.integers(0, 30 * 86_400_000_000)))
        found = connection.execute(
            text(
                "SELECT clock_add(:calendar, :kind, :resumed, :value - clock_elapsed(:calendar, :kind, :start, :paused))"
            ),
            {
                "calendar": national, "kind": kind, "start": start, "paused": paused, "resumed": resumed,
                "value": Decimal(value),
            },
        ).scalar_one()  # fmt: skip
        used = elapsed(start, paused, kind, national_calendar())
        assert elapsed(resumed, found, kind, national_calendar()) == value - used


def test_beyond_what_is_made_out_there_is_no_deadline(made: tuple[Connection, dict[int, Calendar]]) -> None:
    connection, calendars = made
    national = next(iter(calendars))
    values = {"calendar": national, "start": datetime(2040, 12, 20, tzinfo=ZONE)}
    for kind in ("work_day", "work_hour"):
        found = connection.execute(text(f"SELECT clock_add(:calendar, '{kind}', :start, 400)"), values)
        assert found.scalar_one() is None


def test_calendars_follow_one_another_and_are_never_changed(
    made: tuple[Connection, dict[int, Calendar]],
) -> None:
    connection, _ = made
    first, second = (put(connection, city(), "x", city="98", based_on=n) for n in (0, 1))
    state = text("SELECT version, ended_at IS NULL AS current FROM calendar WHERE id = :id")
    found = [tuple(connection.execute(state, {"id": one}).one()) for one in (first, second)]
    assert found == [(1, False), (2, True)]
    for change in (
        "DELETE FROM calendar_day", "UPDATE calendar_session SET length_us = 1", "UPDATE calendar SET week = week",
        "TRUNCATE calendar_limit",
    ):  # fmt: skip
        inner = connection.begin_nested()
        with pytest.raises(DBAPIError, match="only followed"):
            connection.execute(text(change))
        inner.rollback()
    for changes, code in (({"based_on": 1}, "WG412"), ({"based_on": 2, "city": "97"}, "WG409")):
        inner = connection.begin_nested()
        with pytest.raises(DBAPIError) as told:
            put(connection, city(), "x", **({"city": "98"} | changes))
        assert getattr(told.value.orig, "sqlstate", None) == code
        inner.rollback()
    days = connection.execute(
        text("SELECT count(*) FROM calendar_day WHERE calendar_id = :id AND day = :day"),
        {"id": first, "day": date(2024, 2, 9)},
    ).scalar_one()
    assert days == 1


def test_the_hours_of_a_day_are_looked_up_once_when_a_calendar_is_made_out(engine: Engine) -> None:
    """Put in where they are used, they would be looked up at each of six uses: a save took seconds."""
    with engine.connect() as connection:
        source = "SELECT prosrc FROM pg_proc WHERE proname = 'make_out_calendar'"
        body = str(connection.execute(text(source)).scalar_one()).replace("$1", "1")
        assert "hours AS MATERIALIZED (" in body

        def lookups(query: str) -> int:
            plan = "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {query}"))
            return len(re.findall(r"on calendar_schedule", plan))

        assert lookups(body) == 1
        assert lookups(body.replace("AS MATERIALIZED", "AS")) > 1, "the control"
