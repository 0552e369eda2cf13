"""Grids for many stored rows at once."""

from __future__ import annotations

import numpy as np
import pytest
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.orm import Session

from benchmarks.inputs import grids, points
from gis.areas import store
from gis.areas.bulk import assign, assign_column, read_points
from gis.areas.locate import build_grid_index, locate_many
from gis.db.staging import driver
from tests.areas.test_store import put

pytestmark = pytest.mark.db
WITHIN = grids(30)


def put_buildings(session: Session, xy: np.ndarray) -> None:
    session.execute(
        text("INSERT INTO building (code, geom) VALUES (:code, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326))"),
        [{"code": f"b{i}", "lon": lon, "lat": lat} for i, (lon, lat) in enumerate(xy.tolist())],
    )


def test_rows_get_the_grid_of_locate_many(session: Session) -> None:
    put(session, WITHIN)
    xy = points(WITHIN, 600)
    put_buildings(session, xy)
    stored = store.grid_index(session)
    located = locate_many(build_grid_index(*WITHIN), *xy.T, reach_m=0)
    assert assign_column(session, stored, "building") == (located.grid >= 0).sum() < 600
    got = session.execute(
        text("SELECT area.code FROM building LEFT JOIN area ON area.id = grid_id ORDER BY building.id")
    ).scalars()
    assert list(got) == [WITHIN.codes[i] if i >= 0 else None for i in located.grid]
    assert assign_column(session, stored, "building") == 0
    session.execute(text("UPDATE building SET geom = ST_SetSRID(ST_MakePoint(0, 0), 4326) WHERE code = 'b3'"))
    assert assign_column(session, stored, "building") == 1


def test_shapes_count_where_a_point_lies_on_them(session: Session) -> None:
    put(session, WITHIN)
    session.execute(
        text(
            "INSERT INTO building (code, geom) SELECT code, ST_Buffer(ST_PointOnSurface(geom), 1e-5) FROM area"
        )
    )
    assign_column(session, store.grid_index(session), "building")
    wrong = text(
        "SELECT count(*) FROM building JOIN area ON area.id = grid_id WHERE area.code <> building.code"
    )
    assert session.scalar(wrong) == 0
    assert session.scalar(text("SELECT count(grid_id) FROM building")) == 30


def test_reading_keeps_every_bit_and_takes_no_rows(session: Session) -> None:
    values = sql.SQL(
        "SELECT * FROM (VALUES (7::bigint, 126.1::float8, 45.3::float8), (5000000, 1e-300, -0.1)) v (id, lon, lat)"
    )
    ids, lon, lat = read_points(driver(session), values)
    order = np.argsort(ids)
    assert (ids[order].tolist(), lon[order].tolist()) == ([7, 5_000_000], [126.1, 1e-300])
    assert lat[order].tolist() == [45.3, -0.1]
    put(session, WITHIN)
    none = sql.SQL("SELECT 1::bigint AS id, 1::float8 AS lon, 1::float8 AS lat WHERE false")
    assert assign(driver(session), store.grid_index(session), none).id.size == 0


def test_a_null_is_refused(session: Session) -> None:
    values = sql.SQL(
        "SELECT * FROM (VALUES (1::bigint, null::float8, 1::float8), (2, null, 1), (3, null, 1)) v (id, lon, lat)"
    )
    with pytest.raises(ValueError, match="without nulls"):
        read_points(driver(session), values)
