"""Codes of areas: what a length means, whose child a code is, what a column gets wrong."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest

from gis.areas.codes import check_codes, level_of, parent_of, trimmed

CODES = Path(__file__).parents[3] / "shared/data/codes"


@pytest.mark.parametrize(
    ("code", "level", "parent"),
    [
        ("23", "province", None),
        ("2301", "city", "23"),
        ("230199", "district", "2301"),
        ("230199001", "subdistrict", "230199"),
        ("230199001002", "community", "230199001"),
        ("230199001002003", "grid", "230199001002"),
        ("230", None, None),
        ("", None, None),
        ("２３", None, None),
        ("23a1", None, None),
        ("2301990010020034", None, None),
        (" 23", None, None),
    ],
)
def test_lengths(code: str, level: str | None, parent: str | None) -> None:
    assert level_of(code) == level
    assert parent_of(code) == parent


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("230103017000", "230103017"),
        ("230103000000", "230103"),
        ("230100000000", "2301"),
        ("230000000000", "23"),
        ("230000", "23"),
        ("230103", "230103"),
        ("230103017001", "230103017001"),
        ("230103010", "230103010"),
        ("x", "x"),
    ],
)
def test_trimmed(code: str, expected: str) -> None:
    assert trimmed(code) == expected


def test_every_fault_of_a_column_is_named() -> None:
    codes = pd.Series(["23", "2301", "12345", None, "2301", "230199"])
    levels = pd.Series(["province", "city", "city", "grid", "city", "city"])
    found = [(p.row, p.code, p.value) for p in check_codes(codes, levels)]
    assert found == [
        (3, "bad_code", "12345"),
        (4, "bad_code", ""),
        (5, "duplicate_code", "2301"),
        (6, "level_mismatch", "230199"),
    ]
    assert check_codes(codes[:2], levels[:2]) == []


@pytest.mark.data
def test_the_published_codes_obey_the_rules() -> None:
    path = CODES / "villages.csv.gz"
    if not path.exists():
        pytest.skip(f"the published codes are not beside the checkout: {path.name}")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        codes = pd.read_csv(file, dtype=str, usecols=["code", "streetCode"])
    assert len(codes) == 620_573
    assert codes["code"].str.len().eq(12).all()
    assert codes["code"].str[:9].eq(codes["streetCode"]).all()
    assert parent_of(codes["code"][0]) == codes["streetCode"][0]
