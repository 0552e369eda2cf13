"""The whistle over HTTP: from blowing to the score, versions, replays, refusals on record."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.bodies import read_model
from api.text import catalogue
from api.whistle_schemas import WhistleCommandIn
from gis.base.errors import Invalid
from tests.api.test_photos import photo as picture
from tests.clients import client_as
from tests.events.reports import uuid7

pytestmark = pytest.mark.db
WHISTLES = "/api/v1/whistles"
COMMUNITY, STREET = "230199001001", "230199001"
PLACE = {"type": "Point", "coordinates": [126.605, 45.76]}
HERE = {"lon": 126.605, "lat": 45.76, "coord_sys": "wgs84", "accuracy_m": 9.0}
RATING = {"timeliness": 5, "effort": 4, "result": 3, "solved": "yes"}


@pytest.fixture(scope="module")
def secretary(app: FastAPI) -> Iterator[TestClient]:
    with client_as(app, "community_secretary", area=COMMUNITY) as made:
        yield made


@pytest.fixture(scope="module")
def lead(app: FastAPI) -> Iterator[TestClient]:
    with client_as(app, "shift_lead", area=STREET) as made:
        yield made


@pytest.fixture(scope="module")
def department(app: FastAPI, district: Engine) -> Iterator[TestClient]:
    with district.begin() as connection:
        connection.execute(text("INSERT INTO department (code, name) VALUES ('test', 'test')"))
        connection.execute(text("UPDATE department SET path = ARRAY[id]"))
    with client_as(app, "department_inbox", department="test") as made:
        yield made


def body(**changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "id": uuid7(), "reason": "楼前主管道漏水", "departments": ["test"], "geometry": PLACE, "coord_sys": "wgs84",
    }  # fmt: skip
    return {name: value for name, value in (plain | changes).items() if value is not None}


def step(client: TestClient, whistle: str, command: str, version: int, **more: Any) -> Any:
    given = {"id": uuid7(), "command": command, "base_version": version, **more}
    return client.post(f"{WHISTLES}/{whistle}/commands", json=given)


def test_a_whistle_over_http(secretary: TestClient, lead: TestClient, department: TestClient) -> None:
    sent = body()
    made = secretary.post(WHISTLES, json=sent)
    again = secretary.post(WHISTLES, json=sent)
    assert (made.status_code, again.status_code) == (201, 200)
    assert made.content == again.content
    assert again.headers["Idempotent-Replay"] == "true"
    whistle = sent["id"]
    waiting = lead.get(WHISTLES, params={"box": "approve"}).json()
    assert whistle in [one["id"] for one in waiting["items"]]
    assert waiting["counts"]["approve"] >= 1
    assert step(secretary, whistle, "approve", 1).json()["code"] == "not_permitted"
    assert step(lead, whistle, "approve", 1).json()["status"] == "approved"
    told = {"department": "test"}
    assert step(department, whistle, "accept", 2, **told).json()["department"]["status"] == "accepted"
    assert step(department, whistle, "arrive", 3, **told, position=HERE).status_code == 200
    done = step(department, whistle, "resolve", 4, **told, outcome="solved", text="已更换").json()
    assert done["department"] == {"code": "test", "status": "resolved", "version": 5}
    assert step(department, whistle, "rate", 5, **told, **RATING).status_code == 403
    assert step(secretary, whistle, "rate", 5, **told, **RATING).json()["status"] == "closed"
    whole = department.get(f"{WHISTLES}/{whistle}").json()
    assert [one["command"] for one in whole["departments"][0]["allowed"]] == ["appeal"]
    month = whole["blown_at"][:7]
    score = lead.get(f"{WHISTLES}/scores", params={"month": month, "department": "test"}).json()
    (one,) = score["departments"]
    assert one["solved"] == {"numerator": 1, "denominator": 1, "value": 1.0, "waiting": 0}
    assert one["ratings"] == {"n": 1, "unrated": 0, "timeliness": 5.0, "effort": 4.0, "result": 3.0}
    _file_of_scores(lead, month)


def _file_of_scores(lead: TestClient, month: str) -> None:
    """In the language asked for, in the words of the pages."""
    for language, other in (("zh-CN", "en"), ("en", "zh-CN")):
        params = {"department": "test", "year": month[:4], "format": "csv"}
        answer = lead.get(f"{WHISTLES}/scores/export", params=params, headers={"Accept-Language": language})
        *_, row = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
        words, others = catalogue(language), catalogue(other)
        for name in ("timeliness", "effort", "result"):
            assert [column for column in row if column.startswith(words[f"whistle.{name}"])], name
            assert not [column for column in row if column.startswith(others[f"whistle.{name}"])], name
        for name in ("answered", "arrived", "solved"):
            assert len([column for column in row if column.startswith(words[f"scores.{name}"])]) == 4, name
        as_of = row["截至" if language == "zh-CN" else "As of"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+08:00", as_of)
    assert (
        lead.get(f"{WHISTLES}/scores/run", params={"department": "nobody"}).json()["code"]
        == "unknown_department"
    )


def test_a_step_says_its_version(secretary: TestClient, lead: TestClient, department: TestClient) -> None:
    sent = body()
    secretary.post(WHISTLES, json=sent)
    path = f"{WHISTLES}/{sent['id']}/commands"
    missing = lead.post(path, json={"id": uuid7(), "command": "approve"})
    assert (missing.status_code, missing.json()["code"]) == (428, "if_match_required")
    stale = step(lead, sent["id"], "approve", 7)
    assert (stale.status_code, stale.json()["code"], stale.json()["version"]) == (412, "stale_version", 1)
    done = lead.post(path, json={"id": uuid7(), "command": "approve"}, headers={"If-Match": '"1"'})
    assert done.status_code == 200
    wrong = step(lead, sent["id"], "approve", 2)
    assert (wrong.status_code, wrong.json()["code"]) == (409, "wrong_state")


def test_too_far_is_told_with_the_distance(
    secretary: TestClient, lead: TestClient, department: TestClient
) -> None:
    sent = body()
    secretary.post(WHISTLES, json=sent)
    step(lead, sent["id"], "approve", 1)
    step(department, sent["id"], "accept", 2, department="test")
    far = step(department, sent["id"], "arrive", 3, department="test", position=HERE | {"lon": 126.62})
    assert (far.status_code, far.json()["code"]) == (422, "too_far")
    assert 1100 < far.json()["distance_m"] < 1250


def test_a_result_with_a_photo(secretary: TestClient, lead: TestClient, department: TestClient) -> None:
    data = picture(gps=True)
    name = hashlib.sha256(data).hexdigest()
    sent = body()
    secretary.post(WHISTLES, json=sent)
    step(lead, sent["id"], "approve", 1)
    path = f"{WHISTLES}/{sent['id']}/photos"
    early = department.put(f"{path}/{name}", content=data, headers={"content-type": "image/jpeg"})
    assert (early.status_code, early.json()["code"]) == (404, "attachment_not_announced")
    step(department, sent["id"], "accept", 2, department="test")
    step(department, sent["id"], "arrive", 3, department="test", position=HERE)
    done = step(department, sent["id"], "resolve", 4, department="test", outcome="solved", photos=[name])
    assert done.status_code == 200
    whole = department.get(f"{WHISTLES}/{sent['id']}").json()["departments"][0]
    assert (whole["photos"], whole["photos_missing"]) == ([], [name])
    other = secretary.put(f"{path}/{name}", content=data, headers={"content-type": "image/jpeg"})
    assert (other.status_code, other.json()["code"]) == (404, "attachment_not_announced")
    first, again = (
        department.put(f"{path}/{name}", content=data, headers={"content-type": "image/jpeg"})
        for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    stored = first.json()["sha256"]
    assert secretary.get(f"{WHISTLES}/{sent['id']}").json()["departments"][0]["photos"] == [stored]
    shown = secretary.get(f"{path}/{stored}")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert b"Secret Camera" not in shown.content
    assert secretary.get(f"{WHISTLES}/{uuid7()}/photos/{stored}").status_code == 404
    assert secretary.get(f"{path}/{name}").status_code == 404


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"geometry": None}, 422, "place_missing"),
        ({"event": uuid7()}, 422, "place_twice"),
        ({"event": uuid7(), "geometry": None, "coord_sys": None}, 404, "no_such_event"),
        ({"departments": []}, 422, "bad_value"),
        ({"departments": ["test", "test"]}, 422, "department_twice"),
        ({"departments": ["none"]}, 422, "unknown_department"),
        ({"reason": "  "}, 422, "text_empty"),
        ({"id": "1"}, 422, "not_uuid7"),
        ({"more": 1}, 422, "unknown_key"),
        ({"geometry": {"type": "Point", "coordinates": [126.635, 45.76]}}, 403, "outside_scope"),
        ({"geometry": {"type": "Point", "coordinates": [10.0, 45.76]}}, 422, "outside_service_area"),
    ],
)
def test_what_is_no_whistle(
    secretary: TestClient, department: TestClient, changes: dict[str, Any], status: int, code: str
) -> None:
    told = secretary.post(WHISTLES, json=body(**changes))
    assert (told.status_code, told.json()["code"]) == (status, code)


@pytest.mark.parametrize("whistle", ["x", "0192f0e6-8d5e-7000-8000-000000000001", "0" * 36])
def test_there_is_none(secretary: TestClient, whistle: str) -> None:
    told = secretary.get(f"{WHISTLES}/{whistle}")
    assert (told.status_code, told.json()["code"]) == (404, "no_such_whistle")
    assert step(secretary, whistle, "approve", 1).status_code == 404


def test_refusals_are_on_record(secretary: TestClient, department: TestClient, district: Engine) -> None:
    sent = body()
    secretary.post(WHISTLES, json=sent)
    step(secretary, sent["id"], "approve", 1)
    with district.connect() as connection:
        row = connection.execute(
            text(
                "SELECT action, result, details ->> 'code' FROM audit WHERE object_id = :id AND result = 'refused'"
            ),
            {"id": sent["id"]},
        ).one()
    assert tuple(row) == ("whistle.command", "refused", "not_permitted")


def test_pages_and_boxes(secretary: TestClient, department: TestClient) -> None:
    for _ in range(3):
        assert secretary.post(WHISTLES, json=body()).status_code == 201
    first = secretary.get(WHISTLES, params={"box": "mine", "open": "true", "limit": "2"}).json()
    second = secretary.get(
        WHISTLES, params={"box": "mine", "open": "true", "limit": "2", "cursor": first["next"]}
    ).json()
    ids = [one["id"] for one in first["items"] + second["items"]]
    assert len(ids) == len(set(ids)) >= 3
    other = secretary.get(WHISTLES, params={"box": "all", "cursor": first["next"]})
    assert other.json()["code"] == "bad_cursor"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, "period_missing"),
        ({"month": "2026-13"}, "bad_period"),
        ({"month": "2026-11", "year": "2026"}, "period_missing"),
        ({"year": "2026", "department": "nobody"}, "unknown_department"),
    ],
)
def test_a_score_names_its_period(lead: TestClient, params: dict[str, str], code: str) -> None:
    assert lead.get(f"{WHISTLES}/scores", params=params).json()["code"] == code


def test_a_city_writes_its_own_rule(app: FastAPI, secretary: TestClient, lead: TestClient) -> None:
    rule = {
        "area": "230199", "blower_level": "subdistrict", "max_distance_m": 100.0, "worst_accuracy_m": 50.0,
        "most_returns": 1, "limits": {"accept": "4工作时", "result": "10 working days"},
    }  # fmt: skip
    with client_as(app, "admin", area="230199") as admin:
        told = admin.put(f"{WHISTLES}/rules", json=rule)
        assert told.status_code == 200, told.text
        by_area = {one["area"]: one for one in told.json()}
        mine = by_area["230199"]
        assert mine["limits"]["accept"] == {"kind": "work_hour", "value": 4}
        assert mine["limits"]["result"] == {"kind": "work_day", "value": 10}
        assert mine["limits"]["arrive"] == by_area[None]["limits"]["arrive"], "taken from the rule above"
        again = admin.put(f"{WHISTLES}/rules", json=rule | {"blower_level": "community", "limits": {}})
        assert {one["area"]: one for one in again.json()}["230199"]["limits"] != by_area[None]["limits"]
        everywhere = admin.put(f"{WHISTLES}/rules", json=rule | {"area": None})
        assert (everywhere.status_code, everywhere.json()["code"]) == (403, "outside_scope")
        for changes, code in (
            ({"area": "999"}, "unknown_area"),
            ({"limits": {"accept": "soon"}}, "bad_limit"),
            ({"limits": {"sleep": "2 h"}}, "unknown_key"),
            ({"blower_level": "grid"}, "bad_value"),
            ({"max_distance_m": 0.0}, "bad_value"),
        ):
            wrong = admin.put(f"{WHISTLES}/rules", json=rule | changes)
            assert (wrong.status_code, wrong.json()["code"]) == (422, code)
    assert secretary.put(f"{WHISTLES}/rules", json=rule).status_code == 403
    assert lead.get(f"{WHISTLES}/rules").status_code == 200


@pytest.mark.parametrize(
    ("until", "told"),
    [
        ("2026-12-01", "2026-12-01T23:59:59+08:00"),
        ("2026-12-01T10:00:00+08:00", "2026-12-01T10:00:00+08:00"),
        ("2026-02-30", None),
        ("2026-12-01T10:00:00", None),
        (20261201, None),
    ],
)
def test_a_plan_names_a_day_or_a_moment(until: Any, told: str | None) -> None:
    body = {"id": "x", "command": "plan", "until": until}
    if told is None:
        with pytest.raises(Invalid, match="until"):
            read_model(WhistleCommandIn, body)
    else:
        given = read_model(WhistleCommandIn, body).until
        assert given is not None
        assert given.isoformat() == told
