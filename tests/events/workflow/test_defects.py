"""Faults seen in production code elsewhere, as far as they are a workflow's; each is caught here."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest
from sqlalchemy import Engine, text

from api.errors import STATUS, status_of
from gis.base.errors import Invalid
from gis.events.model import STATUS_LABELS, Status
from gis.events.workflow.refusals import CONDITIONS, FORBIDDEN, refusal
from gis.events.workflow.validate import read_command
from tests.events.reports import uuid7
from tests.events.workflow.helpers import Crew, event_in, opened, send

pytestmark = pytest.mark.db
SHIPPED = ("urban", "grid", "hotline")


@pytest.mark.parametrize("code", SHIPPED)
def test_a_state_is_called_in_one_place(code: str) -> None:
    """Seen: the state shown to people derived in several places from numbers 1 to 103."""
    data = resources.files("gis.events").joinpath("data", "workflows", f"{code}.toml").read_bytes()
    states = tomllib.loads(data.decode())["states"]
    assert set(states) <= {str(status) for status in Status}
    for status, state in states.items():
        assert state["label"][0] == STATUS_LABELS[Status(status)][0]


@pytest.mark.parametrize("code", [*FORBIDDEN, *CONDITIONS])
def test_the_kind_of_a_refusal_is_not_read_from_its_words(code: str) -> None:
    """Seen: the status of an answer chosen by Chinese words in a message, failures answered with 200."""
    found = refusal(code, command="x")
    assert status_of(found) == STATUS[type(found)]
    assert status_of(found) in {403, 409}
    assert found.zh
    assert found.en


@pytest.mark.parametrize("claim", ["ai_analysis", "confidence", "status", "account_id"])
def test_what_a_client_claims_of_itself_is_refused(claim: str) -> None:
    """Seen: `ai_analysis` and `confidence` taken from the client."""
    with pytest.raises(Invalid) as caught:
        read_command({"id": uuid7(), "command": "accept", "data": {claim: 1}}, str(uuid7()), 1)
    assert caught.value.code == "unknown_key"


def test_a_moved_event_belongs_where_it_was_moved_to(district: Engine, people: Crew) -> None:
    """Seen: latitude and longitude changed apart, the grid not computed anew."""
    event = opened(district, geometry={"type": "Point", "coordinates": [126.605, 45.76]})
    with pytest.raises(Invalid):
        send(people.desk, event, "correct", reason="x", geometry={"type": "Point", "coordinates": [126.635]})
    send(
        people.desk, event, "correct", reason="位置有误", coord_sys="wgs84",
        geometry={"type": "Point", "coordinates": [126.635, 45.76]},
    )  # fmt: skip
    with district.connect() as connection:
        found = connection.execute(
            text(
                "SELECT g.code AS grid, s.code AS scope, e.scope_path[array_upper(e.scope_path, 1)] = s.id AS same,"
                " l.code AS level, ST_X(e.geom) AS lon FROM event AS e JOIN area AS g ON g.id = e.grid_id"
                " JOIN area AS s ON s.id = e.scope_area_id JOIN area AS l ON l.id = e.level_area_id WHERE e.id = :id"
            ),
            {"id": event},
        ).one()
    assert (found.grid, found.scope, found.level) == ("230199001002002",) * 3
    assert (found.same, found.lon) == (True, 126.635)


def test_a_step_that_is_unknown_is_not_passed_over(district: Engine, people: Crew) -> None:
    """Seen: a transition that no rule names is ignored, and the state set all the same."""
    event = event_in(district, "accepted")
    for name in ("close", "feedback", "unheard_of"):
        with pytest.raises(Exception, match="no_such_step"):
            send(people.leader, event, name)
    with district.connect() as connection:
        status = connection.execute(
            text("SELECT status FROM event WHERE id = :id"), {"id": event}
        ).scalar_one()
    assert status == "accepted"
