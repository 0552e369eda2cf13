"""Vector tiles: what is in them, when they are empty, and what is refused."""

from __future__ import annotations

import math

import pytest
from starlette.testclient import TestClient

from gis.base.errors import Invalid
from gis.db.tiles import TileAddress

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
    for wrong in [(0, 1, 0), (1, -1, 0), (23, 0, 0), (-1, 0, 0)]:
        with pytest.raises(Invalid, match="no_such_tile"):
            TileAddress(*wrong)


def test_places_near_a_point(client: TestClient) -> None:
    query = {"lon": 126.615, "lat": 45.76, "coord_sys": "wgs84"}
    items = client.get("/api/v1/places", params=query).json()["items"]
    assert [(one["kind"], one["code"]) for one in items] == [("compound", "X1"), ("building", "B1")]
    far = client.get("/api/v1/places", params={**query, "lon": 126.6385}).json()["items"]
    assert far == []
