"""Arriving is confirmed (到场确认): nothing in the product is called, or works as, clocking in."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from tests.events.whistle.people import Stage

ROOT = Path(__file__).resolve().parents[3]
CLOCKING_IN = "打" + "卡"
PRODUCT = ("web/lang", "web/templates", "web/js", "gis", "api", "docs")
KINDS = {".json", ".html", ".js", ".py", ".sql", ".toml", ".csv", ".md", ".txt"}


def told(root: Path, folders: tuple[str, ...] = PRODUCT) -> list[str]:
    """The files whose words speak of clocking in."""
    return [
        str(path.relative_to(root))
        for folder in folders
        for path in sorted((root / folder).rglob("*"))
        if path.suffix in KINDS and path.is_file() and CLOCKING_IN in path.read_text("utf-8", "replace")
    ]


def test_no_word_of_clocking_in() -> None:
    assert told(ROOT) == []


def test_the_word_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "web" / "lang").mkdir(parents=True)
    (tmp_path / "web" / "lang" / "zh-CN.json").write_text(f'{{"a": "到场{CLOCKING_IN}"}}', "utf-8")
    assert told(tmp_path) == ["web/lang/zh-CN.json"]


@pytest.mark.db
def test_nothing_keeps_where_somebody_was(stage: Stage) -> None:
    """One moment and how far it was: no place, no other time of presence."""
    with stage.owner.connect() as connection:
        columns = set(
            connection.scalars(
                text(
                    "SELECT column_name FROM information_schema.columns WHERE table_schema = 'wangge'"
                    " AND table_name = 'whistle_answer'"
                )
            )
        )
    assert {name for name in columns if name.startswith("arriv")} == {
        "arrive_due", "arrived_at", "arrival_distance_m", "arrival_accuracy_m",
    }  # fmt: skip
    assert not {name for name in columns if name.startswith(("lon", "lat", "geom", "left", "stay"))}
