"""The same seed gives the same bytes, another seed others, and the committed town is what we generate."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gis.cli.main import app
from sample_data.generate import generate
from sample_data.write import total_bytes, write
from tests.sample_data.conftest import Measured

TOWN = Path(__file__).parents[2] / "sample_data" / "town"


def _digest(directory: Path) -> dict[str, str]:
    return {
        str(p.relative_to(directory)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(directory.rglob("*"))
        if p.is_file()
    }


def test_committed_town_is_what_the_generator_makes(town: Measured, tmp_path: Path) -> None:
    files = write(town.sample, tmp_path)
    assert _digest(tmp_path) == _digest(TOWN)
    assert total_bytes(files) < 2_000_000


def test_two_runs_give_the_same_bytes_and_another_seed_does_not(district: Measured, tmp_path: Path) -> None:
    write(district.sample, tmp_path / "first")
    write(generate("district", 1), tmp_path / "second")
    first = _digest(tmp_path / "first")
    assert first == _digest(tmp_path / "second")
    write(generate("town", 2), tmp_path / "other")
    other, committed = _digest(tmp_path / "other"), _digest(TOWN)
    assert {name for name in committed if other[name] == committed[name]} <= {"departments.csv"}


def test_writing_over_an_older_sample_leaves_nothing_of_it(town: Measured, tmp_path: Path) -> None:
    (tmp_path / "buildings.fgb").write_bytes(b"old")
    write(town.sample, tmp_path)
    assert not (tmp_path / "buildings.fgb").exists()


def test_command_writes_the_files_and_a_summary(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        app, ["sample", "--size", "town", "--out", str(tmp_path / "made"), "--seed", "1"]
    )
    assert result.exit_code == 0, result.output
    assert _digest(tmp_path / "made") == _digest(TOWN)
    summary = json.loads((tmp_path / "made" / "summary.json").read_text(encoding="utf-8"))
    assert summary["grids"] == 60
    assert summary["buildings"] == 1500


@pytest.mark.parametrize("wrong", [["--size", "village"], ["--seed", "-1"]])
def test_command_refuses_what_it_cannot_make(wrong: list[str], tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["sample", "--out", str(tmp_path / "made"), *wrong])
    assert result.exit_code == 2
    assert not (tmp_path / "made").exists()
