"""Timers: warnings at 50 and 80 %, the timeout at 100 %, cards beyond; each exactly once, whoever sweeps."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gis.db.engine import unit_of_work
from gis.events.clocks import timers
from gis.events.clocks.timers import see_to, sweep
from tests.events.clocks.helpers import clock, do, row
from tests.events.workflow.helpers import Crew, event_in, opened

pytestmark = pytest.mark.db


@pytest.fixture(autouse=True)
def alone(district: Engine) -> None:
    """Clocks of the tests before ask for nothing more."""
    with district.begin() as connection:
        connection.execute(text("UPDATE event_clock SET warned = 300 WHERE next_at IS NOT NULL"))


def told(engine: Engine, event: uuid.UUID) -> list[tuple[str, str, int]]:
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT topic, payload FROM outbox WHERE event_id = :event AND topic LIKE 'clock.%' ORDER BY id"
            ),
            {"event": event},
        )
        return [(one.topic, one.payload["stage"], one.payload["percent"]) for one in rows]


def log(engine: Engine, event: uuid.UUID) -> list[Any]:
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT actor, action FROM event_log WHERE event_id = :event AND seq > 1 ORDER BY seq"),
            {"event": event},
        )
        return [tuple(one) for one in rows]


def test_marks_are_told_once_in_their_order(district: Engine, people: Crew) -> None:
    event = event_in(district, "accepted", workflow="urban")
    one = clock(district, event, "file")
    for _ in range(2):
        sweep(district, one.next_at - timedelta(microseconds=1))
    assert told(district, event) == []
    for mark in (50, 80):
        at = clock(district, event, "file").next_at
        for _ in range(2):
            sweep(district, at)
        assert told(district, event)[-1] == ("clock.warned", "file", mark)
    assert len(told(district, event)) == 2
    sweep(district, one.due_at)
    assert told(district, event)[2:] == [("clock.overdue", "file", 100)]
    assert log(district, event)[-1] == ("system", "urge")
    assert clock(district, event, "file").warned == 100


def test_cards_grow_darker(district: Engine, people: Crew) -> None:
    event = event_in(district, "handling", workflow="hotline")
    cards = []
    for mark in (50, 80, 100, 200, 300):
        sweep(district, clock(district, event, "handle").next_at)
        assert clock(district, event, "handle").warned == mark
        cards.append(row(district, event).supervised)
    assert cards == [None, None, "yellow", "red", "black"]
    assert clock(district, event, "handle").next_at is None
    assert [action for _, action in log(district, event)].count("supervise") == 3


def test_of_marks_that_went_by_unseen_the_highest_counts(district: Engine, people: Crew) -> None:
    event = event_in(district, "accepted", workflow="urban")
    sweep(district, clock(district, event, "file").due_at)
    assert [one for one in told(district, event) if one[1] == "file"] == [("clock.overdue", "file", 100)]


def test_what_nobody_accepted_goes_up_a_level(district: Engine, people: Crew) -> None:
    event = opened(district, workflow="grid")
    before = row(district, event)
    sweep(district, clock(district, event, "accept").due_at)
    after = row(district, event)
    assert log(district, event) == [("system", "escalate")]
    assert after.level_area_id != before.level_area_id
    again = clock(district, event, "accept")
    assert (again.turn, again.warned) == (2, 0)
    assert clock(district, event, "accept", 1).outcome == "done"


def test_what_cannot_go_higher_gets_a_card_and_is_told(district: Engine, people: Crew) -> None:
    event = opened(district, workflow="grid")
    with district.begin() as connection:
        top = "SELECT id FROM area WHERE level = 'district'"
        connection.execute(
            text(f"UPDATE event SET level_area_id = ({top}) WHERE id = :event"), {"event": event}
        )
    sweep(district, clock(district, event, "accept").due_at)
    assert log(district, event) == [("system", "supervise")]
    assert ("clock.refused", "accept", 100) in told(district, event)


def test_not_signed_in_time_counts_as_signed(district: Engine, people: Crew) -> None:
    event = event_in(district, "dispatched", workflow="urban")
    sweep(district, clock(district, event, "sign").due_at)
    assert row(district, event).status == "handling"
    assert log(district, event)[-1] == ("system", "sign")


def test_a_suspension_ends_by_itself(district: Engine, people: Crew) -> None:
    event = event_in(district, "handling", workflow="urban")
    begun = clock(district, event, "handle").started_at
    day = (begun + timedelta(days=9)).date().isoformat()
    do(district, event, "handler", "request_suspension", reason="等待", until=day)
    do(district, event, "approver", "suspend", until=day)
    ends = clock(district, event, "suspend").due_at
    sweep(district, ends - timedelta(seconds=1))
    assert row(district, event).status == "suspended"
    assert told(district, event) == []
    sweep(district, ends)
    assert row(district, event).status == "handling"
    assert clock(district, event, "handle").running_since == ends


def test_the_handler_is_told_or_else_who_may(district: Engine, people: Crew) -> None:
    event = event_in(district, "handling", workflow="urban")
    sweep(district, clock(district, event, "handle").next_at)
    with district.connect() as connection:
        accounts = connection.scalars(
            text("SELECT n.account_id FROM notice AS n JOIN outbox AS o ON o.id = n.outbox_id WHERE o.event_id = :event"
                 " AND o.topic = 'clock.warned' AND o.payload ->> 'stage' = 'handle'"),
            {"event": event},
        ).all()  # fmt: skip
    assert set(accounts) == {people.accounts["handler"]}


def test_two_sweepers_at_once_do_it_once(district: Engine, people: Crew) -> None:
    events = [event_in(district, "accepted", workflow="urban") for _ in range(12)]
    latest = max(clock(district, event, "file").due_at for event in events)
    start = threading.Barrier(2)

    def run() -> None:
        start.wait()
        sweep(district, latest)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    sweep(district, latest)  # what both left to the other
    for event in events:
        assert [one for one in told(district, event) if one[1] == "file"] == [("clock.overdue", "file", 100)]
        assert log(district, event).count(("system", "urge")) == 1


def test_an_event_somebody_is_at_is_left_for_the_next_turn(district: Engine, people: Crew) -> None:
    event = event_in(district, "accepted", workflow="urban")
    at = clock(district, event, "file").due_at
    with district.connect() as connection:
        outer = connection.begin()
        connection.execute(text("SELECT 1 FROM event WHERE id = :event FOR UPDATE"), {"event": event})
        sweep(district, at)
        assert told(district, event) == []
        outer.rollback()
    sweep(district, at)
    assert told(district, event)[-1] == ("clock.overdue", "file", 100)


@pytest.mark.parametrize("steps_back", [True, False], ids=["steps back", "control"])
def test_however_many_fail_the_others_have_their_turn(
    district: Engine, people: Crew, monkeypatch: pytest.MonkeyPatch, steps_back: bool
) -> None:
    events = [event_in(district, "accepted", workflow="urban") for _ in range(4)]
    faulty, good = events[:3], events[3]
    at = max(clock(district, one, "file").due_at for one in events)
    real = timers.see_to
    monkeypatch.setattr(timers, "AT_ONCE", len(faulty))
    monkeypatch.setattr(
        timers, "see_to", lambda session, event, now: 1 / 0 if event in faulty else real(session, event, now)
    )
    if not steps_back:
        monkeypatch.setattr("gis.events.clocks.timers.faults.step_back", lambda *_: None)
    for _ in range(3):
        sweep(district, at)
    assert bool(told(district, good)) == steps_back


def test_who_fails_again_and_again_waits_longer_and_is_told_of_once(
    district: Engine, people: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = event_in(district, "accepted", workflow="urban")
    at = clock(district, event, "file").due_at
    tried = []

    def faulty(session: Any, event: uuid.UUID, now: Any) -> bool:
        tried.append((now - at).total_seconds())
        raise RuntimeError("a fault")

    monkeypatch.setattr(timers, "see_to", faulty)
    for second in range(0, 400, 5):
        sweep(district, at + timedelta(seconds=second))
    assert tried == [0, 10, 30, 70, 150, 310], "twice as long each time"
    assert [topic for topic, *_ in told(district, event)] == ["clock.stuck"]
    for hour in range(1, 40):
        sweep(district, at + timedelta(hours=hour))
    assert tried[-1] == 39 * 3600, "never more than an hour"
    assert len(told(district, event)) == 1
    monkeypatch.undo()
    sweep(district, at + timedelta(hours=41))
    assert told(district, event)[-1] == ("clock.overdue", "file", 300) or log(district, event)
    with district.connect() as connection:
        left = connection.scalar(text("SELECT count(*) FROM duty_fault WHERE subject = :id"), {"id": event})
    assert left == 0, "it went well: the next fault is the first"


def test_a_fault_of_one_event_stops_no_other(
    district: Engine, people: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [event_in(district, "accepted", workflow="urban") for _ in range(2)]
    real = timers.see_to

    def faulty(session: Any, event: uuid.UUID, now: Any) -> bool:
        if event == events[0]:
            raise RuntimeError("a fault")
        return real(session, event, now)

    monkeypatch.setattr(timers, "see_to", faulty)
    sweep(district, clock(district, events[1], "file").due_at)
    assert told(district, events[0]) == []
    assert told(district, events[1])[-1] == ("clock.overdue", "file", 100)
    monkeypatch.undo()
    with unit_of_work(district) as session:
        assert see_to(session, events[0], clock(district, events[0], "file").due_at)
