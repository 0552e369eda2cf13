"""Rows `rls` and `rls_managed`: the events of a screen under row-level security, against the same without it.

Three people look at the same screen: one of the city, one of the district it lies in, one of a single grid. Each
is answered by the product's own filter and scope, as the role of the web edge, a transaction each; the peer
`without` is the owner of the tables, whom no policy bounds, asking for the same rows. `rls_managed` is the same
on a server where boxes are not marked as leaking nothing (decision 0016). Only ids are fetched: the words of a
few hundred events would hide what the policies cost; what the whole page of the map costs is printed beside.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import psycopg
import shapely
from sqlalchemy import Connection, Engine, text

from benchmarks import inputs
from benchmarks.database import bench_engine
from benchmarks.harness import Missing, Row, Work, compare, timed
from gis.areas.locate import build_grid_index, locate_many
from gis.db.api_role import API_ROLE, OVERLAPS, api_url, leakproof_marked
from gis.db.copy import copy_columns
from gis.db.engine import make_web_engine, unit_of_work
from gis.db.scope import Scope, scoped
from gis.db.sql import plan_by_values
from gis.db.visible import scope_of_session
from gis.events.asked import asked_area, near
from gis.events.filters import BBox, EventFilter, filled
from gis.events.reading import event_features
from gis.settings import Settings

EVENTS = {"town": 2_000, "district": 20_000, "city": 200_000}
SCREEN_HITS = 500
LIMIT = 1000
TIMES = 20  # a question takes a millisecond: so many in a row are one run
IDS = """
SELECT e.id FROM event AS e WHERE true /*filter*/ /*scope*/ ORDER BY e.opened_at DESC, e.id DESC LIMIT :row_limit
"""
FLOOR = text("""
SELECT id FROM event WHERE geom && ST_MakeEnvelope(:left, :bottom, :right, :top, 4326)
""")
# Blocks of grids: 4 x 4 are a community, 16 x 16 a subdistrict, 32 x 32 a district.
TREE = """
CREATE TEMPORARY TABLE block AS
SELECT n, geom, 'm' || r / 4 || '.' || c / 4 AS m, 's' || r / 16 || '.' || c / 16 AS s, 'd' || r / 32 || '.' || c / 32 AS d
FROM (SELECT n, geom, n % {columns} AS c, n / {columns} AS r FROM bench.grid) AS placed;
INSERT INTO area (code, level, name, path, geom)
SELECT code, level, code, '{{}}', ST_Multi(ST_SetSRID(ST_Envelope(geom), 4326)) FROM (
  SELECT 1 AS n, 'c' AS code, 'city' AS level, ST_Collect(geom) AS geom FROM block
  UNION ALL SELECT 2, d, 'district', ST_Collect(geom) FROM block GROUP BY d
  UNION ALL SELECT 3, s, 'subdistrict', ST_Collect(geom) FROM block GROUP BY s
  UNION ALL SELECT 4, m, 'community', ST_Collect(geom) FROM block GROUP BY m) AS made ORDER BY n, code;
INSERT INTO area (code, level, name, kind, path, geom)
SELECT 'g' || n, 'grid', 'g' || n, 'comprehensive', '{{}}', ST_Multi(geom) FROM block ORDER BY n;
UPDATE area SET parent_id = up.id FROM (
  SELECT DISTINCT d AS code, 'c' AS parent FROM block UNION SELECT DISTINCT s, d FROM block
  UNION SELECT DISTINCT m, s FROM block UNION SELECT 'g' || n, m FROM block) AS edge
JOIN area AS up ON up.code = edge.parent WHERE area.code = edge.code;
WITH RECURSIVE tree AS (
  SELECT id, ARRAY[id] AS path FROM area WHERE parent_id IS NULL
  UNION ALL SELECT area.id, tree.path || area.id FROM tree JOIN area ON area.parent_id = tree.id)
UPDATE area SET path = tree.path FROM tree WHERE area.id = tree.id;
INSERT INTO event (id, number, tracking_code, status, category_id, text, geom, grid_id, scope_area_id, grid_method,
  opened_at, updated_at, closed_at)
SELECT gen_random_uuid(), 'N' || p.n, 'T' || p.n, CASE WHEN p.n % 10 < 7 THEN 'closed' ELSE 'reported' END,
  kind.first + p.n % 200, 'x', p.geom, grid.id, coalesce(grid.id, city.id),
  CASE WHEN grid.id IS NULL THEN 'none' ELSE 'inside' END, moment, moment, CASE WHEN p.n % 10 < 7 THEN moment END
FROM bench.point AS p CROSS JOIN (SELECT id FROM area WHERE code = 'c') AS city
CROSS JOIN (SELECT min(id) AS first FROM category) AS kind
CROSS JOIN LATERAL (SELECT timestamptz '2026-01-01' + p.n * interval '1 minute') AS at (moment)
LEFT JOIN area AS grid ON grid.code = 'g' || p.grid
"""


def run(size: str) -> list[Row]:
    """The row of the private cluster and that of a managed server; only the latter where nobody may set the mark."""
    with bench_engine() as owner, _edge(owner) as edge:
        setup_s, box = timed(lambda: _load(owner, size))
        rows = []
        for name, marked in (("rls", True), ("rls_managed", False)):
            if _mark(owner, marked) == marked:
                rows.append(_row(name, size, owner, edge, box, setup_s))
        return rows


@contextmanager
def _edge(owner: Engine) -> Iterator[Engine]:
    engine = make_web_engine(api_url(Settings(), owner.url.render_as_string(hide_password=False)))
    try:
        yield engine
    finally:
        engine.dispose()


def _mark(owner: Engine, wanted: bool) -> bool:
    with owner.begin() as connection:
        if _is_superuser(connection):
            connection.execute(text(f"ALTER FUNCTION {OVERLAPS} {'' if wanted else 'NOT '}LEAKPROOF"))
        return leakproof_marked(connection)


def _is_superuser(connection: Connection) -> bool:
    return bool(connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")))


def _row(name: str, size: str, owner: Engine, edge: Engine, box: BBox, setup_s: float) -> Row:
    people = _people(owner, box)
    with owner.connect() as connection:
        free = _is_superuser(connection)
    without: Work | Missing = Missing("policies bound the owner of a managed server as well")
    if free:
        # The same rows without any policy: the grid's are asked for by its code.
        without = _repeat(
            [(owner, EventFilter(bbox=box, area=code if who == "grid" else None)) for who, code, _ in people]
        )
    asked = EventFilter(bbox=box)
    row = compare(
        name,
        size,
        _repeat([(scoped(edge, scope), asked) for _, _, scope in people]),
        {"without": without},
        agree=lambda answers: (
            all(answer == answers["ours"] for answer in answers.values()) and any(answers["ours"])
        ),
        floor=lambda: _floor(owner, box, 3 * TIMES),
        setup_s={"ours": setup_s},
        notes=[
            f"{EVENTS[size]:,} events, {inputs.GRIDS[size]:,} grids, {API_ROLE}; {3 * TIMES} questions a run"
        ],
    )
    row.notes.extend(_each(owner, edge, box, people) if free else [])
    return row


def _people(owner: Engine, box: BBox) -> list[tuple[str, str, Scope]]:
    """Whoever holds `events.read` in the city, the district in the middle of the screen, and a grid there."""
    query = text(
        "SELECT id, level, code FROM area WHERE level IN ('city', 'district', 'grid')"
        " AND ST_Intersects(geom, ST_SetSRID(ST_MakePoint(:x, :y), 4326)) ORDER BY cardinality(path), code"
    )
    middle = {"x": (box[0] + box[2]) / 2, "y": (box[1] + box[3]) / 2}
    with owner.connect() as connection:
        found = {row.level: row for row in connection.execute(query, middle)}
    return [
        (level, row.code, Scope(level, account_id=1, areas={"events.read": (row.id,)}))
        for level, row in found.items()
    ]


def _ids(engine: Engine, wanted: EventFilter) -> list[uuid.UUID]:
    with unit_of_work(engine) as session:
        scope = scope_of_session(session)
        area = asked_area(session, scope, wanted)
        plan_by_values(session)
        query, values = filled(IDS, wanted, scope, area=area, near=near(session, scope, wanted))
        return list(session.scalars(query, values | {"row_limit": LIMIT}))


def _repeat(questions: list[tuple[Engine, EventFilter]]) -> Work:
    def work() -> list[list[uuid.UUID]]:
        for _ in range(TIMES - 1):
            for engine, wanted in questions:
                _ids(engine, wanted)
        return [_ids(engine, wanted) for engine, wanted in questions]

    return work


def _floor(owner: Engine, box: BBox, times: int) -> None:
    """The bare box by its index, nothing exact, no order, no scope."""
    values = dict(zip(("left", "bottom", "right", "top"), box, strict=True))
    for _ in range(times):
        with unit_of_work(owner) as session:
            session.scalars(FLOOR, values).all()


def _each(owner: Engine, edge: Engine, box: BBox, people: list[tuple[str, str, Scope]]) -> list[str]:
    """How many times the owner's time each of the three takes, for the ids and for the map's whole page."""
    told = []
    for who, code, scope in people:
        alone = EventFilter(bbox=box, area=code if who == "grid" else None)
        ours, theirs = _repeat([(scoped(edge, scope), EventFilter(bbox=box))]), _repeat([(owner, alone)])
        pages: list[Any] = [
            lambda scope=scope: [
                event_features(scoped(edge, scope), EventFilter(bbox=box), limit=LIMIT) for _ in range(5)
            ],
            lambda alone=alone: [event_features(owner, alone, limit=LIMIT) for _ in range(5)],
        ]
        ids = [np.median([timed(work)[0] for _ in range(5)]) for work in (ours, theirs)]
        page = [np.median([timed(work)[0] for _ in range(5)]) for work in pages]
        hits = len(_ids(owner, alone))
        told.append(
            f"{who}: {hits} events, {ids[0] / ids[1]:.2f} x without"
            f" ({ids[0] / TIMES * 1000:.2f} ms); the map's page {page[0] / page[1]:.2f} x"
        )
    return told


def _load(owner: Engine, size: str) -> BBox:
    """Areas and events in the product's tables; the box of a screen that shows some hundred events."""
    grids = inputs.grids(inputs.GRIDS[size])
    points = inputs.points(grids, EVENTS[size])
    found = locate_many(build_grid_index(*grids), *points.T, distances=False).grid
    columns = len(grids.codes) // inputs.rows_of(len(grids.codes))
    with owner.begin() as pooled:
        connection: psycopg.Connection[Any] = pooled.connection.driver_connection  # type: ignore[assignment]
        connection.execute("CREATE TABLE bench.grid (n int, geom geometry(Polygon, 4326))")
        connection.execute("CREATE TABLE bench.point (n int, grid int, geom geometry(Point, 4326))")
        copy_columns(
            connection,
            "bench.grid",
            {"n": ("int4", np.arange(len(grids.codes))), "geom": ("geometry", grids.polygons)},
        )
        places = np.asarray(shapely.points(points), dtype=object)
        numbers = ("int4", np.arange(len(points)))
        copy_columns(
            connection, "bench.point", {"n": numbers, "grid": ("int4", found), "geom": ("geometry", places)}
        )
        for statement in TREE.format(columns=columns).split(";\n"):
            connection.execute(statement)
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
        plain.execute(text("VACUUM ANALYZE"))
    return _screen(grids, len(points))


def _screen(grids: inputs.Grids, events: int) -> BBox:
    """A box with the shape of a screen inside one district, holding about `SCREEN_HITS` events."""
    left, bottom, right, top = shapely.total_bounds(grids.polygons).tolist()
    share = min(1.0, SCREEN_HITS / events) ** 0.5
    wide, high = (right - left) * share, (top - bottom) * share
    x, y = left + 0.07 * (right - left) * (1 - share), bottom + 0.1 * (top - bottom) * (1 - share)
    return x, y, x + wide, y + high
