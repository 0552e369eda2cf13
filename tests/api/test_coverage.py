"""The coverage doors on a place that can be checked by hand."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import geopandas as gpd
import openpyxl
import pyogrio
import pytest
from sqlalchemy import Engine
from sqlalchemy import text as sql
from starlette.testclient import TestClient

from api.app import create_app
from gis.areas.tables import Dataset
from gis.db.cluster import Cluster
from gis.db.engine import unit_of_work
from gis.register.tables import Building
from gis.settings import Settings
from tests.clients import let_in
from tests.coverage.place import load_place
from tests.database import api_engine, cloned_engine

pytestmark = pytest.mark.db
ASKED = {"types": "party_mass_center,micro_station", "metres": 300}


@pytest.fixture(scope="module")
def place(cluster: Cluster) -> Iterator[Engine]:
    with cloned_engine(cluster) as engine:
        load_place(engine)
        with unit_of_work(engine) as session:
            session.add(Dataset(name="sample", is_sample=True))
            session.query(Building).filter(Building.code == "b0").update({"name": "=1+1"})
        yield engine


@pytest.fixture(scope="module")
def client(place: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(state_dir=Path(tmp_path_factory.mktemp("state")))
    with (
        api_engine(place.url.render_as_string(hide_password=False)) as edge,
        TestClient(create_app(settings, engine=edge), raise_server_exceptions=False) as made,
    ):
        yield let_in(place, made)


def test_options_offer_the_types_in_the_data(client: TestClient) -> None:
    got = client.get("/api/v1/coverage/options").json()
    assert [t["id"] for t in got["station_types"]] == ["party_mass_center", "micro_station", "party_mass_hq"]
    first = got["station_types"][0]
    assert (first["existing"], first["planned"], first["under_construction"]) == (1, 1, 0)
    assert (first["tier_min"], first["radius_m"]) == (15, 1000)
    assert got["minutes"] == [5, 10, 15]
    assert {p["id"]: p["speed_m_s"] for p in got["profiles"]}["elderly"] == 0.8


def test_numbers_have_numerator_denominator_time_and_versions(client: TestClient) -> None:
    got = client.get("/api/v1/coverage", params=ASKED | {"area": "230199001001"}).json()
    assert got["query"] == {
        "types": ["micro_station", "party_mass_center"], "minutes": None, "metres": 300.0, "profile": None,
        "area": "230199001001", "at": None, "capacity": False,
    }  # fmt: skip
    assert got["totals"]["residents"] == {"covered": 100, "total": 150, "rate": 100 / 150}
    assert got["uncovered_reasons"] == [{"reason": "unlinked", "buildings": 1, "residents": 50}]
    assert len(got["communities"]) == 1
    assert len(got["grids"]) == 2
    assert got["subdistricts"] == []
    assert got["stations"] == {"existing": 2, "under_construction": 0, "planned": 1, "closed": 0, "open": 2}
    assert got["overlap"]["residents"] == {"covered": 20, "total": 150, "rate": 20 / 150}  # b1, by either
    assert got["straight"]["residents"]["covered"] == 100
    assert (got["straight_radius_m"], got["borderline"]) == (300.0, {"buildings": 0, "residents": 0})
    assert (got["at"], got["notes"]) == (None, [])
    assert got["as_of"].endswith("+00:00")
    assert len(got["network_version"]) == 16


def test_the_same_answer_is_not_sent_twice(client: TestClient) -> None:
    first = client.get("/api/v1/coverage", params=ASKED)
    again = client.get("/api/v1/coverage", params=ASKED, headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"minutes": 5}, 422, "limit_unit"),
        ({"metres": "1_000"}, 422, "bad_parameter"),
        ({"metres": "nan"}, 422, "limit_out_of_range"),
        ({"metres": "1e999"}, 422, "limit_out_of_range"),
        ({"metres": 30000}, 422, "limit_out_of_range"),
        ({"types": "a;b"}, 422, "station_types"),
        ({"types": ""}, 422, "station_types"),
        ({"types": "x"}, 422, "unknown_station_type"),
        ({"types": "party_mass_center,x"}, 422, "unknown_station_type"),
        ({"area": "999"}, 404, "area_not_found"),
        ({"speed": 3}, 422, "unknown_parameter"),
    ],
)
def test_wrong_questions_are_refused_by_name(
    client: TestClient, change: dict[str, object], status: int, code: str
) -> None:
    got = client.get("/api/v1/coverage", params=ASKED | change)  # type: ignore[arg-type]
    assert (got.status_code, got.json()["code"]) == (status, code)
    assert got.headers["content-type"].startswith("application/problem+json")


def test_an_unknown_profile_is_refused(client: TestClient) -> None:
    got = client.get("/api/v1/coverage", params={"types": "market", "minutes": 5, "profile": "bird"})
    assert got.json()["code"] == "unknown_profile"


def test_one_building_tells_its_walk(client: TestClient) -> None:
    got = client.get(
        "/api/v1/coverage/buildings/b2", params={"types": "party_mass_center", "minutes": 10}
    ).json()
    assert (got["covered"], got["reason"], got["residents"]) == (True, None, 30)
    assert got["nearest"]["station"] == "st0"
    assert got["nearest"]["time_s"] == pytest.approx(500, abs=0.5)
    assert got["nearest"]["distance_m"] == pytest.approx(500, abs=0.5)
    assert got["second"] is None
    assert got["path"]["type"] == "LineString"
    assert client.get("/api/v1/coverage/buildings/none", params=ASKED).json()["code"] == "building_not_found"


def test_a_time_and_a_capacity_are_part_of_the_question(client: TestClient) -> None:
    got = client.get("/api/v1/coverage", params=ASKED | {"at": "Tu-20:00", "capacity": "true"}).json()
    assert (got["at"], got["query"]["at"], got["query"]["capacity"]) == ("Tu-20:00", "Tu-20:00", True)
    assert [(one["code"], one["count"]) for one in got["notes"]] == [
        ("hours_unknown", 2), ("capacity_unknown", 2),
    ]  # fmt: skip
    wrong = client.get("/api/v1/coverage", params=ASKED | {"at": "Tu 20:00"})
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["field"]) == (422, "week_time", "at")


def test_uncovered_homes_come_page_by_page_worst_first(client: TestClient) -> None:
    asked = {"types": "party_mass_center", "metres": 200}
    first = client.get("/api/v1/coverage/uncovered", params=asked | {"limit": 2}).json()
    assert ([one["code"] for one in first["items"]], first["total"]) == (["b4", "b3"], 4)
    lost, far = first["items"]
    assert (lost["reason"], lost["reason_detail"]) == ("unlinked", "too_far")
    assert (lost["nearest"], lost["shortfall_m"]) == (None, None)
    assert far["nearest"]["station"] == "st0"
    assert far["shortfall_m"] == pytest.approx(500, abs=0.5)
    assert (far["shortfall_s"], far["residents"], far["reason"]) == (None, 40, "distance")
    rest = client.get(
        "/api/v1/coverage/uncovered", params=asked | {"limit": 2, "cursor": first["next"]}
    ).json()
    assert ([one["code"] for one in rest["items"]], rest["next"]) == (["b2", "b1"], None)
    other = client.get("/api/v1/coverage/uncovered", params=asked | {"metres": 201, "cursor": first["next"]})
    assert (other.status_code, other.json()["code"]) == (422, "bad_cursor")


def test_presets_are_listed_and_answered(client: TestClient) -> None:
    listed = client.get("/api/v1/coverage/presets").json()
    assert [(one["id"], one["label_zh"]) for one in listed] == [
        ("party_mass", "党群服务圈"),
        ("living", "生活圈"),
    ]
    got = client.get(
        "/api/v1/coverage/presets/party_mass", params={"unit": "metres", "at": "Mo-10:00"}
    ).json()
    need = {one["type"]: one for one in got["needs"]}["party_mass_center"]
    assert (need["stations"], need["stations_by_status"]["planned"]) == (1, 1)
    assert (need["tier_min"], need["radius_m"], need["totals"]["residents"]["covered"]) == (15, 1000, 100)
    tiers = {one["tier_min"]: one for one in got["tiers"]}
    assert tiers[15]["missing"] == ["party_mass_station"]
    assert (
        tiers[15]["complete"]["residents"]["covered"],
        tiers[15]["of_present"]["residents"]["covered"],
    ) == (0, 100)
    assert got["communities"][0]["complete"]["5"]["total"] == 150
    assert got["query"] == {"unit": "metres", "profile": None, "area": None, "at": "Mo-10:00"}
    for params, code in (({"unit": "feet"}, "bad_parameter"), ({"profile": "bird"}, "unknown_profile")):
        assert client.get("/api/v1/coverage/presets/living", params=params).json()["code"] == code
    assert client.get("/api/v1/coverage/presets/own").status_code == 404


def tile_at(lon: float, lat: float, z: int) -> str:
    x = int((lon + 180) / 360 * 2**z)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z)
    return f"/tiles/coverage/{z}/{x}/{y}.mvt"


def test_tiles_show_the_homes_of_the_stored_layer(client: TestClient) -> None:
    whole = client.get(tile_at(126.6264, 45.7602, 12), params=ASKED)
    assert whole.status_code == 200
    assert b"coverage" in whole.content
    assert all(code in whole.content for code in (b"b0", b"b1", b"b2", b"b3", b"b4"))
    assert b"b9" not in whole.content  # nobody lives in the garage
    assert client.get(tile_at(0, 0, 12), params=ASKED).status_code == 204
    invented = client.get(tile_at(126.6264, 45.7602, 12), params=ASKED | {"types": "x"})
    assert (invented.status_code, invented.json()["code"]) == (422, "unknown_station_type")


def test_excel_has_chinese_labels_and_no_formulas(client: TestClient) -> None:
    got = client.get("/api/v1/coverage/export", params=ASKED | {"format": "xlsx"})
    assert got.status_code == 200
    name = unquote(got.headers["content-disposition"].split("''")[1])
    assert name == "步行覆盖_微驿站或网格党群服务站等2类_300米_虚构示例.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(got.content))
    assert book.sheetnames == ["说明", "汇总", "街道", "社区", "网格", "楼栋"]
    assert book["说明"]["B2"].value == "虚构示例·非真实区划"
    rows = list(book["楼栋"].iter_rows(values_only=True))
    homes = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    assert [h["楼栋编码"] for h in homes] == ["b0", "b1", "b2", "b3", "b4"]
    assert homes[0]["名称"] == "=1+1"
    assert book["楼栋"]["B2"].data_type == "s"
    assert [h["是否覆盖"] for h in homes] == ["是", "是", "是", "是", "否"]
    assert homes[4]["未覆盖原因"] == "未接入路网"
    assert homes[4]["步行距离_米"] is None
    assert homes[3]["步行距离_米"] == pytest.approx(200, abs=0.5)
    total = {r[0]: r[1:] for r in book["汇总"].iter_rows(values_only=True, min_row=2)}
    assert total["楼栋"][:2] == (4, 5)
    assert total["居民"][:2] == (None, None), "so few people live there that none are counted outside"
    assert {home["居民"] for home in homes} == {None}


def test_geopackage_and_geojson_hold_the_same_homes(client: TestClient, tmp_path: Path) -> None:
    asked = {"types": "party_mass_center", "minutes": 10, "profile": "elderly"}
    package, text = tmp_path / "a.gpkg", tmp_path / "a.geojson"
    package.write_bytes(client.get("/api/v1/coverage/export", params=asked | {"format": "gpkg"}).content)
    text.write_bytes(client.get("/api/v1/coverage/export", params=asked | {"format": "geojson"}).content)
    assert set(pyogrio.list_layers(package)[:, 0]) == {"楼栋", "服务圈", "站点", "社区", "说明"}
    ours, theirs = gpd.read_file(package, layer="楼栋"), gpd.read_file(text)
    assert ours["楼栋编码"].tolist() == theirs["楼栋编码"].tolist() == ["b0", "b1", "b2", "b3", "b4"]
    assert ours["步行时间_分钟"].dropna().tolist() == theirs["步行时间_分钟"].dropna().tolist()
    assert ours["步行时间_分钟"][2] == pytest.approx(500 / 0.8 / 60, abs=0.01)
    assert ours["步行距离_米"][2] == pytest.approx(500, abs=0.5)
    bad = client.get("/api/v1/coverage/export", params=asked | {"format": "pdf"})
    assert bad.json()["code"] == "unknown_format"


def test_without_streets_nothing_can_be_walked(cluster: Cluster, tmp_path: Path) -> None:
    with (
        cloned_engine(cluster) as empty,
        api_engine(empty.url.render_as_string(hide_password=False)) as edge,
        TestClient(create_app(Settings(state_dir=tmp_path), engine=edge)) as client,
    ):
        with unit_of_work(empty) as session:
            box = "ST_Multi(ST_MakeEnvelope(126, 45, 127, 46, 4326))"
            session.execute(
                sql(
                    f"INSERT INTO area (code, level, name, path, geom) VALUES ('23', 'province', 'x', '{{}}', {box})"
                )
            )
            session.execute(sql("UPDATE area SET path = ARRAY[id]"))
        let_in(empty, client)
        assert client.get("/api/v1/coverage/options").json()["station_types"] == []
        got = client.get("/api/v1/coverage", params=ASKED)
        assert (got.status_code, got.json()["code"]) == (503, "no_streets")
