"""A search that is too large is refused with what would fit, and what is named does fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from gis.base.errors import Invalid
from gis.coverage.siting import ground, room
from gis.coverage.siting.request import read_request
from gis.coverage.siting.service import site_files

from .test_service import BASE, village


def streets(spacing_m: float, **more: object) -> dict[str, object]:
    return {
        **BASE,
        "types": ["any"],
        "candidates": {"kind": "streets", "spacing_m": spacing_m},
        **more,
    }


def test_too_many_candidates_name_a_spacing_that_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = village(tmp_path)
    monkeypatch.setattr(room, "MOST_CANDIDATES", 30)
    with pytest.raises(Invalid, match="siting_candidates") as refused:
        site_files(files, read_request(streets(20)))
    spacing = refused.value.facts["spacing_m"]
    assert refused.value.facts["count"] == 200
    assert f"{spacing:g} 米" in refused.value.zh
    assert f"{spacing:g} m" in refused.value.en
    assert site_files(files, read_request(streets(spacing))).value == 3


@pytest.mark.parametrize("model", ["coverage", "p_median"])
def test_too_many_pairs_name_a_spacing_that_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    files = village(tmp_path)
    monkeypatch.setattr(ground, "MOST_PAIRS", 40)
    monkeypatch.setattr(ground, "MOST_DISTANCES", 100)
    with pytest.raises(Invalid, match="siting_too_large") as refused:
        site_files(files, read_request(streets(20, model=model)))
    spacing = refused.value.facts["spacing_m"]
    assert spacing > 20
    assert f"{spacing:g} m" in refused.value.en
    assert site_files(files, read_request(streets(spacing, model=model))).sites


def test_points_are_told_how_many_fit_and_nothing_wider_than_the_widest_is_named(tmp_path: Path) -> None:
    assert room.wider(100, 25_000, 20_000) == 140
    assert room.wider(1_000, 100_000, 20_000) is None
    with pytest.raises(Invalid) as refused:
        room.refuse_number(
            20_001, read_request({**BASE, "candidates": {"kind": "points", "points": [[1, 1]]}}).wanted
        )
    assert "20,000" in refused.value.en
    assert refused.value.facts["spacing_m"] is None
