"""Rating, objecting, inspecting and reviewing over HTTP."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from gis.events.store import LOCAL_ZONE
from tests.clients import client_as
from tests.events.rating.things import code_of, rule
from tests.events.reports import uuid7
from tests.events.workflow.helpers import AT, CHECK, PHOTO, crew, event_in, send

pytestmark = pytest.mark.db


@pytest.fixture(autouse=True)
def no_sample(district: Engine) -> None:
    crew(district)
    rule(district)


def rating(**changes: Any) -> dict[str, Any]:
    return {"id": uuid7(), "score": 5, "solved": "yes", "text": "很好"} | changes


def test_a_rating_by_code_is_kept_once(anonymous_client: TestClient, district: Engine) -> None:
    path = f"/api/v1/track/{code_of(district, event_in(district, 'closed'))}/rating"
    sent = rating()
    made = anonymous_client.post(path, json=sent)
    again = anonymous_client.post(path, json=sent)
    assert (made.status_code, again.status_code) == (201, 200)
    assert made.content == again.content
    assert (made.json()["score"], made.json()["label_zh"]) == (5, "很满意")
    other = anonymous_client.post(path, json=rating(score=1))
    assert (other.status_code, other.json()["code"]) == (409, "rated_already")
    changed = anonymous_client.post(path, json=sent | {"score": 4})
    assert (changed.status_code, changed.json()["code"]) == (409, "idempotency_conflict")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"score": "5"}, "not_number"),
        ({"solved": "x"}, "bad_value"),
        ({"more": 1}, "unknown_key"),
        ({"id": "x"}, "not_uuid7"),
    ],
)
def test_what_is_no_rating(
    anonymous_client: TestClient, district: Engine, changes: dict[str, Any], code: str
) -> None:
    path = f"/api/v1/track/{code_of(district, event_in(district, 'closed'))}/rating"
    told = anonymous_client.post(path, json=rating(**changes))
    assert (told.status_code, told.json()["code"]) == (422, code)


def test_an_objection_by_code(anonymous_client: TestClient, district: Engine) -> None:
    event = event_in(district, "closed")
    path = f"/api/v1/track/{code_of(district, event)}/objection"
    made = anonymous_client.post(path, json={"id": uuid7(), "reason": "没有解决"})
    assert (made.status_code, made.json()["round"], made.json()["status"]) == (201, 2, "accepted")
    twice = anonymous_client.post(path, json={"id": uuid7(), "reason": "没有解决"})
    assert (twice.status_code, twice.json()["code"]) == (409, "objection_open")
    assert "第 2 轮" in twice.json()["detail"]


def test_what_was_said_and_shown_of_an_earlier_round_stays(
    anonymous_client: TestClient, district: Engine
) -> None:
    event = event_in(district, "inspecting")
    people = crew(district)
    send(people.inspector, event, "pass_inspection", text="已查", photos=(CHECK,), position=AT)
    send(people.desk, event, "close", closure=True, reply="已清理完毕")
    path = f"/api/v1/track/{code_of(district, event)}"
    assert anonymous_client.get(path).json()["reply"] == "已清理完毕"
    made = anonymous_client.post(f"{path}/objection", json={"id": uuid7(), "reason": "还在"})
    assert made.status_code == 201
    told = anonymous_client.get(path).json()
    assert (told["round"], told["reply"], told["rating"]) == (2, None, None)
    assert [(one["round"], one["status"], one["reply"]) for one in told["earlier"]] == [
        (1, "closed", "已清理完毕")
    ]
    assert told["photos"] == [{"slot": "after", "sha256": PHOTO, "round": 1}]


def test_whoever_reported_what_was_merged_objects_and_a_me_too_does_not(
    anonymous_client: TestClient, district: Engine
) -> None:
    """One rating a round, its own reporter's; an objection of any of those who reported; nothing false is offered."""
    people, client = crew(district), anonymous_client
    main, event = event_in(district, "accepted"), event_in(district, "reported")
    own, merged = (f"/api/v1/track/{code_of(district, one)}" for one in (main, event))
    with client_as(client.app, "shift_lead", area="230199001") as lead:  # type: ignore[arg-type]
        said = lead.post(f"/api/v1/events/{event}/me-too", json={}).json()["tracking_code"]
    too = f"/api/v1/track/{said}"
    number = client.get(merged).json()["event_number"]
    send(people.desk, event, "merge", into=str(main))
    send(people.leader, main, "file")
    send(people.leader, main, "force_close", reason="已现场核实", reply="已处理")
    assert client.post(f"{own}/rating", json=rating(score=2)).status_code == 201
    told = [client.get(path).json() for path in (own, merged, too)]
    assert [one["holder"] for one in told] == ["reporter", "merged", "me_too"]
    assert [one["reply"] for one in told] == ["已处理", "已处理", None]
    assert [one["merged_from"] and one["merged_from"]["event_number"] for one in told] == [None, number, None]
    mine, others = told[0]["rating"], told[1]["rating"]
    assert (mine["score"], others["score"], told[2]["rating"]) == (2, None, None)
    assert (others["rate_until"], others["object_until"]) == (None, mine["object_until"])
    for path, what, body, code in (
        (merged, "rating", rating(), "merged_report"),
        (too, "rating", rating(), "me_too_code"),
        (too, "objection", {"id": uuid7(), "reason": "没有解决"}, "me_too_code"),
    ):
        answer = client.post(f"{path}/{what}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, code)
    sent = {"id": uuid7(), "reason": "没有解决"}
    made, again = (client.post(f"{merged}/objection", json=sent) for _ in range(2))
    assert (made.status_code, made.json()["event_number"], made.json()["round"]) == (
        201,
        told[0]["event_number"],
        2,
    )
    assert (again.status_code, again.content) == (200, made.content)
    second = client.post(f"{own}/objection", json={"id": uuid7(), "reason": "没有解决"})
    assert (second.status_code, second.json()["code"]) == (409, "objection_open")
    assert [one["reply"] for one in client.get(merged).json()["earlier"]] == ["已处理"]
    assert [one["reply"] for one in client.get(too).json()["earlier"]] == [None]


def test_a_wrong_code_is_none(anonymous_client: TestClient) -> None:
    told = anonymous_client.post("/api/v1/track/AAAA/rating", json=rating())
    assert told.status_code == 422
    assert told.json()["code"] == "tracking_code"


def test_tasks_are_told_to_their_inspector(app: FastAPI, district: Engine) -> None:
    with client_as(app, "supervisor", area="230199001") as supervisor:
        event = event_in(district, "inspecting")
        told = supervisor.get("/api/v1/inspections").json()
        assert str(event) in [one["event"]["id"] for one in told["items"]]
        assert {one["kind"] for one in told["items"]} <= {"inspection", "verification"}
        assert supervisor.get("/api/v1/inspections", params={"box": "open"}).status_code == 200
        assert supervisor.get("/api/v1/ratings", params={"year": "2026"}).status_code == 403
    with district.begin() as connection:
        connection.execute(text("UPDATE role_grant SET ended_at = now() WHERE role = 'supervisor'"))


def test_a_review_and_what_it_needs(app: FastAPI, district: Engine) -> None:
    event = event_in(district, "closed")
    with district.begin() as connection:
        connection.execute(text("UPDATE event SET overdue_s = 60 WHERE id = :id"), {"id": event})
    send(crew(district).handler, event, "appeal", reason="停电")
    with client_as(app, "shift_lead", area="230199001") as lead:
        path = f"/api/v1/events/{event}/appeal-review"
        done = lead.post(path, json={"favour": True, "reason": "属实"})
        assert (done.status_code, done.json()["favour"]) == (200, True)
        for wrong in (uuid.uuid4(), "x"):
            told = lead.post(f"/api/v1/events/{wrong}/appeal-review", json={"favour": True, "reason": "属实"})
            assert (told.status_code, told.json()["code"]) == (404, "no_such_event")
        year = str(datetime.now(ZoneInfo(LOCAL_ZONE)).year)
        told = lead.get("/api/v1/ratings", params={"year": year, "area": "230199001"}).json()
        assert told["closed"] >= 1
        assert told["call_backs"]["sampled"] == 0


def test_what_the_pages_are_told(app: FastAPI, anonymous_client: TestClient, district: Engine) -> None:
    """The track page learns until when to rate and with what words; the event page everything that was said."""
    rule(district, call_back_share=1.0)
    event = event_in(district, "closed")
    code = code_of(district, event)
    before = anonymous_client.get(f"/api/v1/track/{code}").json()
    assert (before["round"], before["rating"]["score"]) == (1, None)
    assert before["photos"] == [{"slot": "after", "sha256": PHOTO, "round": 1}]
    assert (before["holder"], before["merged_from"], before["earlier"]) == ("reporter", None, [])
    for status, secret in (("inspecting", False), ("closed", True)):
        hidden = code_of(district, event_in(district, status, confidential=secret))
        assert anonymous_client.get(f"/api/v1/track/{hidden}").json()["photos"] == [], (status, secret)
    ended = anonymous_client.get(f"/api/v1/track/{code_of(district, event_in(district, 'cancelled'))}").json()
    assert ended["rating"]["object_until"] is None, "no step of its workflow objects to a cancelling"
    assert [one["score"] for one in before["rating"]["scale"]] == [1, 2, 3, 4, 5]
    assert anonymous_client.post(f"/api/v1/track/{code}/rating", json=rating(score=4)).status_code == 201
    assert anonymous_client.get(f"/api/v1/track/{code}").json()["rating"]["score"] == 4
    with client_as(app, "shift_lead", area="230199001") as lead:
        told = lead.get(f"/api/v1/events/{event}").json()
    (only,) = told["rounds"]
    assert (only["ended_as"], only["rating"]["score"], only["appeal"]) == ("closed", 4, None)
    assert [one["kind"] for one in told["samples"]] == ["call_back"]
    assert [one["state"] for one in told["inspections"]] == ["passed"]
    assert [(one["sampled"], one["done_at"]) for one in told["call_backs"]] == [(True, None)]
    assert told["whistles"] == []


def test_a_city_writes_its_own_shares(app: FastAPI, anonymous_client: TestClient) -> None:
    path = "/api/v1/ratings/rules"
    rule_ = {
        "area": "230199", "category": None, "self_handled_share": 0.5, "call_back_share": 0.25, "rate_days": 10,
        "object_days": 20, "call_back_days": 5,
    }  # fmt: skip
    with client_as(app, "admin", area="230199") as admin:
        told = admin.put(path, json=rule_)
        assert told.status_code == 200, told.text
        assert {one["area"]: one["rate_days"] for one in told.json()}["230199"] == 10
        family = admin.put(path, json=rule_ | {"category": "gov-s:request:S02", "self_handled_share": None})
        assert [one["self_handled_share"] for one in family.json() if one["category"]] == [None]
        for changes, status, code in (
            ({"area": None}, 403, "outside_scope"),
            ({"area": "9"}, 422, "unknown_area"),
            ({"category": "x:y:z"}, 422, "unknown_category"),
            ({"self_handled_share": 1.5}, 422, "bad_value"),
            ({"rate_days": 0}, 422, "bad_value"),
        ):
            wrong = admin.put(path, json=rule_ | changes)
            assert (wrong.status_code, wrong.json()["code"]) == (status, code)
    assert anonymous_client.get(path).status_code == 401
