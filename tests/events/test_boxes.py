"""The boxes of an inbox: in each state an event waits in the box of whoever takes the next step, and counts agree."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from gis.db.cluster import Cluster
from gis.db.scope import scope_of, scoped
from gis.events.boxes import BOXES
from gis.events.filters import EventFilter
from gis.events.reading import inbox, list_events
from tests.database import api_engine
from tests.district import district_engine
from tests.events.workflow.checking import waits
from tests.events.workflow.helpers import AT, CHECK, Crew, crew, event_in, send

pytestmark = pytest.mark.db
# state: who has it in which box
WAITS = {
    "reported": {"desk": "accept", "leader": "accept"},
    "accepted": {"desk": "file", "leader": "file"},
    "verifying": {"inspector": "verify"},
    "filed": {"dispatcher": "dispatch", "leader": "dispatch"},
    "dispatched": {"handler": "sign", "colleague": "sign"},
    "handling": {"handler": "handling", "colleague": "handling"},
    "feedback": {"desk": "conclude", "leader": "conclude"},
    "inspecting": {"inspector": "inspect"},
    "self_handled": {"desk": "conclude", "leader": "conclude"},
    "suspended": {},
    "closed": {},
}


@pytest.fixture(scope="module")
def district(cluster: Cluster) -> Iterator[Engine]:
    with district_engine(cluster) as engine:
        yield engine


@pytest.fixture(scope="module")
def people(district: Engine) -> Crew:
    return crew(district)


@pytest.fixture(scope="module")
def edge(district: Engine) -> Iterator[Engine]:
    """The web edge's engine: boxes are read by its role."""
    with api_engine(district.url.render_as_string(hide_password=False)) as made:
        yield made


def as_edge(edge: Engine, people: Crew, who: str) -> Engine:
    scope = scope_of(getattr(people, who))
    assert scope is not None
    return scoped(edge, scope)


def lying(edge: Engine, people: Crew, who: str) -> dict[str, set[str]]:
    """The events in each box of somebody, by the list; the counts must agree."""
    engine = as_edge(edge, people, who)
    counts = json.loads(inbox(engine, EventFilter()))["boxes"]
    found = {}
    for box in counts:
        for by_due in (False, True):
            page = list_events(engine, EventFilter(box=box, by_due=by_due), limit=500)
            found[box] = {json.loads(item)["id"] for item in page.items}
            assert len(found[box]) == counts[box], (who, box)
    return found


@pytest.mark.parametrize("status", WAITS)
def test_it_waits_with_whoever_takes_the_next_step(
    district: Engine, edge: Engine, people: Crew, status: str
) -> None:
    event = str(event_in(district, status))
    for who in ("desk", "dispatcher", "inspector", "leader", "handler", "colleague"):
        boxes = {box for box, events in lying(edge, people, who).items() if event in events}
        assert boxes - {"mine"} == {WAITS[status][who]} if who in WAITS[status] else not boxes - {"mine"}, who


def test_what_was_inspected_waits_for_its_conclusion(district: Engine, edge: Engine, people: Crew) -> None:
    event = event_in(district, "inspecting")
    send(people.inspector, event, "pass_inspection", text="已整改", photos=(CHECK,), position=AT)
    assert str(event) not in lying(edge, people, "inspector")["inspect"]
    assert str(event) in lying(edge, people, "desk")["conclude"]
    with district.connect() as connection:
        assert waits(connection) > 0


def test_what_is_asked_waits_for_the_approver(district: Engine, edge: Engine, people: Crew) -> None:
    event = event_in(district, "handling")
    assert str(event) not in lying(edge, people, "approver")["approve"]
    send(people.handler, event, "request_extension", reason="等待配件")
    assert str(event) in lying(edge, people, "approver")["approve"]
    with district.connect() as connection:
        assert waits(connection) > 0
    send(people.approver, event, "deny_extension", reason="请按期完成")
    assert str(event) not in lying(edge, people, "approver")["approve"]


def test_what_is_late_or_came_back_is_found(district: Engine, edge: Engine, people: Crew) -> None:
    late, back = event_in(district, "handling"), event_in(district, "dispatched")
    send(people.handler, back, "refuse", reason="不属于本部门")
    with district.begin() as connection:
        connection.execute(
            text("UPDATE event SET due_at = now() - interval '1 hour' WHERE id = :id"), {"id": late}
        )
    found = lying(edge, people, "desk")
    assert str(late) in found["overdue"]
    assert str(back) in found["returned"]
    assert str(back) not in found["overdue"]


def test_the_list_by_due_goes_on_page_by_page(district: Engine, edge: Engine, people: Crew) -> None:
    engine = as_edge(edge, people, "desk")
    wanted = EventFilter(by_due=True, is_open=True)
    whole = [json.loads(item) for item in list_events(engine, wanted, limit=500).items]
    times = [one["due_at"] or "9999" for one in whole]
    assert times == sorted(times)
    seen, after = [], None
    while True:
        page = list_events(engine, wanted, limit=3, after=after)
        seen += [json.loads(item)["id"] for item in page.items]
        if (after := page.next) is None:
            break
    assert seen == [one["id"] for one in whole]


def test_boxes_one_never_has_are_not_told(district: Engine, edge: Engine, people: Crew) -> None:
    assert set(lying(edge, people, "handler")) == {"sign", "handling", "overdue", "returned", "mine"}
    assert set(lying(edge, people, "desk")) == {"accept", "file", "conclude", "overdue", "returned", "mine"}
    everything = inbox(scoped(edge, scope_of(people.leader)), EventFilter(area="230199"))  # type: ignore[arg-type]
    assert set(json.loads(everything)["boxes"]) < set(BOXES)


def test_nobody_else_has_what_a_department_handles(district: Engine, edge: Engine, people: Crew) -> None:
    event = event_in(district, "handling")
    with district.begin() as connection:
        connection.execute(
            text("UPDATE event SET handler_id = :id WHERE id = :event"),
            {"id": people.accounts["colleague"], "event": event},
        )
    assert str(event) in lying(edge, people, "colleague")["mine"]
    assert str(event) not in lying(edge, people, "handler")["mine"]
    assert isinstance(event, uuid.UUID)
