"""Whoever handles an event or helps with it sees it, by the policies and by the queries alike, and nobody else does."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from gis.base.errors import NotFound
from gis.db.scope import Scope, scope_of, scoped
from gis.events.filters import EventFilter
from gis.events.reading import list_events, read_event
from tests.database import api_engine
from tests.events.workflow.helpers import Crew, department, event_in, opened, send, somebody, works_as

pytestmark = pytest.mark.db
HELD = ("events.read", "events.handle")


@pytest.fixture(scope="module")
def edge(district: Engine) -> Iterator[Engine]:
    """The role of the web edge, without a scope."""
    with api_engine(district.url.render_as_string(hide_password=False)) as made:
        yield made


def sees(edge: Engine, who: Engine, event: uuid.UUID) -> bool:
    """Whether the list and the page of an event agree that it is there."""
    asks = scoped(edge, scope_of(who))  # type: ignore[arg-type]
    listed = str(event) in "".join(list_events(asks, EventFilter(), limit=1000).items)
    try:
        shown = json.loads(read_event(asks, str(event)))["id"] == str(event)
    except NotFound:
        shown = False
    assert listed == shown
    return shown


def test_departments_that_help_see_the_event_and_others_do_not(
    district: Engine, edge: Engine, people: Crew
) -> None:
    helping, other = (department(district, code) for code in ("helping", "bystanders"))
    helper, bystander = (
        works_as(district, somebody(district, "unit"), *HELD, departments=(unit,))
        for unit in (helping, other)
    )
    event = event_in(district, "handling")
    assert not sees(edge, helper, event)
    send(people.dispatcher, event, "co_handle", departments=["helping"])
    assert sees(edge, helper, event)
    assert sees(edge, people.handler, event)
    assert not sees(edge, bystander, event)


def test_whoever_is_assigned_sees_it_wherever_they_serve(
    district: Engine, edge: Engine, people: Crew
) -> None:
    event = event_in(district, "handling")
    send(people.handler, event, "assign", handler=people.handler_name)
    assigned = scoped(district, Scope("assigned", account_id=people.accounts["handler"]))
    other = scoped(district, Scope("other", account_id=people.accounts["colleague"]))
    assert sees(edge, assigned, event)
    assert not sees(edge, other, event)


def test_an_event_tells_where_it_stands(district: Engine, edge: Engine, people: Crew) -> None:
    event = event_in(district, "handling", workflow="urban")
    told = json.loads(read_event(scoped(edge, scope_of(people.desk)), str(event)))  # type: ignore[arg-type]
    assert (told["workflow"]["code"], told["workflow"]["status_zh"]) == ("urban", "处置中")
    assert told["department"] == {"code": "crew", "name": "crew"}
    assert told["handler"] == {"assigned": False, "mine": False}
    assert (told["round"], told["standing"]["bounces"], told["level"]["level"]) == (
        1,
        0,
        told["level"]["level"],
    )
    assert [row["action"] for row in told["log"]] == ["report", "accept", "file", "dispatch", "sign"]
    assert told["log"][3]["data"] == {"department": "crew"}


def test_nobody_sees_it_by_sending_a_command(district: Engine, edge: Engine, people: Crew) -> None:
    event = opened(district)
    stranger = scoped(edge, Scope("stranger", account_id=people.accounts["colleague"]))
    with pytest.raises(NotFound):
        send(stranger, event, "note", text="x", base_version=1)
    assert not sees(edge, stranger, event)
