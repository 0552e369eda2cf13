"""The reason is the first change that covers; the margin SQL uses is the one Python uses."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gis.coverage.verdict import margin
from gis.walking.model import METRES, Bools, Profile, Reason
from gis.walking.profiles import PROFILES
from gis.walking.reasons import Why, borderline, explain


def test_reasons_are_tried_in_their_order_and_only_while_somebody_needs_one() -> None:
    covered = np.array([True, False, False, False, False, False])
    links = np.array([Reason.TOO_FAR, Reason.TOO_FAR, 0, 0, 0, 0], np.uint8)
    asked = []

    def change(kind: Why, *rows: int) -> tuple[Why, Callable[[], Bools]]:
        def would_cover() -> Bools:
            asked.append(kind)
            return np.isin(np.arange(6), rows)

        return kind, would_cover

    changes = [change(Why.CLOSED, 1, 2), change(Why.GATE, 2, 3), change(Why.BARRIER, 3, 4)]
    want = [Why.COVERED, Why.UNLINKED, Why.CLOSED, Why.GATE, Why.BARRIER, Why.DISTANCE]
    assert explain(covered, links, changes).tolist() == want
    assert asked == [Why.CLOSED, Why.GATE, Why.BARRIER]
    asked.clear()
    assert (
        explain(covered, links, [change(Why.CLOSED, *range(6)), change(Why.GATE, 3)]).tolist()[2:]
        == [Why.CLOSED] * 4
    )
    assert asked == [Why.CLOSED]


@pytest.mark.parametrize("profile", [METRES, *PROFILES.values()], ids=lambda p: p.name)
@pytest.mark.parametrize("limit", [1_000_000, 300_000_000, 900_000_000, 2_999_999_999])
def test_the_margin_is_the_border_of_borderline(profile: Profile, limit: int) -> None:
    wide = margin(limit, profile)
    cost = limit + np.array([-wide - 1, -wide, 0, wide, wide + 1])
    assert borderline(cost, np.ones(5, bool), profile, limit).tolist() == [False, True, True, True, False]
