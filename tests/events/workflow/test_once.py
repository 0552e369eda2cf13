"""A command is taken once however often and by however many threads it is sent; of two at once one wins."""

from __future__ import annotations

import json
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from gis.base.errors import Conflict, Stale, WanggeError
from gis.base.ids import uuid7
from gis.db.engine import unit_of_work
from gis.db.scope import scope_of, scoped
from gis.events.workflow.canonical import canonical_command, command_from
from gis.events.workflow.model import Answer, Command, Evidence, Position
from gis.events.workflow.service import expire_held, take_command, take_many
from tests.database import api_engine
from tests.events.workflow.helpers import Crew, command, event_in, opened, send

pytestmark = pytest.mark.db
THREADS = 50


@pytest.fixture(scope="module")
def desk(district: Engine, people: Crew) -> Iterator[Engine]:
    """The desk, as the role of the web edge."""
    with api_engine(district.url.render_as_string(hide_password=False)) as edge:
        made = scoped(edge, scope_of(people.desk))  # type: ignore[arg-type]
        send(made, opened(district), "accept")  # the first one of a process loads and plans everything
        yield made


def at_once(work: Callable[[int], Any], count: int = THREADS) -> list[Any]:
    """What each of many threads got that began together; a refusal is a result."""
    gate = threading.Barrier(count)

    def one(i: int) -> Any:
        gate.wait()
        try:
            return work(i)
        except WanggeError as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def rows(district: Engine, event: uuid.UUID) -> tuple[int, int, int]:
    """Rows of the log, stored commands, and rows of the audit of an event."""
    with district.connect() as connection:
        found = connection.execute(
            text(
                "SELECT (SELECT count(*) FROM event_log WHERE event_id = :id),"
                " (SELECT count(*) FROM event_command WHERE event_id = :id),"
                " (SELECT count(*) FROM audit WHERE object_type = 'event' AND object_id = cast(:id AS text)"
                "  AND action = 'event.command' AND result = 'ok')"
            ),
            {"id": event},
        ).one()
        log, sent, audited = found
        return log, sent, audited


@pytest.mark.parametrize("round_", range(4))
def test_fifty_threads_take_one_command_once(district: Engine, desk: Engine, round_: int) -> None:
    event = opened(district)
    sent = command(desk, event, "accept")
    done = at_once(lambda _: take_command(desk, sent))
    assert all(isinstance(one, Answer) for one in done), Counter(map(type, done))
    assert len({one.body for one in done}) == 1
    assert sum(not one.replay for one in done) == 1
    assert rows(district, event) == (2, 1, 1)


def test_of_two_bodies_under_one_id_one_wins(district: Engine, desk: Engine) -> None:
    event = opened(district)
    sent = command(desk, event, "accept")
    other = replace(sent, text="别的")
    done = at_once(lambda i: take_command(desk, (sent, other)[i % 2]), 20)
    wins = [one for one in done if isinstance(one, Answer)]
    lost = [one for one in done if isinstance(one, Conflict)]
    assert (len(wins), len(lost)) == (10, 10)
    assert {one.code for one in lost} == {"idempotency_conflict"}
    assert rows(district, event)[:2] == (2, 1)


def test_of_many_commands_from_one_version_one_wins(district: Engine, desk: Engine) -> None:
    event = opened(district)
    sent = [command(desk, event, "note", text=f"第 {i} 条") for i in range(12)]
    done = at_once(lambda i: take_command(desk, sent[i]), 12)
    assert sum(isinstance(one, Answer) for one in done) == 1
    assert all(isinstance(one, Answer | Stale) for one in done)
    assert rows(district, event)[0] == 2


def test_a_chain_sent_by_many_threads_at_once_is_taken_in_order(district: Engine, desk: Engine) -> None:
    """Whichever comes first: nothing stays held once its predecessor is taken."""
    for _ in range(5):
        event = opened(district)
        first = command(desk, event, "accept")
        second = Command(uuid7(), event, "file", 0, after=first.id)
        third = Command(uuid7(), event, "note", 0, text="x", after=second.id)
        done = at_once(lambda i, chain=(first, second, third): take_command(desk, chain[i]), 3)  # type: ignore[misc]
        assert all(isinstance(one, Answer) for one in done), done
        with district.connect() as connection:
            states = connection.execute(
                text("SELECT state FROM event_command WHERE event_id = :id"), {"id": event}
            ).scalars()
            log = connection.execute(
                text("SELECT action FROM event_log WHERE event_id = :id ORDER BY seq"), {"id": event}
            ).scalars()
            assert set(states) == {"taken"}
            assert list(log) == ["report", "accept", "file", "note"]


def test_a_refused_command_may_be_tried_again_and_leaves_nothing_else(
    district: Engine, people: Crew, desk: Engine
) -> None:
    event = event_in(district, "accepted")
    sent = command(desk, event, "close")
    before = rows(district, event)
    for _ in range(2):
        with pytest.raises(Conflict):
            take_command(desk, sent)
    assert rows(district, event) == (before[0], before[1] + 1, before[2])
    with district.connect() as connection:
        kept = connection.execute(
            text("SELECT state, refusal ->> 'code' FROM event_command WHERE id = :id"), {"id": sent.id}
        ).one()
    assert tuple(kept) == ("refused", "no_such_step")


def test_many_commands_stand_or_fall_by_themselves(district: Engine, desk: Engine) -> None:
    events = [opened(district) for _ in range(4)]
    sent = [command(desk, event, "accept") for event in events]
    sent[2] = replace(sent[2], base_version=9)
    done = take_many(desk, sent)
    assert [type(one) for one in done] == [Answer, Answer, Stale, Answer]
    assert [rows(district, event)[0] for event in events] == [2, 2, 1, 2]


def test_what_is_held_too_long_is_refused_for_its_sender_to_see(
    district: Engine, people: Crew, desk: Engine
) -> None:
    event = opened(district)
    held = Command(uuid7(), event, "accept", 1, after=uuid7())
    assert take_command(desk, held).held
    assert expire_held(district) is False
    with district.begin() as connection:
        waited = text(
            "UPDATE event_command SET received_at = received_at - interval '121 hours' WHERE id = :id"
        )
        connection.execute(waited, {"id": held.id})
    expire_held(district)
    with unit_of_work(desk) as session:
        found = session.execute(
            text("SELECT state, refusal ->> 'code' FROM event_command WHERE id = :id"), {"id": held.id}
        ).one()
    assert tuple(found) == ("refused", "predecessor_missing")


def test_a_tracking_code_lets_its_holder_object_and_rate(district: Engine, people: Crew) -> None:
    event = event_in(district, "closed")
    with district.connect() as connection:
        query = text("SELECT tracking_code, version FROM event WHERE id = :id")
        code, version = connection.execute(query, {"id": event}).one()
    resident = scope_of(people.resident)
    assert resident is not None
    with api_engine(district.url.render_as_string(hide_password=False)) as edge:
        asks = scoped(edge, replace(resident, account_id=None))
        sent = Command(uuid7(), event, "object", version, reason="没有解决")
        with pytest.raises(WanggeError) as caught:
            take_command(asks, sent)
        assert caught.value.code == "no_such_event"
        answer = json.loads(take_command(asks, sent, tracking_code=code).body)
        assert answer["status"] == "accepted"
        assert take_command(asks, sent, tracking_code=code).replay
        with pytest.raises(WanggeError):
            take_command(
                asks, replace(sent, id=uuid7(), name="accept", base_version=version + 1), tracking_code=code
            )
    with district.connect() as connection:
        last = connection.execute(
            text("SELECT actor, account_id FROM event_log WHERE event_id = :id ORDER BY seq DESC LIMIT 1"),
            {"id": event},
        ).one()
    assert tuple(last) == ("reporter", None)


PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20)
COMMANDS = st.builds(
    Command,
    id=st.uuids(),
    event_id=st.uuids(),
    name=st.sampled_from(["accept", "note"]),
    base_version=st.integers(0, 99),
    text=st.none() | PLAIN.filter(bool),
    reason=st.none() | PLAIN.filter(bool),
    occurred_at=st.none() | st.datetimes(timezones=st.timezones()),
    after=st.none() | st.uuids(),
    position=st.none()
    | st.builds(
        Position, st.floats(-180, 180), st.floats(-90, 90), st.just("gcj02"), st.none() | st.floats(0, 9)
    ),
    photos=st.lists(st.builds(Evidence, st.just("after"), st.just("a" * 64)), max_size=2).map(tuple),
    data=st.dictionaries(
        st.sampled_from(["department", "until"]), PLAIN | st.integers(0, 9) | st.lists(PLAIN)
    ),
)


@given(COMMANDS)
def test_a_stored_body_is_the_command_again(sent: Command) -> None:
    body = canonical_command(sent)
    again = command_from(json.loads(body))
    assert canonical_command(again) == body
    assert (again.id, again.event_id, again.after, dict(again.data)) == (
        sent.id,
        sent.event_id,
        sent.after,
        dict(sent.data),
    )


def test_send_is_what_the_tests_take_it_for(district: Engine, people: Crew) -> None:
    assert send(people.desk, opened(district), "accept")["status"] == "accepted"
