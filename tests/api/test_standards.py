"""Categories and filing standards over HTTP: what is told, imports with a dry run, who may."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.testclient import TestClient

from tests.clients import client_as, let_in

pytestmark = pytest.mark.db
G = "gbt47678.5-2026"
RUBBISH, COVER = f"{G}:matter:06010", f"{G}:component:01001"
CSV = {"Content-Type": "text/csv; charset=utf-8"}
HEAD = "category,condition,limit,closure\n"
SETS, STANDARDS = "/api/v1/standard-sets", "/api/v1/standards"


@pytest.fixture
def local(app: FastAPI, district: Engine) -> Iterator[TestClient]:
    """Somebody who sets rules in one community."""
    with TestClient(app, raise_server_exceptions=False) as made:
        yield let_in(district, made, "admin", area="230199001001")


@pytest.fixture
def reader(app: FastAPI) -> Iterator[TestClient]:
    """Somebody logged in who sets no rules."""
    with client_as(app, "grid_worker") as made:
        yield made


def put(client: TestClient, rows: str, **asked: Any) -> Any:
    asked.setdefault("version", f"v{secrets.token_hex(4)}")
    return client.post(SETS, params=asked, content=(HEAD + rows).encode(), headers=CSV)


def test_categories_say_whether_anybody_checked_them(anonymous_client: TestClient) -> None:
    tree = anonymous_client.get("/api/v1/categories").json()
    matter = next(one for one in tree if one["key"] == f"{G}:matter:06")
    leaf = next(one for one in matter["children"] if one["key"] == RUBBISH)
    assert (leaf["verified"], leaf["source"], leaf["city"], leaf["in_force"]) == (
        False,
        "GB/T 47678.5-2026",
        "",
        True,
    )
    ours = next(one for one in tree if one["key"] == "gov-s:request:S07")
    assert (ours["verified"], len(ours["children"])) == (True, 6)


def test_older_codes_are_told_with_their_edition(anonymous_client: TestClient) -> None:
    def ask(**asked: str) -> Any:
        return anonymous_client.get("/api/v1/categories/map", params=asked)

    same = {"kind": "event", "code": "0504"}
    old, older = ask(edition="gbt30428.2-2013", **same).json(), ask(edition="cjt214-2007", **same).json()
    assert (old["key"], older["key"], older["zh"]) == ("gov-s:request:S0704", f"{G}:matter:09005", "店外经营")
    gone = ask(edition="gbt30428.2-2013", kind="event", code="01-31").json()
    assert (gone["key"], gone["reason"]) == (None, "retired")
    assert gone["detail"]
    assert gone["detail_en"]
    for wrong, code in (
        ({"edition": "2013"}, "unknown_edition"),
        ({"code": "1"}, "bad_code"),
        ({"kind": "x"}, "unknown_kind"),
    ):
        got = ask(**({"edition": "cjt214-2007", **same} | wrong))
        assert (got.status_code, got.json()["code"]) == (422, code)


def test_what_an_event_may_be_filed_under(anonymous_client: TestClient) -> None:
    got = anonymous_client.get(STANDARDS, params={"category": COVER, "area": "230199001001001"}).json()[
        "items"
    ]
    assert [one["limit"]["zh"] for one in got] == ["2紧急工作时", "4工作时", "2工作日", "5工作日"]
    assert got[0]["limit"] == {
        "kind": "urgent_hour",
        "value": 2.0,
        "zh": "2紧急工作时",
        "en": "2 urgent hours",
    }
    assert {one["confidence"] for one in got} == {"third_party"}
    assert got[0]["evidence"] == ["before", "after"]


def test_a_set_is_tried_then_put_in_force(client: TestClient) -> None:
    rows = f"{RUBBISH},成堆,1工作日,已清运\n{COVER},缺失,3紧急工作时,已补\n"
    facts = {"city": "230199", "version": "A", "name": "区标准", "source": "区城管局"}
    tried = put(client, rows, **facts, dry_run="true")
    assert (tried.status_code, tried.json()["id"], tried.json()["dry_run"]) == (200, None, True)
    assert tried.json()["counts"] == {"added": 0, "changed": 2, "removed": 3, "unchanged": 0}
    [change] = [one for one in tried.json()["changes"] if one["key"] == RUBBISH]
    assert (change["what"], [one["zh"] for one in change["fields"]["limit"]]) == (
        "changed",
        ["4工作时", "1工作日"],
    )
    assert client.get(SETS).json()["items"][-1]["city"] == ""
    done = put(client, rows, **facts)
    assert done.status_code == 201, done.text
    assert done.json()["changes"] == tried.json()["changes"]
    found = {one["id"]: one for one in client.get(SETS).json()["items"]}[done.json()["id"]]
    assert (found["city_name"], found["standards"], found["in_force"], found["valid_to"]) == (
        "江湾区",
        2,
        True,
        None,
    )
    assert put(client, rows, city="230199", version="A").json()["code"] == "version_taken"
    whole = client.get(STANDARDS, params={"set": found["id"]}).json()["items"]
    assert {one["source"] for one in whole} == {"区城管局"}


def test_every_bad_row_is_named(client: TestClient) -> None:
    got = put(client, f"{RUBBISH},甲,错,乙\n{COVER},,1天,乙\n", dry_run="true")
    assert (got.status_code, got.json()["code"]) == (422, "invalid_file")
    assert [(one["row"], one["field"], one["code"]) for one in got.json()["errors"]] == [
        (1, "limit", "bad_limit"), (2, "condition", "missing"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "kind", "status", "code"),
    [
        ({}, "application/toml", 415, "unsupported_media_type"),
        ({"city": "44"}, "text/csv", 422, "unknown_city"),
        ({"version": "版"}, "text/csv", 422, "bad_version"),
        ({"valid_from": "soon"}, "text/csv", 422, "bad_parameter"),
        ({"colour": "red"}, "text/csv", 422, "unknown_parameter"),
    ],
)
def test_what_is_refused(
    client: TestClient, asked: dict[str, str], kind: str, status: int, code: str
) -> None:
    content = f"{HEAD}{RUBBISH},甲,1天,乙\n".encode()
    got = client.post(SETS, params={"version": "x"} | asked, content=content, headers={"Content-Type": kind})
    assert (got.status_code, got.json()["code"]) == (status, code)


def test_only_who_sets_rules_may_and_only_in_their_areas(
    anonymous_client: TestClient, reader: TestClient, local: TestClient
) -> None:
    rows = f"{RUBBISH},甲,1天,乙\n"
    assert put(anonymous_client, rows).status_code == 401
    assert put(reader, rows).status_code == 403
    outside = put(local, rows, city="230199")
    assert (outside.status_code, outside.json()["code"]) == (403, "rules_outside_scope")
    assert put(local, rows, city="230199001001").status_code == 201
    change = local.patch(f"/api/v1/categories/{RUBBISH}", json={"in_force": False})
    assert (change.status_code, change.json()["code"]) == (403, "rules_outside_scope")
    assert reader.patch(f"/api/v1/categories/{RUBBISH}", json={"in_force": False}).status_code == 403


def test_a_category_is_imported_retired_and_brought_back(client: TestClient) -> None:
    data = f"scheme,kind,code,parent,name_zh,name_en\n{G},matter,06997,06,冰雪雕塑破损,ice sculpture broken\n"

    def send(**asked: str) -> Any:
        return client.post(
            "/api/v1/categories/import", params=asked, content=data.encode(), headers=CSV
        ).json()

    tried = send(dry_run="true")
    assert (tried["counts"]["added"], tried["changes"][0]["key"]) == (1, f"{G}:matter:06997")
    assert send()["counts"]["added"] == 1
    path = f"/api/v1/categories/{G}:matter:06997"
    gone = client.patch(path, json={"in_force": False}).json()
    assert (gone["in_force"], gone["version"], len(gone["history"])) == (False, 2, 1)
    shown = client.get("/api/v1/categories").text
    assert "06997" not in shown
    assert "06997" in client.get("/api/v1/categories", params={"state": "all"}).text
    assert client.patch(path, json={"in_force": True}).json()["in_force"]
    assert client.patch(f"/api/v1/categories/{G}:matter:06031", json={"in_force": True}).status_code == 404
    assert client.patch(path, json={"in_force": True, "x": 1}).json()["code"] == "unknown_key"


def rows(client: TestClient, *given: dict[str, Any], **asked: Any) -> Any:
    """A table as a form sends it, put over what is in force."""
    values = {"version": f"v{secrets.token_hex(4)}", "city": "230199001001", "merge": "true"} | asked
    return client.post(SETS, params=values, json={"rows": list(given)})


def condition(category: str = RUBBISH, limit: str = "2工作日", **more: Any) -> dict[str, Any]:
    return {
        "category": category,
        "condition": "成堆",
        "limit": limit,
        "closure": "已清运",
        "evidence": ["before", "after"],
    } | more


def test_a_form_changes_one_standard_and_leaves_the_others(local: TestClient) -> None:
    made = rows(local, condition(), condition(COVER, "3 work_hour"))
    assert made.status_code == 201, made.json()
    tried = rows(local, condition(limit="5工作日"), dry_run="true").json()
    assert tried["counts"] == {"added": 0, "changed": 1, "removed": 0, "unchanged": 1}
    again = rows(local, condition(limit="5工作日")).json()
    mine = local.get(STANDARDS, params={"set": again["id"]}).json()["items"]
    assert {one["category"]: one["limit"]["zh"] for one in mine} == {RUBBISH: "5工作日", COVER: "3工作时"}
    gone = rows(local, without=RUBBISH).json()
    assert [one["category"] for one in local.get(STANDARDS, params={"set": gone["id"]}).json()["items"]] == [
        COVER
    ]
    acts = local.get("/api/v1/rule-changes", params={"kind": "filing_standards", "object": str(gone["id"])})
    assert acts.json()["items"][0]["action"] == "standards.import"


@pytest.mark.parametrize(
    ("body", "asked", "code"),
    [
        ({"rows": []}, {"merge": "false"}, "no_rows"),
        ({"rows": [condition() | {"colour": "red"}]}, {}, "unknown_column"),
        ({"rows": ["x"]}, {}, "not_object"),
        ([], {}, "not_object"),
        ({"rows": [condition()]}, {"merge": "false", "without": COVER}, "bad_value"),
    ],
)
def test_what_is_no_table_of_a_form(local: TestClient, body: Any, asked: dict[str, str], code: str) -> None:
    values = {"version": "x", "city": "230199001001", "merge": "true"} | asked
    told = local.post(SETS, params=values, json=body).json()
    assert code in {told["code"], *(one["code"] for one in told.get("errors", []))}


def test_a_form_adds_renames_and_ends_a_category(local: TestClient) -> None:
    def put_row(**row: Any) -> Any:
        own = {"scheme": "jiangyan", "kind": "matter", "code": "A01"}
        return local.post(
            "/api/v1/categories/import", params={"city": "230199001001"}, json={"rows": [own | row]}
        ).json()

    assert put_row(name_zh="冰雪景观", source="project")["counts"]["added"] == 1
    assert put_row(name_zh="冰雪景观破损")["counts"]["changed"] == 1
    assert put_row(name_zh="冰雪景观破损", valid_to="2099-01-01")["counts"]["removed"] == 1
    found = local.get("/api/v1/categories", params={"state": "all"}).json()
    ours = next(one for one in found if one["key"] == "jiangyan:matter:A01")
    assert (ours["version"], ours["in_force"], ours["valid_to"]) == (3, True, "2099-01-01")
