"""Files of every format, read back: the same homes, in the system asked for, without small counts."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from pyproj import CRS
from sqlalchemy import Engine

from gis.base.crs import LONLAT, transform
from gis.base.errors import Invalid
from gis.coverage.export import export_coverage
from gis.coverage.model import ask
from gis.coverage.service import answer
from gis.coverage.world import current_world

pytestmark = pytest.mark.db
TOWN = ask(["party_mass_center"], minutes=10)


def homes_of(engine: Engine, kind: str, folder: Path, crs: str | None = None) -> gpd.GeoDataFrame:
    made = export_coverage(engine, TOWN, kind, crs=crs)
    assert made.name.endswith({"geoparquet": ".parquet", "shp": ".shp.zip"}.get(kind, f".{kind}"))
    path = folder / f"made.{kind}{'.zip' if kind == 'shp' else ''}"
    path.write_bytes(made.content)
    if kind == "geoparquet":
        return gpd.read_parquet(path)
    if kind == "shp":
        return gpd.read_file(f"zip://{path}!buildings.shp").rename(columns={"BLDG_CODE": "楼栋编码"})
    return gpd.read_file(path, layer="楼栋") if kind == "gpkg" else gpd.read_file(path)


@pytest.mark.parametrize("kind", ["gpkg", "geoparquet", "shp"])
@pytest.mark.parametrize("crs", ["4326", "cgcs2000-3", CRS.from_epsg(32652).to_wkt()])
def test_the_same_homes_in_any_format_and_system(
    town_engine: Engine, tmp_path: Path, kind: str, crs: str
) -> None:
    plain = homes_of(town_engine, "geojson", tmp_path).set_index("楼栋编码")
    made = homes_of(town_engine, kind, tmp_path, crs).set_index("楼栋编码")
    assert list(made.index) == list(plain.index)
    assert len(made) > 20
    back = transform(made.geometry.to_numpy(), CRS(made.crs), CRS.from_epsg(LONLAT))
    off = shapely.hausdorff_distance(back, plain.geometry.to_numpy())
    assert off.max() < 1e-7


def test_a_shapefile_has_its_system_its_encoding_and_a_legend(town_engine: Engine) -> None:
    made = export_coverage(town_engine, TOWN, "shp", crs="cgcs2000-3")
    with zipfile.ZipFile(io.BytesIO(made.content)) as packed:
        names = set(packed.namelist())
        assert {f"buildings.{end}" for end in ("shp", "shx", "dbf", "prj", "cpg")} <= names
        assert packed.read("buildings.cpg") == b"UTF-8"
        assert b"CGCS2000" in packed.read("buildings.prj")
        legend = pd.read_csv(io.BytesIO(packed.read("legend.csv")))
        assert {"about.csv", "communities.csv", "circles.shp", "stations.shp"} <= names
    assert legend["field"].str.len().max() <= 10
    assert legend["field"].map(str.isascii).all()
    assert dict(zip(legend["field"], legend["label"], strict=True))["BORDERLINE"] == "临界"


def test_a_drawing_is_in_metres_with_one_layer_a_kind(town_engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "made.dxf"
    path.write_bytes(export_coverage(town_engine, TOWN, "dxf").content)
    drawn = gpd.read_file(path)
    assert {"BUILDING_COVERED", "BUILDING_UNCOVERED", "CIRCLE", "STATION"} <= set(drawn["Layer"])
    assert drawn.total_bounds[0] > 100_000
    with pytest.raises(Invalid, match="dxf_plane"):
        export_coverage(town_engine, TOWN, "dxf", crs="4326")


def test_geojson_is_longitude_and_latitude(town_engine: Engine) -> None:
    with pytest.raises(Invalid, match="crs_for_format"):
        export_coverage(town_engine, TOWN, "geojson", crs="cgcs2000-3")


def test_a_workbook_gives_places_as_numbers(town_engine: Engine) -> None:
    made = export_coverage(town_engine, TOWN, "xlsx", crs="cgcs2000-3")
    rows = openpyxl.load_workbook(io.BytesIO(made.content), read_only=True)["楼栋"].iter_rows(
        values_only=True
    )
    header = next(rows)
    first = dict(zip(header, next(rows), strict=True))
    assert 100_000 < first["东坐标"] < 900_000 < first["北坐标"]
    assert not {"60至79岁", "80岁以上"} & set(header)


def test_no_small_count_of_people_leaves(town_engine: Engine, tmp_path: Path) -> None:
    """What a file tells of people is true, and at least 10 or nothing; some are told."""
    homes = homes_of(town_engine, "geojson", tmp_path)
    world = current_world(town_engine)
    real = world.buildings.set_index("code")["actual"]
    shown = homes.set_index("楼栋编码")["居民"].dropna()
    assert (shown >= 10).all()
    assert (shown == real[shown.index].astype(float)).all()
    assert homes["居民"].isna().any()
    book = openpyxl.load_workbook(io.BytesIO(export_coverage(town_engine, TOWN, "xlsx").content))
    exact = {area.name: area for level in answer(world, TOWN).areas.values() for area in level}
    for sheet in ("街道", "社区", "网格"):
        head, *rows = book[sheet].iter_rows(values_only=True)
        for row in rows:
            told = dict(zip(head, row, strict=True))
            have, whole = told["居民_已覆盖"], told["居民_总数"]
            share = exact[str(told["名称"])].shares["residents"]
            assert whole in {None, share.total}
            assert have is None or (have == share.covered and (have == 0 or have >= 10))
            assert have is None or whole == have or whole - have >= 10
            assert told["楼栋_已覆盖"] is not None, "buildings are no people"


def test_the_file_says_what_it_is(town_engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "made.gpkg"
    path.write_bytes(export_coverage(town_engine, TOWN, "gpkg", crs="cgcs2000-3").content)
    said = dict(pyogrio.read_dataframe(path, layer="说明").itertuples(index=False))
    assert "EPSG:" in said["坐标系"]
    assert "少于 10" in said["人口"]
    assert "较大的数字也可能留空" in said["人口"]
    assert "年龄段不区分是否覆盖" in said["人口"]
    assert said["提示"] == "虚构示例·非真实区划"
    assert np.isin(["楼栋", "服务圈", "站点", "社区"], pyogrio.list_layers(path)[:, 0]).all()
