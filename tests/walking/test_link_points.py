"""Points are linked with their neighbours in one go; that must be what each gets by the general way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from gis.walking.cells import segment_cells
from gis.walking.link import STREET_CELL_MM, Leaving, Ways, _laid, _link_rest, _link_spots, link_all
from gis.walking.link_arrays import Segments, World
from gis.walking.link_point_kernels import LEFT
from gis.walking.model import Reason
from gis.walking.obstacles import obstacles

WIDTH_MM = 400_000


@st.composite
def places(draw: st.DrawFn) -> tuple[Leaving, World]:
    """Bent streets and points, on a coarse grid (many equal legs) or a fine one, open ground or built up."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    grid = draw(st.sampled_from([1, 500, 10_000]))
    edges, points = draw(st.integers(1, 60)), draw(st.integers(1, 120))
    built_up, sides = draw(st.booleans()), draw(st.integers(0, 2))

    def anywhere(*shape: int) -> np.ndarray:
        return rng.integers(0, WIDTH_MM // grid, shape) * float(grid)

    bends = rng.integers(1, 5, edges)
    corner = np.cumsum(rng.integers(-8, 9, (bends.sum() + edges, 2)) * 10_000.0 // grid * grid, axis=0)
    first = np.repeat(np.cumsum(bends + 1) - bends - 1, bends)
    at = first + np.concatenate([np.arange(n) for n in bends])
    moved = np.repeat(anywhere(edges, 2) - corner[np.cumsum(bends + 1) - bends - 1], bends, axis=0)
    ends = np.hstack((corner[at] + moved, corner[at + 1] + moved))
    length = np.rint(np.hypot(*(ends[:, 2:] - ends[:, :2]).T) * 1000).astype(np.int64)
    edge = np.repeat(np.arange(edges, dtype=np.int32), bends)
    before = np.cumsum(length) - length
    offset = before - before[np.cumsum(bends) - bends][edge]
    side = (rng.integers(0, sides + 1, edges) - 1).astype(np.int32)
    nothing = np.empty(0, dtype=object)
    corners = anywhere(30, 2) if built_up else np.empty((0, 2))
    houses = np.asarray(shapely.box(*corners.T, *(corners + 15_000).T), dtype=object)
    blocks = obstacles(nothing, np.zeros(0, np.bool_), nothing, houses)
    streets = Segments(ends, edge, length, offset, side)
    world = World(streets, segment_cells(ends, STREET_CELL_MM), blocks.blocks, blocks.lines, blocks.areas)
    shapes = np.asarray(shapely.points(anywhere(points, 2)), dtype=object)
    return _leaving(shapes, rng.integers(-1, sides, points), rng.integers(-1, 31, points)), world


def _leaving(shapes: np.ndarray, side: np.ndarray, own: np.ndarray) -> Leaving:
    count = len(shapes)
    rows = np.arange(count, dtype=np.int32)
    return Leaving(rows, shapes, own.astype(np.int32), side.astype(np.int32), np.zeros(count, np.uint8))


def one_by_one(leaving: Leaving, world: World) -> tuple[Ways, np.ndarray]:
    """The general way for all."""
    reason = np.zeros(len(leaving.point), np.uint8)
    with ThreadPoolExecutor(1) as pool:
        return _laid(_link_rest(np.arange(len(reason)), leaving, world, pool), reason, pool), reason


def table(ways: Ways) -> np.ndarray:
    rows = np.stack([getattr(ways, name) for name in Ways.__slots__])
    return rows[:, np.lexsort((ways.position_um, ways.edge, ways.leg_um, ways.point))]


@settings(max_examples=300, deadline=None)
@given(places())
def test_points_together_are_linked_as_one_by_one(place: tuple[Leaving, World]):
    leaving, world = place
    ways, reason = link_all(leaving, world, threads=1)
    wanted, why = one_by_one(leaving, world)
    assert table(ways).tolist() == table(wanted).tolist()
    assert reason.tolist() == why.tolist()


def some(seed: int, *, built_up: bool) -> tuple[Leaving, World]:
    """A place with many points, with ties."""
    rng = np.random.default_rng(seed)
    x1, y1 = np.meshgrid(np.arange(0, WIDTH_MM, 50_000.0), np.arange(0, WIDTH_MM, 50_000.0))
    across = np.stack((x1, y1, x1 + 50_000, y1), axis=-1).reshape(-1, 4)
    along = np.stack((x1, y1, x1, y1 + 50_000), axis=-1).reshape(-1, 4)
    ends = np.concatenate((across, along))
    count = len(ends) // 2  # every edge has two segments, here far from each other
    streets = Segments(
        ends,
        np.tile(np.arange(count, dtype=np.int32), 2),
        np.full(len(ends), 50_000_000, np.int64),
        np.repeat([0, 50_000_000], count),
        np.full(count, -1, np.int32),
    )
    corners = rng.integers(0, WIDTH_MM, (150 if built_up else 0, 2)).astype(float)
    houses = np.asarray(shapely.box(*corners.T, *(corners + 15_000).T), dtype=object)
    nothing = np.empty(0, dtype=object)
    blocks = obstacles(nothing, np.zeros(0, np.bool_), nothing, houses)
    world = World(streets, segment_cells(ends, STREET_CELL_MM), blocks.blocks, blocks.lines, blocks.areas)
    spots = rng.integers(0, WIDTH_MM // 5_000, (2_000, 2)) * 5_000.0
    none = np.full(len(spots), -1)
    return _leaving(np.asarray(shapely.points(spots), dtype=object), none, none), world


@pytest.mark.parametrize("built_up", [False, True])
def test_a_crowd_is_linked_as_one_by_one_and_the_comparison_can_fail(built_up: bool):
    leaving, world = some(7, built_up=built_up)
    ways, reason = link_all(leaving, world)
    wanted, why = one_by_one(leaving, world)
    assert table(ways).tolist() == table(wanted).tolist()
    assert reason.tolist() == why.tolist()
    aside = replace(leaving, geometry=shapely.transform(leaving.geometry, lambda xy: xy + 1.0))
    assert table(one_by_one(aside, world)[0]).tolist() != table(wanted).tolist()
    of_point = np.bincount(ways.point)
    assert of_point.max() > 4  # an edge equally near at two places
    with ThreadPoolExecutor(1) as pool:
        parts = _link_spots(np.arange(len(leaving.point)), leaving, world, pool)
    left = np.concatenate([found.reason == LEFT for _, found in parts])
    assert left.any() == built_up  # what obstacles refuse goes the general way, and only that
    assert left.mean() < 0.9


def test_points_without_a_place_say_so():
    leaving, world = some(7, built_up=False)
    shapes = np.array([Point(), None, leaving.geometry[0], Point(9e9, 9e9)], dtype=object)
    none = np.full(4, -1)
    ways, reason = link_all(_leaving(shapes, none, none), world)
    assert set(ways.point.tolist()) == {2}
    assert reason.tolist() == [Reason.NO_PLACE, Reason.NO_PLACE, Reason.LINKED, Reason.TOO_FAR]
