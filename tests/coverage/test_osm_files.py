"""`wangge coverage`, `circles` and `siting` straight from an OpenStreetMap extract."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import geopandas as gpd
import pytest
from typer.testing import CliRunner

from gis.base.errors import Invalid, NotFound
from gis.cli.main import app
from gis.coverage.osm_files import osm_layer
from tests.formats.test_osm import osm_text, way

RUN = CliRunner()
STREET = way(1, [1, 2, 3], highway="residential")
NEAR = way(3, [4, 2], highway="footway")


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    path = tmp_path / "small.osm"
    ways = (
        STREET + NEAR + way(4, [20, 21, 22, 23, 20], building="apartments") + way(5, [10, 11], highway="path")
    )
    path.write_text(osm_text(ways, {1: {"amenity": "kindergarten", "name": "园"}}))
    return path


def asked(path: Path, *names: str) -> list[str]:
    return [part for name in names for part in (f"--{name}", str(path))]


def test_the_three_commands_take_an_extract_for_each_layer(extract: Path, tmp_path: Path) -> None:
    layers = asked(extract, "streets", "buildings", "stations")
    out = tmp_path / "o.csv"
    done = RUN.invoke(
        app, ["coverage", *layers, "--metres", "500", "--out", str(out)], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    with out.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["building"], row["reason"], row["detail"]) == ("w4", "distance", "island")
    drawn = tmp_path / "c.geojson"
    some = asked(extract, "streets", "stations")
    done = RUN.invoke(app, ["circles", *some, "--metres", "300", "--out", str(drawn)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert gpd.read_file(drawn)["station"].tolist() == ["n1"]
    sites = tmp_path / "s.geojson"
    more = ["--metres", "300", "-p", "1", "--candidates", "streets:20", "--out", str(sites)]
    done = RUN.invoke(app, ["siting", *layers, *more], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert json.loads(sites.read_text(encoding="utf-8"))["siting"]["value"] == 1


def test_what_an_extract_does_not_hold_is_named(extract: Path, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no_such_layer") as refused:
        osm_layer("compounds", extract)
    assert "streets" in refused.value.en
    with pytest.raises(NotFound):
        osm_layer("streets", tmp_path / "none.osm.pbf")


def test_a_changed_extract_is_read_again(extract: Path) -> None:
    before = len(osm_layer("streets", extract))
    extract.write_text(osm_text(STREET))
    os.utime(extract, ns=(1, 1))
    assert len(osm_layer("streets", extract)) == 1 < before
