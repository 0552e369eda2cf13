"""The operator's base map: drawn and allowed on map pages only, never under an invented sample."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.app import create_app
from gis.settings import Settings
from tests.clients import Entered, let_in

URL = "https://tiles.example:8443/wmts?z={z}&x={x}&y={y}"
MAPS = ("/map", "/planner", "/report")

pytestmark = pytest.mark.db


def images_from(client: TestClient, path: str) -> str:
    policy = client.get(path).headers["content-security-policy"]
    (found,) = [part.strip() for part in policy.split(";") if part.strip().startswith("img-src")]
    return found


def make(engine: Engine, folder: Path, **settings: object) -> TestClient:
    app = create_app(Settings(state_dir=folder, **settings), engine=engine)  # type: ignore[arg-type]
    return let_in(engine, Entered(app))


@pytest.mark.parametrize("path", MAPS)
def test_tiles_are_drawn_and_their_origin_allowed(district: Engine, tmp_path: Path, path: str) -> None:
    with make(district, tmp_path, tile_url=URL, tile_attribution="某院 审图号") as client:
        assert images_from(client, path) == "img-src 'self' data: blob: https://tiles.example:8443"
        text = client.get(path).text
        assert "tiles.example:8443/wmts" in text
        assert "某院 审图号" in text or "\\u67d0\\u9662" in text


@pytest.mark.parametrize("path", ["/", "/track"])
def test_pages_without_a_map_allow_nothing_more(district: Engine, tmp_path: Path, path: str) -> None:
    with make(district, tmp_path, tile_url=URL) as client:
        assert images_from(client, path) == "img-src 'self' data: blob:"


@pytest.mark.parametrize("path", MAPS)
def test_paths_of_ours_need_no_permission(district: Engine, tmp_path: Path, path: str) -> None:
    with make(district, tmp_path, tile_url="/basemap/{z}/{x}/{y}.png") as client:
        assert images_from(client, path) == "img-src 'self' data: blob:"
        assert "/basemap/{z}/{x}/{y}.png" in client.get(path).text


@pytest.mark.parametrize("path", MAPS)
def test_no_real_tiles_under_invented_ground(district: Engine, tmp_path: Path, path: str) -> None:
    with make(district, tmp_path, tile_url=URL, sample_watermark=True) as client:
        assert images_from(client, path) == "img-src 'self' data: blob:"
        assert "tiles.example" not in client.get(path).text
