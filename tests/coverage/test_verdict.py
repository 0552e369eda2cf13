"""The reason is the first change that covers; the margin SQL uses is the one Python uses."""

from __future__ import annotations

import numpy as np
import pytest

from gis.coverage.verdict import margin, why_not
from gis.walking.kernels import UNREACHABLE
from gis.walking.model import METRES, Profile, Reason
from gis.walking.profiles import PROFILES
from gis.walking.reasons import Why, borderline


def test_reasons_are_tried_in_their_order() -> None:
    limit = 100
    cost = np.array([100, 101, 101, 101, 101, UNREACHABLE])
    gates = np.array([100, 90, 101, 101, 90, UNREACHABLE])
    free = np.array([100, 80, 80, 101, 80, UNREACHABLE])
    links = np.array([0, 0, 0, 0, Reason.TOO_FAR, 0], np.uint8)
    want = [Why.COVERED, Why.GATE, Why.BARRIER, Why.DISTANCE, Why.UNLINKED, Why.DISTANCE]
    assert why_not(cost, limit, links, gates, free).tolist() == want


@pytest.mark.parametrize("profile", [METRES, *PROFILES.values()], ids=lambda p: p.name)
@pytest.mark.parametrize("limit", [1_000_000, 300_000_000, 900_000_000, 2_999_999_999])
def test_the_margin_is_the_border_of_borderline(profile: Profile, limit: int) -> None:
    wide = margin(limit, profile)
    cost = limit + np.array([-wide - 1, -wide, 0, wide, wide + 1])
    assert borderline(cost, np.ones(5, bool), profile, limit).tolist() == [False, True, True, True, False]
