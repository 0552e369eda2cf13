"""`wangge import filing-standards` and `wangge import categories`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from gis.cli.main import app
from gis.db.cluster import Cluster
from gis.events.standards import service
from tests.district import district_engine

runner = CliRunner()
pytestmark = pytest.mark.db
RUBBISH = "gbt47678.5-2026:matter:06010"
HEAD = "category,condition,limit,closure\n"


@pytest.fixture
def district(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    with district_engine(cluster) as engine:
        monkeypatch.setenv("WANGGE_DATABASE_URL", engine.url.render_as_string(hide_password=False))
        monkeypatch.setenv("WANGGE_STATE_DIR", str(tmp_path / "state"))
        monkeypatch.setenv("COLUMNS", "200")
        yield engine


def test_a_table_is_tried_then_put_in_force(district: Engine, tmp_path: Path) -> None:
    file = tmp_path / "标准.csv"
    file.write_text(f"{HEAD}{RUBBISH},成堆,1工作日,已清运\n", encoding="utf-8")
    command = [
        "import",
        "filing-standards",
        str(file),
        "--city",
        "230199",
        "--version",
        "2026",
        "--source",
        "区",
    ]
    tried = runner.invoke(app, [*command, "--dry-run"])
    assert tried.exit_code == 0, tried.output
    assert "改变 / changed 1" in tried.output
    assert "nothing kept" in tried.output
    assert len(service.list_sets(district)) == 1
    assert runner.invoke(app, command).exit_code == 0
    assert [one.limit.zh() for one in service.list_standards(district, area="230199", category=RUBBISH)] == [
        "1工作日"
    ]


def test_bad_rows_and_days_are_told(district: Engine, tmp_path: Path) -> None:
    file = tmp_path / "标准.csv"
    file.write_text(f"{HEAD}{RUBBISH},成堆,一天,已清运\n", encoding="utf-8")
    command = ["import", "filing-standards", str(file), "--version", "2026"]
    for more, code in (([], "bad_limit"), (["--from", "soon"], "bad_date")):
        refused = runner.invoke(app, [*command, *more])
        assert refused.exit_code != 0
        assert code in refused.output
    assert len(service.list_sets(district)) == 1


def test_categories_are_imported(district: Engine, tmp_path: Path) -> None:
    file = tmp_path / "类别.csv"
    file.write_text("scheme,kind,code,parent,name_zh\ngov-s,request,S0299,S02,冰面\n", encoding="utf-8")
    done = runner.invoke(app, ["import", "categories", str(file)])
    assert done.exit_code == 0, done.output
    assert "gov-s:request:S0299" in {one.key for one in service.list_categories(district)}
