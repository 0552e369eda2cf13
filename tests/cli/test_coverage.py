"""`wangge coverage` by the database: rows as from files, sums as the API gives them, options that exclude."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import geopandas as gpd
import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from gis.cli.main import app
from gis.coverage.files import Files, Names, cover_files
from gis.coverage.rows import write_csv
from gis.coverage.service import coverage_answer
from gis.db.cluster import Cluster
from gis.register.opening import week_time
from gis.walking.cost import limit_cost
from gis.walking.profiles import PROFILES
from tests.coverage.golden import LAYERS
from tests.database import TOWN, cloned_engine

runner = CliRunner()
TYPE = "party_mass_center"
QUESTION = ["--types", TYPE, "--minutes", "10", "--profile", "elderly"]


@pytest.fixture
def on_town(town_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("WANGGE_DATABASE_URL", town_engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("WANGGE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "200")
    return town_engine


def run(*options: str, out: Path) -> Result:
    return runner.invoke(app, ["coverage", *options, "--out", str(out)])


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def summed(shown: str, label: str) -> tuple[int, int]:
    row = re.search(rf"{label}[^0-9]+([0-9,]+)[^0-9]+([0-9,]+)", shown)
    assert row is not None, shown
    covered, total = (int(number.replace(",", "")) for number in row.groups())
    return covered, total


@pytest.mark.db
def test_rows_are_those_of_the_files_and_sums_those_of_the_service(on_town: Engine, tmp_path: Path) -> None:
    done = run(*QUESTION, out=tmp_path / "deep" / "db.csv")
    assert done.exit_code == 0, done.output
    stations = gpd.read_file(TOWN / "stations.geojson")
    stations[stations["type"] == TYPE].to_file(tmp_path / "stations.gpkg")
    named = {name: TOWN / f"{name}.geojson" for name in LAYERS} | {"stations": tmp_path / "stations.gpkg"}
    walker = PROFILES["elderly"]
    files = cover_files(Files(**named), walker, limit_cost(walker, minutes=10), Names("code"))
    write_csv(files.sort_values("building"), tmp_path / "files.csv")
    assert (tmp_path / "deep" / "db.csv").read_bytes() == (tmp_path / "files.csv").read_bytes()
    given = coverage_answer(on_town, [TYPE], minutes=10, profile="elderly")
    for name, label in (("buildings", "lived in"), ("households", "households"), ("residents", "residents")):
        share = given.totals[name]
        assert summed(done.stderr, label) == (share.covered, share.total)
    assert summed(done.stderr, "residents")[1] == 38_200


@pytest.mark.db
def test_a_time_of_the_week_is_asked_of_the_database_as_of_files(on_town: Engine, tmp_path: Path) -> None:
    done = run(
        *QUESTION, "--at", "Sa-10:00", "--uncovered", str(tmp_path / "worst.csv"), out=tmp_path / "db.csv"
    )
    assert done.exit_code == 0, done.output
    stations = gpd.read_file(TOWN / "stations.geojson")
    stations[stations["type"] == TYPE].to_file(tmp_path / "stations.gpkg")
    named = {name: TOWN / f"{name}.geojson" for name in LAYERS} | {"stations": tmp_path / "stations.gpkg"}
    walker, when = PROFILES["elderly"], week_time("Sa-23:30")
    limit = limit_cost(walker, minutes=10)
    night = cover_files(Files(**named), walker, limit, Names("code"), at=when)
    assert not night["covered"].any()
    assert set(night["reason"]) >= {"closed", "unlinked", "distance"}
    files = cover_files(Files(**named), walker, limit, Names("code"), at=week_time("Sa-10:00"))
    write_csv(files.sort_values("building"), tmp_path / "files.csv")
    assert (tmp_path / "db.csv").read_bytes() == (tmp_path / "files.csv").read_bytes()
    worst, rows = read(tmp_path / "worst.csv"), read(tmp_path / "db.csv")
    given = coverage_answer(on_town, [TYPE], minutes=10, profile="elderly", at="Sa-10:00")
    assert len(worst) == given.totals["buildings"].total - given.totals["buildings"].covered > 0
    assert {row["building"] for row in worst} <= {
        row["building"] for row in rows if row["covered"] == "false"
    }
    short = [float(row["shortfall_s"] or "inf") for row in worst]
    assert short == sorted(short, reverse=True)


@pytest.mark.db
def test_capacity_is_counted_and_what_is_unknown_is_said(on_town: Engine, tmp_path: Path) -> None:
    done = run(*QUESTION, "--capacity", out=tmp_path / "o.csv")
    assert done.exit_code == 0, done.output
    given = coverage_answer(on_town, [TYPE], minutes=10, profile="elderly", capacity=True)
    share = given.totals["residents"]
    assert summed(done.stderr, "residents") == (share.covered, share.total)
    full = {kind: count for kind, count, _ in given.reasons}["capacity"]
    reasons = [row["reason"] for row in read(tmp_path / "o.csv")]
    assert reasons.count("capacity") >= full > 0


@pytest.mark.db
def test_an_area_and_all_types(on_town: Engine, tmp_path: Path) -> None:
    everything = run("--all", "--metres", "500", out=tmp_path / "all.csv")
    assert everything.exit_code == 0, everything.output
    given = coverage_answer(on_town, [TYPE], metres=500)
    community = given.areas["community"][0].code
    part = run("--types", TYPE, "--metres", "500", "--area", community, out=tmp_path / "part.csv")
    assert part.exit_code == 0, part.output
    rows, few = read(tmp_path / "all.csv"), read(tmp_path / "part.csv")
    assert list(rows[0]) == list(few[0])
    assert 0 < len(few) < len(rows) == 1500
    by_code = {row["building"]: row for row in rows}
    assert all(by_code[row["building"]]["covered"] == "true" for row in few if row["covered"] == "true")
    assert summed(part.stderr, "residents")[1] == given.areas["community"][0].shares["residents"].total


@pytest.mark.db
@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--types", "teahouse", "--metres", "500"], "unknown_station_type"),
        (["--types", TYPE, "--metres", "500", "--area", "999"], "area_not_found"),
    ],
)
def test_what_the_database_does_not_know_is_refused(
    on_town: Engine, tmp_path: Path, options: list[str], code: str
) -> None:
    done = run(*options, out=tmp_path / "o.csv")
    assert done.exit_code == 1
    assert code in done.stderr
    assert not (tmp_path / "o.csv").exists()


@pytest.mark.db
def test_an_empty_database_says_what_is_missing(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cloned_engine(cluster) as empty:
        monkeypatch.setenv("WANGGE_DATABASE_URL", empty.url.render_as_string(hide_password=False))
        monkeypatch.setenv("WANGGE_STATE_DIR", str(tmp_path / "state"))
        done = run("--all", "--metres", "500", out=tmp_path / "o.csv")
    assert done.exit_code == 1
    assert "no_stations" in done.stderr


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--metres", "500"], "station_types"),
        (["--all", "--types", TYPE, "--metres", "500"], "station_types"),
        (["--types", TYPE], "limit_unit"),
        (["--all", "--minutes", "5", "--profile", "giant"], "unknown_profile"),
        (["--streets", "s.gpkg", "--metres", "500"], "files_missing"),
        (["--all", "--metres", "500", "--at", "Tuesday"], "week_time"),
        (
            ["--streets", "s", "--buildings", "b", "--stations", "t", "--metres", "5", "--at", "25:00"],
            "week_time",
        ),
        (
            ["--streets", "s", "--buildings", "b", "--stations", "t", "--metres", "5", "--capacity"],
            "files_missing",
        ),
        (["--barriers", "b.gpkg", "--all", "--metres", "500"], "files_missing"),
        (
            ["--streets", "s", "--buildings", "b", "--stations", "t", "--types", TYPE, "--metres", "5"],
            "files_missing",
        ),
    ],
)
def test_questions_without_an_answer_start_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], code: str
) -> None:
    state = tmp_path / "state"
    monkeypatch.setenv("WANGGE_STATE_DIR", str(state))
    done = run(*options, out=tmp_path / "o.csv")
    assert done.exit_code == 1
    assert code in done.stderr
    assert not state.exists()
