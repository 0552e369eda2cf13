"""Row `kpi`: a page of indicators, a district's year told apart by street, against a GROUP BY over the tables.

The peer `live` is what the author of a dashboard would write: one statement over the log, and one over the clocks, with
plain conditions and indexes. Both answer for the whole district and each street: every count of the flow that the log
tells, and the five parts of every stage.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Engine, text

from benchmarks.harness import Row, compare
from benchmarks.worked import EVENTS, STREETS, WAITING, Worked, worked
from gis.db.api_role import API_ROLE
from gis.db.scope import Scope, scoped
from gis.events.kpi.service import Asked, Indicators, Line, indicators

FIRST, LAST = date(2025, 3, 5), date(2026, 3, 4)
NAMES = (
    "reported", "accepted", "filed", "self_handled", "rejected", "dispatched", "returned", "handled", "reworked",
    "closed",
)  # fmt: skip
STAGES = ("total", "accept", "file", "dispatch", "sign", "handle", "check", "inspect")
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
    return measured(worked(size), size)


def measured(year: Worked, size: str) -> Row:
    """The row of a year."""
    with year.owner.connect() as connection:
        top = int(connection.execute(text("SELECT id FROM area WHERE code = 'd'")).scalar_one())
    reader = scoped(year.edge, Scope("reader", account_id=1, areas={"kpi.read": (top,)}))
    asked = Asked("d", FIRST, LAST, "area", "subdistrict")
    row = compare(
        "kpi",
        size,
        lambda: indicators(reader, asked),
        {"live": lambda: _live(year.owner)},
        agree=lambda answers: _plain(answers["ours"]) == answers["live"],
        setup_s={"ours": year.fold_s},
        notes=[
            f"{EVENTS[size]:,} events over 400 days, {STREETS} streets, {API_ROLE}; loading {year.load_s:.0f} s",
            f"set-up: folding {year.folded:,} additions; {WAITING:,} wait unfolded",
            "live: GROUP BY over log and clocks, as the owner of the tables: no policy bounds it",
        ],
    )
    row.measures["under_200_ms"] = float(row.ours_s < 0.2)
    return row


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
