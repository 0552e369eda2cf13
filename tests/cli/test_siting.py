"""`wangge siting` on files alone: sites as GeoJSON and CSV, and refusals in words."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from shapely import Point, box
from typer.testing import CliRunner

from gis.cli.main import app
from tests.coverage.siting.test_service import village
from tests.walking.towns import frame

RUN = CliRunner()


@pytest.fixture
def layers(tmp_path: Path) -> list[str]:
    files = village(tmp_path)
    return [
        "--streets", str(files.streets), "--buildings", str(files.buildings), "--stations", str(files.stations),
        "--residents-field", "people", "--metres", "300",
    ]  # fmt: skip


def test_sites_as_geojson_with_value_bound_and_gap(layers: list[str], tmp_path: Path) -> None:
    out = tmp_path / "made" / "sites.geojson"
    result = RUN.invoke(app, ["siting", *layers, "-p", "2", "--out", str(out)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    made = json.loads(out.read_text(encoding="utf-8"))
    told = made["siting"]
    assert (told["value"], told["bound"], told["gap"], told["covered_after"]) == (30, 30, 0.0, 35)
    assert [f["properties"]["gain_residents"] for f in made["features"]] == [21, 9]


def test_points_parcels_and_exclusions_are_files_and_sites_a_table(layers: list[str], tmp_path: Path) -> None:
    frame([Point(450, 0), Point(3_000, 0)], code=["x", "y"]).to_file(points := tmp_path / "points.geojson")
    frame([box(390, 1, 410, 5), box(2_990, 1, 3_010, 5)], land_use=["A", "R"]).to_file(
        parcels := tmp_path / "parcels.geojson"
    )
    frame([box(400, -50, 500, 50)], code=["no"]).to_file(shut := tmp_path / "shut.geojson")
    gains = []
    for more in (
        ["--candidates", str(points)],
        ["--candidates", str(points), "--exclude", str(shut)],
        ["--candidates", str(parcels)],
        ["--candidates", str(parcels), "--land-use", "R"],
        ["--candidates", "streets:500", "--model", "p_median"],
    ):
        out = tmp_path / "sites.csv"
        result = RUN.invoke(
            app, ["siting", *layers, *more, "-p", "1", "--out", str(out)], catch_exceptions=False
        )
        assert result.exit_code == 0, result.output
        with out.open(encoding="utf-8-sig", newline="") as file:
            (row,) = csv.DictReader(file)
        gains.append(int(row["gain_residents"]))
    assert gains[:4] == [13, 9, 13, 9]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["-p", "0"], "siting_stations"),
        (["-p", "1", "--candidates", "streets:x"], "siting_spacing_m"),
        (["-p", "1", "--types", "party_mass_center"], "files_missing"),
        (["-p", "1", "--model", "best"], "siting_model"),
    ],
)
def test_wrong_options_are_refused(layers: list[str], tmp_path: Path, more: list[str], said: str) -> None:
    result = RUN.invoke(app, ["siting", *layers, *more, "--out", str(tmp_path / "x.geojson")])
    assert result.exit_code != 0
    assert said in str(result.exception) + result.output
