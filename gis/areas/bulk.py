"""Grids for many stored points at once: read as arrays, located outside, written back in one statement.

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

# A binary array: dimensions, flags, type, length, lower bound; then the size and the value of each element.
_ARRAY_HEADER_BYTES = 20
_ID = np.dtype([("size", ">i4"), ("value", ">i8")])
_DEGREES = np.dtype([("size", ">i4"), ("value", ">f8")])
# Rows of one array, far below the gigabyte that PostgreSQL allows a value.
_GROUP = 1 << 20


@dataclass(frozen=True, slots=True)
class Assigned:
    """Aligned rows: their ids, the id of the grid (-1 none), `Method`, metres to its border (NaN: see `Located`)."""

    id: Longs
    grid_id: Longs
    method: Bytes
    border_distance_m: Floats


def read_points(connection: psycopg.Connection[Any], query: sql.Composable) -> tuple[Longs, Floats, Floats]:
    """Ids, longitudes, latitudes of a query of `id` bigint, `lon`, `lat` float8, none of them null; any order.

    They come as arrays of a million: row by row, a COPY to psycopg costs ten times as much.
    """
    statement = sql.SQL(
        "SELECT array_agg(id), array_agg(lon), array_agg(lat) FROM ({}) AS place GROUP BY id / {}"
    ).format(query, sql.Literal(_GROUP))
    with connection.cursor(binary=True) as cursor:
        result = cursor.execute(statement).pgresult
        assert result is not None
        parts = [
            [
                _array(result.get_value(row, column), kind)
                for column, kind in enumerate((_ID, _DEGREES, _DEGREES))
            ]
            for row in range(result.ntuples)
        ]
    if not parts:
        return np.empty(0, np.int64), np.empty(0), np.empty(0)
    ids, lon, lat = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return ids, lon, lat


def _array(data: bytes | None, kind: np.dtype[Any]) -> npt.NDArray[Any]:
    rows = np.frombuffer(data or b"", dtype=kind, offset=_ARRAY_HEADER_BYTES)
    if (rows["size"] != 8).any():
        raise ValueError("the query must give bigint, float8, float8 without nulls")
    return rows["value"].astype(kind["value"].newbyteorder("="))


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
        "SELECT id::bigint AS id, ST_X(at) AS lon, ST_Y(at) AS lat FROM (SELECT id,"
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
