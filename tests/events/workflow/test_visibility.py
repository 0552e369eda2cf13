"""Whoever handles an event or helps with it sees it, by the policies and by the queries alike, and nobody else does."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from gis.base.errors import NotFound
from gis.db.scope import Scope, have_in_hand, scope_of, scoped
from gis.events.filters import EventFilter
from gis.events.reading import list_events, read_event
from gis.events.service import file_report
from gis.events.validate import validate_report
from tests.database import api_engine
from tests.events.reports import report
from tests.events.workflow.helpers import (
    ACCEPT,
    DISPATCH,
    FILE,
    GRID,
    Crew,
    department,
    event_in,
    opened,
    send,
    somebody,
    works_as,
)

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
        shown = bool(json.loads(read_event(asks, str(event)))["id"] == str(event))
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


def posts(edge: Engine, who: Engine, event: uuid.UUID) -> dict[str, Any]:
    """By its action, in which post each step was taken, as somebody is told."""
    told = json.loads(read_event(scoped(edge, scope_of(who)), str(event)))  # type: ignore[arg-type]
    return {row["action"]: row["post"] for row in told["log"]}


def test_the_log_tells_in_which_post_a_step_was_taken_and_nothing_of_who_reported(
    district: Engine, edge: Engine, people: Crew
) -> None:
    who = people.accounts["colleague"]
    with district.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO role_grant (account_id, role, department_id, area_id, valid_from) SELECT :who, r.code,"
                " CASE WHEN r.held_in = 'department' THEN cast(:unit AS int) END, CASE WHEN r.held_in = 'area' THEN"
                " (SELECT min(id) FROM area WHERE level = 'grid') END, current_date - 1"
                " FROM role AS r WHERE r.code IN ('grid_worker', 'department_inbox')"
            ),
            {"who": who, "unit": people.department_id},
        )
    sent = validate_report(report(category=GRID))
    event = uuid.UUID(json.loads(file_report(people.colleague, sent).body)["event"])
    for name, step, members in (ACCEPT, FILE, DISPATCH, ("colleague", "sign", {})):
        send(getattr(people, name), event, step, **members)
    inbox = {"role_zh": "部门收件员", "role_en": "department inbox", "place": "crew"}
    nobody = dict.fromkeys(("report", "accept", "file", "dispatch"))
    assert posts(edge, people.desk, event) == nobody | {"sign": inbox}
    change = "UPDATE role_grant SET {} WHERE account_id = :who"
    for what, told in (("ended_at = now()", inbox), ("valid_from = current_date + 2", None)):
        with district.begin() as connection:
            connection.execute(text(change.format(what)), {"who": who})
        assert posts(edge, people.desk, event) == nobody | {"sign": told}, "as it was held that day"


def test_posts_are_told_to_nobody_who_does_not_see_the_event(
    district: Engine, edge: Engine, people: Crew
) -> None:
    event = event_in(district, "handling")
    with district.connect() as connection:
        code = connection.scalar(text("SELECT tracking_code FROM event WHERE id = :id"), {"id": event})
    asked = {
        "desk": scope_of(people.desk), "stranger": Scope("x", account_id=people.accounts["inspector"]),
        "bearer": Scope("anonymous"),
    }  # fmt: skip
    found = {}
    for name, scope in asked.items():
        with Session(scoped(edge, scope)) as session:  # type: ignore[arg-type]
            have_in_hand(session, **({"tracking_code": code} if name == "bearer" else {"photo": "x"}))
            found[name] = session.execute(text("SELECT role_zh FROM posts_in_log(:id)"), {"id": event}).all()
    assert [row.role_zh for row in found.pop("desk")] == ["处置员"]
    assert found == {"stranger": [], "bearer": []}


def test_nobody_sees_it_by_sending_a_command(district: Engine, edge: Engine, people: Crew) -> None:
    event = opened(district)
    stranger = scoped(edge, Scope("stranger", account_id=people.accounts["colleague"]))
    with pytest.raises(NotFound):
        send(stranger, event, "note", text="x", base_version=1)
    assert not sees(edge, stranger, event)
