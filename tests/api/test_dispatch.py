"""Dispatch over HTTP: rules written, checked, tried and put into force; lists; alarms; why an event went where."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from tests.clients import client_as
from tests.events.dispatch.rules import HAZARDS, in_force, rule
from tests.events.workflow.helpers import crew, event_in, send

pytestmark = pytest.mark.db
SETS, DISTRICT = "/api/v1/rule-sets", "230199"
CSV = {"Content-Type": "text/csv"}


@pytest.fixture(scope="module")
def admin(app: FastAPI, district: Engine) -> Iterator[TestClient]:
    crew(district)
    with client_as(app, "admin", area=DISTRICT) as made:
        yield made


@pytest.fixture(scope="module")
def lead(app: FastAPI, district: Engine) -> Iterator[TestClient]:
    with client_as(app, "shift_lead", area=DISTRICT) as made:
        yield made


def written(version: str, *rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"city": DISTRICT, "version": version, "name_zh": "规则", "rules": list(rules)} | more


def tagged(answer: Any) -> dict[str, str]:
    return {"If-Match": answer.headers["ETag"]}


def audited(engine: Engine, action: str) -> int:
    with engine.connect() as connection:
        query = text("SELECT count(*) FROM audit WHERE action = :action AND result = 'ok'")
        return int(connection.execute(query, {"action": action}).scalar_one())


def test_rules_from_a_draft_into_force(admin: TestClient, district: Engine) -> None:
    made = admin.post(SETS, json=written("a", rule("hazards", categories=[HAZARDS]), rule("rest")))
    assert made.status_code == 201, made.text
    one = made.headers["Location"]
    assert made.json()["state"] == "draft"
    assert made.json()["said"][0]["zh"] == "安全隐患：建议派往crew"
    assert made.json()["findings"] == []
    changed = admin.put(one, json=written("a", rule("hazards")), headers=tagged(made))
    assert (changed.status_code, changed.json()["rules"]) == (200, 1)
    assert admin.put(one, json=written("a", rule("x")), headers=tagged(made)).status_code == 412
    assert admin.put(one, json=written("a", rule("x"))).status_code == 428
    done = admin.post(f"{one}/activate", headers=tagged(changed))
    assert (done.status_code, done.json()["state"]) == (200, "active")
    again = admin.post(f"{one}/activate", headers=tagged(done))
    assert (again.status_code, again.json()["code"]) == (409, "active_already")
    fixed = admin.put(one, json=written("a", rule("x")), headers=tagged(done))
    assert (fixed.status_code, fixed.json()["code"]) == (409, "rule_set_fixed")
    for action in ("rules.create", "rules.update", "rules.activate"):
        assert audited(district, action) == 1
    second = admin.post(SETS, json=written("b", rule("rest")))
    admin.post(f"{second.headers['Location']}/activate", headers=tagged(second))
    states = {item["version"]: item["state"] for item in admin.get(SETS).json()["items"]}
    assert (states["a"], states["b"]) == ("retired", "active")
    back = admin.get(one)
    assert admin.post(f"{one}/activate", headers=tagged(back)).status_code == 200, "an older one may return"


def test_rules_with_errors_are_kept_but_not_put_into_force(admin: TestClient) -> None:
    made = admin.post(SETS, json=written("broken", rule("x", "nobody"), rule("y", categories=["gov-z"])))
    assert made.status_code == 201
    found = admin.get(f"{made.headers['Location']}/lint").json()["findings"]
    errors = {(one["kind"], one["rule"]) for one in found if one["severity"] == "error"}
    assert errors == {("unknown_department", "x"), ("unknown_category", "y")}
    refused = admin.post(f"{made.headers['Location']}/activate", headers=tagged(made))
    assert (refused.status_code, refused.json()["code"]) == (409, "rules_have_errors")
    assert len(refused.json()["findings"]) == 2


def test_what_is_not_written_right_is_refused_with_every_problem(admin: TestClient) -> None:
    answer = admin.post(SETS, json=written("bad", rule("x", time="noon"), {"code": "y"}))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_file")
    assert {(one["row"], one["field"]) for one in answer.json()["errors"]} == {(1, "time"), (2, "to")}
    assert admin.post(SETS, json=written("a", rule("x"), citty="x")).status_code == 422
    twice = admin.post(SETS, json=written("a", rule("x")))
    assert (twice.status_code, twice.json()["code"]) == (409, "version_taken")
    assert admin.post(SETS, json=[]).status_code == 422
    assert admin.post(SETS, content=b"x", headers={"Content-Type": "text/plain"}).status_code == 415


def test_rules_as_a_file(admin: TestClient) -> None:
    toml = f'city = "{DISTRICT}"\nversion = "file"\nname_zh = "文件"\n[[rule]]\ncode = "x"\nto = "owner"\n'
    made = admin.post(SETS, content=toml.encode(), headers={"Content-Type": "application/toml"})
    assert (made.status_code, made.json()["said"][0]["rule"]["to"]) == (201, "owner")


@pytest.mark.parametrize(
    ("city", "code"), [("", "rules_outside_scope"), ("99", "unknown_city"), ("2301", "rules_outside_scope")]
)
def test_rules_of_elsewhere_are_not_ones_own(admin: TestClient, city: str, code: str) -> None:
    answer = admin.post(SETS, json=written("z", rule("x"), city=city))
    assert answer.json()["code"] == code


def test_who_may_not_change_rules_does_not(lead: TestClient) -> None:
    assert lead.get(SETS).status_code == 403
    assert lead.post(SETS, json=written("l", rule("x"))).status_code == 403


def test_trying_rules_on_history(admin: TestClient, district: Engine) -> None:
    """The rules in force against themselves change nothing; others tell what goes elsewhere, by from and to."""
    in_force(district, rule("rest"), city=DISTRICT)
    event_in(district, "filed")
    event_in(district, "dispatched")
    active = next(one for one in admin.get(SETS).json()["items"] if one["state"] == "active")
    same = admin.post(f"{SETS}/{active['id']}/simulate", json={"days": 30}).json()
    assert (same["changed"], same["diff"]) == (0, [])
    assert same["events"] >= 2
    assert same["by_target"] == [
        {"kind": "department", "code": "crew", "name": "crew", "events": same["events"]}
    ]
    made = admin.post(SETS, json=written("other", {"code": "people", "to": "community"}))
    other = admin.post(f"{made.headers['Location']}/simulate", json={}).json()
    assert other["changed"] == other["events"] == same["events"]
    assert {(one["from"]["code"], one["to"]["kind"]) for one in other["diff"]} == {("crew", "community")}
    assert all(one["examples"] == [] for one in other["diff"]), "who may not see events sees no examples"
    was = admin.post(f"{made.headers['Location']}/simulate", json={"against": "actual"}).json()
    assert was["changed"] == 1, "of those that went somewhere"
    assert admin.post(f"{made.headers['Location']}/simulate", json={"days": 0}).status_code == 422


def table(rows: list[dict[str, str]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


DUTY = {
    "编号": "Q1",
    "事项": "电动车充电",
    "类别": "gov-s:request:S0202",
    "牵头部门": "crew",
    "配合部门": "crew",
    "依据": "示例",
}


def test_a_duty_list_is_imported_by_version(admin: TestClient, district: Engine) -> None:
    asked = f"/api/v1/duty-items/import?city={DISTRICT}&version=2026&begins=2026-01-01"
    tried = admin.post(f"{asked}&dry_run=true", content=table([DUTY]), headers=CSV)
    assert (tried.status_code, tried.json()["kept"]) == (200, False)
    assert admin.get(f"/api/v1/duty-items?city={DISTRICT}").json()["items"] == []
    done = admin.post(asked, content=table([DUTY]), headers=CSV)
    assert (done.status_code, done.json()["count"]) == (200, 1)
    later = asked.replace("2026&", "2027&").replace("2026-01-01", "2026-02-01")
    assert admin.post(later, content=table([DUTY | {"编号": "Q2"}]), headers=CSV).status_code == 200
    [item] = admin.get(f"/api/v1/duty-items?city={DISTRICT}").json()["items"]
    assert (item["code"], item["version"], item["lead"]) == ("Q2", "2027", "crew")
    every = admin.get(f"/api/v1/duty-items?city={DISTRICT}&versions=true").json()["items"]
    assert [(one["code"], one["valid_to"]) for one in every] == [("Q2", None), ("Q1", "2026-02-01")]
    assert audited(district, "duties.import") == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"类别": "gov-s:request:S99"}, "categories"),
        ({"牵头部门": "ghost"}, "lead"),
        ({"编号": "a b"}, "code"),
        ({"事项": ""}, "name"),
    ],
)
def test_a_bad_row_of_a_list_is_named(admin: TestClient, change: dict[str, str], field: str) -> None:
    asked = f"/api/v1/duty-items/import?city={DISTRICT}&version=bad&begins=2026-01-01"
    answer = admin.post(asked, content=table([DUTY | {"编号": "ok"}, DUTY | change]), headers=CSV)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_file")
    assert [(one["row"], one["field"]) for one in answer.json()["errors"]] == [(2, field)]


def test_sending_down_beyond_the_list_needs_an_approval(
    admin: TestClient, lead: TestClient, app: FastAPI, district: Engine
) -> None:
    people = crew(district)
    asked = f"/api/v1/admission-items/import?city={DISTRICT}&version=1&begins=2026-01-01"
    row = {"编号": "Z1", "事项": "党群服务", "类别": "gov-p:request:P12"}
    assert admin.post(asked, content=table([row]), headers=CSV).status_code == 200
    event = event_in(district, "reported")
    with district.begin() as connection:
        level = "UPDATE event SET level_area_id = (SELECT id FROM area WHERE code = '230199') WHERE id = :id"
        connection.execute(text(level), {"id": event})
    community = "230199001001"
    path = f"/api/v1/events/{event}/admission"
    with client_as(app, "dispatcher", area=DISTRICT) as dispatcher:
        assert dispatcher.post(path, json={"area": community, "reason": "临时安排"}).status_code == 403
    assert lead.post(path, json={"area": community, "reason": "x"}).status_code == 422
    assert lead.post(path, json={"area": "99", "reason": "临时安排"}).status_code == 404
    assert lead.post(path, json={"area": community, "reason": "临时安排"}).status_code == 204
    assert (
        lead.post(path, json={"area": community, "reason": "临时安排"}).json()["code"] == "approved_already"
    )
    send(people.leader, event, "send_down", area=community, reason="请社区办理")
    told = lead.get(f"/api/v1/events/{event}/dispatch").json()
    assert [(one["area"], one["reason"]) for one in told["approvals"]] == [(community, "临时安排")]
    assert lead.post(f"/api/v1/events/{uuid.uuid4()}/admission", json={}).status_code == 422
    assert audited(district, "admission.approve") == 1


def test_why_an_event_went_where(admin: TestClient, lead: TestClient, district: Engine) -> None:
    urgent, owner = rule("urgent", "D{district}77", urgency=["emergency"]), {"code": "owner", "to": "owner"}
    decisive = rule("hazards", categories=[HAZARDS], basis="示例")
    in_force(district, decisive, rule("rest", "crew"), urgent, owner, city=DISTRICT)
    listed = f"/api/v1/duty-items/import?city={DISTRICT}&version=why&begins=2026-03-01"
    assert admin.post(listed, content=table([DUTY]), headers=CSV).status_code == 200
    event = event_in(district, "accepted")
    people = crew(district)
    send(people.desk, event, "file", answers={"blocked": True})
    told = lead.get(f"/api/v1/events/{event}/dispatch").json()
    assert told["proposed"] == {"kind": "department", "code": "crew", "name": "crew"}
    [decision] = told["decisions"]
    assert (decision["rule"], decision["basis"], decision["outcome"]) == ("hazards", "示例", "proposed")
    assert (decision["rule_zh"], decision["rule_set"]["city"]) == ("安全隐患：建议派往crew", DISTRICT)
    assert decision["at"].endswith("+00:00"), "as every other instant"
    assert decision["inputs"]["answers"] == {"blocked": "true"}
    assert [(one["rule"], one["why"], one["rule_zh"]) for one in decision["lost"]] == [
        ("rest", "specific", "其余一切：建议派往crew"),
        ("urgent", "condition:urgency", f"突发：建议派往D{DISTRICT}77"),
        ("owner", "owner_unknown", "权属单位已知的：建议派往部件的权属（养护）单位"),
    ]
    assert [one["target"]["name"] for one in decision["lost"]] == ["crew", f"D{DISTRICT}77", ""]
    assert told["duty"]["lead"] == {"code": "crew", "name": "crew"}
    short = lead.get(f"/api/v1/events/{event}").json()["dispatch"]
    assert (short["outcome"], short["rule"], short["target"]["name"]) == ("proposed", "hazards", "crew")
    assert admin.get(f"/api/v1/events/{event}/dispatch").status_code == 403
    assert lead.get("/api/v1/events/01900000-0000-7000-8000-000000000000/dispatch").status_code == 404


def test_alarms_are_shown_until_somebody_has_seen_to_them(
    admin: TestClient, lead: TestClient, district: Engine
) -> None:
    in_force(district, rule("lost", "ghost"), city=DISTRICT)
    for _ in range(2):
        send(crew(district).desk, event_in(district, "accepted"), "file")
    [alarm] = [
        one
        for one in admin.get("/api/v1/dispatch-alarms?seen=false").json()["items"]
        if one["rule"] == "lost"
    ]
    assert (alarm["kind"], alarm["detail"], alarm["times"]) == ("unknown_department", "ghost", 2)
    path = f"/api/v1/dispatch-alarms/{alarm['id']}/acknowledge"
    assert lead.post(path, json={"note": "x"}).status_code == 403
    seen = admin.post(path, json={"note": "已更正部门编码"})
    assert (seen.status_code, seen.json()["note"]) == (200, "已更正部门编码")
    assert seen.json()["acknowledged_at"]
    assert admin.post(path, json={}).json()["code"] == "seen_already"
    assert admin.post("/api/v1/dispatch-alarms/999999/acknowledge", json={}).status_code == 404
    send(crew(district).desk, event_in(district, "accepted"), "file")
    fresh = [one for one in admin.get("/api/v1/dispatch-alarms").json()["items"] if one["rule"] == "lost"]
    assert sorted(one["times"] for one in fresh) == [1, 2], "the same fault again is a new alarm"
    first = admin.get("/api/v1/dispatch-alarms?limit=1").json()
    second = admin.get("/api/v1/dispatch-alarms", params={"limit": 1, "cursor": first["next"]}).json()
    assert first["items"][0]["id"] > second["items"][0]["id"]


def test_a_form_changes_one_item_of_a_list(admin: TestClient) -> None:
    def put(version: str, *rows: dict[str, Any], **asked: str) -> Any:
        values = {"city": DISTRICT, "version": version, "begins": "2026-03-01", "merge": "true"} | asked
        return admin.post("/api/v1/admission-items/import", params=values, json={"rows": list(rows)})

    one, two = (
        {"code": code, "name": code, "categories": ["gov-s:request:S0202"]} for code in ("FORM1", "FORM2")
    )
    assert put("f1", one).status_code == 200
    assert put("f2", two).status_code == 200
    now = admin.get(f"/api/v1/admission-items?city={DISTRICT}").json()["items"]
    assert {("FORM1", "f2"), ("FORM2", "f2")} <= {(item["code"], item["version"]) for item in now}
    assert put("f3", without="FORM1").status_code == 200
    left = {item["code"] for item in admin.get(f"/api/v1/admission-items?city={DISTRICT}").json()["items"]}
    assert "FORM2" in left
    assert "FORM1" not in left
    assert put("f4", merge="false").json()["errors"][0]["code"] == "no_rows"


def test_what_no_department_gets_is_not_dispatched_by_itself(admin: TestClient) -> None:
    rule = {"code": "x", "to": "community", "auto": True}
    given = {"city": DISTRICT, "version": "auto", "name_zh": "x", "rules": [rule]}
    told = admin.post("/api/v1/rule-sets", json=given).json()
    assert told["errors"][0]["code"] == "auto_target"
