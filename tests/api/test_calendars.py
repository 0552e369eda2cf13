"""Calendars over HTTP: what is in force, every day of a year, a city's own, and deadlines that explain themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.testclient import TestClient

from tests.clients import client_as, let_in
from tests.days import working_day_next_year

pytestmark = pytest.mark.db
PLACE = "230199001001"
OURS: dict[str, Any] = {
    "code": "riverside", "city": PLACE, "name_zh": "江沿", "source": "江沿〔2026〕3 号", "based_on": 0, "rework": "continue",
    "schedules": [
        {"sessions": "08:00-12:00 14:00-18:00"},
        {"sessions": "08:30-12:00 15:00-18:30", "valid_from": "2026-06-01", "valid_to": "2026-09-15"},
    ],
    "days": [{"day": "2026-12-31", "works": True, "sessions": "08:00-12:00", "name": "岁末"}],
}  # fmt: skip


@pytest.fixture
def local(app: FastAPI, district: Engine) -> Iterator[TestClient]:
    """Somebody who sets rules in one community."""
    with TestClient(app, raise_server_exceptions=False) as made:
        yield let_in(district, made, "admin", area=PLACE)


@pytest.fixture
def reader(app: FastAPI) -> Iterator[TestClient]:
    """Somebody logged in who sets no rules."""
    with client_as(app, "grid_worker") as made:
        yield made


def ask(client: TestClient, **body: Any) -> Any:
    return client.post("/api/v1/deadline", json={"start": "2026-09-28T10:30:00+08:00"} | body)


def test_the_country_has_a_calendar_with_its_source(anonymous_client: TestClient) -> None:
    national = anonymous_client.get("/api/v1/calendars").json()["items"][0]
    assert (national["code"], national["version"], national["city"]) == ("cn", 1, "")
    assert national["source"].startswith("chinesecalendar")
    whole = anonymous_client.get("/api/v1/calendars/cn").json()
    assert whole["schedules"] == [
        {"sessions": "08:00-12:00 14:00-18:00", "valid_from": None, "valid_to": None}
    ]
    assert {"stage": "total", "workflow": "hotline", "urgency": "", "kind": "natural_day", "value": 15.0,
            "limit": "15天"} in whole["limits"]  # fmt: skip


def test_every_day_of_a_year_says_what_it_is(anonymous_client: TestClient) -> None:
    days = anonymous_client.get("/api/v1/calendars/cn/days", params={"year": 2026}).json()["items"]
    assert len(days) == 365
    told = {one["day"]: one for one in days}
    assert (told["2026-10-01"]["kind"], told["2026-10-01"]["name"]) == ("holiday", "国庆节")
    assert (told["2026-10-10"]["kind"], told["2026-10-10"]["sessions"]) == (
        "make_up",
        "08:00-12:00 14:00-18:00",
    )
    assert (told["2026-10-11"]["kind"], told["2026-10-12"]["kind"]) == ("weekend", "work")
    later = anonymous_client.get("/api/v1/calendars/cn/days", params={"year": 2038}).json()["items"]
    assert not any(one["known"] for one in later)
    assert anonymous_client.get("/api/v1/calendars/cn/days", params={"year": 1999}).status_code == 422
    assert anonymous_client.get("/api/v1/calendars/none").json()["code"] == "no_such_calendar"


def test_a_deadline_explains_itself(reader: TestClient) -> None:
    told = ask(reader, limit="5工作日").json()
    assert told["due"] == "2026-10-10T10:30:00+08:00"
    assert (told["kind"], told["value"], told["calendar"], told["provisional"]) == (
        "work_day",
        5,
        "cn",
        False,
    )
    assert sum(day["minutes"] for day in told["days"]) == 5 * 480
    assert told["explanation"] == (
        "5工作日，自 2026-09-28 10:30 起计，至 2026-10-10 10:30；其间休息 7 天（国庆节）；含调休上班 1 天"
    )
    assert ask(reader, kind="urgent_hour", value=2).json()["due"] == "2026-09-28T12:30:00+08:00"
    late = ask(reader, start="2026-09-28T19:00:00+08:00", limit="4工作时").json()
    assert (late["begins"], late["due"]) == ("2026-09-29T08:00:00+08:00", "2026-09-29T12:00:00+08:00")
    assert ask(reader, start="2038-01-04T10:30:00+08:00", limit="5工作日").json()["provisional"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "missing"),
        ({"limit": "5工作日", "kind": "work_day", "value": 5}, "missing"),
        ({"kind": "work_day"}, "missing"),
        ({"limit": "5"}, "bad_limit"),
        ({"kind": "work_day", "value": 0}, "bad_limit"),
        ({"kind": "week", "value": 1}, "bad_value"),
        ({"limit": "1天", "start": "yesterday"}, "bad_time"),
        ({"limit": "1天", "start": "2026-09-28T10:30:00"}, "time_without_zone"),
        ({"limit": "1工作日", "start": "1980-09-28T10:30:00+08:00"}, "time_out_of_range"),
        ({"limit": "1天", "calendar": "none"}, "no_such_calendar"),
        ({"limit": "1天", "calendar": "\x00"}, "bad_character"),
        ({"limit": "1天", "area": "\x00"}, "bad_character"),
        ({"limit": "1天", "x": 1}, "unknown_key"),
    ],
)
def test_what_is_no_question(reader: TestClient, body: dict[str, Any], code: str) -> None:
    assert ask(reader, **body).json()["code"] == code


def test_a_city_has_its_own_calendar(local: TestClient, reader: TestClient) -> None:
    made = local.post("/api/v1/calendars", json=OURS)
    assert made.status_code == 201, made.json()
    told = made.json()
    assert (told["version"], told["rework"], told["own_days"]) == (1, "continue", 1)
    assert told["limits"] == reader.get("/api/v1/calendars/cn").json()["limits"]
    summer = ask(reader, start="2026-07-01T15:00:00+08:00", limit="4工作时", area=f"{PLACE}001").json()
    assert (summer["calendar"], summer["due"]) == ("riverside", "2026-07-02T09:00:00+08:00")
    short = ask(reader, start="2026-12-31T08:00:00+08:00", limit="1工作日", area=PLACE).json()
    assert (short["due"], short["days"][0]["kind"]) == ("2026-12-31T12:00:00+08:00", "short")
    elsewhere = ask(reader, start="2026-12-31T08:00:00+08:00", limit="1工作日", area="230199001002").json()
    assert elsewhere["due"] == "2026-12-31T18:00:00+08:00"
    assert local.post("/api/v1/calendars", json=OURS).json()["code"] == "stale"
    limits = [{"stage": "inspect", "limit": "2工作时"}]
    again = local.post("/api/v1/calendars", json=OURS | {"based_on": 1, "limits": limits}).json()
    assert (again["version"], [one["limit"] for one in again["limits"]]) == (2, ["2工作时"])


def test_a_calendar_is_tried_before_it_is_put_in_force(local: TestClient, reader: TestClient) -> None:
    before = reader.get("/api/v1/calendars").json()
    day = working_day_next_year().isoformat()
    extra = {"day": day, "works": False, "name": "停办公", "source": "江沿〔2027〕1 号"}
    tried = OURS | {"code": "tried", "based_on": 0, "days": [extra]}
    found = local.post("/api/v1/calendars", params={"dry_run": "true", "limit": "3工作日"}, json=tried)
    assert found.status_code == 200, found.json()
    told = found.json()
    changed = {one["day"]: one for one in told["days"]}
    assert (changed[day]["was"]["kind"], changed[day]["now"]["kind"]) == ("work", "holiday")
    assert told["changed"] >= len(told["days"])
    assert all(one["was"]["limit"] == "3工作日" for one in told["deadlines"])
    assert reader.get("/api/v1/calendars").json() == before, "nothing is kept"
    wrong = local.post("/api/v1/calendars", params={"dry_run": "true", "limit": "soon"}, json=tried)
    assert wrong.json()["code"] == "bad_limit"


def test_a_calendar_tells_its_own_days_and_versions(local: TestClient) -> None:
    there = [one for one in local.get("/api/v1/calendars").json()["items"] if one["city"] == PLACE]
    first = there[0] if there else local.post("/api/v1/calendars", json=OURS).json()
    code, version = first["code"], first["version"]
    days = [
        {"day": "2026-10-01", "works": True, "sessions": None, "name": "值守", "source": "江沿〔2026〕9 号"},
        {"day": "2026-10-10", "works": True, "name": "国庆节调休"},
    ]
    made = local.post(
        "/api/v1/calendars", json=OURS | {"code": code, "based_on": version, "days": days}
    ).json()
    assert [(one["day"], one["source"]) for one in made["days"]] == [("2026-10-01", "江沿〔2026〕9 号")]
    assert made["own_days"] == 1, "what the country's list says already is none of its own"
    assert [one["version"] for one in made["versions"]][:2] == [version + 1, version]
    old = local.get(f"/api/v1/calendars/{code}", params={"version": version}).json()
    assert old["version"] == version
    year = local.get(f"/api/v1/calendars/{code}/days", params={"year": 2026}).json()["items"]
    assert [one["day"] for one in year if one["own"]] == ["2026-10-01"]
    acts = local.get("/api/v1/rule-changes", params={"kind": "calendar", "object": code}).json()["items"]
    assert (acts[0]["action"], acts[0]["details"]["version"]) == ("calendar.put", version + 1)


def test_who_changed_rules_is_told_to_who_sets_some(reader: TestClient, local: TestClient) -> None:
    assert reader.get("/api/v1/rule-changes", params={"kind": "calendar"}).status_code == 403
    assert local.get("/api/v1/rule-changes", params={"kind": "account"}).status_code == 422


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"code": "Upper"}, "bad_calendar"),
        ({"code": "a\x00"}, "bad_character"),
        ({"code": "\ud800"}, "bad_character"),
        ({"name_zh": "某市\x00"}, "bad_character"),
        ({"days": [{"day": "2026-12-31", "works": False, "name": "\x00"}]}, "bad_character"),
        ({"based_on": 10**30}, "out_of_range"),
        ({"city": "abc"}, "bad_calendar"),
        ({"name_zh": ""}, "bad_calendar"),
        ({"week": [False] * 7}, "bad_week"),
        ({"schedules": [{"sessions": "18:00-08:00"}]}, "bad_sessions"),
        ({"schedules": [{"sessions": "08:00-12:00", "valid_from": "2026-01-01"}]}, "no_schedule"),
        ({"days": [{"day": "31.12.2026", "works": False}]}, "bad_date"),
        ({"days": [{"day": "9999-12-31", "works": False}]}, "bad_date"),
        ({"days": [{"day": "2019-12-31", "works": False}]}, "bad_date"),
        ({"days": [{"day": "2026-12-31", "works": False}] * 2}, "twice"),
        ({"limits": [{"stage": "total", "limit": "5"}]}, "bad_limit"),
        ({"limits": [{"stage": "total", "limit": "5天"}] * 2}, "twice"),
        ({"limits": [{"stage": "totals", "limit": "5天"}]}, "unknown_stage"),
        ({"limits": [{"stage": "total", "limit": "5天", "workflow": "none"}]}, "unknown_stage"),
        ({"limits": [{"stage": "total", "limit": "5天", "urgency": "high"}]}, "unknown_stage"),
        ({"known_to": "2050-12-31"}, "bad_date"),
        ({"rework": "never"}, "bad_value"),
        ({"city": ""}, "rules_outside_scope"),
        ({"city": "230199001002"}, "rules_outside_scope"),
    ],
    ids=lambda given: next(iter(given)) if isinstance(given, dict) else given,
)
def test_what_is_no_calendar_here(local: TestClient, change: dict[str, Any], code: str) -> None:
    raw = json.dumps(OURS | {"code": "other"} | change)  # escaped, as half a pair has to be
    told = local.post("/api/v1/calendars", content=raw, headers={"content-type": "application/json"})
    assert told.json()["code"] == code
    assert told.status_code in {403, 422}


def test_who_sets_no_rules_sets_no_calendar(reader: TestClient) -> None:
    assert reader.post("/api/v1/calendars", json=OURS | {"code": "mine"}).status_code == 403
