"""Working time against a counter of minutes, its laws, and the faults found in systems that are in use."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.base.errors import Invalid
from gis.base.limits import KINDS, parse_limit
from gis.base.worktime import (
    IN_WORK,
    PARTS,
    add,
    due,
    due_mixed,
    due_us,
    elapsed,
    elapsed_days,
    elapsed_us,
    from_us,
    is_provisional,
    provisional_us,
    to_us,
)
from gis.base.worktime_calendar import ZONE, Calendar, Day, Schedule
from gis.base.worktime_china import national_calendar, national_days
from tests.base.minutes import EIGHT, SUMMER, Minutes, days_of_city

FIRST, LAST = 2023, 2025
HOURS = ("urgent_hour", "work_hour")
BEGIN, END = datetime(FIRST, 1, 1, tzinfo=ZONE), datetime(LAST, 12, 31, tzinfo=ZONE)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@cache
def city() -> Calendar:
    """The country's calendar with the short days, days off and summers of one city."""
    own = [Day(day, bool(hours), hours) for day, hours in days_of_city().items()]
    kept = [one for one in national_days() if one.day not in {day.day for day in own}]
    summers = tuple(
        Schedule(SUMMER, date(year, 6, 1), date(year, 9, 15)) for year in range(FIRST - 1, LAST + 2)
    )
    return replace(national_calendar(), schedules=(Schedule(EIGHT), *summers), days=tuple(kept + own))


@cache
def minutes() -> Minutes:
    return Minutes(FIRST, LAST + 1)


instants = st.integers(to_us(BEGIN), to_us(END)).map(from_us)
kinds = st.sampled_from(KINDS)


def counted(start: datetime, end: datetime, kind: str) -> Fraction:
    """What the counter of minutes makes of it, in units of the kind."""
    hour = timedelta(hours=1)
    if kind == "work_hour":
        return Fraction(
            minutes().between(start, end) // timedelta(microseconds=1), hour // timedelta(microseconds=1)
        )
    if kind == "work_day":
        return minutes().days_between(start, end)
    unit = hour if kind == "urgent_hour" else timedelta(days=1)
    return Fraction((end - start) // timedelta(microseconds=1), unit // timedelta(microseconds=1))


def spans(count: int, seed: int, longest_us: int) -> list[tuple[datetime, datetime]]:
    """Random spans; some begin or end on whole hours, where sessions begin and end."""
    rng = np.random.default_rng(seed)
    hour = 3_600_000_000
    starts = rng.integers(to_us(BEGIN), to_us(END), count)
    ends = starts + rng.integers(0, longest_us, count)
    for array in (starts, ends):
        whole = rng.random(count) < 0.2
        array[whole] -= array[whole] % (hour // 2)
    ends = np.maximum(starts, ends)
    return [(from_us(int(a)), from_us(int(b))) for a, b in zip(starts, ends, strict=True)]


def check_spans(calendar: Calendar, count: int, seed: int) -> int:
    """How many of so many random spans the counter of minutes measures otherwise."""
    wrong = 0
    for index, (start, end) in enumerate(spans(count, seed, 40 * 86_400_000_000)):
        kind = ("work_hour", "work_day")[index % 2]
        wrong += elapsed(start, end, kind, calendar) != counted(start, end, kind)
    return wrong


def check_deadlines(calendar: Calendar, count: int, seed: int) -> int:
    """How many of so many deadlines are not the first instant at which the counter has reached the limit."""
    rng = np.random.default_rng(seed)
    instant = timedelta(microseconds=1)
    wrong = 0
    for index, (start, _) in enumerate(spans(count, seed, 1)):
        kind = KINDS[index % 4]
        parts = int(
            rng.choice(np.array([250, 500, 1000, 2000, 4000, 5000, 15_000, 1 + rng.integers(20_000)]))
        )
        limit = Fraction(parts, PARTS)
        end = due(start, kind, Decimal(parts) / PARTS, calendar)
        wrong += not counted(start, end - instant, kind) < limit <= counted(start, end, kind)
    return wrong


def test_spans_are_as_long_as_the_minutes_in_them() -> None:
    assert check_spans(city(), 2_000, 1) == 0


def test_deadlines_are_where_the_counter_reaches_the_limit() -> None:
    assert check_deadlines(city(), 2_000, 2) == 0


@pytest.mark.prove
def test_a_hundred_thousand_spans_over_three_years() -> None:
    assert check_spans(city(), 100_000, 3) == 0


@pytest.mark.prove
def test_a_hundred_thousand_deadlines_over_three_years() -> None:
    assert check_deadlines(city(), 100_000, 4) == 0


def _without(what: str) -> Calendar:
    whole = city()
    return {
        "make-up days": lambda: replace(
            whole, days=tuple(d for d in whole.days if not d.works or d.sessions)
        ),
        "holidays": lambda: replace(whole, days=tuple(d for d in whole.days if d.works)),
        "short days": lambda: replace(whole, days=tuple(d for d in whole.days if not d.sessions)),
        "summers": lambda: replace(whole, schedules=whole.schedules[:1]),
        "the noon break": lambda: replace(whole, schedules=(Schedule(((480, 960),)),)),
    }[what]()


@pytest.mark.parametrize("what", ["make-up days", "holidays", "short days", "summers", "the noon break"])
def test_the_counter_notices_a_calendar_without(what: str) -> None:
    assert check_spans(_without(what), 400, 5) > 0
    assert check_deadlines(_without(what), 1_000, 5) > 0


# The laws.


@settings(max_examples=300, deadline=None)
@given(instants, kinds, st.integers(1, 30_000))
def test_a_limit_is_just_used_up_when_it_is_due(start: datetime, kind: str, parts: int) -> None:
    limit = Fraction(parts, PARTS)
    used = elapsed(start, due(start, kind, Decimal(parts) / PARTS, city()), kind, city())
    day = Fraction(1, 200 * 60_000_000)  # the shortest day has more than 200 minutes: a microsecond of it
    assert limit <= used < limit + (day if kind == "work_day" else Fraction(1, 10**15))


@settings(max_examples=300, deadline=None)
@given(instants, st.integers(0, 40 * 86_400_000_000), kinds)
def test_adding_what_elapsed_comes_back(start: datetime, span_us: int, kind: str) -> None:
    end = from_us(to_us(start) + span_us)
    used = elapsed(start, end, kind, city())
    back = add(start, kind, used, city())
    assert start <= back <= end
    assert elapsed(start, back, kind, city()) == used
    if kind not in IN_WORK:
        assert back == end


@settings(max_examples=200, deadline=None)
@given(instants, st.integers(0, 10 * 86_400_000_000), kinds, st.integers(1, 20_000))
def test_who_begins_later_is_due_no_earlier(start: datetime, later_us: int, kind: str, parts: int) -> None:
    value = Decimal(parts) / PARTS
    later = from_us(to_us(start) + later_us)
    assert due(start, kind, value, city()) <= due(later, kind, value, city())
    assert due(start, kind, value, city()) <= due(start, kind, value + Decimal("0.5"), city())
    assert start < due(start, kind, value, city())


@settings(max_examples=200, deadline=None)
@given(instants, kinds, st.lists(st.integers(1, 5_000_000), min_size=1, max_size=4))
def test_a_span_is_the_sum_of_its_pieces(start: datetime, kind: str, pieces: list[int]) -> None:
    end, total = start, Fraction(0)
    for piece in pieces:
        following = end + timedelta(milliseconds=piece)
        total += elapsed(end, following, kind, city())
        end = following
    assert elapsed(start, end, kind, city()) == total


def test_many_at_once_are_what_one_by_one_are() -> None:
    rng = np.random.default_rng(6)
    starts = rng.integers(to_us(BEGIN), to_us(END), 3_000)
    codes = rng.integers(0, 4, 3_000).astype(np.int8)
    parts = rng.integers(1, 20_000, 3_000)
    found = due_mixed(starts, codes, parts, city())
    for start, code, part, end in zip(starts[:400], codes, parts, found, strict=False):
        assert from_us(int(end)) == due(from_us(int(start)), KINDS[code], Decimal(int(part)) / PARTS, city())
    work = elapsed_us(starts, found, city())
    hours = codes == KINDS.index("work_hour")
    assert np.array_equal(work[hours], parts[hours] * 3_600_000)
    days = codes == KINDS.index("work_day")
    assert np.allclose(elapsed_days(starts[days], found[days], city()), parts[days] / PARTS, atol=1e-9)
    assert not provisional_us(starts, starts, city()).any()


def test_days_of_one_length_need_no_shares() -> None:
    even, shared = national_calendar(), replace(national_calendar())
    assert even.index.even_us == 8 * 3_600_000_000
    assert city().index.even_us == 0
    shared.index.even_us = 0
    rng = np.random.default_rng(7)
    starts, parts = rng.integers(to_us(BEGIN), to_us(END), 5_000), rng.integers(1, 20_000, 5_000)
    assert np.array_equal(due_us(starts, "work_day", parts, even), due_us(starts, "work_day", parts, shared))


def test_no_clock_is_turned() -> None:
    hours = np.arange(to_us(at("2024-01-01T00:00")), to_us(at("2026-01-01T00:00")), 3_600_000_000)
    assert {from_us(int(us)).utcoffset() for us in hours[::97]} == {timedelta(hours=8)}
    same = due(at("2025-03-10T10:30").astimezone(UTC), "work_day", 5, city())
    assert same == due(at("2025-03-10T10:30"), "work_day", 5, city())


# What the words mean.


@pytest.mark.parametrize(
    ("start", "limit", "end"),
    [
        ("2025-09-30T17:00", "2紧急工作时", "2025-09-30T19:00"),  # through the evening
        ("2025-09-30T23:30", "2紧急工作时", "2025-10-01T01:30"),  # and into the holiday
        ("2025-09-30T17:00", "4工作时", "2025-10-09T11:00"),  # over eight days of holiday
        ("2025-09-26T17:00", "4工作时", "2025-09-28T11:00"),  # Saturday off, Sunday made up
        ("2025-03-10T11:00", "2工作时", "2025-03-10T15:00"),  # over noon
        ("2025-03-10T12:30", "4工作时", "2025-03-10T18:00"),  # from noon on: the evening, never the morning
        ("2025-03-10T10:30", "5工作日", "2025-03-17T10:30"),  # the same minute, five work days on
        ("2025-03-10T07:00", "1工作日", "2025-03-10T18:00"),  # early: the whole of the day that follows
        ("2025-03-10T20:00", "1工作日", "2025-03-11T18:00"),  # late: the whole of the next
        ("2025-03-14T20:00", "2工作日", "2025-03-18T18:00"),  # late on Friday
        ("2025-01-24T10:00", "2工作日", "2025-01-27T09:00"),  # 24 Jan, 26 Jan (made up), a quarter of a short day
        ("2025-03-10T10:30", "0.5工作日", "2025-03-10T16:30"),
        ("2025-09-30T10:30", "15天", "2025-10-15T10:30"),
    ],
)  # fmt: skip
def test_deadlines_people_would_expect(start: str, limit: str, end: str) -> None:
    one = parse_limit(limit)
    calendar = replace(city(), schedules=(Schedule(EIGHT),))
    assert due(at(start), one.kind, one.value, calendar) == at(end)


@pytest.mark.parametrize("value", [0, -1, 0.0005, 3661, float("nan"), float("inf"), Decimal("1.2345")])
def test_what_is_no_limit(value: float | Decimal) -> None:
    with pytest.raises(Invalid, match="bad_limit"):
        due(at("2025-03-10T10:30"), "work_day", value, city())


def test_a_limit_is_the_same_in_every_number() -> None:
    start = at("2025-03-10T10:30")
    assert {due(start, "work_day", value, city()) for value in (0.1, Decimal("0.1"))} == {
        at("2025-03-10T11:18")
    }


def test_a_deadline_over_unknown_years_is_provisional() -> None:
    known_to = national_calendar().known_to
    assert known_to is not None
    last = datetime.combine(known_to, datetime.min.time(), ZONE)
    over = due(last, "work_day", 10, national_calendar())
    assert is_provisional(last, over, "work_day", national_calendar())
    assert not is_provisional(last, over, "natural_day", national_calendar())
    assert not is_provisional(last - timedelta(days=60), last, "work_day", national_calendar())
    weekends = due(at("2045-03-10T10:30"), "work_day", 5, national_calendar())
    assert weekends == at("2045-03-17T10:30")


def test_times_outside_the_calendar_are_refused() -> None:
    for start in ("1999-12-31T10:00", "2060-01-02T10:00", "2059-12-30T10:00"):
        with pytest.raises(Invalid, match="time_out_of_range"):
            due(at(start), "work_day", 30, city())
        with pytest.raises(Invalid, match="time_out_of_range"):
            due(at(start), "work_hour", 100, city())
    with pytest.raises(Invalid, match="time_without_zone"):
        due(datetime(2025, 1, 1), "work_day", 1, city())  # noqa: DTZ001


# Faults of systems in use, each of which would fail here.


def test_seconds_are_not_floored_to_minutes() -> None:
    start = at("2025-03-10T10:00:00")
    end = start + timedelta(minutes=7, seconds=59, microseconds=999_999)
    assert elapsed(start, end, "work_hour", city()) == Fraction(479_999_999, 3_600_000_000)
    assert due(end, "work_hour", 1, city()) == end + timedelta(hours=1)


def test_days_do_not_vanish_over_midnight() -> None:
    start, end = at("2025-03-10T17:00"), at("2025-03-13T09:00")
    assert elapsed(start, end, "urgent_hour", city()) == 64  # `(end - start).seconds` would say 16
    assert elapsed(start, end, "work_hour", city()) == 18
    assert elapsed(start, end, "work_day", city()) == Fraction(18, 8)


def test_a_schedule_ends_when_it_ends() -> None:
    calendar = replace(
        national_calendar(),
        schedules=(Schedule(EIGHT), Schedule(SUMMER, date(2025, 6, 1), date(2025, 9, 15))),
    )
    assert due(at("2025-09-15T08:00"), "work_hour", Decimal("7.5"), calendar) == at("2025-09-15T18:30")
    assert due(at("2025-09-16T08:00"), "work_hour", 8, calendar) == at("2025-09-16T18:00")


def test_a_make_up_saturday_is_worked() -> None:
    saturday = at("2025-10-11T08:00")
    assert elapsed(saturday, saturday + timedelta(days=1), "work_day", city()) == 1


def test_a_day_in_october_off_is_not_counted_twice() -> None:
    assert elapsed(at("2025-10-01T00:00"), at("2025-10-09T00:00"), "work_hour", city()) == 0


def test_microseconds_of_a_short_day_round_up() -> None:
    calendar = Calendar(days=(Day(date(2025, 3, 11), works=True, sessions=((480, 487),)),))
    end = due(at("2025-03-10T08:00:00.000001"), "work_day", 1, calendar)
    assert end == at("2025-03-11T08:00:00.000001")  # 1/68,571 of a microsecond is not none
    assert int(
        due_us(np.array([to_us(at("2025-03-10T13:00"))]), "work_day", np.array([1000]), calendar)[0]
    ) == to_us(at("2025-03-11T08:03:30"))
