"""The `circles` row compares like with like, and its comparison can see a difference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.circles import LIMIT_M, Pairs, _scipy, pairs_of, same, streets
from gis.walking.cost import graph
from gis.walking.model import METRES
from gis.walking.search import Catchments, catchments, node_seeds

ORIGINS = np.array([3, 50, 51, 300])


@pytest.fixture(scope="module")
def ours() -> Catchments:
    return catchments(graph(streets(900), METRES), node_seeds(ORIGINS), LIMIT_M * 10**6)


def test_the_synthetic_city_has_about_the_nodes_asked_for_and_is_sorted() -> None:
    network = streets(900)
    assert 700 < network.nodes < 1100
    assert np.all(network.edge_u < network.edge_v)
    assert np.all(np.diff(network.node_xy_mm[:, 0]) >= 0)
    assert network.length_um.min() > 0
    again = streets(900)
    assert np.array_equal(again.length_um, network.length_um)


def test_scipy_gives_the_same_pairs(ours: Catchments) -> None:
    answer = _scipy(streets(900), ORIGINS, None)()
    assert same({"ours": ours, "scipy": answer}, ORIGINS)


def test_a_missing_an_extra_and_a_wrong_pair_are_seen(ours: Catchments) -> None:
    right = pairs_of(ours, ORIGINS)
    assert len(right.node) > 100
    fewer = Pairs(right.origin[1:], right.node[1:], right.metres[1:])
    wrong = replace(right, metres=right.metres + np.where(np.arange(len(right.node)) == 7, 0.5, 0))
    extra = Pairs(np.append(right.origin, 3), np.append(right.node, 10**6), np.append(right.metres, 500.0))
    border = Pairs(
        np.append(right.origin, 3), np.append(right.node, 10**6), np.append(right.metres, LIMIT_M - 1e-7)
    )
    assert same({"ours": ours, "peer": right}, ORIGINS)
    assert same({"ours": ours, "peer": border}, ORIGINS)
    for bad in (fewer, wrong, extra):
        assert not same({"ours": ours, "peer": bad}, ORIGINS)
