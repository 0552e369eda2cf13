"""`/api/v1/circles.geojson`: shapes, steps, versions, the stated error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely
from starlette.testclient import TestClient

from api.app import create_app
from gis.coverage.drawing import SHAPES, VERSION
from gis.db.cluster import Cluster
from gis.settings import Settings
from tests.clients import let_in
from tests.coverage.place import load_place
from tests.database import api_engine, cloned_engine

pytestmark = pytest.mark.db

ASKED: dict[str, str | int] = {"types": "party_mass_center,micro_station", "metres": 300}


@pytest.fixture(scope="module")
def client(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(state_dir=Path(tmp_path_factory.mktemp("state")))
    with cloned_engine(cluster) as engine:
        load_place(engine)
        with (
            api_engine(engine.url.render_as_string(hide_password=False)) as edge,
            TestClient(create_app(settings, engine=edge), raise_server_exceptions=False) as made,
        ):
            yield let_in(engine, made)


def test_circles_are_geojson_and_say_how_they_were_made(client: TestClient) -> None:
    got = client.get("/api/v1/circles.geojson", params=ASKED)
    assert got.headers["content-type"] == "application/geo+json"
    features = got.json()["features"]
    assert [f["id"] for f in features] == ["st0", "st2"]
    told = features[0]["properties"]
    assert told.pop("network_version")
    assert told.pop("error").keys() == {"m", "corrected", "buildings"}
    assert told == {
        "code": "st0", "name": "st0", "type": "party_mass_center", "limit": 300.0, "profile": "metres",
        "rule_version": VERSION, "step_m": 10.0, "provisional": False,
    }  # fmt: skip
    assert all(shapely.geometry.shape(f["geometry"]).is_valid for f in features)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_can_be_asked_for_as_a_preview(client: TestClient, shape: str) -> None:
    got = client.get("/api/v1/circles.geojson", params=ASKED | {"shape": shape, "step": 25})
    features = got.json()["features"]
    assert len(features) == (1 if shape == "dissolved" else 2)
    assert {f["geometry"]["type"] for f in features} == {
        "MultiLineString" if shape == "lines" else "MultiPolygon"
    }
    assert all(shapely.geometry.shape(f["geometry"]).is_valid for f in features)


def test_other_shapes_and_steps_are_refused(client: TestClient) -> None:
    for wrong, code in (({"shape": "cube"}, "circle_shape"), ({"step": 5}, "circle_step")):
        got = client.get("/api/v1/circles.geojson", params=ASKED | wrong)
        assert (got.status_code, got.json()["code"]) == (422, code)
