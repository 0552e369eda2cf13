"""`wangge locate` by the database: the same answer as the statement for one point; its options."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from gis.areas import store
from gis.cli.main import app
from gis.db.cluster import Cluster
from tests.database import TOWN, cloned_engine

runner = CliRunner()


def points_on_and_round(areas: Path) -> np.ndarray:
    """Points in, on the corners of and outside the grids of an areas file, (n, 2) degrees."""
    frame = gpd.read_file(areas)
    shapes = frame[frame["level"] == "grid"].geometry.to_numpy()
    random = np.random.default_rng(11)
    left, bottom, right, top = shapely.total_bounds(shapes)
    anywhere = random.uniform((left - 0.004, bottom - 0.004), (right + 0.004, top + 0.004), (150, 2))
    corners = random.permutation(shapely.get_coordinates(shapes))[:50]
    return np.concatenate((anywhere, corners))


@pytest.fixture
def points(tmp_path: Path) -> Path:
    xy = points_on_and_round(TOWN / "areas.geojson")
    path = tmp_path / "points.csv"
    pd.DataFrame({"事项": [f"第{i}件" for i in range(len(xy))], "lon": xy[:, 0], "lat": xy[:, 1]}).to_csv(
        path, index=False
    )
    return path


@pytest.fixture
def on_town(town_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("WANGGE_DATABASE_URL", town_engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("WANGGE_STATE_DIR", str(tmp_path / "state"))
    return town_engine


@pytest.mark.db
def test_the_databases_grids_answer_as_the_statement_and_as_the_file(
    on_town: Engine, points: Path, tmp_path: Path
) -> None:
    run = runner.invoke(app, ["locate", "--points", str(points), "--out", str(tmp_path / "db.csv")])
    assert run.exit_code == 0, run.output
    answer = pd.read_csv(tmp_path / "db.csv", dtype={"grid": str}, keep_default_na=False)
    assert list(answer.columns) == ["事项", "lon", "lat", "grid", "method", "border_distance_m"]
    with Session(on_town) as session:
        for row in answer.itertuples():
            one = store.locate(session, row.lon, row.lat)
            assert (row.grid, row.method) == (one.grid_code or "", one.method), row
            if one.border_distance_m is not None:
                assert float(row.border_distance_m) == pytest.approx(one.border_distance_m, abs=1e-3)
    assert set(answer["method"]) == {"inside", "border", "nearest", "none"}
    files = ["--grids", str(TOWN / "areas.geojson"), "--code-field", "code", "--points", str(points)]
    run = runner.invoke(app, ["locate", *files, "--out", str(tmp_path / "file.csv")])
    assert run.exit_code == 0, run.output
    assert "level = grid" in run.stderr
    assert (tmp_path / "file.csv").read_bytes() == (tmp_path / "db.csv").read_bytes()


@pytest.mark.db
def test_a_database_without_grids_is_refused(
    cluster: Cluster, points: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cloned_engine(cluster) as empty:
        monkeypatch.setenv("WANGGE_DATABASE_URL", empty.url.render_as_string(hide_password=False))
        run = runner.invoke(app, ["locate", "--points", str(points), "--out", str(tmp_path / "o.csv")])
    assert run.exit_code == 1
    assert "no_grids" in run.stderr
    assert not (tmp_path / "o.csv").exists()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--grids", "grids.gpkg"], "code_field_missing"),
        (["--code-field", "code"], "grids_missing"),
        (["--level", "grid"], "grids_missing"),
    ],
)
def test_options_that_do_not_go_together_are_refused(tmp_path: Path, options: list[str], code: str) -> None:
    run = runner.invoke(app, ["locate", "--points", "p.csv", "--out", str(tmp_path / "o.csv"), *options])
    assert run.exit_code == 1
    assert code in run.stderr
