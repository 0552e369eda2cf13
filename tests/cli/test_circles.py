"""`wangge circles` on files alone and on the database."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from gis.cli.main import app
from gis.coverage.drawing import SHAPES, VERSION
from gis.coverage.tables import Circle
from gis.db.cluster import Cluster
from tests.coverage.place import load_place
from tests.database import cloned_engine

runner = CliRunner()


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """A street along y = 0 of 1 km, a river beside it, an existing and a planned station; metres of one zone."""
    layers = {
        "streets": gpd.GeoDataFrame(
            {"code": ["a"]}, geometry=[shapely.LineString([(500000, 0), (501000, 0)])]
        ),
        "stations": gpd.GeoDataFrame(
            {"code": ["s1", "s2"], "status": ["existing", "planned"]},
            geometry=shapely.points([(500000, 0), (500500, 0)]),
        ),
        "barriers": gpd.GeoDataFrame({"kind": ["river"]}, geometry=[shapely.box(499000, -100, 502000, -10)]),
    }
    arguments = []
    for name, frame in layers.items():
        path = tmp_path / f"{name}.gpkg"
        frame.set_crs(4551).to_file(path)
        arguments += [f"--{name}", str(path)]
    return arguments


def test_files_alone_give_a_polygon_an_existing_station(files: list[str], tmp_path: Path) -> None:
    out = tmp_path / "made" / "circles.geojson"
    run = runner.invoke(app, ["circles", *files, "--metres", "300", "--out", str(out)])
    assert run.exit_code == 0, run.output
    assert "planned 1" in run.stderr
    assert [item.name for item in out.parent.iterdir()] == [out.name]
    made = gpd.read_file(out)
    assert made["station"].tolist() == ["s1"]
    assert (made["step_m"][0], made["error_m"][0], made["rule_version"][0]) == (10, 10, VERSION)
    assert made.geometry.is_valid.all()
    north = (150 + 300) / 2 * 150 + 3.14 * 150 * 150 / 4  # x + y <= 300, y <= 150, and round the street's end
    south = 300 * 10 + 150 * 10  # down to the river
    assert made["area_m2"][0] == pytest.approx(north + south, rel=0.05)


def test_what_cannot_be_answered_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    nothing = ["--streets", str(tmp_path / "no.gpkg"), "--stations", str(tmp_path / "no.gpkg")]
    for limit, out, said in (
        ("1e9", "a.geojson", "at most 40 minutes"), ("0", "a.geojson", "above 0"), ("5", "a.pdf", "[unknown_format]"),
    ):  # fmt: skip
        for asked in (nothing, ["--types", "party_mass_center"]):
            run = runner.invoke(app, ["circles", *asked, "--minutes", limit, "--out", str(tmp_path / out)])
            assert run.exit_code == 1
            assert said in run.stderr


@pytest.mark.parametrize("shape", [name for name in SHAPES if name != "each"])
def test_every_shape_can_be_had_of_files(files: list[str], tmp_path: Path, shape: str) -> None:
    out = tmp_path / "made.gpkg"
    run = runner.invoke(
        app, ["circles", *files, "--minutes", "10", "--shape", shape, "--step", "25", "--out", str(out)]
    )
    assert run.exit_code == 0, run.output
    made = gpd.read_file(out)
    assert len(made) == 1
    assert set(made.geom_type) == {"MultiLineString" if shape == "lines" else "MultiPolygon"}
    assert made["station"].tolist() == ([None] if shape == "dissolved" else ["s1"])
    if shape == "ring":
        assert made["inner_limit"].tolist() == [300]


def test_what_is_missing_is_named(files: list[str], tmp_path: Path) -> None:
    out = str(tmp_path / "c.geojson")
    for wrong, code in (
        ([*files, "--metres", "300"], "files_missing"),
        ([*files, "--out", out], "limit_unit"),
        ([*files, "--out", out, "--minutes", "5", "--metres", "300"], "limit_unit"),
        ([*files, "--out", str(tmp_path / "c.txt"), "--metres", "300"], "unknown_format"),
        ([*files, "--out", out, "--metres", "300", "--shape", "cube"], "circle_shape"),
        ([*files, "--out", out, "--metres", "300", "--step", "1"], "circle_step"),
    ):
        run = runner.invoke(app, ["circles", *wrong])
        assert run.exit_code == 1
        assert code in run.output


@pytest.mark.parametrize("shape", ["nearest", "dissolved", "lines", "each"])
def test_a_station_without_a_share_is_not_said_to_reach_no_street(
    files: list[str], tmp_path: Path, shape: str
) -> None:
    places = shapely.points([(500000, 0), (500000, 0), (500500, 2000)])
    stations = gpd.GeoDataFrame({"code": ["s1", "s2", "far"]}, geometry=places, crs=4551)
    stations.to_file(tmp_path / "stations.gpkg")
    out = str(tmp_path / "c.geojson")
    run = runner.invoke(app, ["circles", *files, "--metres", "300", "--shape", shape, "--out", out])
    assert run.exit_code == 0, run.output
    said = " ".join(run.stderr.split())
    assert ("they reach no street: far" in said) == (shape != "dissolved")
    assert ("another station is nearer, or as near, everywhere: s2" in said) == (shape == "nearest")
    made = gpd.read_file(out)["station"].tolist()
    assert made == {"nearest": ["s1"], "dissolved": [None]}.get(shape, ["s1", "s2"])


@pytest.mark.db
def test_the_database_gets_every_stations_own_circles(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cloned_engine(cluster) as engine:
        assert isinstance(engine, Engine)
        load_place(engine)
        monkeypatch.setenv("WANGGE_DATABASE_URL", engine.url.render_as_string(hide_password=False))
        monkeypatch.setenv("WANGGE_STATE_DIR", str(tmp_path))
        run = runner.invoke(app, ["circles"])
        assert run.exit_code == 0, run.output
        with Session(engine) as session:
            assert session.scalar(select(func.count()).select_from(Circle)) == 4
