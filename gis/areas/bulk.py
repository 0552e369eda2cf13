"""Grids for many stored points at once: read by binary COPY, located outside, written back in one statement.

The set-based join costs PostgreSQL a probe of the spatial index and an exact test for every point; here the
database only moves numbers. The rule is that of `locate_many`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg import sql
from sqlalchemy.orm import Session

from gis.areas.kernels import Bytes, Floats
from gis.areas.locate import locate_many
from gis.areas.planes import NEAREST_REACH_M
from gis.areas.store import StoredGrids
from gis.db.copy import copy_columns
from gis.db.orm import SCHEMA
from gis.db.staging import driver

Longs = npt.NDArray[np.int64]

_HEADER_BYTES = 19
# One row of a binary COPY of (bigint, float8, float8), none null: count, then length and value of each.
_ROW = np.dtype(
    [("n", ">i2"), ("a", ">i4"), ("id", ">i8"), ("b", ">i4"), ("lon", ">f8"), ("c", ">i4"), ("lat", ">f8")]
)


@dataclass(frozen=True, slots=True)
class Assigned:
    """Aligned rows: their ids, the id of the grid (-1 none), `Method`, metres to its border (NaN: see `Located`)."""

    id: Longs
    grid_id: Longs
    method: Bytes
    border_distance_m: Floats


def read_points(connection: psycopg.Connection[Any], query: sql.Composable) -> tuple[Longs, Floats, Floats]:
    """Ids, longitudes, latitudes of a query of (bigint, float8, float8), none of them null."""
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT BINARY)").format(query)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        data = b"".join(copy)
    rows = np.frombuffer(
        data, dtype=_ROW, count=(len(data) - _HEADER_BYTES) // _ROW.itemsize, offset=_HEADER_BYTES
    )
    if not (rows["a"] == 8).all() or not (rows["b"] == 8).all() or not (rows["c"] == 8).all():
        raise ValueError("the query must give bigint, float8, float8 without nulls")
    return rows["id"].astype(np.int64), rows["lon"].astype(np.float64), rows["lat"].astype(np.float64)


def assign(
    connection: psycopg.Connection[Any],
    grids: StoredGrids,
    query: sql.Composable,
    *,
    distances: bool = False,
    reach_m: float = NEAREST_REACH_M,
) -> Assigned:
    """Locate every row of `query` (id bigint, lon float8, lat float8); `reach_m` 0 offers no nearest grid."""
    ids, lon, lat = read_points(connection, query)
    located = locate_many(grids.index, lon, lat, distances=distances, reach_m=reach_m)
    grid_ids = np.append(grids.ids, -1)[located.grid]
    return Assigned(ids, grid_ids, located.method, located.border_distance_m)


def assign_column(session: Session, grids: StoredGrids, table: str, *, reach_m: float = 0.0) -> int:
    """Set `grid_id` of every row of a table with `id`, `geom` and `grid_id`; returns how many rows changed.

    A shape that is no point counts where a point surely lies on it. Rows that are right already stay untouched.
    """
    connection = driver(session)
    name = sql.Identifier(SCHEMA, table)
    query = sql.SQL(
        "SELECT id::bigint, ST_X(at), ST_Y(at) FROM (SELECT id,"
        " CASE WHEN ST_Dimension(geom) = 0 THEN geom ELSE ST_PointOnSurface(geom) END AS at FROM {}) AS place"
    ).format(name)
    found = assign(connection, grids, query, reach_m=reach_m)
    connection.execute(
        "CREATE TEMPORARY TABLE IF NOT EXISTS stage_grid (id bigint, grid_id int) ON COMMIT DROP"
    )
    connection.execute("TRUNCATE stage_grid")
    copy_columns(
        connection, sql.Identifier("stage_grid"), {"id": ("int8", found.id), "grid_id": grid_column(found)}
    )
    connection.execute("ANALYZE stage_grid")
    statement = sql.SQL(
        "UPDATE {} AS old SET grid_id = new.grid_id FROM stage_grid AS new"
        " WHERE new.id = old.id AND old.grid_id IS DISTINCT FROM new.grid_id"
    )
    return connection.execute(statement.format(name)).rowcount


def grid_column(found: Assigned) -> tuple[str, Any]:
    """The grid ids as a column for COPY: NULL where there is none."""
    return "int4", np.where(found.grid_id >= 0, found.grid_id, np.nan)
