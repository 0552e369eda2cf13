"""Every step is told once, to those its edge names and to nobody else, in the transaction of the step."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gis.base.errors import WanggeError
from gis.jobs.delivery import spread
from tests.clients import add_account
from tests.events.rating.things import grant
from tests.events.workflow.helpers import Crew, department, event_in, opened, send

pytestmark = pytest.mark.db
STREET, COMMUNITY, OTHER = "230199001", "230199001001", "230199001002"


@pytest.fixture(scope="module")
def staff(district: Engine, people: Crew) -> dict[str, int]:
    """Accounts with real roles, near the place and away from it; the crew holds those of its scopes."""
    made = {
        name: add_account(district, role, area=area)
        for name, role, area in (
            ("near_desk", "community_secretary", COMMUNITY),
            ("far_desk", "community_secretary", OTHER),
            ("street_desk", "acceptor", STREET),
            ("street_dispatcher", "dispatcher", STREET),
            ("street_lead", "shift_lead", STREET),
            ("street_supervisor", "supervisor", STREET),
            ("worker", "grid_worker", COMMUNITY),
        )
    }
    return made | {"handler": people.accounts["handler"]}


def parties(engine: Engine, event: uuid.UUID, *asked: str, but: int | None = None) -> set[int]:
    with engine.connect() as connection:
        found = connection.scalar(
            text("SELECT event_parties(:event, cast(:asked AS text[]), :but)"),
            {"event": event, "asked": list(asked), "but": but},
        )
    return set(found or ())


def messages(engine: Engine, event: uuid.UUID) -> list[tuple[str, dict[str, Any], set[int]]]:
    with engine.connect() as connection:
        rows = connection.execute(
            text("""
            SELECT o.topic, o.payload, (SELECT array_agg(n.account_id) FROM notice AS n WHERE n.outbox_id = o.id)
            FROM outbox AS o WHERE o.event_id = :event AND o.topic LIKE 'event.%' ORDER BY o.id
            """),
            {"event": event},
        )
        return [(topic, payload, set(accounts or ())) for topic, payload, accounts in rows]


def told(engine: Engine, event: uuid.UUID, topic: str) -> set[int]:
    return next(accounts for found, _, accounts in reversed(messages(engine, event)) if found == topic)


def test_the_posts_nearest_to_who_has_it_are_concerned(district: Engine, staff: dict[str, int]) -> None:
    event = event_in(district, "accepted")
    with district.begin() as connection:  # as the desk of the community would have accepted it
        connection.execute(
            text(
                "UPDATE event SET level_area_id = (SELECT id FROM area WHERE code = :code) WHERE id = :event"
            ),
            {"code": COMMUNITY, "event": event},
        )
    assert parties(district, event, "desk") == {staff["near_desk"]}
    assert parties(district, event, "desk", but=staff["near_desk"]) == set()
    assert parties(district, event, "approver") == {staff["street_lead"]}
    assert parties(district, event, "dispatcher") == {staff["near_desk"]}, "the secretary dispatches, too"
    assert parties(district, event, "inspector") == {staff["worker"]}
    assert parties(district, event, "reporter") == set(), "by the tracking code alone"
    with district.begin() as connection:
        connection.execute(
            text(
                "UPDATE event SET level_area_id = (SELECT id FROM area WHERE code = :code) WHERE id = :event"
            ),
            {"code": STREET, "event": event},
        )
    assert parties(district, event, "desk", "whoever") == {staff["street_desk"], staff["street_lead"]}
    assert parties(district, event, "desk", "dispatcher") == {
        staff["street_desk"],
        staff["street_lead"],
        staff["street_dispatcher"],
    }


def test_nobody_is_asked_to_inspect_what_they_did(
    district: Engine, people: Crew, staff: dict[str, int]
) -> None:
    event = event_in(district, "self_handled")
    assert parties(district, event, "inspector") == {staff["worker"]}
    with district.begin() as connection:
        connection.execute(
            text("UPDATE event SET handler_id = :worker WHERE id = :event"),
            {"worker": staff["worker"], "event": event},
        )
    assert parties(district, event, "inspector") == {staff["street_supervisor"]}


def test_the_department_hears_of_its_dispatch_once(
    district: Engine, people: Crew, staff: dict[str, int]
) -> None:
    event = event_in(district, "filed")
    send(people.dispatcher, event, "dispatch", department=people.department)
    found = messages(district, event)
    assert [topic for topic, *_ in found] == [
        "event.reported",
        "event.accept",
        "event.file",
        "event.dispatch",
    ]
    _, payload, accounts = found[-1]
    assert accounts == {staff["handler"]}
    assert (payload["from"], payload["status"], payload["by_system"]) == ("filed", "dispatched", False)
    assert set(payload) == {"number", "command", "from", "status", "round", "version", "by_system"}


def test_whoever_did_it_is_not_told(district: Engine, people: Crew, staff: dict[str, int]) -> None:
    grant(district, people.accounts["colleague"], "department_handler", department=people.department)
    event = event_in(district, "handling")
    send(people.approver, event, "urge", text="请尽快办理")
    assert told(district, event, "event.urge") == {staff["handler"], people.accounts["colleague"]}
    asked = parties(district, event, "department", but=staff["handler"])
    assert asked == {people.accounts["colleague"]}


def test_a_refused_step_tells_nothing(district: Engine, people: Crew) -> None:
    event = event_in(district, "handling")
    before = messages(district, event)
    with pytest.raises(WanggeError):
        send(people.desk, event, "close")
    assert messages(district, event) == before


def test_what_is_reported_is_told_to_the_desk_nearest_to_it(district: Engine, staff: dict[str, int]) -> None:
    event = opened(district)
    assert messages(district, event)[0][2] == set(), "a report does not wait for it"
    spread(district)
    spread(district)
    (found,) = messages(district, event)
    assert found[0] == "event.reported"
    assert found[2] == {staff["near_desk"]}


def test_what_comes_from_long_ago_is_told_to_nobody(district: Engine) -> None:
    event = opened(district)
    with district.begin() as connection:
        connection.execute(text("DELETE FROM outbox"))
        connection.execute(
            text("CREATE TEMPORARY TABLE old AS SELECT * FROM event WHERE id = :id"), {"id": event}
        )
        connection.execute(
            text(
                "UPDATE old SET id = gen_random_uuid(), number = 'old', tracking_code = 'old', cell = NULL,"
                " opened_at = now() - interval '2 days'"
            )
        )
        columns = connection.scalar(
            text(
                "SELECT string_agg(attname::text, ', ') FROM pg_attribute WHERE attrelid = 'wangge.event'::regclass"
                " AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
            )
        )
        connection.execute(text(f"INSERT INTO event ({columns}) SELECT {columns} FROM old"))
        assert connection.scalar(text("SELECT count(*) FROM outbox")) == 0
        connection.rollback()


def test_who_is_released_from_helping_hears_of_it(
    district: Engine, people: Crew, staff: dict[str, int]
) -> None:
    department(district, "asked")
    department(district, "kept")
    asked, kept = (add_account(district, "department_handler", department=code) for code in ("asked", "kept"))
    event = event_in(district, "handling")
    send(people.dispatcher, event, "co_handle", departments=["asked", "kept"])
    assert told(district, event, "event.co_handle") == {asked, kept}
    send(people.dispatcher, event, "co_release", departments=["asked"], reason="请错了部门")
    found = told(district, event, "event.co_release")
    assert asked in found
    assert staff["handler"] in found
    assert kept not in found
