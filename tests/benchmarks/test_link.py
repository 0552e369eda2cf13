"""The rows of linking and of cutoffs at town size: answers agree, and a wrong answer would be seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from benchmarks import cutoffs, link
from benchmarks.circles import streets
from gis.walking.walls import edge_lines


@pytest.mark.prove
def test_both_rows_agree_at_town_size() -> None:
    assert link.run("town").agree
    assert cutoffs.run("town").agree


def test_a_longer_leg_and_a_link_too_many_are_seen() -> None:
    network = streets(100, block_m=link.BLOCK_M)
    points = np.asarray(
        shapely.points(network.node_xy_mm.mean(axis=0) + np.array([[0.0, 0.0], [9_000.0, 0.0]])), dtype=object
    )
    lines = edge_lines(network)
    ways, reason = link.link_points(network, points)
    peer = shapely.STRtree(lines).query_nearest(points, all_matches=False)
    assert link.same({"ours": (ways, reason), "shapely": peer}, points, lines)
    longer = replace(ways, leg_um=ways.leg_um + 2)
    assert not link.same({"ours": (longer, reason), "shapely": peer}, points, lines)
    lost = ways.take(ways.point != 0)
    assert not link.same({"ours": (lost, reason), "shapely": peer}, points, lines)


def test_another_verdict_away_from_the_limit_is_seen() -> None:
    distance = np.array([299.0, 500.0, 1200.0])
    verdicts = [distance <= limit for limit in cutoffs.CUTOFFS_M]
    at_the_limit = [v.copy() for v in verdicts]
    at_the_limit[1][1] = False
    wrong = [v.copy() for v in verdicts]
    wrong[0][0] = False
    ours = (distance, verdicts)
    assert cutoffs.same({"ours": ours, "scipy": (distance, at_the_limit)})
    assert not cutoffs.same({"ours": ours, "scipy": (distance, wrong)})
