"""The doors of deficits, housing, equity and accessibility on a place that can be checked by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, update
from starlette.testclient import TestClient

from api.app import create_app
from api.deficit_schemas import AccessibilityOut, DeficitsOut, EquityOut, HousingOut
from gis.db.cluster import Cluster
from gis.db.engine import unit_of_work
from gis.register.tables import Station
from gis.settings import Settings
from tests.clients import let_in
from tests.coverage.place import load_place
from tests.database import api_engine, cloned_engine

pytestmark = pytest.mark.db
ASKED = {"types": "party_mass_center", "metres": 500}
COMMUNITY = "230199001001"


@pytest.fixture(scope="module")
def place(cluster: Cluster) -> Iterator[Engine]:
    with cloned_engine(cluster) as engine:
        load_place(engine)
        with unit_of_work(engine) as session:
            session.execute(
                update(Station).where(Station.code == "st0").values(floor_area_m2=400.0, capacity=30)
            )
        yield engine


@pytest.fixture(scope="module")
def client(place: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(state_dir=Path(tmp_path_factory.mktemp("state")))
    with (
        api_engine(place.url.render_as_string(hide_password=False)) as edge,
        TestClient(create_app(settings, engine=edge), raise_server_exceptions=False) as made,
    ):
        yield let_in(place, made)


def test_deficits_say_number_reach_and_area(client: TestClient) -> None:
    got = client.get("/api/v1/coverage/deficits", params={"standards": "party_mass", "area": "230199"})
    body = got.json()
    DeficitsOut.model_validate(body)
    assert body["standards"]["id"] == "party_mass"
    assert not body["suppressed"]
    assert body["notes"] == []
    center = next(row for row in body["rows"] if row["type"] == "party_mass_center")
    assert center["community"] == COMMUNITY
    assert center["label_zh"] == "社区党群服务中心"
    assert center["residents"] == {"covered": 100, "total": 150, "rate": 100 / 150}
    assert (center["required"], center["present"], center["missing"]) == (1, 1, 1)
    assert (center["area_required_m2"], center["area_missing_m2"], center["confidence"]) == (
        650,
        250,
        "defined",
    )
    rooms = next(row for row in body["rows"] if row["type"] == "community_rooms")
    assert (rooms["required"], rooms["area_required_m2"], rooms["confidence"]) == (None, 14.4, "verified")
    assert body["ranked"] == [
        {
            "community": COMMUNITY, "name": "community", "missing": 1, "area_missing_m2": 250.0,
            "residents": 150, "households": 48,
        }
    ]  # fmt: skip
    again = client.get(
        "/api/v1/coverage/deficits",
        params={"standards": "party_mass", "area": "230199"},
        headers={"If-None-Match": got.headers["etag"]},
    )
    assert again.status_code == 304


def test_values_from_memory_are_not_verified(client: TestClient) -> None:
    body = client.get("/api/v1/coverage/deficits").json()
    assert (body["standards"]["id"], body["standards"]["verified"]) == ("gb50180", False)
    sure = {row["type"]: row["confidence"] for row in body["totals"]}
    assert (sure["middle_school"], sure["health_station"]) == ("verified", "recalled")


def test_housing_says_rooms_and_area(client: TestClient) -> None:
    body = client.get("/api/v1/coverage/housing", params={"households": 1200}).json()
    HousingOut.model_validate(body)
    needs = {need["type"]: need for need in body["needs"]}
    assert needs["community_rooms"]["area_min_m2"] == 360
    assert (needs["health_station"]["required"], needs["health_station"]["share"]) == (0, 0.3)
    assert needs["health_station"]["area_min_m2"] == 81
    large = client.get("/api/v1/coverage/housing", params={"households": 1200, "residents": 13000}).json()
    assert {need["type"]: need for need in large["needs"]}["health_station"]["required"] == 2


def test_equity_says_shares_and_distances(client: TestClient) -> None:
    body = client.get("/api/v1/coverage/equity", params=ASKED).json()
    EquityOut.model_validate(body)
    assert body["communities"][0]["share"] == {"covered": 60, "total": 150, "rate": 0.4}
    assert body["minimum"]["code"] == COMMUNITY
    assert (body["gini"], body["palma"]) == (0, 0.25)
    assert body["worst_tenth"] == {"covered": 6.0, "total": 15.0, "rate": pytest.approx(0.4)}
    assert body["distance"]["worst_tenth_m"] == 3000
    assert body["distance"]["capped"] == {"covered": 50, "total": 150, "rate": 50 / 150}
    assert 0.4 < body["distance"]["gini"] < 0.5


def test_accessibility_says_places_per_resident(client: TestClient) -> None:
    body = client.get("/api/v1/coverage/accessibility", params=ASKED).json()
    AccessibilityOut.model_validate(body)
    assert (body["method"], body["capacity_known"], body["capacity_total"]) == ("2SFCA", 1, 1)
    assert body["stations"][0]["ratio"] == 0.5
    assert body["communities"][0]["score"] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("path", "params", "status", "code"),
    [
        ("deficits", {"standards": "x"}, 422, "unknown_standard"),
        ("deficits", {"standards": "GB'"}, 422, "unknown_standard"),
        ("deficits", {"area": "230199001001001"}, 422, "area_level"),
        ("deficits", {"area": "999"}, 404, "area_not_found"),
        ("deficits", {"minutes": 5}, 422, "unknown_parameter"),
        ("housing", {}, 422, "missing_parameter"),
        ("housing", {"households": 0}, 422, "out_of_range"),
        ("housing", {"households": "1_0"}, 422, "bad_parameter"),
        ("housing", {"households": 10, "residents": 10**9}, 422, "out_of_range"),
        ("housing", {"households": 10, "standards": "x@2"}, 422, "unknown_standard"),
        ("equity", {}, 422, "missing_parameter"),
        ("equity", ASKED | {"types": "x"}, 422, "unknown_station_type"),
        ("accessibility", ASKED | {"area": "999"}, 404, "area_not_found"),
    ],
)
def test_wrong_questions_are_refused_by_name(
    client: TestClient, path: str, params: dict[str, object], status: int, code: str
) -> None:
    got = client.get(f"/api/v1/coverage/{path}", params=params)  # type: ignore[arg-type]
    assert (got.status_code, got.json()["code"]) == (status, code)
