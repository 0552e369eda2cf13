"""Files of other formats from the command line: answers by the database and by files, and stored layers."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from pyproj import CRS
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from gis.cli.main import app
from tests.database import TOWN

pytestmark = pytest.mark.db
runner = CliRunner()
BY_FILES = [
    word
    for name in ("streets", "buildings", "stations", "barriers", "compounds", "gates", "entrances")
    for word in (f"--{name}", str(TOWN / f"{name}.geojson"))
]


@pytest.fixture
def on_town(town_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("WANGGE_DATABASE_URL", town_engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("WANGGE_STATE_DIR", str(tmp_path / "state"))
    return town_engine


def run(*words: object) -> Result:
    return runner.invoke(app, [str(word) for word in words])


@pytest.mark.parametrize(
    ("ending", "place"), [(".gpkg", "{}"), (".parquet", "{}"), (".shp.zip", "zip://{}!buildings.shp")]
)
def test_by_the_database_as_the_page_gives_it(
    on_town: Engine, tmp_path: Path, ending: str, place: str
) -> None:
    out = tmp_path / f"answer{ending}"
    asked = ("coverage", "--types", "party_mass_center", "--minutes", 10)
    done = run(*asked, "--out", out, "--out-crs", "cgcs2000-3")
    assert done.exit_code == 0, done.output
    where = place.format(out)
    layer = {"layer": "楼栋"} if ending == ".gpkg" else {}
    made = gpd.read_parquet(out) if ending == ".parquet" else gpd.read_file(where, **layer)
    assert CRS(made.crs).to_epsg() == 4551 or "CGCS2000" in CRS(made.crs).name
    assert len(made) > 20


def test_by_files_alone_with_the_shapes(on_town: Engine, tmp_path: Path) -> None:
    out = tmp_path / "answer.gpkg"
    done = run("coverage", *BY_FILES, "--metres", 500, "--out", out, "--out-crs", "4551")
    assert done.exit_code == 0, done.output
    made = gpd.read_file(out)
    assert CRS(made.crs).to_epsg() == 4551
    assert {"building", "covered", "reason"} <= set(made.columns)
    assert len(made) == len(gpd.read_file(TOWN / "buildings.geojson"))


def test_a_stored_layer_in_a_plane_system(on_town: Engine, tmp_path: Path) -> None:
    out = tmp_path / "streets.parquet"
    done = run("export", "streets", "--out", out, "--crs", "cgcs2000-3")
    assert done.exit_code == 0, done.output
    assert CRS(gpd.read_parquet(out).crs).to_epsg() == 4551
    refused = run("export", "streets", "--out", tmp_path / "x.geojson", "--crs", "cgcs2000-3")
    assert refused.exit_code == 1
    assert "crs_for_format" in refused.output


def test_an_unknown_ending_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    done = run("coverage", "--all", "--minutes", 10, "--out", tmp_path / "x.pdf")
    assert done.exit_code == 1
    assert "unsupported_format" in done.output
