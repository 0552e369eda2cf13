"""Commands over HTTP that wait for photos, ask where one is, or are refused too often."""

from __future__ import annotations

import hashlib

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.app import create_app
from api.command_schemas import ActionList
from tests.api.test_commands import body, opened, send, taken
from tests.api.test_photos import JPEG, photo
from tests.api.test_reports import problem
from tests.clients import client_as, unbounded
from tests.events.workflow.helpers import department

pytestmark = pytest.mark.db


@pytest.fixture(scope="module")
def resident(app: FastAPI) -> TestClient:
    return client_as(app)


def test_a_closing_waits_for_its_own_photos_and_is_taken_then(
    app: FastAPI, district: Engine, resident: TestClient
) -> None:
    """Filed under a standard that asks for photos, closed with photos that come after a first refusal."""
    department(district, "crew")
    desk, handler = (
        client_as(app, "acceptor", "dispatcher"),
        client_as(app, "department_handler", department="crew"),
    )
    event, data = opened(resident), photo()
    photos = [{"slot": slot, "sha256": hashlib.sha256(data).hexdigest()} for slot in ("before", "after")]
    version = 1
    for who, name, members in (
        (desk, "accept", {}), (desk, "file", {"data": {"condition": 1}}),
        (desk, "dispatch", {"data": {"department": "crew"}}), (handler, "sign", {}),
        (handler, "feedback", {"text": "已拆除飞线"}),
    ):  # fmt: skip
        version = taken(send(who, event, name, version, **members)).version
    offered = ActionList.model_validate_json(desk.get(f"/api/v1/events/{event}/actions").content)
    [closing] = [one for one in offered.items if one.command == "close"]
    assert closing.requires == ["closure", "photo:before", "photo:after"]
    problem(send(desk, event, "close", version, data={"closure": True}), 422, "evidence_missing")
    raw = body("close", version, data={"closure": True}, photos=photos)
    url = f"/api/v1/events/{event}/commands"
    told = problem(desk.post(url, json=raw), 409, "photo_missing")
    assert {(one["command"], one["slot"]) for one in told["missing"]} == {
        (raw["id"], "before"), (raw["id"], "after"),
    }  # fmt: skip
    path = f"/api/v1/commands/{raw['id']}/photos/{photos[0]['sha256']}"
    assert desk.put(path, content=data, headers=JPEG).status_code == 201
    assert taken(desk.post(url, json=raw)).status == "closed"


def test_what_is_done_on_the_spot_says_that_it_asks_where_one_is(app: FastAPI, resident: TestClient) -> None:
    event = opened(resident, geometry={"type": "Point", "coordinates": [126.615, 45.76]})
    worker = client_as(app, "grid_worker", area="230199001001")
    offered = ActionList.model_validate_json(worker.get(f"/api/v1/events/{event}/actions").content).items
    assert {one.command: "position" in one.requires for one in offered} == {
        one.command: one.max_distance_m is not None for one in offered
    }
    assert next(one for one in offered if one.command == "self_handle").requires[-1] == "position"


def test_nobody_fills_the_records_with_refusals(edge: Engine, district: Engine, resident: TestClient) -> None:
    """Each refusal is kept and audited; an account that used up its refusals gets 429, and nothing is written."""
    app = create_app(unbounded(rate_refused_commands="3/hour"), engine=edge)
    desk, other = client_as(app, "acceptor"), client_as(app, "acceptor")
    event = opened(resident)
    problem(send(desk, event, "close", 1), 409, "no_such_step")
    items = [body("close", 1, event=event) for _ in range(4)]
    done = desk.post("/api/v1/commands", json={"items": items}).json()["items"]
    assert [one["status"] for one in done] == [409, 409, 429, 429]
    told = problem(send(desk, event, "accept", 1), 429, "too_many_refused")
    assert told["retry_after_s"] > 0
    with district.connect() as connection:
        for query in (
            "SELECT count(*) FROM event_command WHERE event_id = cast(:event AS uuid)",
            "SELECT count(*) FROM audit WHERE action = 'event.command' AND result = 'refused' AND object_id = :event",
        ):
            assert connection.scalar(text(query), {"event": event}) == 3
    assert taken(send(other, event, "accept", 1)).status == "accepted", "the others go on"
