"""The database itself refuses every other history, also for the owner; and the tests would see one that passed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from gis.db.scope import MAINTENANCE, set_scope
from tests.events.workflow.checking import faults
from tests.events.workflow.helpers import Crew, event_in

pytestmark = pytest.mark.db
ADD = """
INSERT INTO event_log (event_id, seq, at, actor, account_id, action, from_status, to_status, round, details,
  prev_hash, hash)
SELECT n.*, log_hash(n.event, n.seq, n.at, 'x', n.account, n.action, n.start, n."end", n.round, NULL, '{{}}', NULL, n.prev)
FROM (
  SELECT l.event_id AS event, l.seq + :step AS seq, {at} AS at, 'x', cast(:account AS int) AS account,
    cast(:action AS text) AS action, cast(:start AS text) AS start, cast(:end AS text) AS "end",
    cast(:round AS int) AS round, jsonb '{{}}', {prev} AS prev
  FROM event_log AS l WHERE l.event_id = :event ORDER BY l.seq DESC LIMIT 1
) AS n
"""
FOLLOW = "UPDATE event SET status = :end, version = version + 1, round = :round{rest} WHERE id = :event"


@pytest.fixture
def owner(district: Engine) -> Iterator[Connection]:
    """The owner's connection, in the scope of maintenance; rolled back."""
    with district.connect() as connection:
        outer = connection.begin()
        set_scope(connection, MAINTENANCE)
        yield connection
        outer.rollback()


def add(connection: Connection, event: uuid.UUID, action: str, start: str, end: str, **changes: Any) -> None:
    """A row of the log, right in itself but for `changes`, and the event after it."""
    parts = {"at": changes.pop("at", "l.at"), "prev": changes.pop("prev", "l.hash")}
    follow = changes.pop("follow", True)
    values: dict[str, Any] = {
        "event": event, "action": action, "start": start, "end": end, "step": 1, "round": 1, "account": None,
    }  # fmt: skip
    values |= changes
    connection.execute(text(ADD.format(**parts)), values)
    if follow and start != end:
        rest = ", closed_at = now()" if end == "closed" else ""
        known = {name: values[name] for name in ("event", "end", "round")}
        connection.execute(text(FOLLOW.format(rest=rest)), known)
    connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    connection.execute(text("SET CONSTRAINTS ALL DEFERRED"))


def refused(connection: Connection, event: uuid.UUID, *step: str, **changes: Any) -> None:
    inner = connection.begin_nested()
    with pytest.raises(DBAPIError, match=r"illegal_history|ck_event_log|uq_event_log"):
        add(connection, event, *step, **changes)
    inner.rollback()


def test_a_right_row_of_the_owner_is_taken(district: Engine, owner: Connection) -> None:
    """The control: what the others refuse is refused for the fault named, not for the statement."""
    event = event_in(district, "accepted")
    add(owner, event, "file", "accepted", "filed")
    assert faults(owner, event) == []


@pytest.mark.parametrize(
    ("step", "changes"),
    [
        (("close", "accepted", "closed"), {}),
        (("file", "reported", "filed"), {}),
        (("file", "accepted", "dispatched"), {}),
        (("unheard_of", "accepted", "filed"), {}),
        (("file", "accepted", "filed"), {"step": 2}),
        (("file", "accepted", "filed"), {"prev": "l.prev_hash"}),
        (("file", "accepted", "filed"), {"at": "l.at - interval '1 second'"}),
        (("file", "accepted", "filed"), {"round": 2}),
        (("file", "accepted", "filed"), {"follow": False}),
        (("history", "accepted", "filed"), {}),
        (("report", "accepted", "reported"), {}),
        (("resume", "accepted", "handling"), {}),
    ],
    ids=[
        "no-such-edge", "not-from-there", "not-to-there", "no-such-command", "a-number-left-out", "not-chained",
        "back-in-time", "another-round", "the-event-does-not-follow", "imported-twice", "reported-twice",
        "resumed-from-nowhere",
    ],
)  # fmt: skip
def test_an_illegal_row_is_refused(
    district: Engine, owner: Connection, step: tuple[str, str, str], changes: dict[str, Any]
) -> None:
    event = event_in(district, "accepted")
    refused(owner, event, *step, **changes)


def test_conditions_hold_for_the_owner_as_well(district: Engine, people: Crew, owner: Connection) -> None:
    handled = event_in(district, "inspecting", workflow="urban")
    worker = people.accounts["handler"]
    refused(owner, handled, "pass_inspection", "inspecting", "inspecting", account=worker)
    refused(owner, handled, "close", "inspecting", "closed")
    add(owner, handled, "pass_inspection", "inspecting", "inspecting", account=people.accounts["inspector"])
    add(owner, handled, "close", "inspecting", "closed", account=people.accounts["desk"])
    refused(owner, handled, "grant_appeal", "closed", "closed")
    waiting = event_in(district, "handling")
    refused(owner, waiting, "grant_extension", "handling", "handling")
    refused(owner, waiting, "suspend", "handling", "suspended")


@pytest.mark.parametrize(
    "change",
    [
        "status = 'filed'",
        "status = 'closed', closed_at = now()",
        "round = 2",
        "workflow_id = (SELECT min(id) FROM workflow WHERE code = 'urban')",
    ],
)
def test_an_event_does_not_change_without_its_log(district: Engine, owner: Connection, change: str) -> None:
    event = event_in(district, "accepted")
    with pytest.raises(DBAPIError, match="illegal_history"):
        owner.execute(text(f"UPDATE event SET {change} WHERE id = :id"), {"id": event})


def test_no_event_begins_in_the_middle(district: Engine, owner: Connection) -> None:
    event = event_in(district, "reported")
    copy = text(
        "INSERT INTO event (id, number, tracking_code, status, category_id, text, geom, scope_area_id, grid_method)"
        " SELECT gen_random_uuid(), left(md5(random()::text), 30), left(md5(random()::text), 30), :status,"
        " category_id, 'x', geom, scope_area_id, 'none' FROM event WHERE id = :id"
    )
    owner.execute(copy, {"id": event, "status": "reported"})
    owner.execute(text("SELECT set_config('wangge.maintenance', '', true)"))
    with pytest.raises(DBAPIError, match="illegal_history"):
        owner.execute(copy, {"id": event, "status": "handling"})


def test_without_the_guard_an_illegal_history_passes_and_is_found(
    district: Engine, owner: Connection
) -> None:
    """The control of the guard and of the checker: what they refuse and find, nothing else would."""
    event = event_in(district, "accepted")
    owner.execute(text("ALTER TABLE event_log DISABLE TRIGGER event_log_guard"))
    add(owner, event, "close", "accepted", "closed")
    assert faults(owner, event) == ["3: no edge close from accepted to closed"]
    owner.execute(text("ALTER TABLE event_log ENABLE TRIGGER event_log_guard"))


@pytest.mark.parametrize(
    "table_and_trigger", [("event", "event_guard"), ("event_log", "event_log_followed")], ids=lambda v: v[1]
)
def test_without_the_other_guards_event_and_log_part(
    district: Engine, owner: Connection, table_and_trigger: tuple[str, str]
) -> None:
    table, trigger = table_and_trigger
    event = event_in(district, "accepted")
    owner.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}"))
    if table == "event":
        owner.execute(text("UPDATE event SET status = 'filed' WHERE id = :id"), {"id": event})
    else:
        add(owner, event, "file", "accepted", "filed", follow=False)
    assert faults(owner, event) == ["the event does not stand where its log ends"]
    owner.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}"))
