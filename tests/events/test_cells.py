"""The squares that find events are the same in Python and in the database, and no point of a box is missed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.events.cells import MOST, cell_of, cells_of

LON = st.floats(-180, 180, allow_nan=False)
LAT = st.floats(-90, 90, allow_nan=False)


@given(LON, LAT, st.floats(0, 0.2), st.floats(0, 0.2), st.floats(0, 1), st.floats(0, 1))
def test_a_point_of_a_box_lies_in_one_of_its_cells(
    left: float, bottom: float, wide: float, high: float, x: float, y: float
) -> None:
    right, top = min(180.0, left + wide), min(90.0, bottom + high)
    lon, lat = min(right, left + x * (right - left)), min(top, bottom + y * (top - bottom))
    assert cell_of(lon, lat) in (cells_of(left, bottom, right, top) or [])


def test_a_wide_box_names_no_cells() -> None:
    assert cells_of(126.0, 45.0, 126.1, 45.1) is not None
    assert cells_of(126.0, 45.0, 127.0, 46.0) is None
    assert cells_of(-180, -90, 180, 90) is None
    assert MOST < 101 * 101


@pytest.mark.db
def test_the_database_counts_the_same_cells(session: Session) -> None:
    edges = [n / 100 for n in range(12600, 12700)] + [-180.0, 180.0, 0.0, -0.0, 1e-320]
    near = [math.nextafter(v, s) for v in edges for s in (math.inf, -math.inf)]
    lons = [v for v in (*edges, *near) if -180 <= v <= 180]
    lats = [v / 2 for v in lons]
    generated = session.scalar(
        text(
            "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid"
            " AND attnum = adnum WHERE adrelid = 'event'::regclass AND attname = 'cell'"
        )
    )
    found = session.scalars(
        text(
            f"SELECT {generated} FROM (SELECT ST_SetSRID(ST_MakePoint(x, y), 4326) AS geom, n"
            " FROM unnest(cast(:x AS float8[]), cast(:y AS float8[])) WITH ORDINALITY AS p (x, y, n)) AS q ORDER BY n"
        ),
        {"x": lons, "y": lats},
    ).all()
    assert list(found) == [cell_of(x, y) for x, y in zip(lons, lats, strict=True)]
