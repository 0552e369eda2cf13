"""Clocks follow the edges of the workflow: begin, stop, stand still, run on, are lengthened, begin anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gis.base.limits import Limit
from gis.base.worktime import add, elapsed
from gis.base.worktime_calendar import ZONE
from gis.base.worktime_china import national_calendar
from gis.events.clocks.calendars import put_calendar, read_calendar
from gis.events.clocks.model import StageLimit
from tests.events.clocks.helpers import clock, do, due_of, event_in, opened, row, run_since, walk
from tests.events.workflow.helpers import (
    ACCEPT,
    CATEGORY,
    DISPATCH,
    DONE,
    FILE,
    INSPECT,
    PASS,
    SIGN,
    TO_HANDLING,
    Crew,
)  # fmt: skip

pytestmark = pytest.mark.db
LIMIT = text("UPDATE workflow_state SET limit_value = :value WHERE stage = 'handle' AND limit_value = :was")
FORCE: tuple[str, str, dict[str, Any]] = ("approver", "force_close", {"reason": "已现场核实"})
FAIL: dict[str, Any] = {
    "text": "未整改",
    "reason": "仍有杂物",
    **{k: PASS[2][k] for k in ("photos", "position")},
}
FAR = (datetime.now(ZONE).date() + timedelta(days=365)).isoformat()
SUSPEND = (("handler", "request_suspension", {"reason": "冬季", "until": FAR}),)


def test_an_event_opens_with_its_promise_and_its_first_stage(district: Engine, people: Crew) -> None:
    event = opened(district, workflow="urban")
    total, accept, itself = (
        clock(district, event, "total"),
        clock(district, event, "accept"),
        row(district, event),
    )
    assert (total.kind, total.value, total.source) == ("work_day", 7, "calendar")
    assert (accept.kind, accept.value, accept.source) == ("work_hour", Decimal("0.5"), "workflow")
    for one in (total, accept):
        assert one.started_at == itself.opened_at == one.running_since
        assert one.due_at == one.first_due_at == due_of(one)
        assert one.next_at == due_of(one, value=one.value / 2)
    assert (itself.promised_at, itself.due_at, itself.overdue_s) == (total.due_at, accept.due_at, None)


def test_the_hotline_promises_days_that_run_through_everything(district: Engine, people: Crew) -> None:
    total = clock(district, opened(district, workflow="hotline"), "total")
    assert (total.kind, total.value) == ("natural_day", 15)
    assert total.due_at == total.started_at + timedelta(days=15)
    emergency = clock(district, opened(district, workflow="hotline", urgency="emergency"), "total")
    assert (emergency.kind, emergency.value) in {("natural_day", 2), ("natural_day", 15)}


def test_what_comes_from_long_ago_has_no_clock(district: Engine) -> None:
    with district.connect() as connection:
        outer = connection.begin()
        connection.execute(
            text(
                "INSERT INTO event (id, number, tracking_code, status, category_id, text, geom, scope_area_id,"
                " grid_method, opened_at) SELECT gen_random_uuid(), 'O1', 'O1', 'reported', c.id, 'x',"
                " ST_SetSRID(ST_MakePoint(126.6, 45.7), 4326), a.id, 'none', now() - interval '2 days'"
                " FROM (SELECT min(id) AS id FROM category) AS c, (SELECT min(id) AS id FROM area) AS a"
            )
        )
        told = connection.execute(
            text(
                "SELECT promised_at, due_at, (SELECT count(*) FROM event_clock AS c WHERE c.event_id = e.id) AS n"
                " FROM event AS e WHERE number = 'O1'"
            )
        ).one()
        assert tuple(told) == (None, None, 0)
        outer.rollback()


def test_each_stage_has_its_own_clock(district: Engine, people: Crew) -> None:
    event = opened(district, workflow="urban")
    at = row(district, event).opened_at
    running = [
        ("accept",),
        ("file",),
        ("dispatch",),
        ("handle", "sign"),
        ("handle",),
        ("check",),
        ("inspect",),
    ]
    steps = (None, ACCEPT, FILE, DISPATCH, SIGN, DONE, INSPECT)
    for step, stages in zip(steps, running, strict=True):
        at += timedelta(minutes=7)
        if step is not None:
            walk(district, event, [step], at)
        with district.connect() as connection:
            found = connection.scalars(
                text(
                    "SELECT stage FROM event_clock WHERE event_id = :event AND running_since IS NOT NULL"
                    " AND stage <> 'total' ORDER BY stage"
                ),
                {"event": event},
            ).all()
        assert tuple(found) == stages
        assert row(district, event).due_at == min(clock(district, event, one).due_at for one in stages)
    walk(district, event, [PASS, FORCE], at)
    done = [
        clock(district, event, stage) for stage in ("total", "accept", "file", "sign", "handle", "inspect")
    ]
    assert {one.outcome for one in done} == {"done"}
    accept = done[1]
    assert accept.stopped_at - accept.started_at == timedelta(minutes=14)
    exact = elapsed(accept.started_at, accept.stopped_at, "work_hour", national_calendar())
    assert abs(accept.used - Decimal(exact.numerator) / exact.denominator) < Decimal("1e-12")
    assert row(district, event).due_at is None


def test_the_handling_has_the_time_its_standard_gives(district: Engine, people: Crew) -> None:
    event = opened(district, workflow="urban", category=CATEGORY["urban"])
    walk(district, event, [ACCEPT, FILE, DISPATCH])
    handle = clock(district, event, "handle")
    assert (handle.kind, handle.value, handle.source) == ("work_hour", 4, "standard")


def test_a_limit_is_frozen_when_it_begins(district: Engine, people: Crew) -> None:
    event = event_in(district, "handling", workflow="urban")
    before = clock(district, event, "handle")
    with district.begin() as connection:
        connection.execute(LIMIT, {"value": 50, "was": 5})
    try:
        do(district, event, "approver", "urge", text="请尽快")
        assert clock(district, event, "handle") == before
        do(district, event, "handler", "return", reason="不属于本部门")
        walk(district, event, [DISPATCH])
        again = clock(district, event, "handle")
        assert (again.turn, again.value) == (2, 50)
        assert clock(district, event, "handle", 1).value == 5
    finally:
        with district.begin() as connection:
            connection.execute(LIMIT, {"value": 5, "was": 50})


def test_a_suspension_stops_everything_and_what_was_left_runs_on(district: Engine, people: Crew) -> None:
    event = event_in(district, "handling", workflow="urban")
    begun = clock(district, event, "handle").started_at
    paused = begun + timedelta(hours=30, microseconds=1)
    walk(district, event, SUSPEND, begun)
    day = (paused.astimezone(ZONE).date() + timedelta(days=365)).isoformat()
    do(district, event, "approver", "suspend", paused, until=day, reason="冬季不能施工")
    for stage in ("handle", "total"):
        one = clock(district, event, stage)
        assert (one.running_since, one.paused_at, one.next_at) == (None, paused, None)
        assert one.pause_reason == "冬季不能施工"
    waits = clock(district, event, "suspend")
    assert waits.due_at == paused + timedelta(days=365)  # no later than a year
    assert row(district, event).due_at is None
    resumed = paused + timedelta(days=40, hours=5)
    do(district, event, "approver", "resume", resumed)
    for stage in ("handle", "total"):
        one = clock(district, event, stage)
        used = elapsed(one.started_at, paused, one.kind, national_calendar())
        assert one.due_at == add(
            resumed, one.kind, Decimal(one.value).__floor__() - used, national_calendar()
        )
        assert one.paused_total == resumed - paused
        assert one.first_due_at == due_of(one) < one.due_at
    assert row(district, event).promised_at == clock(district, event, "total").due_at
    assert clock(district, event, "suspend").outcome == "done"


def test_a_suspension_ends_when_its_day_ends_here(district: Engine, people: Crew) -> None:
    event = event_in(district, "handling", workflow="urban")
    begun = clock(district, event, "handle").started_at
    day = (begun + timedelta(days=20)).astimezone(ZONE).date()
    walk(district, event, SUSPEND, begun)
    do(district, event, "approver", "suspend", begun, until=day.isoformat())
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), ZONE)
    assert clock(district, event, "suspend").due_at == midnight


def test_each_extension_adds_the_limit_once_more_and_lengthens_the_promise(
    district: Engine, people: Crew
) -> None:
    event = event_in(district, "handling", workflow="urban")
    for times in (1, 2):
        do(district, event, "handler", "request_extension", reason="等待材料")
        do(district, event, "approver", "grant_extension")
        handle, total = clock(district, event, "handle"), clock(district, event, "total")
        assert handle.extended == times
        assert handle.due_at == due_of(handle, value=5 * (times + 1))
        assert total.due_at > handle.due_at
        assert (total.source, total.kind) == ("promise", "natural_day")
        assert row(district, event).promised_at == total.due_at > total.first_due_at
    with district.begin() as connection:  # told twice it is still the same
        connection.execute(
            text("SELECT follow_clocks(:event, max(seq)) FROM event_log WHERE event_id = :event"),
            {"event": event},
        )
    assert clock(district, event, "handle").extended == 2


def test_a_promise_is_no_shorter_than_the_handling_it_holds(district: Engine, people: Crew) -> None:
    event = event_in(district, "filed", workflow="urban")
    with district.begin() as connection:
        connection.execute(LIMIT, {"value": 20, "was": 5})
    try:
        walk(district, event, [DISPATCH])
    finally:
        with district.begin() as connection:
            connection.execute(LIMIT, {"value": 5, "was": 20})
    total, handle = clock(district, event, "total"), clock(district, event, "handle")
    assert total.first_due_at < handle.due_at < total.due_at == row(district, event).promised_at
    assert total.due_at == total.started_at + timedelta(days=int(total.value))


@pytest.mark.parametrize("rework", ["restart", "continue"])
def test_rework_begins_anew_or_goes_on_as_the_city_says(district: Engine, people: Crew, rework: str) -> None:
    with district.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("UPDATE calendar SET rework = :rework"), {"rework": rework})
    event = event_in(district, "inspecting", workflow="urban")
    with district.begin() as connection:  # the first handling took two days of five
        connection.execute(
            text("UPDATE event_clock SET used = 2 WHERE event_id = :event AND stage = 'handle'"),
            {"event": event},
        )
    do(district, event, "inspector", "fail_inspection", **FAIL)
    again = clock(district, event, "handle")
    assert (again.turn, again.value, again.used) == (2, 5, 2 if rework == "continue" else 0)
    assert again.due_at == due_of(again, value=5 - again.used)
    assert clock(district, event, "handle", 1).used == 2


def test_an_objection_opens_a_round_and_the_first_stays_as_it_was(district: Engine, people: Crew) -> None:
    event = event_in(district, "closed", workflow="urban")
    with district.connect() as connection:
        statement = text("SELECT * FROM event_clock WHERE event_id = :event AND round = 1 ORDER BY id")
        first = connection.execute(statement, {"event": event}).all()
    do(district, event, "resident", "object", reason="仍然堆着")
    total = clock(district, event, "total")
    assert (total.round, total.turn) == (2, 1)
    assert row(district, event).promised_at == total.due_at == due_of(total)
    assert clock(district, event, "file").round == 2
    with district.connect() as connection:
        assert connection.execute(statement, {"event": event}).all() == first


def test_what_a_merge_ended_runs_on_when_it_is_undone(district: Engine, people: Crew) -> None:
    event = event_in(district, "merged", workflow="urban")
    ended = clock(district, event, "total")
    assert ended.outcome == "ended"
    do(district, event, "desk", "unmerge", reason="不是同一件")
    total = clock(district, event, "total")
    assert (total.outcome, total.stopped_at, total.turn) == (None, None, 1)
    assert total.due_at == total.first_due_at == ended.due_at
    assert row(district, event).promised_at == total.due_at


def test_late_is_late_by_the_second_and_in_multiples(district: Engine, people: Crew) -> None:
    event = event_in(district, "handling", workflow="hotline")
    run_since(district, event, handle=10 * 24 * 60)
    walk(district, event, [DONE])
    handle, itself = clock(district, event, "handle"), row(district, event)
    late = handle.stopped_at - handle.due_at
    assert timedelta(days=3) < late < timedelta(days=3, minutes=10)
    assert itself.overdue_s == -(-late // timedelta(seconds=1))
    limit = handle.value * (1 + handle.extended)
    assert abs((handle.used - limit) / limit - Decimal(3) / 7) < Decimal("0.01")


def test_only_the_last_step_moves_clocks(district: Engine, people: Crew) -> None:
    event = event_in(district, "handling", workflow="urban")
    with district.connect() as connection, pytest.raises(Exception, match="clock_order"):
        connection.execute(text("SELECT follow_clocks(:event, 2)"), {"event": event})


def test_steps_that_move_nothing_leave_the_clocks(district: Engine, people: Crew) -> None:
    event = event_in(district, "handling", workflow="urban")
    before = [clock(district, event, stage) for stage in ("handle", "total")]
    do(district, event, "desk", "note", text="电话已告知")
    assert [clock(district, event, stage) for stage in ("handle", "total")] == before


def test_the_steps_of_the_templates_name_only_known_acts(district: Engine) -> None:
    known = {"start", "stop", "end", "round", "pause", "resume", "extend", "freeze", "reopen"}
    with district.connect() as connection:
        acts = set(connection.scalars(text("SELECT DISTINCT unnest(clock) FROM workflow_edge")))
    assert {act.split(":")[0] for act in acts} <= known
    assert TO_HANDLING  # the path used above


def test_a_city_with_a_limit_of_its_own_has_that_and_no_other(district: Engine, people: Crew) -> None:
    """`district == 14 and used > 120 or used > 30` made the exception of one district useless."""
    own = StageLimit("accept", Limit("urgent_hour", 2), workflow="urban")
    national = read_calendar(district, "cn")
    here = replace(national, code="ours", city="2301", version=0, limits=(*national.limits, own))
    put_calendar(district, here)
    mine = opened(district, workflow="urban")
    accept = clock(district, mine, "accept")
    assert (accept.kind, accept.value, accept.source) == ("urgent_hour", 2, "calendar")
    do(district, mine, "desk", "accept", accept.started_at + timedelta(minutes=90))
    accept = clock(district, mine, "accept")
    assert (
        accept.stopped_at <= accept.due_at
    )  # more than the half hour of everywhere, less than the two of here
    assert accept.used == Decimal("1.5")
    put_calendar(district, replace(here, version=1, limits=national.limits))
    assert clock(district, opened(district, workflow="urban"), "accept").value == Decimal("0.5")
    assert clock(district, mine, "accept").value == 2
