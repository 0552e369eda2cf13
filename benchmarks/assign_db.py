"""Row `assign_db`: a million stored points get their grid in the database, from table to table.

Everybody starts with the points and the grids in PostGIS and ends with a table (id, grid_id). Ours reads the
grids too. The peer is the fastest set-based statement of three that were tried; all three are timed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
import shapely
from psycopg import sql

from benchmarks import inputs
from benchmarks.database import SCHEMA, bench_engine
from benchmarks.harness import Row, Work, compare, timed
from gis.areas.bulk import assign, grid_column
from gis.areas.locate import build_grid_index, locate_many
from gis.areas.store import StoredGrids
from gis.db.copy import copy_columns

Ints = npt.NDArray[np.int64]
Connection = psycopg.Connection[Any]

POINTS = sql.SQL("SELECT id, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM bench.point")
STATEMENTS = {
    "postgis": """SELECT p.id, min(g.id) AS grid_id
        FROM bench.point p LEFT JOIN bench.grid g ON ST_Covers(g.geom, p.geom) GROUP BY p.id""",
    "postgis_lateral": """SELECT p.id, g.id AS grid_id
        FROM bench.point p LEFT JOIN LATERAL (
            SELECT g.id FROM bench.grid g WHERE ST_Covers(g.geom, p.geom) ORDER BY g.code LIMIT 1) g ON true""",
    "postgis_intersects": """SELECT DISTINCT ON (p.id) p.id, g.id AS grid_id
        FROM bench.point p LEFT JOIN bench.grid g ON ST_Intersects(g.geom, p.geom) ORDER BY p.id, g.id""",
}


def run(size: str) -> Row:
    """Ours end to end against set-based SQL, which may use parallel workers."""
    grids = inputs.grids(inputs.GRIDS[size])
    points = inputs.points(grids, inputs.POINTS[size])
    expected = locate_many(build_grid_index(*grids), *points.T, distances=False, reach_m=0.0).grid
    with bench_engine() as engine, engine.connect() as pooled:
        connection: Connection = pooled.connection.driver_connection  # type: ignore[assignment]
        connection.autocommit = True
        setup_s, _ = timed(lambda: _load(connection, grids, points))
        work = {name: _statement(connection, name, text) for name, text in STATEMENTS.items()}
        return compare(
            "assign_db",
            size,
            _ours(connection),
            work,
            agree=lambda answers: all(np.array_equal(expected, answer()) for answer in answers.values()),
            floor=_floor(connection),
            setup_s={"ours": setup_s},
            notes=[
                f"{len(points):,} points, {len(grids.codes):,} grids; set-up: loading both and a GiST index,"
                " which ours does not need",
            ],
        )


def _load(connection: Connection, grids: inputs.Grids, points: inputs.Floats) -> None:
    connection.execute("CREATE TABLE bench.grid (id int, code text, geom geometry(Polygon, 4326))")
    connection.execute("CREATE TABLE bench.point (id bigint, geom geometry(Point, 4326))")
    numbers = np.arange(len(grids.codes))
    columns = {"id": ("int4", numbers), "code": ("text", grids.codes), "geom": ("geometry", grids.polygons)}
    copy_columns(connection, "bench.grid", columns)
    places = np.asarray(shapely.points(points), dtype=object)
    copy_columns(
        connection, "bench.point", {"id": ("int8", np.arange(len(points))), "geom": ("geometry", places)}
    )
    connection.execute("CREATE INDEX ON bench.grid USING gist (geom)")
    for table in ("bench.grid", "bench.point"):
        connection.execute(sql.SQL("VACUUM ANALYZE {}").format(sql.Identifier(*table.split("."))))


def _fresh(connection: Connection, name: str) -> sql.Identifier:
    table = sql.Identifier(SCHEMA, f"by_{name}")
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(table))
    return table


def _answer(connection: Connection, table: sql.Identifier) -> Any:
    """How to read an answer afterwards, outside the clock: grid by point, -1 none."""

    def read() -> Ints:
        statement = sql.SQL("SELECT coalesce(grid_id, -1) FROM {} ORDER BY id").format(table)
        return np.array([row[0] for row in connection.execute(statement)], dtype=np.int64)

    return read


def _ours(connection: Connection) -> Work:
    def work() -> Any:
        table = _fresh(connection, "ours")
        with connection.transaction():
            rows = connection.execute("SELECT id, code, ST_AsBinary(geom) FROM bench.grid").fetchall()
            ids, codes, wkb = zip(*rows, strict=True)
            index = build_grid_index(np.array(codes, dtype=object), shapely.from_wkb(wkb))
            found = assign(connection, StoredGrids(np.array(ids, dtype=np.int64), index), POINTS, reach_m=0.0)
            connection.execute(sql.SQL("CREATE TABLE {} (id bigint, grid_id int)").format(table))
            copy_columns(connection, table, {"id": ("int8", found.id), "grid_id": grid_column(found)})
        return _answer(connection, table)

    return work


def _statement(connection: Connection, name: str, text: str) -> Work:
    def work() -> Any:
        table = _fresh(connection, name)
        connection.execute(sql.SQL("CREATE TABLE {} AS {}").format(table, sql.SQL(text)))
        return _answer(connection, table)

    return work


def _floor(connection: Connection) -> Work:
    """The same numbers moved without locating: a table copied by the server itself."""

    def work() -> None:
        table = _fresh(connection, "floor")
        connection.execute(
            sql.SQL("CREATE TABLE {} AS SELECT id, id::int AS grid_id FROM bench.point").format(table)
        )

    return work
