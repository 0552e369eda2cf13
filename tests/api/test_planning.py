"""Scenarios and live edits over HTTP, on a place that can be checked by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.app import create_app
from gis.db.cluster import Cluster
from gis.settings import Settings
from tests.clients import let_in
from tests.coverage.place import load_place
from tests.coverage.test_editing import lonlat
from tests.database import api_engine, cloned_engine

pytestmark = pytest.mark.db
ASKED = {"types": "party_mass_center", "metres": 500}
SCENARIOS, EDITS = "/api/v1/scenarios", "/api/v1/edits"
LON, LAT = lonlat(700, 5)
NEW = {
    "kind": "add_station",
    "code": "a1",
    "type": "party_mass_center",
    "name": "新站",
    "lon": LON,
    "lat": LAT,
}
CLOSE = {"kind": "close_station", "code": "st0"}
ABSENT = "01a20155-4ece-7a30-a387-6424b647bfcb"


@contextmanager
def loaded(cluster: Cluster) -> Iterator[Engine]:
    with cloned_engine(cluster) as engine:
        load_place(engine)
        yield engine


@contextmanager
def opened(place: Engine, state_dir: Path) -> Iterator[TestClient]:
    with (
        api_engine(place.url.render_as_string(hide_password=False)) as edge,
        TestClient(
            create_app(Settings(state_dir=state_dir), engine=edge), raise_server_exceptions=False
        ) as made,
    ):
        yield made


@pytest.fixture
def place(cluster: Cluster) -> Iterator[Engine]:
    with loaded(cluster) as engine:
        yield engine


@pytest.fixture
def client(place: Engine, tmp_path: Path) -> Iterator[TestClient]:
    with opened(place, tmp_path) as made:
        yield let_in(place, made)


@pytest.fixture(scope="module")
def kept(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client on a place of its own for what changes nothing."""
    with loaded(cluster) as engine, opened(engine, tmp_path_factory.mktemp("state")) as made:
        yield let_in(engine, made)


def saved(client: TestClient, *edits: dict[str, Any], **more: Any) -> dict[str, Any]:
    got = client.post(SCENARIOS, json={"name": "新站方案", "edits": list(edits), **more})
    assert got.status_code == 201, got.text
    assert got.headers["Location"] == f"{SCENARIOS}/{got.json()['id']}"
    return got.json()


def covered(client: TestClient, **more: Any) -> int:
    return int(client.get("/api/v1/coverage", params=ASKED | more).json()["totals"]["residents"]["covered"])


def test_a_scenario_is_saved_read_changed_and_deleted(client: TestClient) -> None:
    made = saved(client, NEW, note="试一试", question={"types": "party_mass_center", "metres": 500})
    assert made["question"] == {"types": ["party_mass_center"], "metres": 500}
    assert (made["mine"], made["version"], made["url"]) == (True, 1, f"/planner?scenario={made['id']}")
    assert made["edits"][0]["hours"] is None
    one = f"{SCENARIOS}/{made['id']}"
    read = client.get(one)
    assert read.json() == made
    assert client.get(one, headers={"If-None-Match": read.headers["ETag"]}).status_code == 304
    assert client.patch(one, json={"name": "x"}).status_code == 428
    changed = client.patch(
        one, json={"name": "二号", "edits": [CLOSE]}, headers={"If-Match": read.headers["ETag"]}
    )
    assert (changed.json()["name"], changed.json()["note"], changed.headers["ETag"]) == (
        "二号",
        "试一试",
        '"2"',
    )
    assert client.patch(one, json={}, headers={"If-Match": '"1"'}).status_code == 412
    assert client.delete(one, headers={"If-Match": '"1"'}).status_code == 412
    assert [item["name"] for item in client.get(SCENARIOS).json()["items"]] == ["二号"]
    assert client.delete(one, headers={"If-Match": '"2"'}).status_code == 204
    assert client.get(one).json()["code"] == "scenario_not_found"
    assert client.get(SCENARIOS).json() == {"items": [], "next": None}


def test_lists_page(client: TestClient) -> None:
    ids = [saved(client)["id"] for _ in range(3)]
    first = client.get(SCENARIOS, params={"limit": 2}).json()
    rest = client.get(SCENARIOS, params={"limit": 2, "cursor": first["next"]}).json()
    assert [one["id"] for one in [*first["items"], *rest["items"]]] == ids[::-1]
    assert rest["next"] is None


def test_questions_are_asked_in_a_scenario(client: TestClient) -> None:
    made = saved(client, NEW, CLOSE)
    assert (covered(client), covered(client, scenario=made["id"]), covered(client)) == (60, 90, 60)
    home = client.get("/api/v1/coverage/buildings/b3", params=ASKED | {"scenario": made["id"]}).json()
    assert (home["covered"], home["nearest"]["station"]) == (True, "a1")
    drawn = client.get("/api/v1/circles.geojson", params=ASKED | {"scenario": made["id"]})
    assert [one["properties"]["code"] for one in drawn.json()["features"]] == ["a1"]
    stored = client.get("/api/v1/circles.geojson", params=ASKED).json()["features"]
    assert [one["properties"]["code"] for one in stored] == ["st0"]
    listed = client.get("/api/v1/coverage/uncovered", params=ASKED | {"scenario": made["id"]}).json()
    assert "b3" not in {one["code"] for one in listed["items"]}
    for wrong, code in ((ABSENT, "scenario_not_found"), ("x", "not_uuid7")):
        assert client.get("/api/v1/coverage", params=ASKED | {"scenario": wrong}).json()["code"] == code


def test_a_comparison_stands_side_by_side(client: TestClient) -> None:
    made = saved(client, NEW, CLOSE)
    got = client.get(f"{SCENARIOS}/{made['id']}/comparison", params=ASKED).json()
    assert (got["before"]["residents"]["covered"], got["after"]["residents"]["covered"]) == (60, 90)
    assert got["gained"] == {"buildings": 1, "residents": 40}
    assert got["lost"] == {"buildings": 1, "residents": 10}
    assert got["relinked"] == 0
    assert [one["after"]["residents"]["covered"] for one in got["communities"]] == [90]
    told = {one["id"]: one["properties"] for one in got["buildings"]["features"]}
    assert {code: one["status"] for code, one in told.items()} == {
        "b3": "gained", "b0": "lost", "b2": "closer", "b1": "farther",
    }  # fmt: skip
    assert (told["b3"]["residents"], told["b0"]["before"]) == (40, 100)
    assert (got["unit"], got["buildings"]["left_off"]) == ("m", 0)


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"name": "x", "colour": 1}, "unknown_key", "colour"),
        ({"edits": []}, "missing", "name"),
        ({"name": "x", "edits": [{"kind": "explode"}]}, "unknown_edit", "edits.0"),
        ({"name": "x", "edits": [{**NEW, "size": 1}]}, "unknown_edit", "edits.0"),
        ({"name": "x", "edits": [{**NEW, "lon": "126"}]}, "bad_edit_value", "edits.0.lon"),
        ({"name": "x", "edits": [{"kind": "close_station", "code": ["st0"]}]}, "bad_edit_value", "edits.0.code"),
        ({"name": "x", "edits": [{"kind": "add_street", "code": "n", "line": [[1, 2, 3], [2, 3]]}]},
         "street_line", "edits.0.line"),
        ({"name": "x", "edits": [{"kind": "add_street", "code": "n", "line": [1, 2]}]}, "street_line", "edits.0.line"),
        ({"name": "x", "edits": [{"kind": "set_gate", "code": "g", "access": ["public"]}]}, "gate_access", "edits.0.access"),
        ({"name": "x", "question": {"minutes": "15"}}, "bad_value", "question.minutes"),
        ({"name": "x", "question": {"minutes": 15}}, "station_types", "types"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_body_is_named(kept: TestClient, body: dict, code: str, field: str) -> None:
    got = kept.post(SCENARIOS, json=body)
    assert got.status_code == 422, got.text
    assert (got.json()["code"], got.json()["field"]) == (code, field)


def test_an_edit_is_made_for_real_and_on_record(client: TestClient, place: Engine) -> None:
    tile = client.get("/tiles/coverage/14/13954/5844.mvt", params=ASKED)
    assert tile.status_code == 200
    got = client.post(EDITS, json={"edit": NEW})
    assert got.status_code == 201, got.text
    assert set(got.json()) == {"id", "changed_buildings", "relinked", "layers", "network_version", "took_ms"}
    assert (got.json()["layers"], got.json()["changed_buildings"]) == (1, 5)
    assert covered(client) == 100
    assert client.get("/tiles/coverage/14/13954/5844.mvt", params=ASKED).content != tile.content
    listed = client.get(EDITS).json()["items"]
    assert [(one["edit"]["code"], one["scenario"], one["changed"]["buildings"]) for one in listed] == [
        ("a1", None, 5)
    ]
    with place.connect() as connection:
        row = connection.execute(
            text("SELECT object_type, object_id, result FROM audit WHERE action = 'register.edit'")
        ).one()
    assert tuple(row) == ("station", "a1", "ok")
    for edit, status, code in (
        (NEW, 409, "code_taken"),
        ({"kind": "close_station", "code": "x"}, 404, "station_not_found"),
        ({"kind": "set_station_hours", "code": "a1", "hours": "always"}, 422, "opening_hours"),
        ({"kind": "explode"}, 422, "unknown_edit"),
    ):
        refused = client.post(EDITS, json={"edit": edit})
        assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_a_scenario_is_adopted_once(client: TestClient) -> None:
    made = saved(client, NEW, CLOSE)
    one = f"{SCENARIOS}/{made['id']}"
    assert client.post(f"{one}/adopt", headers={"If-Match": '"7"'}).status_code == 412
    got = client.post(f"{one}/adopt")
    assert got.status_code == 200, got.text
    assert len(got.json()["ids"]) == 2
    assert covered(client) == 90
    assert client.get(one).json()["adopted_at"] is not None
    again = client.post(f"{one}/adopt")
    assert (again.status_code, again.json()["code"], again.json()["reason"]) == (
        409,
        "edit_not_applicable",
        "code_taken",
    )
    assert client.get(f"{one}/comparison", params=ASKED).json()["edit"] == 0
    assert {row["scenario"] for row in client.get(EDITS).json()["items"]} == {made["id"]}


def test_who_may_not_plan_is_refused(client: TestClient, place: Engine) -> None:
    let_in(place, client, "leader")
    for method, path in (("GET", SCENARIOS), ("POST", SCENARIOS), ("GET", EDITS), ("POST", EDITS)):
        got = client.request(method, path, json={"name": "x", "edit": NEW} if method == "POST" else None)
        assert (got.status_code, got.json()["code"]) == (403, "permission_denied")


def test_streets_in_view_and_streets_by_code_are_listed(kept: TestClient) -> None:
    client = kept
    (west, south), (east, north) = lonlat(-10, -10), lonlat(260, 10)
    seen = client.get("/api/v1/streets", params={"bbox": f"{west},{south},{east},{north}"})
    assert seen.headers["content-type"] == "application/geo+json"
    assert [one["id"] for one in seen.json()["features"]] == ["s0", "s1"]
    first = seen.json()["features"][0]
    assert (first["geometry"]["type"], first["properties"]["kind"]) == ("LineString", "residential")
    assert first["properties"]["length_m"] == pytest.approx(250, abs=0.5)
    named = client.get("/api/v1/streets", params={"code": "s3,s1,nowhere"}).json()
    assert [one["id"] for one in named["features"]] == ["s1", "s3"]
    for wrong in ({}, {"bbox": "1,1,2,2", "code": "s1"}):
        assert client.get("/api/v1/streets", params=wrong).status_code == 422
