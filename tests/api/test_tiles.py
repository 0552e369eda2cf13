"""Vector tiles: what is in them, when they are empty, and what is refused."""

from __future__ import annotations

import math
import time

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from gis.base.errors import Invalid
from gis.db.tiles import TileAddress
from tests.clients import client_as
from tests.district import GRIDS
from tests.events.reports import report
from tests.matrix.mvt import features

pytestmark = pytest.mark.db
LON, LAT = 126.615, 45.7605


def address(zoom: int) -> str:
    side = 2**zoom
    x = int((LON + 180) / 360 * side)
    y = int((1 - math.asinh(math.tan(math.radians(LAT))) / math.pi) / 2 * side)
    return f"{zoom}/{x}/{y}"


@pytest.mark.parametrize(
    ("layer", "zoom", "word"),
    [
        ("grids", 14, b"230199001001002"),
        ("bounds", 14, b"community"),
        ("labels", 15, "第一社区".encode()),
        ("base", 16, b"buildings"),
    ],
)
def test_tile_holds_what_it_draws(client: TestClient, layer: str, zoom: int, word: bytes) -> None:
    answer = client.get(f"/tiles/{layer}/{address(zoom)}.mvt")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert answer.headers["cache-control"].startswith("private")
    assert word in answer.content


@pytest.mark.parametrize("path", ["grids/14/0/0", "base/3/0/0", "grids/5/26/11"])
def test_nothing_here_is_204(client: TestClient, path: str) -> None:
    answer = client.get(f"/tiles/{path}.mvt")
    assert answer.status_code == 204
    assert answer.content == b""


def test_same_tile_is_304(client: TestClient) -> None:
    path = f"/tiles/grids/{address(14)}.mvt"
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


def test_the_browsers_copy_is_known_in_every_notation(client: TestClient) -> None:
    path = f"/tiles/grids/{address(14)}.mvt"
    tag = client.get(path).headers["etag"]
    for given in (f'"x", {tag}', "*", tag.removeprefix("W/"), f'W/"x",{tag}'):
        assert client.get(path, headers={"If-None-Match": given}).status_code == 304, given
    assert client.get(path, headers={"If-None-Match": 'W/"x", "y"'}).status_code == 200


@pytest.mark.parametrize("layer", ["grids", "coverage"])
@pytest.mark.parametrize("zoom", ["23", "8000000000", str(10**18)])
def test_a_zoom_of_any_size_is_refused_at_once(client: TestClient, layer: str, zoom: str) -> None:
    query = "?types=party_mass_center&minutes=15" if layer == "coverage" else ""
    begun = time.monotonic()
    answer = client.get(f"/tiles/{layer}/{zoom}/0/0.mvt{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "no_such_tile")
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize(
    "path", ["1_2/0/0", "+1/0/0", "01/0/0", "14/0/1_0", "14/0/%D9%A1", "14/%200/0", "9" * 30 + "/0/0"]
)
def test_a_tile_has_one_address(client: TestClient, path: str) -> None:
    assert client.get(f"/tiles/grids/{path}.mvt").status_code == 422


@pytest.mark.parametrize(
    "path",
    ["/tiles/grids/14/0/0.mvt", "/", "/map", "/planner", "/report", "/track", "/track/ABC"],
)
def test_unknown_and_repeated_parameters_are_refused(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in {200, 204}
    answer = client.get(f"{path}?speed=3")
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_parameter")
    if not path.startswith("/tiles"):
        assert client.get(f"{path}?lang=en").status_code == 200
        answer = client.get(f"{path}?lang=en&lang=zh-CN")
        assert (answer.status_code, answer.json()["code"]) == (422, "repeated_parameter")


@pytest.mark.parametrize(
    ("path", "status"),
    [("nothing/14/0/0", 404), ("grids/14/99999/0", 422), ("grids/40/0/0", 422), ("grids/x/0/0", 422)],
)
def test_wrong_address_is_named(client: TestClient, path: str, status: int) -> None:
    answer = client.get(f"/tiles/{path}.mvt")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_address_is_checked() -> None:
    TileAddress(0, 0, 0)
    for wrong in [(0, 1, 0), (1, -1, 0), (1, 0, 2), (23, 0, 0), (-1, 0, 0), (10**18, 0, 0)]:
        with pytest.raises(Invalid, match="no_such_tile"):
            TileAddress(*wrong)


def test_places_near_a_point(client: TestClient) -> None:
    query = {"lon": 126.615, "lat": 45.76, "coord_sys": "wgs84"}
    items = client.get("/api/v1/places", params=query).json()["items"]
    assert [(one["kind"], one["code"]) for one in items] == [("compound", "X1"), ("building", "B1")]
    far = client.get("/api/v1/places", params={**query, "lon": 126.6385}).json()["items"]
    assert far == []


def open_in_tile(client: TestClient) -> dict[str, int | None]:
    """The open events of each grid that a tile draws; None where it tells no number."""
    drawn = features(client.get(f"/tiles/grids/{address(13)}.mvt").content)["grids"]
    return {str(one["code"]): one.get("n") for one in drawn}


def test_a_grid_that_is_not_held_as_a_whole_has_no_count(app: FastAPI, client: TestClient) -> None:
    for lon in (126.605, 126.615):
        point = {"type": "Point", "coordinates": [lon, 45.76]}
        assert client.post("/api/v1/reports", json=report(geometry=point)).status_code == 201
    whole = open_in_tile(client)
    assert whole[GRIDS[0]] == whole[GRIDS[1]] == 1
    # A grid worker holds one grid; the part-time one there only some categories.
    worker = client_as(app, "grid_worker", area=GRIDS[0])
    assert open_in_tile(worker) == {code: 1 if code == GRIDS[0] else None for code in whole}
    for role in ("part_time_grid_worker", "resident"):
        assert set(open_in_tile(client_as(app, role, area=GRIDS[0])).values()) == {None}, role
