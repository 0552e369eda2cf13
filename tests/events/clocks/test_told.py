"""What the page of an event tells of its clocks, to whoever sees the event and nobody else."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from gis.db.scope import Scope, scoped
from gis.events.reading import read_event
from tests.database import api_engine
from tests.events.clocks.helpers import clock, do, event_in, run_since
from tests.events.workflow.helpers import Crew, works_as

pytestmark = pytest.mark.db


@pytest.fixture(scope="module")
def web(district: Engine) -> Iterator[Engine]:
    with api_engine(district.url.render_as_string(hide_password=False)) as made:
        yield made


def test_the_clocks_of_an_event_are_told_with_what_is_used(district: Engine, people: Crew) -> None:
    event = event_in(district, "handling", workflow="hotline")
    run_since(district, event, handle=8 * 24 * 60)
    told = {one["stage"]: one for one in json.loads(read_event(people.leader, str(event)))["clocks"]}
    handle = told["handle"]
    assert (handle["kind"], handle["value"], handle["calendar"], handle["calendar_version"]) == (
        "natural_day",
        7,
        "cn",
        1,
    )
    assert abs(handle["used"] - 8) < 0.01
    assert abs(handle["multiple"] - 1 / 7) < 0.01
    assert told["accept"]["outcome"] == "done"
    assert told["total"]["multiple"] < 0
    begun = clock(district, event, "handle").running_since
    until = (begun + timedelta(days=60)).date().isoformat()
    with district.begin() as connection:  # the handler asks in time
        connection.execute(
            text("UPDATE event SET due_at = now() + interval '1 day' WHERE id = :event"), {"event": event}
        )
    do(district, event, "handler", "request_suspension", reason="等待备件", until=until)
    do(district, event, "approver", "suspend", reason="等待备件", until=until)
    paused = {one["stage"]: one for one in json.loads(read_event(people.leader, str(event)))["clocks"]}[
        "handle"
    ]
    assert paused["paused_at"] is not None
    assert paused["pause_reason"] == "等待备件"


def test_within_a_minute_a_running_clock_is_told_in_the_same_words(district: Engine, people: Crew) -> None:
    """So that who asks again is answered 304 while the clock runs, at whatever hour this runs."""
    event = event_in(district, "handling", workflow="hotline")  # its clocks count natural days
    run_since(district, event, handle=8 * 24 * 60)
    with district.connect() as connection:
        left = connection.execute(
            text("SELECT 60 - extract(second FROM clock_timestamp())::float8")
        ).scalar_one()
    if left < 5:
        time.sleep(left)
    told = read_event(people.leader, str(event))
    time.sleep(0.01)
    assert read_event(people.leader, str(event)) == told
    exact = (
        "SELECT clock_elapsed(calendar_id, kind, running_since, now()) FROM event_clock"
        " WHERE stage = 'handle' AND event_id = :event"
    )
    seen = []
    for _ in range(2):
        with district.connect() as connection:
            seen.append(connection.execute(text(exact), {"event": event}).scalar_one())
    assert seen[0] < seen[1], "the control: without the minute it would move"
    (handle,) = (one for one in json.loads(told)["clocks"] if one["stage"] == "handle")
    assert 0 <= float(seen[0]) - handle["used"] < 1 / 24 / 60 + 1e-6


def test_clocks_are_seen_with_their_event(district: Engine, web: Engine, people: Crew) -> None:
    event = event_in(district, "handling", workflow="urban")
    count = text("SELECT count(*) FROM event_clock WHERE event_id = :event")
    leader = works_as(web, people.accounts["leader"], "events.read")
    nobody = scoped(web, Scope("nobody"))
    for engine, seen in ((leader, True), (nobody, False)):
        with engine.connect() as connection:
            assert (connection.execute(count, {"event": event}).scalar_one() > 0) is seen
    for statement in (
        "UPDATE event_clock SET due_at = now()", "DELETE FROM event_clock",
        "INSERT INTO event_clock (event_id) VALUES (NULL)", "SELECT clock_stop(NULL, NULL, now(), 'done')",
    ):  # fmt: skip
        with leader.connect() as connection, pytest.raises(Exception, match="permission denied"):
            connection.execute(text(statement))
