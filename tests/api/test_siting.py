"""Siting over HTTP: refused before it waits, run as a job, its sites and a file without small counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.app import create_app
from api.job_handlers import job_handlers
from gis.db.cluster import Cluster
from gis.jobs.worker import Worker
from gis.settings import Settings
from tests.clients import let_in
from tests.coverage.place import GRIDS, load_place
from tests.coverage.siting.test_service import lonlat, points
from tests.database import api_engine, cloned_engine

pytestmark = pytest.mark.db
PATH = "/api/v1/siting"
ASKED: dict[str, Any] = {"types": ["party_mass_center"], "metres": 300, "stations": 1}


@pytest.fixture(scope="module")
def place(cluster: Cluster) -> Iterator[Engine]:
    with cloned_engine(cluster) as engine:
        load_place(engine)
        yield engine


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(state_dir=Path(tmp_path_factory.mktemp("state")))


@pytest.fixture(scope="module")
def edge(place: Engine) -> Iterator[Engine]:
    with api_engine(place.url.render_as_string(hide_password=False)) as made:
        yield made


@pytest.fixture(scope="module")
def client(place: Engine, edge: Engine, settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings, engine=edge), raise_server_exceptions=False) as made:
        yield let_in(place, made)


def test_a_job_chooses_the_sites(client: TestClient, place: Engine, edge: Engine, settings: Settings) -> None:
    made = client.post(PATH, json={**ASKED, "candidates": points(150, 450, 800)})
    assert made.status_code == 202, made.text
    job = made.json()["job"]
    assert made.headers["location"] == f"/api/v1/jobs/{job}"
    assert Worker(place, edge, job_handlers(settings)).work_once()
    told = client.get(f"/api/v1/jobs/{job}").json()
    assert (told["state"], told["kind"], told["label_zh"]) == ("done", "siting", "选址：1 个站点，300 米")
    got = told["result"]
    assert (got["value"], got["bound"], got["gap"], got["proven"]) == (70, 70, 0.0, True)
    assert (got["covered_before"], got["covered_after"]) == (30, 100)
    lon, lat = lonlat(450, 0)
    assert got["sites"] == [
        {"rank": 1, "lon": lon, "lat": lat, "gain": 70, "gain_residents": 70, "street": ""}
    ]
    file = client.get(f"/api/v1/jobs/{job}/file")
    assert file.headers["content-type"] == "application/geo+json"
    assert file.json()["features"][0]["properties"]["gain_residents"] == 70


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"stations": None}, "siting_stations", "stations"),
        ({"model": "best"}, "bad_value", "model"),
        ({"colour": "red"}, "unknown_key", "colour"),
        ({"candidates": {"kind": "points", "points": []}}, "siting_candidates", "candidates"),
        ({"metres": None}, "limit_unit", "minutes"),
        ({"types": ["castle"]}, "unknown_station_type", "types"),
        ({"scenario": "x"}, None, "scenario"),
    ],
)
def test_what_is_wrong_is_refused_at_once(
    client: TestClient, change: dict[str, Any], code: str | None, field: str
) -> None:
    body = {name: value for name, value in {**ASKED, **change}.items() if value is not None}
    answer = client.post(PATH, json=body)
    assert answer.status_code in {404, 422}, answer.text
    assert code is None or answer.json()["code"] == code
    assert answer.json().get("field") in {field, None}


def test_a_failure_says_the_best_that_can_be_reached(
    client: TestClient, place: Engine, edge: Engine, settings: Settings
) -> None:
    body = {
        **ASKED,
        "model": "min_coverage",
        "min_coverage": 0.9,
        "candidates": points(450),
        "area": GRIDS[0][:12],
    }
    job = client.post(PATH, json=body).json()["job"]
    assert Worker(place, edge, job_handlers(settings)).work_once()
    told = client.get(f"/api/v1/jobs/{job}").json()
    assert told["state"] == "failed"
    assert told["error"]["code"] == "siting_infeasible"
    assert json.dumps(told["error"]).count("0.666") >= 1


def test_the_file_tells_no_count_beside_a_small_one(
    client: TestClient, place: Engine, edge: Engine, settings: Settings
) -> None:
    with place.begin() as connection:
        connection.execute(
            text(
                "UPDATE building_people SET actual = 3 FROM building AS b WHERE b.id = building_id AND b.code = 'b4'"
            )
        )
    job = client.post(PATH, json={**ASKED, "candidates": points(450)}).json()["job"]
    assert Worker(place, edge, job_handlers(settings)).work_once()
    assert client.get(f"/api/v1/jobs/{job}").json()["result"]["uncoverable"]["residents"] == 3
    file = client.get(f"/api/v1/jobs/{job}/file").json()
    assert file["features"][0]["properties"] == {
        "rank": 1,
        "gain": None,
        "gain_residents": None,
        "street": "",
    }
    shown = file["siting"]
    assert [shown[name] for name in ("value", "bound", "residents", "covered_before", "covered_after")] == [
        None
    ] * 5
    assert shown["uncoverable"]["residents"] is None
