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
from gis.db.sql import load
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
            data |= {"condition": 1} if name == "file" else {"closure": True} if name == "close" else {}
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


BESIDE = """
JOIN event AS e ON e.id = x.event_id JOIN area AS a ON a.id = e.scope_area_id
WHERE cast(:level AS text) IS NULL
   OR NOT EXISTS (SELECT FROM area AS b WHERE b.id = ANY(a.path) AND b.level = cast(:level AS text))
"""
LOG = text(
    f"SELECT x.event_id, x.action, x.to_status FROM event_log AS x {BESIDE} ORDER BY x.event_id, x.seq"
)
CLOCKS = text(
    f"SELECT x.stage, x.running_since, x.stopped_at, x.outcome, x.due_at, now() AS now FROM event_clock AS x {BESIDE}"
)


def recount(
    connection: Connection, level: str | None = None
) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """The flow from the log and the parts from the clocks, in Python; with a `level` of what lies in no area of it."""
    flow: Counter[str] = Counter()
    seen: set[tuple[Any, str]] = set()
    decided: dict[Any, str] = {}
    for row in connection.execute(LOG, {"level": level}):
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
    for row in connection.execute(CLOCKS, {"level": level}):
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


def lift(engine: Engine, *codes: str) -> None:
    """Let one event each, not yet lifted, lie in an area as a whole and in none below it."""
    with engine.begin() as connection:
        for code in codes:
            moved = connection.execute(
                text(
                    "UPDATE event SET scope_area_id = (SELECT id FROM area WHERE code = :code) WHERE id = ("
                    "SELECT e.id FROM event AS e JOIN area AS a ON a.id = e.scope_area_id WHERE a.level = 'grid'"
                    " ORDER BY e.closed_at, e.id LIMIT 1)"
                ),
                {"code": code},
            )
            assert moved.rowcount == 1


@pytest.mark.parametrize("folded", [True, False], ids=["folded", "not_folded"])
def test_parts_of_an_area_add_up_to_it(full: Engine, folded: bool) -> None:
    """What the areas of a level count, and what lies in none of them, is what the area above counts."""
    code = top(full)
    lift(full, "230199001001", "230199001", "230199")
    if folded:
        fold(full)
    above = Counter[str]()
    for level in ("district", "subdistrict", "community", "grid"):
        found = indicators(reader(full), asked(area=code, level=level))
        with full.connect() as connection:
            flow, parts = recount(connection, level)
        assert flow["reported"] > above["reported"] or level == "district", "each level leaves more beside it"
        above = flow
        for name, n in found.total.flow.items():
            assert sum(line.flow[name] for line in found.lines) + flow[name] == n, (level, name)
        for stage, five in found.total.stages.items():
            for part in ("in_time", "late_done", "overdue", "running"):
                told = sum(getattr(line.stages[stage], part) for line in found.lines)
                assert told + parts[stage, part] == getattr(five, part), (level, stage, part)
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


GRID = "230199001001002"  # where the events are


def by_community(engine: Engine) -> dict[str, int]:
    found = indicators(reader(engine), asked(area=top(engine), level="community"))
    return {line.code: line.flow["reported"] for line in found.lines}


def listed(engine: Engine) -> dict[str, int]:
    """Events of each community by the paths that their lists go by."""
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT a.code, count(e.id) FROM area AS a LEFT JOIN event AS e ON a.id = ANY(e.scope_path)"
                " WHERE a.level = 'community' GROUP BY 1"
            )
        )
        return dict(map(tuple, rows))


def apart(engine: Engine, by: str) -> Counter[str]:
    """What is due of handling by department or category, both communities added up."""
    found: Counter[str] = Counter()
    for community in ("230199001001", "230199001002"):
        for line in indicators(reader(engine), asked(area=community, by=by)).lines:
            five = line.stages["handle"]
            found[line.code] += five.due + five.running
    return found


def test_areas_divided_anew_take_their_numbers_along(full: Engine) -> None:
    """The decision of docs/kpi.md: numbers are of the tree as it is now, as the lists of events are."""
    fold(full)
    event_in(full, "closed")  # of this nothing is folded yet
    before = by_community(full)
    whole = indicators(reader(full), asked(area=top(full)))
    told = {by: apart(full, by) for by in ("department", "category")}
    assert before == listed(full)
    try:
        divide(full, GRID, "230199001002")
        after = by_community(full)
        assert after == listed(full)
        assert after["230199001002"] > before["230199001002"] == 0
        assert {by: apart(full, by) for by in told} == told
        assert indicators(reader(full), asked(area=top(full))).total == whole.total
        fold(full)
        assert by_community(full) == after
    finally:
        divide(full, GRID, "230199001001")
    assert by_community(full) == before == listed(full)
    check(full, indicators(reader(full), asked(area=top(full))))


def test_the_division_can_fail(full: Engine) -> None:
    """The control: without following, the sums would be of nobody's tree."""
    fold(full)
    before = by_community(full)
    with full.begin() as connection:
        connection.execute(text("ALTER TABLE area DISABLE TRIGGER kpi_redivided"))
    try:
        divide(full, GRID, "230199001002")
        assert by_community(full) == before != listed(full)
    finally:
        divide(full, GRID, "230199001001")
        with full.begin() as connection:
            connection.execute(text("ALTER TABLE area ENABLE TRIGGER kpi_redivided"))


def divide(engine: Engine, grid: str, community: str) -> None:
    """Put a grid below another community, as an import does."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE area AS g SET parent_id = c.id FROM area AS c WHERE g.code = :grid AND c.code = :community"
            ),
            {"grid": grid, "community": community},
        )
        connection.execute(text(load("gis.areas", "set_paths").text))


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


def test_questions_are_planned_by_what_they_ask(full: Engine) -> None:
    """One plan for all values, which a function keeps from its sixth call on, took minutes over a year of a city."""
    with full.connect() as connection:
        named = connection.scalars(
            text(
                "SELECT proname FROM pg_proc WHERE proconfig @> '{plan_cache_mode=force_custom_plan}'"
                " AND pronamespace = 'wangge'::regnamespace"
            )
        ).all()
    assert {"kpi_counts", "kpi_running", "kpi_times", "kpi_whistles"} <= set(named)
