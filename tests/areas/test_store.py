"""One point by SQL and many in Python: the same grid, the same method, distances within a millimetre."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from benchmarks.inputs import Grids
from gis.areas import store
from gis.areas.locate import locate_many
from gis.areas.planes import plane_key, plane_keys, plane_names
from gis.db.sql import load
from tests.areas.points import hard, off_a_plane_border, with_holes_and_overlaps

pytestmark = pytest.mark.db


def put(session: Session, within: Grids, *, level: str = "grid", gone: bool = False) -> None:
    """Store grids as they are, without a tree above them."""
    session.execute(
        text(
            "INSERT INTO area (code, level, name, path, geom, valid_from, valid_to) VALUES"
            " (CAST(:code AS text), :level, CAST(:code AS text), ARRAY[0],"
            " ST_Multi(ST_GeomFromWKB(:wkb, 4326)), DATE '2020-01-01', CAST(:until AS date))"
        ),
        [
            {"code": code, "level": level, "wkb": wkb, "until": "2021-01-01" if gone else None}
            for code, wkb in zip(within.codes, shapely.to_wkb(within.polygons), strict=True)
        ],
    )


def moved(within: Grids, east_deg: float, north_deg: float) -> Grids:
    return Grids(
        within.codes, shapely.transform(within.polygons, lambda xy: xy + np.array([east_deg, north_deg]))
    )


# Harbin; across the edge of two zones; New York; the southern hemisphere; a corner of China.
@pytest.mark.parametrize("shift", [(0, 0), (-1.81, 0), (-200.4, -5), (20, -80), (-52.8, -6)])
def test_sql_equals_python_on_hard_points(session: Session, shift: tuple[float, float]) -> None:
    within = moved(with_holes_and_overlaps(), *shift)
    put(session, within)
    grids = store.grid_index(session)
    xy = hard(within, seed=int(abs(shift[0]) * 10), count=200)
    many = locate_many(grids.index, *xy.T)
    for i, (lon, lat) in enumerate(xy.tolist()):
        one = store.locate(session, lon, lat)
        assert one.method == many.labels()[i], (lon, lat)
        assert (one.grid_id or -1) == (grids.ids[many.grid[i]] if many.grid[i] >= 0 else -1), (lon, lat)
        assert one.border_distance_m == pytest.approx(many.border_distance_m[i], abs=1e-3, nan_ok=True) or (
            one.border_distance_m is None and math.isnan(many.border_distance_m[i])
        )
    assert set(many.labels()) == {"inside", "border", "nearest", "none"}


SQUARE = Grids(np.array(["B"], dtype=object), np.array([shapely.box(126.6, 45.7, 126.61, 45.71)]))


@pytest.mark.parametrize(("metres", "expected"), [(50.0, "nearest"), (50.000002, "none")])
def test_exactly_fifty_metres_are_within(session: Session, metres: float, expected: str) -> None:
    within, xy = off_a_plane_border(metres, 60)
    put(session, within)
    assert {store.locate(session, lon, lat).method for lon, lat in xy.tolist()} == {expected}


def test_only_current_grids_own_points(session: Session) -> None:
    put(session, Grids(np.array(["A"], dtype=object), SQUARE.polygons), gone=True)
    put(session, Grids(np.array(["0"], dtype=object), SQUARE.polygons), level="community")
    put(session, SQUARE)
    assert store.locate(session, 126.605, 45.705).grid_code == "B"


def test_outside_the_scope_is_the_installations_area(session: Session) -> None:
    put(session, SQUARE)
    assert store.locate(session, 126.7, 45.7).scope_area_id is None
    city = Grids(np.array(["2301", "23"], dtype=object), np.repeat(shapely.box(126, 45, 127, 46), 2))
    put(session, city, level="city")
    located = store.locate(session, 126.7, 45.7)
    assert (located.grid_id, located.method, located.scope_code) == (None, "none", "23")
    session.execute(
        text(
            "INSERT INTO service_area (name, area_id, geom) SELECT '服务范围', id, geom FROM area"
            " WHERE code = '2301'"
        )
    )
    located = store.locate(session, 126.7, 45.7)
    assert (located.scope_code, located.in_service_area) == ("2301", True)
    assert store.locate(session, 128.0, 45.7).in_service_area is False
    inside = store.locate(session, 126.605, 45.705)
    assert inside.scope_area_id == inside.grid_id


def test_the_spatial_index_is_used(session: Session) -> None:
    """EXPLAIN names the GiST index for the cover and for the box, and reads no table of grids from end to end."""
    codes = np.array([f"{i:015d}" for i in range(3000)], dtype=object)
    x, y = np.arange(3000) % 60 / 100 + 126, np.arange(3000) // 60 / 100 + 45
    put(session, Grids(codes, shapely.box(x, y, x + 0.01, y + 0.01)))
    session.execute(text("ANALYZE area"))
    plan = "\n".join(
        session.scalars(
            text(f"EXPLAIN {load('gis.areas', 'locate').text}"), store.locate_parameters(126.3, 45.2)
        )
    )
    assert plan.count("Index Scan using ix_area_geom") + plan.count("Bitmap Index Scan on ix_area_geom") == 2


@given(st.floats(-180, 180) | st.integers(-360, 360).map(lambda half: half / 2))
def test_one_plane_is_that_of_many(lon: float) -> None:
    assert plane_key(lon) == int(plane_keys(lon))


def test_planes_have_names_postgis_knows() -> None:
    assert plane_names(int(plane_keys(126.6))) == (4551, None)
    assert plane_names(int(plane_keys(73.5)))[0] == 4534
    assert plane_names(int(plane_keys(136.5)))[0] == 4554
    srid, proj = plane_names(int(plane_keys(-73.94)))
    assert srid is None
    assert "lon_0=-74" in str(proj)
