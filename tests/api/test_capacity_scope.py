"""A question with capacity is for whoever reads the people of the whole place: who finds room weighs the neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.app import create_app
from gis.base.errors import Forbidden
from gis.coverage.report.service import report_handler
from gis.db.cluster import Cluster
from gis.settings import Settings
from tests.clients import let_in
from tests.coverage.askers import DISTRICT, as_planner
from tests.coverage.place import GRIDS, load_place
from tests.coverage.test_editing import lonlat
from tests.database import api_engine, cloned_engine

pytestmark = pytest.mark.db
ASKED = {"types": "party_mass_center", "metres": "500"}
LON, LAT = lonlat(700, 5)
DOORS = (
    "/api/v1/coverage",
    "/api/v1/coverage/buildings/b0",
    "/api/v1/coverage/uncovered",
    "/api/v1/coverage/equity",
    "/api/v1/coverage/accessibility",
    "/api/v1/coverage/export?format=geojson",
    "/api/v1/circles.geojson",
    "/api/v1/scenarios/{scenario}/comparison",
    "/tiles/coverage/14/13954/5844.mvt",
)
IN_SCENARIO = tuple(path for path in DOORS if not path.startswith(("/tiles", "/api/v1/scenarios")))


@pytest.fixture(scope="module")
def place(cluster: Cluster) -> Iterator[Engine]:
    with cloned_engine(cluster) as engine:
        load_place(engine)
        with engine.begin() as connection:
            connection.execute(text("UPDATE station SET capacity = 30 WHERE code = 'st0'"))
        yield engine


@pytest.fixture(scope="module")
def edge(place: Engine) -> Iterator[Engine]:
    with api_engine(place.url.render_as_string(hide_password=False)) as made:
        yield made


@pytest.fixture(scope="module")
def client(edge: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(state_dir=tmp_path_factory.mktemp("state"))
    with TestClient(create_app(settings, engine=edge), raise_server_exceptions=False) as made:
        yield made


def ask(client: TestClient, path: str, **more: str) -> Any:
    """The answer at a door, in a scenario of one's own with a station at the victim's house where it takes one."""
    new = {"kind": "add_station", "code": "weigh", "type": "party_mass_center", "name": "秤", "lon": LON}
    body = {"name": "秤", "edits": [new | {"lat": LAT, "capacity": 40}]}
    made = client.post("/api/v1/scenarios", json=body)
    assert made.status_code == 201, made.text
    known = {"scenario": made.json()["id"]}
    inside = known if path in IN_SCENARIO else {}
    bare, _, rest = path.format(**known).partition("?")
    params = ASKED | inside | more | dict(part.split("=") for part in rest.split("&") if part)
    return client.get(bare, params=params)


@pytest.mark.parametrize("path", DOORS)
def test_who_reads_a_part_of_the_people_asks_nothing_with_capacity(
    place: Engine, client: TestClient, path: str
) -> None:
    let_in(place, client, "planner", area=GRIDS[1])
    refused = ask(client, path, capacity="true")
    assert (refused.status_code, refused.json()["code"]) == (403, "capacity_needs_people"), refused.text
    assert refused.json()["field"] == "capacity"
    assert ask(client, path).status_code in (200, 204), "the control: without capacity it is answered"


@pytest.mark.parametrize("path", DOORS)
def test_who_reads_the_people_of_everything_is_answered(place: Engine, client: TestClient, path: str) -> None:
    let_in(place, client, "planner", area=DISTRICT)
    assert ask(client, path, capacity="true").status_code in (200, 204)


def test_an_area_of_ones_own_changes_nothing(place: Engine, client: TestClient) -> None:
    let_in(place, client, "planner", area=GRIDS[1])
    refused = client.get("/api/v1/coverage", params=ASKED | {"area": GRIDS[1], "capacity": "true"})
    assert refused.json()["code"] == "capacity_needs_people"


@pytest.mark.parametrize(("area", "status"), [(GRIDS[1], 403), (DISTRICT, 202)])
def test_a_report_is_refused_before_it_waits(
    place: Engine, client: TestClient, area: str, status: int
) -> None:
    let_in(place, client, "planner", area=area)
    body = {"types": ["party_mass_center"], "metres": 500, "capacity": True}
    got = client.post("/api/v1/coverage/report", json=body)
    assert got.status_code == status, got.text
    assert status == 202 or got.json()["code"] == "capacity_needs_people"


def test_a_job_asks_in_the_scope_of_who_put_it(place: Engine, edge: Engine) -> None:
    question = {"types": ["party_mass_center"], "metres": 500, "capacity": True}
    with pytest.raises(Forbidden) as refused:
        report_handler(None)(
            as_planner(edge, place, GRIDS[1]),
            {"question": question, "scenario": None},
            lambda *_: None,
            lambda: False,
        )
    assert refused.value.code == "capacity_needs_people"
