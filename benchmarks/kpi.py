"""Row `kpi`: a page of indicators, a district's year told apart by street, against a GROUP BY over the tables.

The tables are the product's own, filled set-based; what was counted is folded as the worker folds it, but for the last
additions, which wait as they do in life. The peer `live` is what the author of a dashboard would write: one statement
over the log, and one over the clocks, with plain conditions and indexes. Both answer for the whole district and each
street: every count of the flow that the log tells, and the five parts of every stage.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from benchmarks.database import bench_engine
from benchmarks.harness import Row, compare, timed
from gis.db.api_role import API_ROLE, api_url
from gis.db.engine import make_web_engine
from gis.db.scope import Scope, scoped
from gis.events.kpi.service import Asked, Indicators, Line, indicators
from gis.settings import Settings

EVENTS = {"town": 10_000, "district": 100_000, "city": 1_000_000}
STREETS, COMMUNITIES, GRIDS = 10, 4, 3
FIRST, LAST = date(2025, 3, 5), date(2026, 3, 4)
WAITING = 5_000
NAMES = (
    "reported", "accepted", "filed", "self_handled", "rejected", "dispatched", "returned", "handled", "reworked",
    "closed",
)  # fmt: skip
STAGES = ("total", "accept", "file", "dispatch", "sign", "handle", "check", "inspect")
AREAS = f"""
INSERT INTO area (code, level, name, path, geom)
  SELECT 'd', 'district', 'd', '{{}}', ST_Multi(ST_MakeEnvelope(126, 45, 127, 46, 4326));
INSERT INTO area (code, level, name, parent_id, path, geom)
  SELECT 's' || s, 'subdistrict', 's' || s, d.id, '{{}}', d.geom
  FROM area AS d, generate_series(1, {STREETS}) AS s WHERE d.code = 'd';
INSERT INTO area (code, level, name, parent_id, path, geom)
  SELECT s.code || '.' || c, 'community', 'c', s.id, '{{}}', s.geom
  FROM area AS s, generate_series(1, {COMMUNITIES}) AS c WHERE s.level = 'subdistrict';
INSERT INTO area (code, level, name, kind, parent_id, path, geom)
  SELECT c.code || '.' || g, 'grid', 'g', 'comprehensive', c.id, '{{}}', c.geom
  FROM area AS c, generate_series(1, {GRIDS}) AS g WHERE c.level = 'community';
WITH RECURSIVE tree AS (
  SELECT id, ARRAY[id] AS path FROM area WHERE parent_id IS NULL
  UNION ALL SELECT area.id, tree.path || area.id FROM tree JOIN area ON area.parent_id = tree.id)
UPDATE area SET path = tree.path FROM tree WHERE area.id = tree.id;
INSERT INTO department (code, name, parent_id, path)
  SELECT 'u' || n, 'u' || n, NULL, '{{}}' FROM generate_series(1, 40) AS n;
UPDATE department SET path = ARRAY[id]
"""
LOAD = Path(__file__).with_name("kpi_load.sql")
LIVE_FLOW = text("""
SELECT s.code, count(DISTINCT e.id) AS reported,
  count(DISTINCT e.id) FILTER (WHERE l.action = 'accept') AS accepted,
  count(DISTINCT e.id) FILTER (WHERE l.action = 'file') AS filed,
  count(DISTINCT e.id) FILTER (WHERE l.action = 'self_handle') AS self_handled,
  count(DISTINCT e.id) FILTER (WHERE l.action = 'reject') AS rejected,
  count(DISTINCT e.id) FILTER (WHERE l.action = 'dispatch') AS dispatched,
  count(DISTINCT e.id) FILTER (WHERE l.action IN ('return', 'refuse')) AS returned,
  count(DISTINCT e.id) FILTER (WHERE l.action = 'feedback') AS handled,
  count(DISTINCT e.id) FILTER (WHERE l.action = 'fail_inspection') AS reworked,
  count(DISTINCT e.id) FILTER (WHERE l.to_status = 'closed') AS closed
FROM event AS e JOIN event_log AS l ON l.event_id = e.id
JOIN area AS s ON s.id = e.scope_path[2]
WHERE e.scope_path @> ARRAY[(SELECT id FROM area WHERE code = 'd')]
  AND e.opened_at >= '2025-03-05 00:00+08' AND e.opened_at < '2026-03-05 00:00+08'
GROUP BY ROLLUP (s.code)
""")
LIVE_PARTS = text("""
SELECT s.code, c.stage, count(*) FILTER (WHERE c.outcome = 'done' AND c.stopped_at <= c.due_at) AS in_time,
  count(*) FILTER (WHERE c.outcome = 'done' AND c.stopped_at > c.due_at) AS late_done,
  count(*) FILTER (WHERE c.running_since IS NOT NULL AND c.due_at <= :now) AS overdue,
  count(*) FILTER (WHERE c.running_since IS NOT NULL AND c.due_at > :now) AS running
FROM event_clock AS c JOIN event AS e ON e.id = c.event_id JOIN area AS s ON s.id = e.scope_path[2]
WHERE e.scope_path @> ARRAY[(SELECT id FROM area WHERE code = 'd')]
  AND c.due_at >= '2025-03-05 00:00+08' AND c.due_at < '2026-03-05 00:00+08'
GROUP BY GROUPING SETS ((s.code, c.stage), (c.stage))
""")


def run(size: str) -> Row:
    """The page by our sums, and by the two statements."""
    with bench_engine() as owner:
        load_s, _ = timed(lambda: _load(owner, EVENTS[size]))
        fold_s, rows = timed(lambda: _fold(owner))
        edge = make_web_engine(api_url(Settings(), owner.url.render_as_string(hide_password=False)))
        try:
            with owner.connect() as connection:
                top = int(connection.execute(text("SELECT id FROM area WHERE code = 'd'")).scalar_one())
            reader = scoped(edge, Scope("reader", account_id=1, areas={"kpi.read": (top,)}))
            asked = Asked("d", FIRST, LAST, "area", "subdistrict")
            row = compare(
                "kpi",
                size,
                lambda: indicators(reader, asked),
                {"live": lambda: _live(owner)},
                agree=lambda answers: _plain(answers["ours"]) == answers["live"],
                setup_s={"ours": fold_s},
                notes=[
                    f"{EVENTS[size]:,} events over 400 days, {STREETS} streets, {API_ROLE}; loading {load_s:.0f} s",
                    f"set-up: folding {rows:,} additions; {WAITING:,} wait unfolded",
                    "live: GROUP BY over log and clocks, as the owner of the tables: no policy bounds it",
                ],
            )
        finally:
            edge.dispose()
    row.measures["under_200_ms"] = float(row.ours_s < 0.2)
    return row


def _load(owner: Engine, events: int) -> None:
    with owner.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("SET LOCAL work_mem = '256MB'"))
        for statement in (*AREAS.split(";\n"), *LOAD.read_text("utf-8").split(";\n")):
            bound = {"events": events} if ":events" in statement else {}
            connection.execute(text(statement), bound)
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
        plain.execute(text("VACUUM ANALYZE"))


def _fold(owner: Engine) -> int:
    """Fold all but the last additions, at once: the worker takes them as they come."""
    with owner.begin() as connection:
        connection.execute(text("SET LOCAL work_mem = '256MB'"))
        waiting = int(connection.execute(text("SELECT count(*) FROM kpi_delta")).scalar_one())
        count = {"count": waiting - WAITING}
        folded = int(connection.execute(text("SELECT kpi_fold(:count)"), count).scalar_one())
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
        plain.execute(text("VACUUM ANALYZE kpi_cell, kpi_delta"))
    return folded


Numbers = dict[tuple[str, str], tuple[int, ...]]


def _plain(found: Indicators) -> Numbers:
    """Counts and parts by area, as the peer tells them."""
    made: Numbers = {}
    for line in (found.total, *found.lines):
        made |= _line(line)
    return made


def _line(line: Line) -> Numbers:
    made: Numbers = {(line.code, ""): tuple(line.flow[name] for name in NAMES)}
    for stage in STAGES:
        five = line.stages[stage]
        made[line.code, stage] = (five.in_time, five.late_done, five.overdue, five.running)
    return made


def _live(owner: Engine) -> Numbers:
    made: Numbers = {}
    with owner.connect() as connection:
        for row in connection.execute(LIVE_FLOW).mappings():
            made[row["code"] or "d", ""] = tuple(int(row[name]) for name in NAMES)
        now: Any = connection.execute(text("SELECT now()")).scalar_one()
        for row in connection.execute(LIVE_PARTS, {"now": now}).mappings():
            parts = ("in_time", "late_done", "overdue", "running")
            made[row["code"] or "d", row["stage"]] = tuple(int(row[name]) for name in parts)
    return made
