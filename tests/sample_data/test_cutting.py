"""The pieces the plan is made of: apportioning, cutting, filling, noding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sample_data.areas import rings
from sample_data.buildings import SLAB, fill
from sample_data.calendar import DAYS, day_weights, snowfalls
from sample_data.names import draw, numeral, pairs
from sample_data.network import bend_points, build
from sample_data.plane import make_plane
from sample_data.spec import SPECS, apportion
from sample_data.subdivide import HORIZONTAL, VERTICAL, Segments, subdivide

LINES = np.arange(0, 2_000_000, 15_000, dtype=np.int64)


@given(st.integers(0, 5000), st.lists(st.floats(0.01, 1e6), min_size=1, max_size=40))
def test_apportion_hits_the_total_and_stays_within_one(total: int, weights: list[float]) -> None:
    w = np.array(weights)
    parts = apportion(total, w)
    assert parts.sum() == total
    assert (np.abs(parts - w / w.sum() * total) < 1).all()


def test_apportion_refuses_what_cannot_be() -> None:
    with pytest.raises(ValueError, match="cannot apportion"):
        apportion(2, np.ones(3), least=1)


@given(st.integers(0, 2**32), st.integers(1, 60), st.integers(20_000, 400_000), st.integers(20_000, 400_000))
def test_parts_tile_the_rectangle_and_are_as_many_as_wanted(
    seed: int, n: int, width: int, height: int
) -> None:
    box = np.array([[0, 0, width, height]])
    cells, cuts = subdivide(
        box, np.zeros((1, 4), int), np.array([n]), 2, (LINES, LINES), np.random.default_rng(seed)
    )
    size = cells.box[:, 2:] - cells.box[:, :2]
    assert len(size) == n
    assert (size > 0).all()
    assert size.prod(axis=1).sum() == width * height
    assert len(cuts) == n - 1
    twins = np.flatnonzero(cells.twin >= 0)
    assert (cells.twin[cells.twin[twins]] == twins).all()


@given(st.integers(0, 2**32), st.integers(0, 20_000), st.integers(0, 20_000), st.sampled_from(sorted(SLAB)))
def test_rows_stay_in_their_box_and_apart(seed: int, width: int, height: int, kind: str) -> None:
    box = np.array([[500, 700, 500 + width, 700 + height]])
    _, items = fill(box, SLAB[kind], np.random.default_rng(seed))
    if not len(items):
        return
    assert (items[:, :2] >= box[0, :2]).all()
    assert (items[:, 2:] <= box[0, 2:]).all()
    a, b = items[:, None], items[None]
    apart = (
        (a[..., 2] < b[..., 0]) | (b[..., 2] < a[..., 0]) | (a[..., 3] < b[..., 1]) | (b[..., 3] < a[..., 1])
    )
    assert (apart | np.eye(len(items), dtype=bool)).all()


def test_noding_splits_where_an_end_touches() -> None:
    segs = Segments(
        *np.array([[HORIZONTAL, 30, 0, 100, 1], [VERTICAL, 40, 30, 90, 2], [VERTICAL, 40, 0, 30, 2]]).T
    )
    net = build([(segs, None)])
    ends = {frozenset([tuple(net.node[u]), tuple(net.node[v])]) for u, v in zip(net.u, net.v, strict=True)}
    assert ends == {
        frozenset([(0, 30), (40, 30)]), frozenset([(40, 30), (100, 30)]),
        frozenset([(40, 30), (40, 90)]), frozenset([(40, 30), (40, 0)]),
    }  # fmt: skip


def test_rings_carry_the_vertices_on_their_sides() -> None:
    box = np.array([[0, 0, 10, 10], [10, 0, 20, 10]])
    corners = np.array([[0, 0], [10, 0], [20, 0], [0, 10], [10, 10], [20, 10]])
    one, two = rings(box, np.concatenate([corners, [[10, 4], [5, 10], [99, 99]]]))
    assert (one.area, two.area) == (100.0, 100.0)
    assert {(10.0, 4.0), (5.0, 10.0)} <= set(one.exterior.coords)
    assert (10.0, 4.0) in set(two.exterior.coords)
    assert len(two.exterior.coords) == 6


def test_bends_divide_evenly() -> None:
    points, line = bend_points(np.array([[0, 0], [0, 0]]), np.array([[100, 0], [0, 300]]), 100)
    assert line.tolist() == [1, 1]
    assert points.tolist() == [[0, 100], [0, 200]]


@pytest.mark.parametrize("size", sorted(SPECS))
def test_the_ground_is_bent_but_not_torn(size: str) -> None:
    """The map keeps right angles to a degree and stretches by less than a third."""
    spec = SPECS[size]
    plane = make_plane(spec)
    right = max(q.right_m for q in spec.quadrants) * 100
    top = max(q.top_m for q in spec.quadrants) * 100
    x, y = (a.ravel() for a in np.meshgrid(np.linspace(0, right, 40), np.linspace(0, top, 40)))
    at = np.column_stack([x, y])
    step = 1000.0
    east = plane.metres(at + np.array([step, 0])) - plane.metres(at)
    north = plane.metres(at + np.array([0, step])) - plane.metres(at)
    stretch = np.hypot(*east.T) / (step / 100)
    assert 0.67 < stretch.min() < stretch.max() < 1.5
    cosine = (east * north).sum(axis=1) / np.hypot(*east.T) / np.hypot(*north.T)
    assert np.abs(cosine).max() < np.cos(np.radians(89))
    turned = east[:, 0] * north[:, 1] - east[:, 1] * north[:, 0]
    assert (turned > 0).all()


@pytest.mark.parametrize(("n", "text"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (42, "四十二")])
def test_numerals(n: int, text: str) -> None:
    assert numeral(n) == text


def test_names_never_repeat() -> None:
    words = pairs("江河湖", "安宁顺")
    drawn = draw(words, 500, np.random.default_rng(1))
    assert len(set(drawn)) == 500
    assert set(draw(words, 9, np.random.default_rng(2))) == set(words)


def test_snow_brings_reports_and_summer_none() -> None:
    weights = day_weights(1)
    assert weights.shape[1] == DAYS
    assert (weights >= 0).all()
    assert (weights.sum(axis=1) > 0).all()
    days, _ = snowfalls(1)
    assert len(days) > 5
    assert ((days < 182) | (days > 330)).all()
