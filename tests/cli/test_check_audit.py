"""`wangge check audit`: what it prints, what it ends with, and that it mends nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from gis.accounts.audit import record
from gis.cli.main import app
from gis.db.cluster import Cluster
from gis.db.engine import unit_of_work
from tests.database import cloned_engine

runner = CliRunner()


@pytest.fixture
def audited(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    with cloned_engine(cluster) as engine:
        for number in range(6):
            with unit_of_work(engine) as session:
                record(session, "x.y", "thing", number % 2)
        monkeypatch.setenv("WANGGE_DATABASE_URL", engine.url.render_as_string(hide_password=False))
        yield engine


def break_it(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("UPDATE audit SET role = 'x' WHERE object_id = '1' AND seq = 2"))


@pytest.mark.db
def test_whole_chains_end_with_nothing_and_give_an_anchor(audited: Engine, tmp_path: Path) -> None:
    path = tmp_path / "anchor.json"
    shown = runner.invoke(app, ["check", "audit", "--anchor", str(path)])
    assert shown.exit_code == 0, shown.output
    assert "6 行 / rows, 2 条链 / chains, 0 条断裂" in shown.output
    assert path.is_file()
    again = runner.invoke(app, ["check", "audit", "--against", str(path)])
    assert again.exit_code == 0, again.output
    with audited.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("DELETE FROM audit WHERE object_id = '0' AND seq = 3"))
    cut = runner.invoke(app, ["check", "audit", "--against", str(path)])
    assert cut.exit_code == 1
    assert "6 rows then, 5 now" in cut.output


@pytest.mark.db
def test_a_broken_chain_is_named_and_nothing_is_written(audited: Engine, tmp_path: Path) -> None:
    break_it(audited)
    path = tmp_path / "anchor.json"
    for option in (["--anchor", str(path)], ["--purge"], []):
        shown = runner.invoke(app, ["check", "audit", *option])
        assert shown.exit_code == 1
        assert "thing 1: 第 2 行内容被改动 / row 2" in shown.output
        assert ("audit_broken" in shown.stderr) == bool(option)
    assert not path.exists()


@pytest.mark.db
def test_purging_says_how_many_rows_went(audited: Engine) -> None:
    shown = runner.invoke(app, ["check", "audit", "--purge"])
    assert shown.exit_code == 0, shown.output
    assert "0 rows from more than 400 days ago removed" in shown.output


def test_the_audit_is_kept_for_six_months_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_AUDIT_DAYS", "183")
    shown = runner.invoke(app, ["check", "audit"])
    assert shown.exit_code == 1
    assert "WANGGE_AUDIT_DAYS" in shown.stderr


@pytest.mark.db
def test_the_bare_command_still_checks_everything(audited: Engine) -> None:
    shown = runner.invoke(app, ["check"])
    assert all(part in shown.output for part in ("Python", "PostGIS", "migrations", "map libraries"))
    assert "rows/s" not in shown.output


def test_the_command_names_its_parts() -> None:
    shown = runner.invoke(app, ["check", "--help"])
    assert shown.exit_code == 0
    assert "audit" in shown.output
