"""Commands over HTTP: once, from a stated version, one by one or many, held in order, with what may be done next."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.command_schemas import ActionList, CommandOut, CommandResults, SentCommands
from api.handler_schemas import HandlerList
from tests.api.test_photos import JPEG, photo
from tests.api.test_reports import problem
from tests.clients import client_as
from tests.events.reports import LAT, LON, report, uuid7
from tests.events.workflow.helpers import department

pytestmark = pytest.mark.db
HERE = {"lon": LON, "lat": LAT, "coord_sys": "wgs84", "accuracy_m": 5}


@pytest.fixture(scope="module")
def handler(app: FastAPI, district: Engine) -> TestClient:
    """Somebody of the department that handles."""
    department(district, "crew")
    return client_as(app, "department_handler", department="crew")


@pytest.fixture(scope="module")
def desk(app: FastAPI) -> TestClient:
    return client_as(app, "acceptor", "dispatcher")


@pytest.fixture(scope="module")
def resident(app: FastAPI) -> TestClient:
    return client_as(app)


def opened(client: TestClient, **changes: Any) -> str:
    response = client.post("/api/v1/reports", json=report(**changes))
    assert response.status_code == 201, response.text
    return str(response.json()["event"])


def body(name: str, version: int | None = None, **members: Any) -> dict[str, Any]:
    plain = {"id": uuid7(), "command": name} | members
    return plain if version is None else plain | {"base_version": version}


def send(client: TestClient, event: str, name: str, version: int | None = None, **members: Any) -> Any:
    return client.post(f"/api/v1/events/{event}/commands", json=body(name, version, **members))


def taken(response: Any) -> CommandOut:
    assert response.status_code == 200, response.text
    return CommandOut.model_validate_json(response.content)


def test_a_command_moves_the_event_and_says_what_may_follow(desk: TestClient, resident: TestClient) -> None:
    event = opened(resident)
    response = send(desk, event, "accept", 1)
    answer = taken(response)
    assert (answer.version, answer.status, answer.seq) == (2, "accepted", 2)
    assert {"file", "reject", "cancel", "note", "send_verification"} <= set(answer.allowed)
    assert "sign" not in answer.allowed
    assert response.headers["etag"] == '"2"'
    assert desk.get(f"/api/v1/events/{event}").json()["status"] == "accepted"


def test_the_same_command_again_is_the_same_answer(desk: TestClient, resident: TestClient) -> None:
    event, raw = opened(resident), body("accept", 1)
    url = f"/api/v1/events/{event}/commands"
    first, again = desk.post(url, json=raw), desk.post(url, json=dict(reversed(raw.items())))
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
    assert again.headers["idempotent-replay"] == "true"
    problem(desk.post(url, json=raw | {"text": "别的"}), 409, "idempotency_conflict")


def test_somebody_elses_id_is_a_conflict_without_content(
    app: FastAPI, desk: TestClient, resident: TestClient
) -> None:
    event, raw = opened(resident), body("accept", 1)
    url = f"/api/v1/events/{event}/commands"
    taken(desk.post(url, json=raw))
    other = client_as(app, "acceptor")
    told = problem(other.post(url, json=raw), 409, "idempotency_conflict")
    assert "accepted" not in str(told)


def test_the_version_is_required_and_must_be_the_present_one(desk: TestClient, resident: TestClient) -> None:
    event = opened(resident)
    problem(send(desk, event, "accept"), 428, "version_required")
    assert problem(send(desk, event, "accept", 7), 412, "stale_version")["version"] == 1
    url = f"/api/v1/events/{event}/commands"
    problem(desk.post(url, json=body("accept"), headers={"If-Match": '"9"'}), 412, "stale_version")
    problem(desk.post(url, json=body("accept", 1), headers={"If-Match": '"2"'}), 422, "two_versions")
    for tag in ("x", '"x"', "*", "1"):
        told = problem(desk.post(url, json=body("accept"), headers={"If-Match": tag}), 412, "not_a_version")
        assert told["field"] == "If-Match"
    assert taken(desk.post(url, json=body("accept"), headers={"If-Match": '"1"'})).version == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id": "1"}, "not_uuid7"),
        ({"extra": 1}, "unknown_key"),
        ({"event": "x"}, "unknown_key"),
        ({"text": ""}, "text_empty"),
        ({"text": "a\x00b"}, "bad_character"),
        ({"position": {"lon": 1}}, "not_number"),
        ({"photos": [{"slot": "x", "sha256": "0" * 64}]}, "bad_photos"),
        ({"data": []}, "not_object"),
        ({"data": {"a": 1}}, "unknown_key"),
        ({"data": {"answers": "\x1f"}}, "bad_character"),
        ({"data": {"answers": "长" * 5000}}, "data_too_large"),
        ({"base_version": True}, "not_number"),
        ({"base_version": 0}, "out_of_range"),
        ({"base_version": 10**30}, "out_of_range"),
        ({"occurred_at": "2026-01-01T00:00:00"}, "bad_time"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_what_is_not_well_formed_is_refused_by_name(
    desk: TestClient, resident: TestClient, change: dict[str, Any], code: str
) -> None:
    event = opened(resident)
    raw = body("accept", 1) | change
    problem(desk.post(f"/api/v1/events/{event}/commands", json=raw), 422, code)


def test_data_that_a_command_does_not_read_is_refused_by_name(desk: TestClient, resident: TestClient) -> None:
    event = opened(resident)
    for name, key in (("accept", "department"), ("accept", "into"), ("note", "score"), ("close", "until")):
        told = problem(send(desk, event, name, 1, text="x", data={key: "x"}), 422, "data_not_expected")
        assert told["field"] == f"data.{key}"
        assert key not in told["takes"]
    assert desk.get(f"/api/v1/events/{event}").json()["version"] == 1
    problem(send(desk, event, "nothing", 1, data={"into": "x"}), 409, "no_such_step")
    taken(send(desk, event, "accept", 1, data={"department": None}))


def test_what_may_not_be_done_is_refused_and_kept_for_its_sender(
    desk: TestClient, handler: TestClient, resident: TestClient
) -> None:
    event = opened(resident)
    problem(send(resident, event, "accept", 1), 403, "forbidden")
    problem(send(handler, event, "accept", 1), 404, "no_such_event")
    problem(send(desk, event, "close", 1), 409, "no_such_step")
    raw = body("reject", 1)
    told = problem(desk.post(f"/api/v1/events/{event}/commands", json=raw), 422, "reason_required")
    assert told["field"] == "reason"
    mine = SentCommands.model_validate_json(desk.get("/api/v1/commands?mine=true&state=refused").content)
    kept = next(one for one in mine.items if one.id == raw["id"])
    assert kept.refusal is not None
    assert (kept.command, kept.event, kept.refusal.code) == ("reject", event, "reason_required")
    others = resident.get("/api/v1/commands?mine=true").json()["items"]
    assert raw["id"] not in [one["id"] for one in others]


def test_what_ends_a_matter_says_to_those_who_reported_it(desk: TestClient, resident: TestClient) -> None:
    one, two = (resident.post("/api/v1/reports", json=report()).json() for _ in range(2))
    too = desk.post(f"/api/v1/events/{two['event']}/me-too", json={}).json()
    said = {"reply": " 此处属物业负责，\n已转告物业。 "}
    problem(send(desk, two["event"], "accept", 1, data=said), 422, "reply_not_expected")
    problem(
        send(desk, two["event"], "reject", 1, reason="不归我们", data={"reply": "x" * 501}),
        422,
        "text_too_long",
    )
    taken(send(desk, one["event"], "accept", 1))
    taken(send(desk, one["event"], "merge", 2, data={"into": two["event"]}))
    taken(send(desk, two["event"], "reject", 1, reason="不归我们", data=said))
    told = [resident.get(f"/api/v1/track/{who['tracking_code']}").json() for who in (one, two, too)]
    assert [who["reply"] for who in told] == ["此处属物业负责，\n已转告物业。"] * 2 + [None]
    assert "不归我们" not in str(told)
    log = desk.get(f"/api/v1/events/{two['event']}").json()["log"]
    assert log[-1]["data"] == {"reply": told[0]["reply"]}


def test_actions_are_what_may_be_done_now(
    desk: TestClient, handler: TestClient, resident: TestClient
) -> None:
    event = opened(resident)
    seen = ActionList.model_validate_json(desk.get(f"/api/v1/events/{event}/actions").content)
    assert seen.version == 1
    assert all(one.permitted and one.label_zh and one.label_en for one in seen.items)
    assert {one.command for one in seen.items} >= {"accept", "reject", "note"}
    reject = next(one for one in seen.items if one.command == "reject")
    assert (reject.to, reject.requires) == ("rejected", ["reason"])
    every = ActionList.model_validate_json(desk.get(f"/api/v1/events/{event}/actions?all=true").content)
    barred = next(one for one in every.items if one.command == "urge")
    assert (barred.permitted, barred.code) == (False, "forbidden")
    problem(handler.get(f"/api/v1/events/{event}/actions"), 404, "no_such_event")
    assert resident.get(f"/api/v1/events/{event}/actions").json()["items"] == []


def test_whom_an_event_may_be_assigned_to_is_told_to_who_assigns(
    app: FastAPI, desk: TestClient, handler: TestClient, resident: TestClient, district: Engine
) -> None:
    event = opened(resident)
    url = f"/api/v1/events/{event}/handlers"
    problem(desk.get(url), 409, "no_such_step")
    problem(handler.get(url), 404, "no_such_event")
    for who, name, version, members in (
        (desk, "accept", 1, {}), (desk, "file", 2, {}), (desk, "dispatch", 3, {"data": {"department": "crew"}}),
        (handler, "sign", 4, {}),
    ):  # fmt: skip
        taken(send(who, event, name, version, **members))
    problem(desk.get(url), 403, "forbidden")
    with client_as(app, "department_inbox", department="crew") as inbox, client_as(app, "grid_worker"):
        told = HandlerList.model_validate_json(inbox.get(url).content)
        assert not told.more
        with district.connect() as connection:
            due = connection.scalars(
                text(
                    "SELECT a.username FROM account AS a JOIN role_grant AS g ON g.account_id = a.id"
                    " JOIN department AS d ON d.id = g.department_id WHERE d.code = 'crew'"
                )
            ).all()
        assert {one.handler for one in told.items} == set(due)
        assert {one.place for one in told.items} == {"crew"}
        chosen = {"data": {"handler": told.items[0].handler}}
        assert taken(send(inbox, event, "assign", 5, **chosen)).status == "handling"


def test_an_event_goes_from_the_street_to_its_closing(
    app: FastAPI, desk: TestClient, handler: TestClient, resident: TestClient
) -> None:
    event = opened(resident)
    inspector, data = client_as(app, "supervisor"), photo()
    photos = [{"slot": slot, "sha256": hashlib.sha256(data).hexdigest()} for slot in ("before", "after")]
    path: list[tuple[TestClient, str, dict[str, Any]]] = [
        (desk, "accept", {}),
        (desk, "file", {}),  # the only condition of its category is chosen by itself
        (desk, "dispatch", {"data": {"department": "crew"}}),
        (handler, "sign", {}),
        (handler, "feedback", {"text": "已拆除飞线", "photos": photos}),
        (desk, "send_inspection", {}),
        (inspector, "pass_inspection", {"text": "现场已整改"}),
        (desk, "close", {"data": {"closure": True}}),
        (resident, "rate", {"data": {"score": 5}}),
    ]
    version = 1
    for who, name, members in path:
        raw = body(name, version, **members)
        version = taken(who.post(f"/api/v1/events/{event}/commands", json=raw)).version
        if "photos" in members:
            path_ = f"/api/v1/commands/{raw['id']}/photos/{photos[0]['sha256']}"
            assert who.put(path_, content=data, headers=JPEG).status_code == 201
    assert version == len(path) + 1
    assert desk.get(f"/api/v1/events/{event}").json()["status"] == "closed"
    problem(send(resident, event, "rate", version, data={"score": 1}), 409, "rated_already")
    again = taken(send(resident, event, "object", version, reason="又拉线了"))
    assert again.status == "accepted"


def test_many_commands_are_taken_each_by_itself(desk: TestClient, resident: TestClient) -> None:
    events = [opened(resident) for _ in range(3)]
    items = [body("accept", 1, event=event) for event in events]
    items[1] = body("close", 1, event=events[1])
    items.append({"id": "x"})
    items.append(items[0])
    response = desk.post("/api/v1/commands", json={"items": items})
    assert response.status_code == 200, response.text
    found = CommandResults.model_validate_json(response.content).items
    assert [one.status for one in found] == [200, 409, 200, 422, 200]
    assert [one.id for one in found[:3]] == [one["id"] for one in items[:3]]
    assert found[1].problem is not None
    assert found[1].problem.code == "no_such_step"
    assert isinstance(found[4].answer, CommandOut)
    assert found[4].answer.replay
    many = {"items": [body("note", 1, event=events[0], text="x")] * 201}
    problem(desk.post("/api/v1/commands", json=many), 422, "too_many_commands")
    problem(desk.post("/api/v1/commands", json={"items": []}), 422, "too_many_commands")
    problem(desk.post("/api/v1/commands", json=[]), 422, "bad_items")


def test_a_command_waits_for_the_one_before_it(desk: TestClient, resident: TestClient) -> None:
    event = opened(resident)
    url = f"/api/v1/events/{event}/commands"
    first = body("accept", 1)
    second = body("file", after=first["id"])
    third = body("dispatch", after=second["id"], data={"department": "crew"})
    for raw in (third, second):
        response = desk.post(url, json=raw)
        assert response.status_code == 202, response.text
        assert response.json() == {
            "command": raw["id"], "event": event, "state": "held", "after": raw["after"],
        }  # fmt: skip
    assert desk.get(f"/api/v1/events/{event}").json()["status"] == "reported"
    assert desk.post(url, json=third).status_code == 202
    taken(desk.post(url, json=first))
    assert desk.get(f"/api/v1/events/{event}").json()["status"] == "dispatched"
    replay = desk.post(url, json=third)
    assert (taken(replay).status, replay.headers["idempotent-replay"]) == ("dispatched", "true")


def test_what_follows_a_refused_command_is_refused_and_told(desk: TestClient, resident: TestClient) -> None:
    event = opened(resident)
    url = f"/api/v1/events/{event}/commands"
    first = body("close", 1)
    second = body("note", after=first["id"], text="x")
    assert desk.post(url, json=second).status_code == 202
    problem(desk.post(url, json=first), 409, "no_such_step")
    mine = desk.get("/api/v1/commands?mine=true").json()["items"]
    assert next(one for one in mine if one["id"] == second["id"])["refusal"]["code"] == "predecessor_refused"
    problem(desk.post(url, json=second), 409, "predecessor_refused")


def test_photos_of_commands_are_announced_and_follow(
    app: FastAPI, district: Engine, resident: TestClient
) -> None:
    event, worker = opened(resident), client_as(app, "grid_worker", area="230199001001")
    data = photo(gps=True)
    name = hashlib.sha256(data).hexdigest()
    event = opened(resident, geometry={"type": "Point", "coordinates": [126.615, 45.76]})
    raw = body(
        "self_handle", 1, text="已清理", position=HERE | {"lon": 126.615},
        photos=[{"slot": "after", "sha256": name}],
    )  # fmt: skip
    taken(worker.post(f"/api/v1/events/{event}/commands", json=raw))
    url = f"/api/v1/commands/{raw['id']}/photos/{name}"
    problem(resident.put(url, content=data, headers=JPEG), 404, "attachment_not_announced")
    problem(worker.put(url[:-1] + "0", content=data, headers=JPEG), 404, "attachment_not_announced")
    mine = worker.get("/api/v1/commands?mine=true").json()["items"]
    assert mine[0]["photos_missing"] == [name]
    first, again = (worker.put(url, content=data, headers=JPEG) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200), first.text
    stored = first.json()["sha256"]
    assert again.json() == first.json()
    assert worker.get(f"/api/v1/attachments/{stored}").status_code == 200
    problem(
        client_as(app, "grid_worker", area="230199001002").get(f"/api/v1/attachments/{stored}"),
        404,
        "no_such_attachment",
    )
    with district.connect() as connection:
        kept = connection.execute(
            text("SELECT slot, attachment_sha256 FROM command_photo WHERE command_id = :id"),
            {"id": raw["id"]},
        ).one()
    assert tuple(kept) == ("after", stored)


def test_a_step_on_the_spot_asks_where_one_is(app: FastAPI, resident: TestClient) -> None:
    worker = client_as(app, "grid_worker", area="230199001001")
    event = opened(resident, geometry={"type": "Point", "coordinates": [126.615, 45.76]})
    members: dict[str, Any] = {"text": "已清理", "photos": [{"slot": "after", "sha256": "0" * 64}]}
    problem(send(worker, event, "self_handle", 1, **members), 422, "position_required")
    far = HERE | {"lon": 126.65}
    told = problem(send(worker, event, "self_handle", 1, **members, position=far), 422, "too_far")
    assert 2600 < told["distance_m"] < 2800
    near = HERE | {"lon": 126.6151}
    # Whoever draws the sample may have sent it on at once.
    done = taken(send(worker, event, "self_handle", 1, **members, position=near)).status
    assert done in {"self_handled", "inspecting", "closed"}


def test_nobody_who_is_not_logged_in_sends_commands(
    anonymous_client: TestClient, resident: TestClient
) -> None:
    event = opened(resident)
    problem(send(anonymous_client, event, "accept", 1), 401, "login_required")


def test_templates_are_read_whole(desk: TestClient, client: TestClient) -> None:
    items = desk.get("/api/v1/workflows").json()["items"]
    assert {one["code"] for one in items} >= {"urban", "grid", "hotline"}
    grid = desk.get("/api/v1/workflows/grid").json()
    assert all(edge["label_zh"] and edge["label_en"] for edge in grid["edges"])
    assert {state["status"] for state in grid["states"]} == {edge["to"] for edge in grid["edges"]}
    problem(desk.get("/api/v1/workflows/none"), 404, "no_such_workflow")
    own = {name: grid[name] for name in ("name_zh", "name_en", "states", "edges")}
    own |= {"code": "own", "area": "2301", "schemes": ["gov-p"]}
    problem(desk.post("/api/v1/workflows", json=own), 403, "permission_denied")
    dry = {"dry_run": "true"}
    assert client.post("/api/v1/workflows", params=dry, json=own).json() == {"faults": []}
    problem(client.get(f"/api/v1/workflows/{own['code']}"), 404, "no_such_workflow")
    made = client.post("/api/v1/workflows", json=own)
    assert made.status_code == 201, made.text
    assert (made.json()["version"], made.json()["edges"]) == (1, grid["edges"])
    assert client.post("/api/v1/workflows", json=own).json()["version"] == 2
    problem(client.post("/api/v1/workflows", json=own | {"code": "urban"}), 409, "workflow_code_taken")
    problem(client.post("/api/v1/workflows", json=own | {"area": "x"}), 422, "unknown_area")
    worse = [edge for edge in grid["edges"] if edge["command"] != "close"]
    told = problem(client.post("/api/v1/workflows", json=own | {"edges": worse[:3]}), 422, "bad_workflow")
    tried = client.post("/api/v1/workflows", params=dry, json=own | {"edges": worse[:3]}).json()
    assert tried["faults"] == told["faults"]
    assert {fault["code"] for fault in told["faults"]} >= {"dead_end", "unreachable", "timeout_impossible"}
