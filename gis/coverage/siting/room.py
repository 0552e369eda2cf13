"""What one search has room for, and, for one that is too large, the spacing or the number of candidates that fits."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from gis.base.errors import Invalid
from gis.coverage.siting.request import MOST_CANDIDATES, SPACING_M, Wanted

MOST_PAIRS, MOST_DISTANCES = 60_000_000, 30_000_000
"""More pairs (of a p-median, which keeps a number each) than this are refused: they would not fit into 4 GB."""
_SAMPLE = 128
_SPARE = 1.1
_ROUND_M = 10


class TooManyPairs(Exception):
    """More pairs than there is room for."""


def stop_at(pairs: int, most: int) -> None:
    """Raises `TooManyPairs` beyond `most`."""
    if pairs > most:
        raise TooManyPairs


def refuse_number(count: int, wanted: Wanted) -> None:
    """Invalid `siting_candidates` where there are no candidates, or too many."""
    if not count:
        raise Invalid("siting_candidates", "没有可用的候选点", "no candidate is left", field="candidates")
    if count > MOST_CANDIDATES:
        raise _refused("siting_candidates", count, MOST_CANDIDATES, wanted, f"{count:,}", "candidates")


def too_large(count: int, most: int, wanted: Wanted, pairs_of: Callable[[np.ndarray], int]) -> Invalid:
    """Invalid `siting_too_large`; `pairs_of` some candidates (rows) are what a wider spacing is told from.

    Every so-maniest candidate stands as candidates of a wider spacing do, so that their pairs are a fair sample.
    """
    rows = np.arange(0, count, max(1, count // _SAMPLE))
    each = max(pairs_of(rows), 1) / len(rows)
    fits = max(1, int(most / (each * _SPARE)))
    return _refused("siting_too_large", count, fits, wanted, f"{each * count:,.0f}", "pairs", most=most)


def checked(most: int) -> Callable[[int], None]:
    """`stop_at` for a limit."""
    return partial(stop_at, most=most)


def wider(spacing_m: float, count: int, fits: int) -> float | None:
    """The spacing (in tens of metres) at which `count` candidates become at most `fits`; None above the widest."""
    found = math.ceil(spacing_m * count * _SPARE / fits / _ROUND_M) * _ROUND_M
    return float(found) if found <= SPACING_M[1] else None


def _refused(
    code: str, count: int, fits: int, wanted: Wanted, many: str, what: str, most: int = MOST_CANDIDATES
) -> Invalid:
    spacing = wider(wanted.spacing_m, count, fits) if wanted.kind == "streets" else None
    zh = f"至多 {fits:,} 个候选点，或缩小区域"
    en = f"at most {fits:,} candidates, or a smaller area"
    if spacing is not None:
        zh = f"把间距从 {wanted.spacing_m:g} 米加大到 {spacing:g} 米（约 {fits:,} 个候选点），或缩小区域"
        en = (
            f"widen the spacing from {wanted.spacing_m:g} m to {spacing:g} m (about {fits:,} candidates), or "
        )
        en += "take a smaller area"
    elif wanted.kind == "streets":
        zh, en = "请缩小区域", "take a smaller area"
    unit = "候选点" if what == "candidates" else "“候选点—楼栋”组合"
    about = "candidates" if what == "candidates" else "pairs of candidates and buildings"
    return Invalid(
        code,
        f"{unit}约 {many}，超过 {most:,}：{zh}",
        f"{many} {about} exceed {most:,}: {en}",
        field="candidates",
        count=count,
        fits=fits,
        spacing_m=spacing,
    )
