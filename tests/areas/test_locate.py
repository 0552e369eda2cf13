"""Locating in bulk: exactly what GEOS answers, the tie rule, the nearest grid, the refusals."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from benchmarks.inputs import Grids, grids, points
from gis.areas import kernels
from gis.areas.locate import build_grid_index, locate_many
from gis.areas.model import Method
from gis.base.crs import metric_crs, to_metric
from gis.base.errors import Invalid
from tests.areas.points import hard, off_a_plane_border, with_holes_and_overlaps

SQUARE_M = shapely.box(126.6, 45.7, 126.61, 45.71)


def by_geos(within: Grids, xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Position of the lowest covering code (-1 none), and whether the point is on that grid's border."""
    order = np.argsort(within.codes, kind="stable")
    at = shapely.points(xy)
    grid = np.full(len(xy), -1)
    for position in order[::-1]:
        grid[shapely.covers(within.polygons[position], at)] = position
    border = np.zeros(len(xy), dtype=bool)
    found = grid >= 0
    border[found] = shapely.touches(within.polygons[grid[found]], at[found])
    return grid, border


@pytest.mark.parametrize("cells", [1, 500, 1 << 14, 1 << 20])
@pytest.mark.parametrize("seed", range(4))
def test_same_as_geos_on_hard_points(seed: int, cells: int) -> None:
    within = with_holes_and_overlaps()
    xy = hard(within, seed, 2000)
    located = locate_many(build_grid_index(within.codes, within.polygons, cells=cells), *xy.T)
    grid, border = by_geos(within, xy)
    covered = located.method <= Method.BORDER
    np.testing.assert_array_equal(np.where(covered, located.grid, -1), grid)
    np.testing.assert_array_equal(located.method == Method.BORDER, border)
    assert border.sum() > 100 < (grid == -1).sum()  # the input holds what it is meant to hold


def test_contains_would_differ() -> None:
    """Control: the comparison sees the fault of the usual predicate, which loses points on borders."""
    within = grids(9)
    xy = points(within, 2000)
    grid, _ = by_geos(within, xy)
    inside = np.full(len(xy), -1)
    for position, shape in enumerate(within.polygons):
        inside[shapely.contains(shape, shapely.points(xy))] = position
    assert (inside != grid).any()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), tilt=st.floats(0.01, 1000))
def test_random_polygons_same_as_geos(seed: int, tilt: float) -> None:
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * math.pi, 9))
    ring = np.stack([np.cos(angle), np.sin(angle) * tilt], axis=1) * rng.uniform(0.2, 1, (9, 1)) * 1e-3
    shape = shapely.Polygon(ring + np.array([126.6, 45.7]))
    assume(shape.is_valid)
    within = Grids(np.array(["1"], dtype=object), np.array([shape], dtype=object))
    xy = hard(within, seed, 100)
    located = locate_many(build_grid_index(*within, cells=100), *xy.T)
    grid, border = by_geos(within, xy)
    np.testing.assert_array_equal(located.method <= Method.BORDER, grid == 0)
    np.testing.assert_array_equal(located.method == Method.BORDER, border)


@given(
    numbers=st.lists(
        st.floats(-180, 180, allow_subnormal=False).filter(lambda v: v == 0 or abs(v) > 1e-60),
        min_size=4,
        max_size=4,
    ),
    share=st.floats(0, 1),
    ulps=st.integers(-2, 2),
)
def test_orientation_is_exact(numbers: list[float], share: float, ulps: int) -> None:
    ax, ay, bx, by = numbers
    px, py = ax + (bx - ax) * share, ay + (by - ay) * share + ulps * math.ulp(ay)
    fractions = [Fraction(v) for v in (ax, ay, bx, by, px, py)]
    fax, fay, fbx, fby, fpx, fpy = fractions
    det = (fax - fpx) * (fby - fpy) - (fay - fpy) * (fbx - fpx)
    if det == 0 or abs(det) > Fraction(1, 10**250):
        assert kernels.orientation(ax, ay, bx, by, px, py) == (det > 0) - (det < 0)


def test_shared_border_goes_to_the_lowest_code() -> None:
    left, right = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)
    for codes, expected in ((["B", "A"], 1), (["A", "B"], 0), ([10, 9], 1), (["10", "9"], 0)):
        located = locate_many(build_grid_index(codes, [left, right]), [1.0, 1.0], [0.5, 1.0])
        assert located.grid.tolist() == [expected, expected]
        assert located.labels().tolist() == ["border", "border"]
        assert located.border_distance_m.tolist() == [0, 0]


def test_distance_to_the_own_border_in_the_zone() -> None:
    located = locate_many(build_grid_index(["1"], [SQUARE_M]), [126.605, 126.601], [45.705, 45.7095])
    shape, crs = to_metric([SQUARE_M], metric_crs(126.605))
    for x, y, metres in zip([126.605, 126.601], [45.705, 45.7095], located.border_distance_m, strict=True):
        point, _ = to_metric([shapely.Point(x, y)], crs)
        assert metres == pytest.approx(shapely.distance(shapely.boundary(shape[0]), point[0]), abs=1e-6)


@pytest.mark.parametrize(("metres", "expected"), [(0.01, "nearest"), (49.9, "nearest"), (50.1, "none")])
def test_nearest_within_fifty_metres(metres: float, expected: str) -> None:
    east = metres / (111_320 * math.cos(math.radians(45.705)) * 1.00167)
    located = locate_many(build_grid_index(["1"], [SQUARE_M]), [126.61 + east], [45.705])
    assert located.labels().tolist() == [expected]
    if expected == "nearest":
        assert located.border_distance_m[0] == pytest.approx(metres, rel=1e-3, abs=1e-3)
    else:
        assert located.grid[0] == -1
        assert math.isnan(located.border_distance_m[0])


@pytest.mark.parametrize(("metres", "expected"), [(50.0, "nearest"), (50.000002, "none")])
def test_exactly_fifty_metres_are_within(metres: float, expected: str) -> None:
    within, xy = off_a_plane_border(metres, 300)
    located = locate_many(build_grid_index(*within), *xy.T)
    assert set(located.labels()) == {expected}


def test_equally_near_grids_give_the_lowest_code() -> None:
    left, right = shapely.box(126.6, 45.7, 126.601, 45.701), shapely.box(126.6012, 45.7, 126.602, 45.701)
    middle = (126.601 + 126.6012) / 2
    for codes, expected in ((["B", "A"], 1), (["A", "B"], 0)):
        located = locate_many(build_grid_index(codes, [left, right]), [middle, middle], [45.7005, 45.70101])
        assert located.grid.tolist() == [expected, expected]
        assert located.labels().tolist() == ["nearest", "nearest"]


@pytest.mark.parametrize("lon", [-73.9, 2.35, 72.9, 75.0, 121.5, 134.99, 139.7])
def test_any_longitude_measures_in_its_own_plane(lon: float) -> None:
    shape = shapely.box(lon - 0.004, 40.0, lon + 0.004, 40.01)
    located = locate_many(build_grid_index(["1"], [shape]), [lon], [40.005])
    assert located.border_distance_m[0] == pytest.approx(341.6, abs=0.8)


def test_points_without_a_place_have_no_grid() -> None:
    index = build_grid_index(["1"], [SQUARE_M])
    lon = [math.nan, 126.605, math.inf, 1e300, 0.0, 45.705]
    lat = [45.705, math.nan, 45.705, 45.705, 0.0, 126.605]
    located = locate_many(index, lon, lat)
    assert located.grid.tolist() == [-1] * 6
    assert set(located.labels()) == {"none"}


def test_threads_chunks_and_skipped_distances_change_nothing() -> None:
    within = grids(200)
    xy = points(within, 120_000)
    index = build_grid_index(within.codes, within.polygons)
    one = locate_many(index, *xy.T, threads=1)
    for other in (locate_many(index, *xy.T, threads=3), locate_many(index, *xy.T, distances=False)):
        np.testing.assert_array_equal(one.grid, other.grid)
        np.testing.assert_array_equal(one.method, other.method)
    few = locate_many(index, *xy[:700].T)
    np.testing.assert_array_equal(one.grid[:700], few.grid)
    np.testing.assert_array_equal(one.border_distance_m[:700], few.border_distance_m)
    assert np.isnan(other.border_distance_m[other.method == Method.INSIDE]).all()


def test_far_apart_grids_share_cells_and_stay_right() -> None:
    """A raster over half of China: a cell holds many grids, the answer is still exact."""
    near, far = grids(50), grids(50, seed=9)
    moved = shapely.transform(far.polygons, lambda xy: xy - [20, 15])
    codes = np.concatenate([near.codes, [f"4{code[1:]}" for code in far.codes]])
    within = Grids(codes, np.concatenate([near.polygons, moved]))
    xy = np.concatenate([points(near, 1000), points(far, 1000) - [20, 15]])
    located = locate_many(build_grid_index(*within), *xy.T)
    np.testing.assert_array_equal(np.where(located.method <= 1, located.grid, -1), by_geos(within, xy)[0])


def test_empty_input() -> None:
    located = locate_many(build_grid_index(["1"], [SQUARE_M]), [], [])
    assert located.grid.size == located.border_distance_m.size == 0


BOWTIE = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])


@pytest.mark.parametrize(
    ("codes", "shapes", "code"),
    [
        ([], [], "no_grids"),
        (["1", "1"], [SQUARE_M, SQUARE_M], "duplicate_code"),
        (["1"], [BOWTIE], "bad_grid"),
        (["1"], [shapely.Polygon()], "bad_grid"),
        (["1"], [None], "bad_grid"),
        (["1"], [shapely.Point(1, 2)], "bad_grid"),
    ],
)
def test_bad_grids_are_named(codes: list[str], shapes: list[object], code: str) -> None:
    with pytest.raises(Invalid) as caught:
        build_grid_index(np.array(codes, dtype=object), np.array(shapes, dtype=object))
    assert caught.value.code == code
    assert caught.value.facts.get("codes", ["1"]) == ["1"]
