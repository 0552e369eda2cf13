"""Areas, locating, categories, stations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
import shapely
import shapely.geometry
from pydantic import TypeAdapter
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.area_schemas import AreaBelow, AreaCard, LocateOut
from api.schemas import CodeLists, FeaturePage
from api.standards_schemas import CategoryOut
from gis.base.datum import from_wgs84
from gis.events.model import Status
from tests.api.test_reports import problem
from tests.district import GRIDS
from tests.events.reports import report

pytestmark = pytest.mark.db


def test_the_card_of_a_grid_names_its_posts(client: TestClient) -> None:
    client.post("/api/v1/reports", json=report(geometry={"type": "Point", "coordinates": [126.605, 45.76]}))
    card = AreaCard.model_validate_json(client.get(f"/api/v1/areas/{GRIDS[0]}").content)
    assert card.posts.model_dump() == {
        "grid_lead": "网格长0001", "grid_worker": "网格员0001", "substitute": "网格员0002",
    }  # fmt: skip
    assert [p.code for p in card.parents] == ["23", "2301", "230199", "230199001", "230199001001"]
    assert (card.open_events, card.events, card.people.actual) == (1, 1, None)
    assert card.bbox == [126.60, 45.75, 126.61, 45.77]


def test_the_card_of_a_district_sums_its_grids(client: TestClient) -> None:
    card = AreaCard.model_validate_json(client.get("/api/v1/areas/230199").content)
    assert (card.grids, card.children, card.stations) == (4, 1, 1)
    assert (card.people.households, card.people.actual, card.people.buildings_counted) == (40, 90, 1)
    assert card.posts.grid_lead is None


@pytest.mark.parametrize("code", ["404", "230199009"])
def test_an_unknown_area_is_not_found(client: TestClient, code: str) -> None:
    problem(client.get(f"/api/v1/areas/{code}"), 404, "no_such_area")
    assert problem(client.get(f"/api/v1/areas?parent={code}"), 404, "no_such_area")["field"] == "parent"


def test_areas_are_walked_from_the_root(client: TestClient) -> None:
    below = TypeAdapter(list[AreaBelow])
    assert [a.code for a in below.validate_json(client.get("/api/v1/areas").content)] == ["23"]
    found = below.validate_json(client.get("/api/v1/areas?parent=230199001002").content)
    assert [a.code for a in found] == [GRIDS[2], GRIDS[3]]
    assert below.validate_json(client.get(f"/api/v1/areas?parent={GRIDS[0]}").content) == []


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", [*GRIDS]),
        ("?area=230199001002", [GRIDS[2], GRIDS[3]]),
        ("?level=community", ["230199001001", "230199001002"]),
    ],
)
def test_grids_are_plain_geojson(client: TestClient, query: str, codes: list[str]) -> None:
    response = client.get(f"/api/v1/grids.geojson{query}")
    assert response.headers["content-type"] == "application/geo+json"
    found = FeaturePage.model_validate_json(response.content)
    assert [f.id for f in found.features] == codes
    for feature in found.features:
        assert set(feature.properties) == {"code", "name", "kind", "parent"}
        shape = shapely.geometry.shape(feature.geometry)
        assert shape.is_valid
        assert all(part.exterior.is_ccw for part in shape.geoms)
    headers = {"if-none-match": response.headers["etag"]}
    assert client.get(f"/api/v1/grids.geojson{query}", headers=headers).status_code == 304


@pytest.mark.parametrize(
    ("lon", "accuracy_m", "grid", "method", "inside", "confirm"),
    [
        (126.615, "5", GRIDS[1], "inside", True, False),
        (126.6101, "20", GRIDS[1], "inside", True, True),
        (126.5998, "5", GRIDS[0], "nearest", True, True),
        (126.595, "5", None, "none", True, False),
        (126.5, "5", None, "none", False, False),
    ],
)
def test_locate_as_the_report_page_asks(
    client: TestClient,
    lon: float,
    accuracy_m: str,
    grid: str | None,
    method: str,
    inside: bool,
    confirm: bool,
) -> None:
    url = f"/api/v1/locate?lon={lon}&lat=45.76&coord_sys=wgs84&accuracy_m={accuracy_m}"
    found = LocateOut.model_validate_json(client.get(url).content)
    assert (found.grid.code if found.grid else None, found.method) == (grid, method)
    assert (found.in_service_area, found.confirm) == (inside, confirm)


def test_locate_converts_the_datum(client: TestClient) -> None:
    lon, lat = from_wgs84(126.615, 45.76, "bd09")
    found = client.get(f"/api/v1/locate?lon={lon}&lat={lat}&coord_sys=bd09").json()
    assert (found["lon"], found["lat"]) == pytest.approx((126.615, 45.76), abs=1e-9)


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("lat=45.7&coord_sys=wgs84", "missing_parameter", "lon"),
        ("lon=126.6&lat=45.7", "missing_parameter", "coord_sys"),
        ("lon=nan&lat=45.7&coord_sys=wgs84", "bad_number", "lon"),
        ("lon=1e999&lat=45.7&coord_sys=wgs84", "bad_number", "lon"),
        ("lon=12_6.6&lat=45.7&coord_sys=wgs84", "bad_parameter", "lon"),
        ("lon=126.6&lat=%EF%BC%94%EF%BC%95&coord_sys=wgs84", "bad_parameter", "lat"),
        ("lon=126.6&lat=%2045.7&coord_sys=wgs84", "bad_parameter", "lat"),
        ("lon=126.6&lat=45.7&coord_sys=wgs84&accuracy_m=1_0", "bad_parameter", "accuracy_m"),
        ("lon=181&lat=45.7&coord_sys=wgs84", "out_of_range", "lon"),
        ("lon=100&lat=95&coord_sys=wgs84", "bad_coordinate", "lat"),
        ("lon=45.76&lat=126.6&coord_sys=wgs84", "swapped_axes", "lon"),
        ("lon=126.6&lat=45.7&coord_sys=wgs72", "unknown_coord_sys", "coord_sys"),
        ("lon=126.6&lat=45.7&coord_sys=wgs84&accuracy_m=-1", "out_of_range", "accuracy_m"),
        ("lon=126.6&lat=45.7&coord_sys=wgs84&datum=1", "unknown_parameter", "datum"),
    ],
)
def test_a_bad_place_is_refused_by_name(client: TestClient, query: str, code: str, field: str) -> None:
    assert problem(client.get(f"/api/v1/locate?{query}"), 422, code)["field"] == field


def test_categories_are_a_tree_with_both_labels(client: TestClient) -> None:
    response = client.get("/api/v1/categories")
    found = TypeAdapter(list[CategoryOut]).validate_json(response.content)
    assert len(found) == 30
    assert sum(len(f.children) for f in found) == 276
    assert all(c.zh and c.en for f in found for c in [f, *f.children])
    hazards = next(f for f in found if f.key == "gov-s:request:S02")
    assert hazards.children[1].key == "gov-s:request:S0202"
    headers = {"if-none-match": response.headers["etag"]}
    assert client.get("/api/v1/categories", headers=headers).status_code == 304


def test_code_lists_have_both_labels(client: TestClient) -> None:
    lists = CodeLists.model_validate_json(client.get("/api/v1/codes").content)
    assert len(lists.status) == len(Status) == 15
    assert all(word.zh and word.en for word in [*lists.status, *lists.urgency, *lists.source])


def test_grids_of_an_area_that_never_was_are_refused(client: TestClient) -> None:
    problem(client.get("/api/v1/grids.geojson?area=nope"), 422, "unknown_area")


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", ["S1", "S2"]),
        ("?type=market", []),
        ("?status=existing", ["S1"]),
        ("?type=courier_stop", ["S2"]),
        ("?type=courier_stop,party_mass_center&area=230199", ["S1", "S2"]),
        (f"?area={GRIDS[0]}", []),
    ],
)
def test_stations_are_features(client: TestClient, query: str, codes: list[str]) -> None:
    response = client.get(f"/api/v1/stations{query}")
    assert response.headers["content-type"] == "application/geo+json"
    assert [f.id for f in FeaturePage.model_validate_json(response.content).features] == codes


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("status=gone", "unknown_status"),
        ("type=a%20b", "bad_code"),
        ("type=nope", "unknown_station_type"),
        ("type=courier_stop,nope", "unknown_station_type"),
        ("area=nope", "unknown_area"),
    ],
)
def test_a_bad_station_query_is_refused(client: TestClient, query: str, code: str) -> None:
    problem(client.get(f"/api/v1/stations?{query}"), 422, code)


def test_lists_take_a_fixed_number_of_statements(
    client: TestClient, edge: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []

    def counting(kind: Any) -> Callable[..., Any]:
        execute = kind.execute

        def counted(self: Any, query: Any, *given: Any, **options: Any) -> Any:
            if str(query) != ";":  # the pool asks so whether a connection still is one
                statements.append(str(query))
            return execute(self, query, *given, **options)

        return counted

    client.post("/api/v1/reports", json=report())  # a new connection asks what it has to do with
    for kind in (psycopg.Cursor, psycopg.AsyncCursor):  # what the driver sends, whoever asks it to
        monkeypatch.setattr(kind, "execute", counting(kind))
    for _ in range(3):
        client.post("/api/v1/reports", json=report())
    assert len(statements) == 3 * 2, "who asks, and the report: two statements, each a transaction"
    client.get("/api/v1/events?limit=1000")
    client.get("/api/v1/events.geojson")
    client.get(f"/api/v1/areas/{GRIDS[0]}")
    told = [one for one in statements if "set_config(told.key" in one]
    assert sum("session_lookup" in one for one in statements) == 6, "who asks is read once a request"
    assert len(told) == 3, "each list begins with the scope of its caller"
    assert len(statements) - 6 - 3 - len(told) == 2 + 2 + 1 + 2, (
        "a list and the map ask for a plan by values, and how wide"
    )
