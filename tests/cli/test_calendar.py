"""`wangge calendar`: a list of days becomes the next version of a city's calendar, or is refused by row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gis.cli.main import app
from gis.db.cluster import Cluster
from tests.database import cloned_database

pytestmark = pytest.mark.db
DAYS = "day,works,sessions,name\n2027-02-05,off,,春节\n2027-02-13,work,,春节调休\n2027-02-04,work,08:00-12:00,半天\n"
CITY = ("--code", "harbin", "--city", "2301", "--name", "哈尔滨市", "--source", "通知")


@pytest.fixture(autouse=True, scope="module")
def url(cluster: Cluster) -> Iterator[None]:
    with cloned_database(cluster) as made, pytest.MonkeyPatch.context() as patch:
        patch.setenv("WANGGE_DATABASE_URL", made)
        yield


def calendar(*words: str) -> Result:
    return CliRunner().invoke(app, ["calendar", *words])


def test_a_list_is_imported_and_shown(tmp_path: Path) -> None:
    file = tmp_path / "days.csv"
    file.write_text(DAYS, encoding="utf-8")
    done = calendar("import", str(file), *CITY, "--known-to", "2027-12-31")
    assert done.exit_code == 0, done.output
    assert "version 1: 3 days" in done.stdout
    shown = calendar("show", "harbin", "--year", "2027").stdout.splitlines()
    assert shown == [
        "2027-02-04 short    半天 08:00-12:00",
        "2027-02-05 holiday  春节",
        "2027-02-13 make_up  春节调休 08:00-12:00 14:00-18:00",
    ]
    again = calendar("import", str(file), *CITY)
    assert "version 2" in again.stdout


def test_a_bad_list_is_refused_by_row(tmp_path: Path) -> None:
    file = tmp_path / "days.csv"
    file.write_text("day,works\n2027-02-05,off\n2027-02-30,off\n", encoding="utf-8")
    refused = calendar("import", str(file), *CITY)
    assert refused.exit_code == 1
    assert "2027-02-30" in refused.output or "invalid_file" in refused.output
    assert calendar("import", str(file), *CITY, "--known-to", "soon").exit_code == 1
