"""Projected shapes in degrees: long edges stay where they were, neighbours stay neighbours."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import shapely.affinity
from pyproj import CRS

from gis.base.crs import LONLAT, transform, transformer
from gis.base.densify import to_lonlat

PLANE = CRS.from_epsg(4551)
DEGREES = CRS.from_epsg(LONLAT)
LOWER = shapely.box(400_000, 4_000_000, 420_000, 4_005_000)
UPPER = shapely.box(400_000, 4_005_000, 420_000, 4_010_000)


def worst_m(shapes: np.ndarray, plane: CRS) -> float:
    """How far edges straight in degrees lie from the edges straight in the plane, at their thirds."""
    bent = []
    for shape in shapes:
        original = shapely.boundary(shape)
        for line in shapely.get_rings(to_lonlat([shape], plane)[0]):
            xy = shapely.get_coordinates(line)
            for share in (1 / 3, 1 / 2):
                at = xy[:-1] + (xy[1:] - xy[:-1]) * share
                back = transformer(DEGREES, plane).transform(at[:, 0], at[:, 1])
                bent.append(shapely.distance(shapely.points(*back), original).max())
    return max(bent)


@pytest.mark.parametrize("code", [4551, 3857, 32650, 2039, 4524])
def test_no_edge_bends_by_more_than_a_millimetre(code: int) -> None:
    plane = CRS.from_epsg(code)
    middle = transformer(DEGREES, plane).transform(plane.area_of_use.west + 1.1, 33 if code != 2039 else 32)
    shapes = np.array(
        [
            shapely.affinity.translate(shapely.box(0, 0, 20_000, 5_000), *middle),
            shapely.affinity.translate(shapely.Polygon([(0, 0), (90_000, 300), (4_000, 60_000)]), *middle),
        ]
    )
    stretched = 1.2 if code == 3857 else 1  # its metres are too long, at 33° by a fifth
    assert worst_m(shapes, plane) < 0.0011 * stretched


def test_neighbours_stay_a_coverage_and_points_keep_their_side() -> None:
    both = to_lonlat([LOWER, shapely.reverse(UPPER)], PLANE)
    assert shapely.is_valid(both).all()
    assert shapely.coverage_is_valid(both)
    x = np.linspace(400_100, 419_900, 50)
    for side, metres in ((0, -0.5), (1, 0.5)):
        lon, lat = transformer(PLANE, DEGREES).transform(x, np.full_like(x, 4_005_000 + metres))
        assert shapely.contains_xy(both[side], lon, lat).all()
        # The control: by the vertices alone some of these points change sides.
        plain = transform([LOWER, UPPER], PLANE, DEGREES)
        assert side == 1 or not shapely.contains_xy(plain[side], lon, lat).all()


def test_small_shapes_points_and_degrees_are_left_alone() -> None:
    small = np.array([shapely.box(4e5 + i * 200, 4e6, 4e5 + (i + 1) * 200, 4e6 + 200) for i in range(20)])
    others = [shapely.Point(4e5, 4e6), None, shapely.Polygon(), shapely.MultiPoint([(4e5, 4e6)])]
    for shapes in (small, np.array(others, dtype=object)):
        assert (to_lonlat(shapes, PLANE) == transform(shapes, PLANE, DEGREES)).all()
    long = [shapely.LineString([(100, 30), (120, 31)])]
    assert to_lonlat(long, DEGREES)[0] is long[0]
    assert shapely.get_num_coordinates(to_lonlat(long, CRS.from_epsg(4610)))[0] == 2


@pytest.mark.parametrize("many", [False, True])
def test_parts_holes_and_vertices_are_kept(*, many: bool) -> None:
    holed = shapely.Polygon(
        LOWER.exterior.coords, [shapely.box(4.05e5, 4.001e6, 4.15e5, 4.004e6).exterior.coords]
    )
    line = shapely.LineString([(4e5, 4e6), (4.2e5, 4e6), (4.2e5, 4.1e6)])
    shapes = [holed, line]
    if many:
        shapes = [
            shapely.MultiPolygon([holed, UPPER]),
            shapely.MultiLineString([line, shapely.reverse(line)]),
        ]
    made, plain = to_lonlat(shapes, PLANE), transform(shapes, PLANE, DEGREES)
    assert shapely.get_type_id(made).tolist() == shapely.get_type_id(plain).tolist()
    assert shapely.get_num_interior_rings(shapely.get_parts(made[:1])).tolist() == [1, 0][: 1 + many]
    for new, old in zip(made, plain, strict=True):
        rest = iter(map(tuple, shapely.get_coordinates(new)))
        assert shapely.get_num_coordinates(new) > shapely.get_num_coordinates(old)
        assert all(tuple(xy) in rest for xy in shapely.get_coordinates(old)), "a vertex was lost or moved"
    assert made[1].is_valid
