"""What the steps counted equals a recount from the log and the clocks; folding and correcting change nothing."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine, text

from gis.base.errors import Forbidden, Invalid, WanggeError
from gis.db.cluster import Cluster
from gis.events.kpi.measures import Flow, Stage
from gis.events.kpi.service import Asked, Indicators, indicators
from gis.events.workflow.service import take_command
from tests.district import district_engine
from tests.events.workflow.helpers import Crew, crew, event_in, works_as

pytestmark = pytest.mark.db
TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()
WEEK = (TODAY - timedelta(days=3), TODAY + timedelta(days=400))
STATES = ("reported", "accepted", "filed", "dispatched", "handling", "feedback", "inspecting", "closed")
FIRST = {
    "report": "reported", "accept": "accepted", "verify": "verified", "file": "filed", "dispatch": "dispatched",
    "self_handle": "self_handled", "reject": "rejected", "cancel": "cancelled", "feedback": "handled",
    "fail_inspection": "reworked", "refuse": "returned", "return": "returned", "object": "objected",
}  # fmt: skip


@pytest.fixture(scope="module")
def full(cluster: Cluster) -> Iterator[Engine]:
    """A district with events in every state, and some that went back and forth."""
    with district_engine(cluster) as engine:
        people = crew(engine)
        for workflow in ("urban", "grid"):
            for state in STATES:
                try:
                    event_in(engine, state, workflow=workflow)
                except (KeyError, WanggeError):
                    continue
        wander(engine, people, random.Random(4))
        yield engine


def wander(engine: Engine, people: Crew, rng: random.Random) -> None:
    """Random lawful steps of random people; what is refused is refused."""
    from gis.base.ids import uuid7
    from gis.events.workflow.model import Command

    names = (
        "accept",
        "reject",
        "cancel",
        "file",
        "dispatch",
        "sign",
        "refuse",
        "return",
        "feedback",
        "close",
    )
    for _ in range(6):
        event = event_in(engine, "accepted", workflow="urban")
        for _ in range(12):
            name = rng.choice(names)
            who = rng.choice(
                [people.desk, people.dispatcher, people.leader, people.handler, people.inspector]
            )
            with engine.connect() as connection:
                version = connection.scalar(text("SELECT version FROM event WHERE id = :id"), {"id": event})
            data: dict[str, Any] = {"department": people.department} if name == "dispatch" else {}
            command = Command(uuid7(), event, name, version, text="t", reason="r", data=data)
            try:
                take_command(who, command)
            except WanggeError:
                continue


def asked(**changes: Any) -> Asked:
    plain: dict[str, Any] = {"area": "2301", "first": WEEK[0], "last": WEEK[1]}
    return Asked(**(plain | changes))


def top(engine: Engine) -> str:
    with engine.connect() as connection:
        return str(connection.scalar(text("SELECT code FROM area ORDER BY cardinality(path), code LIMIT 1")))


def reader(engine: Engine) -> Engine:
    from tests.events.workflow.helpers import somebody

    return works_as(engine, somebody(engine, "reader"), "kpi.read")


def recount(connection: Connection) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """The flow from the log and the parts from the clocks, in Python."""
    flow: Counter[str] = Counter()
    seen: set[tuple[Any, str]] = set()
    decided: dict[Any, str] = {}
    for row in connection.execute(
        text("SELECT event_id, action, to_status FROM event_log ORDER BY event_id, seq")
    ):
        marks = [FIRST[row.action]] if row.action in FIRST else []
        if row.to_status == "closed":
            marks.append("closed")
        if row.action in ("file", "self_handle") and (row.event_id, "valid") not in seen:
            marks.append("valid")
        if row.action in ("reject", "cancel") and (row.event_id, "valid") not in seen:
            marks.append("invalid")
        for mark in marks:
            if (row.event_id, mark) not in seen:
                seen.add((row.event_id, mark))
                flow[mark] += 1
                decided[row.event_id] = mark
    parts: Counter[tuple[str, str]] = Counter()
    for row in connection.execute(
        text("SELECT stage, running_since, stopped_at, outcome, due_at, now() AS now FROM event_clock")
    ):
        if row.outcome == "done":
            parts[row.stage, "in_time" if row.stopped_at <= row.due_at else "late_done"] += 1
        elif row.running_since is not None:
            parts[row.stage, "overdue" if row.due_at <= row.now else "running"] += 1
    return flow, parts


def check(engine: Engine, found: Indicators) -> None:
    with engine.connect() as connection:
        flow, parts = recount(connection)
    told = {name: n for name, n in found.total.flow.items() if n}
    assert {name: told.get(name, 0) for name in set(flow) | set(FIRST.values())} == {
        name: flow[name] for name in set(flow) | set(FIRST.values())
    }
    for stage in Stage:
        five = found.total.stages[stage.name.lower()]
        for part in ("in_time", "late_done", "overdue", "running"):
            assert getattr(five, part) == parts[stage.name.lower(), part], (stage, part)


def fold(engine: Engine) -> int:
    with engine.begin() as connection:
        return int(connection.scalar(text("SELECT kpi_fold(1000000)")) or 0)


def test_numbers_equal_a_recount_before_and_after_folding(full: Engine) -> None:
    code = top(full)
    before = indicators(reader(full), asked(area=code))
    check(full, before)
    assert before.total.flow["reported"] > 15
    assert before.total.flow["closed"] > 0
    assert fold(full) > 0
    after = indicators(reader(full), asked(area=code))
    check(full, after)
    assert after.total == before.total
    assert fold(full) == 0


def test_the_recount_can_fail(full: Engine) -> None:
    with full.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO kpi_delta (day, measure, area_id, department_id, category_id, n)"
                " SELECT current_date, 1, id, 0, 0, 1 FROM area ORDER BY cardinality(path), code LIMIT 1"
            )
        )
    with pytest.raises(AssertionError):
        check(full, indicators(reader(full), asked(area=top(full))))
    with full.begin() as connection:
        connection.execute(text("DELETE FROM kpi_delta WHERE category_id = 0"))


def test_parts_of_an_area_add_up_to_it(full: Engine) -> None:
    code = top(full)
    for level in ("community", "grid", "subdistrict"):
        found = indicators(reader(full), asked(area=code, level=level))
        if not found.lines:
            continue
        assert sum(line.flow["reported"] for line in found.lines) <= found.total.flow["reported"]
    by_category = indicators(reader(full), asked(area=code, by="category"))
    for name in Flow.__members__:
        key = name.lower()
        assert sum(line.flow[key] for line in by_category.lines) == by_category.total.flow[key], key
    by_department = indicators(reader(full), asked(area=code, by="department"))
    handle = [line.stages["handle"] for line in by_department.lines]
    assert sum(five.due + five.running for five in handle) == (
        by_department.total.stages["handle"].due + by_department.total.stages["handle"].running
    )


def test_a_case_that_moves_takes_its_numbers_along(full: Engine) -> None:
    code = top(full)
    fold(full)
    before = indicators(reader(full), asked(area=code, by="category"))
    with full.begin() as connection:
        other = connection.scalar(text("SELECT max(id) FROM category"))
        connection.execute(
            text(
                "UPDATE event SET category_id = :other WHERE id = (SELECT id FROM event ORDER BY id LIMIT 1)"
            ),
            {"other": other},
        )
    after = indicators(reader(full), asked(area=code, by="category"))
    check(full, after)
    assert after.total == before.total
    assert {line.code: line.flow["reported"] for line in after.lines} != {
        line.code: line.flow["reported"] for line in before.lines
    }


def test_exempt_cases_leave_the_base_and_stay_told(full: Engine) -> None:
    code = top(full)
    with full.begin() as connection:
        connection.execute(
            text(
                "UPDATE event_clock SET due_at = started_at - interval '1 hour', first_due_at = first_due_at"
                " WHERE id = (SELECT id FROM event_clock WHERE outcome = 'done' AND stage = 'handle' LIMIT 1)"
            )
        )
    found = indicators(reader(full), asked(area=code, first=WEEK[0] - timedelta(days=30)))
    late = found.total.stages["handle"]
    assert late.late_done >= 1
    with full.begin() as connection:
        connection.execute(
            text(
                "UPDATE event SET exempt = true WHERE id IN (SELECT event_id FROM event_clock"
                " WHERE outcome = 'done' AND stage = 'handle' AND stopped_at > due_at)"
            )
        )
    again = indicators(reader(full), asked(area=code, first=WEEK[0] - timedelta(days=30))).total.stages[
        "handle"
    ]
    assert again.late_done == 0
    assert again.exempt == late.late_done
    assert again.due == late.due - again.exempt
    assert again.in_time == late.in_time


def test_only_who_holds_it_reads(full: Engine) -> None:
    people = crew(full)
    with pytest.raises(Forbidden, match=r"outside_scope"):
        indicators(people.resident, asked(area=top(full)))
    with pytest.raises(Invalid):
        indicators(reader(full), asked(area=top(full), first=WEEK[1], last=WEEK[0]))
    with pytest.raises(Invalid):
        indicators(reader(full), asked(area=top(full), department="nobody"))


def test_one_department_alone(full: Engine) -> None:
    found = indicators(reader(full), asked(area=top(full), department="crew"))
    whole = indicators(reader(full), asked(area=top(full), by="department"))
    mine = next(line for line in whole.lines if line.code == "crew")
    assert found.total.stages["handle"] == mine.stages["handle"]
