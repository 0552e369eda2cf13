"""`wangge deficits` and `wangge import standards`: what the service answers, printed and written."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete
from typer.testing import CliRunner

from gis.cli.main import app
from gis.coverage.deficits_service import deficit_answer
from gis.db.cluster import Cluster
from gis.register.tables import BuildingPeople
from tests.coverage.place import load_place
from tests.coverage.test_standards import SHIPPED
from tests.database import cloned_engine

runner = CliRunner()
pytestmark = pytest.mark.db


def settle(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("WANGGE_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("WANGGE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "200")
    return engine


@pytest.fixture
def on_town(town_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    return settle(town_engine, tmp_path, monkeypatch)


def test_communities_by_what_they_miss(on_town: Engine, tmp_path: Path) -> None:
    done = runner.invoke(
        app, ["deficits", "--standards", "party_mass", "--out", str(tmp_path / "a" / "d.csv")]
    )
    assert done.exit_code == 0, done.output
    given = deficit_answer(on_town, standards="party_mass")
    with (tmp_path / "a" / "d.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(given.rows) > 6
    for one, row in zip(given.rows, rows, strict=True):
        assert (row["code"], row["type"]) == (one.code, one.type)
        assert row["missing"] == ("" if one.missing is None else str(one.missing))
        assert row["residents_covered"] == (
            "" if one.residents.covered is None else str(one.residents.covered)
        )
    assert all(one.name in done.stderr for one in given.ranked)
    assert "本项目定义" in done.stderr


def test_where_nobody_was_counted_unknown_is_printed(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cloned_engine(cluster) as engine:
        load_place(settle(engine, tmp_path, monkeypatch))
        with engine.begin() as connection:
            connection.execute(delete(BuildingPeople))
        done = runner.invoke(app, ["deficits", "--standards", "party_mass", "--out", str(tmp_path / "d.csv")])
    assert done.exit_code == 0, done.output
    assert "未知 / unknown" in done.stderr
    assert "没有居民数据" in done.stderr
    with (tmp_path / "d.csv").open(encoding="utf-8", newline="") as file:
        assert {row["missing"] for row in csv.DictReader(file)} == {""}


def test_a_housing_project(on_town: Engine) -> None:
    done = runner.invoke(app, ["deficits", "--households", "1200"])
    assert done.exit_code == 0, done.output
    rooms = next(line for line in done.stdout.splitlines() if "社区综合服务设施总量" in line)
    assert "360" in rooms
    assert "未核实" in done.stdout
    for wrong in (["--households", "0"], ["--residents", "5"], ["--standards", "x"]):
        refused = runner.invoke(app, ["deficits", *wrong])
        assert refused.exit_code == 1
        assert "错误 / error" in refused.stderr


def test_a_narrow_terminal_cuts_no_number_and_a_small_share_is_not_none(
    on_town: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = runner.invoke(app, ["deficits", "--standards", "party_mass"]).stderr
    monkeypatch.setenv("COLUMNS", "60")
    narrow = runner.invoke(app, ["deficits", "--standards", "party_mass"]).stderr
    assert "…" not in narrow
    assert narrow.split() == wide.split()
    one = runner.invoke(app, ["deficits", "--households", "1"]).stdout
    assert "<0.1 %" in one
    assert " 0%" not in one


def test_a_citys_standards_are_imported(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "own.csv"
    with cloned_engine(cluster) as engine:
        settle(engine, tmp_path, monkeypatch)
        path.write_bytes(SHIPPED.replace(b"gb50180,2018,,", b"harbin,2026,2301,"))
        tried = runner.invoke(app, ["import", "standards", str(path), "--dry-run"])
        assert "dry run" in tried.stdout
        missing = runner.invoke(app, ["deficits", "--households", "9", "--standards", "harbin"])
        assert "[unknown_standard]" in missing.stderr
        done = runner.invoke(app, ["import", "standards", str(path)])
        assert done.exit_code == 0, done.output
        assert "harbin@2026 · 2301" in done.stdout
        found = runner.invoke(
            app, ["deficits", "--households", "9", "--standards", "harbin", "--area", "230199"]
        )
        assert found.exit_code == 0, found.output
        path.write_bytes(SHIPPED.replace(b",5,300,", b",6,300,", 1))
        refused = runner.invoke(app, ["import", "standards", str(path)])
        assert (refused.exit_code, "tier_min" in refused.stderr) == (1, True)
