"""Notices of one's own and subscribers of one's areas, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.app import create_app
from gis.accounts.secret import unseal
from gis.jobs.channels import PURPOSE
from gis.jobs.delivery import spread
from tests.clients import client_as, unbounded
from tests.events.workflow.helpers import crew, event_in, opened, send

pytestmark = pytest.mark.db
HOOK = "https://hooks.example/wangge"


@pytest.fixture(scope="module", autouse=True)
def people(district: Engine) -> None:
    crew(district)


@pytest.fixture(scope="module")
def connected(edge: Engine, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """An installation whose operator allows a host and has a mail server."""
    folder = tmp_path_factory.mktemp("state")
    settings = unbounded(state_dir=folder, webhook_hosts="hooks.example", smtp_host="mail.example")
    return create_app(settings, engine=edge)


@pytest.fixture(scope="module")
def desk(app: FastAPI) -> Iterator[TestClient]:
    with client_as(app, "acceptor", area="230199001") as made:
        yield made


@pytest.fixture(scope="module")
def rules(connected: FastAPI) -> Iterator[TestClient]:
    with client_as(connected, "admin", area="230199") as made:
        yield made


def subscriber(**changes: Any) -> dict[str, Any]:
    return {
        "channel": "webhook",
        "name": "城市大脑",
        "address": HOOK,
        "topics": ["event"],
        "area": "230199",
    } | changes


def test_notices_are_read_page_by_page_and_marked(desk: TestClient, district: Engine) -> None:
    events = [str(opened(district)) for _ in range(3)]
    spread(district)
    first = desk.get("/api/v1/notices", params={"unread": True, "limit": 2}).json()
    assert [one["event"]["id"] for one in first["items"]] == events[:0:-1]
    assert (first["items"][0]["topic"], first["unread"]) == ("event.reported", 3)
    rest = desk.get("/api/v1/notices", params={"unread": True, "limit": 2, "cursor": first["next"]}).json()
    assert ([one["event"]["id"] for one in rest["items"]], rest["next"]) == (events[:1], None)
    assert desk.get("/api/v1/notices", params={"cursor": first["next"]}).json()["code"] == "bad_cursor"
    one = first["items"][0]["id"]
    assert desk.post("/api/v1/notices/read", json={"ids": [one]}).json() == {"read": 1, "unread": 2}
    assert desk.post("/api/v1/notices/read", json={"ids": [one]}).json() == {"read": 0, "unread": 2}
    assert desk.post("/api/v1/notices/read", json={"up_to": one}).json() == {"read": 2, "unread": 0}
    whole = desk.get("/api/v1/notices").json()
    assert (len(whole["items"]), whole["unread"]) == (3, 0)
    assert all(found["read_at"] for found in whole["items"])


def test_nobody_marks_what_is_anothers(app: FastAPI, desk: TestClient, district: Engine) -> None:
    opened(district)
    spread(district)
    one = desk.get("/api/v1/notices", params={"unread": True}).json()["items"][0]["id"]
    with client_as(app, "acceptor", area="230199001") as other:
        assert other.get("/api/v1/notices").json() == {"items": [], "unread": 0, "next": None}
        assert other.post("/api/v1/notices/read", json={"ids": [one]}).json()["read"] == 0
    assert desk.get("/api/v1/notices").json()["unread"] == 1


def test_nothing_named_is_refused(desk: TestClient) -> None:
    told = desk.post("/api/v1/notices/read", json={})
    assert (told.status_code, told.json()["code"]) == (422, "missing")


def test_a_secret_is_told_once(rules: TestClient, connected: FastAPI, district: Engine) -> None:
    made = rules.post("/api/v1/subscribers", json=subscriber())
    assert made.status_code == 201
    number, secret = made.json()["id"], made.json()["secret"]
    with district.connect() as connection:
        sealed = connection.scalar(
            text("SELECT secret_sealed FROM subscriber WHERE id = :id"), {"id": number}
        )
        audited = connection.scalar(
            text("SELECT count(*) FROM audit WHERE action = 'subscriber.create' AND object_id = :id"),
            {"id": str(number)},
        )
    assert unseal(connected.state.settings, PURPOSE, bytes(sealed)) == secret.encode()
    assert audited == 1
    send(crew(district).desk, event_in(district, "reported"), "accept")
    spread(district)
    listed = rules.get("/api/v1/subscribers")
    assert secret not in listed.text
    (found,) = [one for one in listed.json()["items"] if one["id"] == number]
    assert (found["area"]["code"], found["waiting"], found["dead"]) == ("230199", 2, 0)
    assert rules.delete(f"/api/v1/subscribers/{number}").status_code == 204
    again = rules.delete(f"/api/v1/subscribers/{number}")
    assert (again.status_code, again.json()["code"]) == (404, "no_such_subscriber")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"address": "https://elsewhere.example/x"}, 422, "host_not_allowed"),
        ({"topics": ["events"]}, 422, "bad_topic"),
        ({"topics": ["event close"]}, 422, "bad_topic"),
        ({"topics": ["event", "event.report"]}, 422, "bad_topic"),
        ({"topics": ["event."]}, 422, "bad_topic"),
        ({"topics": ["kpi"]}, 422, "bad_topic"),
        ({"channel": "mail"}, 422, "bad_address"),
        ({"channel": "sms"}, 422, "bad_value"),
        ({"area": "2301"}, 403, "outside_scope"),
        ({"area": "999999"}, 422, "unknown_area"),
        ({"more": 1}, 422, "unknown_key"),
    ],
)
def test_what_is_no_subscriber(rules: TestClient, changes: dict[str, Any], status: int, code: str) -> None:
    told = rules.post("/api/v1/subscribers", json=subscriber(**changes))
    assert (told.status_code, told.json()["code"]) == (status, code)
    if "event.report" in changes.get("topics", []):
        assert "event.report;" in told.json()["detail_en"], "the one that is not known, by name"
        assert "event.reported" in told.json()["detail_en"], "and what there is"


def test_a_mailbox_has_no_secret(rules: TestClient, app: FastAPI) -> None:
    mail = subscriber(channel="mail", address="desk@office.example", topics=["clock.overdue", "whistle"])
    assert rules.post("/api/v1/subscribers", json=mail).json()["secret"] is None
    with client_as(app, "admin", area="230199") as unconnected:
        told = unconnected.post("/api/v1/subscribers", json=mail)
    assert (told.status_code, told.json()["code"]) == (422, "mail_off")


def test_subscribers_of_other_areas_do_not_exist(app: FastAPI, rules: TestClient) -> None:
    number = rules.post("/api/v1/subscribers", json=subscriber()).json()["id"]
    with client_as(app, "admin", area="230199001") as street:
        assert street.get("/api/v1/subscribers").json()["items"] == []
        assert street.delete(f"/api/v1/subscribers/{number}").status_code == 404


def test_a_subscriber_is_stopped_resumed_and_sent_anew(rules: TestClient, district: Engine) -> None:
    number = rules.post("/api/v1/subscribers", json=subscriber(name="值班")).json()["id"]
    path = f"/api/v1/subscribers/{number}"
    assert rules.patch(path, json={"active": False}).status_code == 204
    opened(district)
    spread(district)
    assert rules.get(f"{path}/deliveries").json()["items"] == [], "nothing of what happens meanwhile"
    assert rules.patch(path, json={"active": True}).status_code == 204
    opened(district)
    spread(district)
    (first,) = rules.get(f"{path}/deliveries").json()["items"]
    assert (first["topic"], first["attempts"], first["done_at"]) == ("event.reported", 0, None)
    with district.begin() as connection:
        connection.execute(
            text(
                "UPDATE delivery SET attempts = 8, dead_at = now(), last_error = 'status_500'"
                " WHERE subscriber_id = :id"
            ),
            {"id": number},
        )
    assert rules.post(f"{path}/resend", json={}).json() == {"deliveries": 1}
    (again,) = rules.get(f"{path}/deliveries").json()["items"]
    assert (again["id"], again["attempts"], again["dead_at"]) == (first["id"], 0, None)
    assert rules.post(f"{path}/resend", json={"delivery": "x"}).json()["code"] == "bad_uuid"
    rules.delete(path)


def test_nobody_looks_into_subscribers_of_another_area(
    rules: TestClient, connected: FastAPI, district: Engine
) -> None:
    number = rules.post("/api/v1/subscribers", json=subscriber()).json()["id"]
    with client_as(connected, "admin", area="230199001001") as other:
        for answer in (
            other.patch(f"/api/v1/subscribers/{number}", json={"active": False}),
            other.get(f"/api/v1/subscribers/{number}/deliveries"),
            other.post(f"/api/v1/subscribers/{number}/resend", json={}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "no_such_subscriber")
    rules.delete(f"/api/v1/subscribers/{number}")
