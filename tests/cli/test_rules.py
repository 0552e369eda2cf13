"""`wangge rules` on a database with the town in it."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from gis.cli.main import app
from gis.db.cluster import Cluster
from gis.db.engine import make_engine
from tests.database import cloned_database, town_template

pytestmark = pytest.mark.db


@pytest.fixture(scope="module")
def town_url(cluster: Cluster) -> object:
    with cloned_database(cluster, town_template(cluster)) as url:
        engine = make_engine(url)
        with engine.begin() as connection:  # the sample's year lies further back with each day
            connection.execute(text("UPDATE event SET opened_at = now() - interval '2 days'"))
        engine.dispose()
        yield url


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    path = tmp_path / "rules.toml"
    path.write_bytes(resources.files("gis.events").joinpath("data", "dispatch_rules_1.toml").read_bytes())
    return path


def run(url: object, monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str]:
    monkeypatch.setenv("WANGGE_DATABASE_URL", str(url))
    done = CliRunner().invoke(app, ["rules", *words])
    return done.exit_code, done.output


def test_the_shipped_rules_are_clean(
    town_url: object, monkeypatch: pytest.MonkeyPatch, shipped: Path
) -> None:
    code, said = run(town_url, monkeypatch, "lint", str(shipped))
    assert (code, said.strip()) == (0, "25 条规则，0 处错误，0 处提醒 / 25 rules, 0 errors, 0 warnings")


def test_the_example_of_the_document_is_a_file_of_rules(
    town_url: object, monkeypatch: pytest.MonkeyPatch, shipped: Path
) -> None:
    page = Path(__file__).parents[2].joinpath("docs", "how-to", "dispatch.md").read_text("utf-8")
    shipped.write_text(page.split("```toml\n")[1].split("```")[0], "utf-8")
    code, said = run(town_url, monkeypatch, "lint", str(shipped))
    assert (code, "1 rules, 0 errors" in said) == (0, True), said
    assert "江湾区" in said, "what it leaves open lies in the district"
    assert "示例省" not in said
    assert run(town_url, monkeypatch, "simulate", str(shipped), "--days", "90")[0] == 0


def test_an_error_is_told_by_the_exit_code(
    town_url: object, monkeypatch: pytest.MonkeyPatch, shipped: Path
) -> None:
    shipped.write_text(shipped.read_text("utf-8").replace("D{district}05", "D{district}77"), "utf-8")
    code, said = run(town_url, monkeypatch, "lint", str(shipped))
    assert code == 1
    assert "error unknown_department heating-pipes" in said


def test_the_rules_in_force_change_nothing(
    town_url: object, monkeypatch: pytest.MonkeyPatch, shipped: Path
) -> None:
    """What the sample put into force is what is shipped."""
    code, said = run(town_url, monkeypatch, "simulate", str(shipped), "--city", "230199", "--days", "366")
    assert code == 0
    assert "件 / events，0 件改变去向" in said
    assert not said.startswith("0 件"), "there is a history to try them on"


def test_rules_are_kept_and_put_into_force(
    town_url: object, monkeypatch: pytest.MonkeyPatch, shipped: Path
) -> None:
    shipped.write_text(shipped.read_text("utf-8").replace('version = "1"', 'version = "2"'), "utf-8")
    code, said = run(town_url, monkeypatch, "import", str(shipped), "--city", "230199", "--activate")
    assert (code, "in force" in said) == (0, True)
    code, said = run(town_url, monkeypatch, "import", str(shipped), "--city", "230199")
    assert code != 0, "the version is taken"
