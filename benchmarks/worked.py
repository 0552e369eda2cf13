"""A district's year of events in the product's own tables, for the rows `kpi` and `inbox`; loaded once, and kept.

The tables are filled set-based; what was counted is folded as the worker folds it, but for the last additions, which
wait as they do in life. The database goes when the program ends.
"""

from __future__ import annotations

import atexit
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, text

from benchmarks.database import bench_engine
from benchmarks.harness import timed
from gis.db.api_role import api_url
from gis.db.engine import make_web_engine
from gis.settings import Settings

EVENTS = {"town": 10_000, "district": 100_000, "city": 1_000_000}
STREETS, COMMUNITIES, GRIDS = 10, 4, 3
WAITING = 5_000
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


@dataclass(frozen=True, slots=True)
class Worked:
    """Engines of the owner and of the role of the web edge; what loading and folding took, how much was folded."""

    owner: Engine
    edge: Engine
    load_s: float
    fold_s: float
    folded: int


_kept: dict[str, Worked] = {}


def worked(size: str) -> Worked:
    """The year of a size, made at the first call."""
    if size not in _kept:
        stack = ExitStack()
        atexit.register(stack.close)
        owner = stack.enter_context(bench_engine())
        load_s, _ = timed(lambda: load_year(owner, EVENTS[size]))
        fold_s, folded = timed(lambda: fold(owner))
        edge = make_web_engine(api_url(Settings(), owner.url.render_as_string(hide_password=False)))
        stack.callback(edge.dispose)
        _kept[size] = Worked(owner, edge, load_s, fold_s, folded)
    return _kept[size]


def run_file(owner: Engine, name: str, events: int) -> None:
    """The statements of a file of this folder, with no trigger and no key asked; `:events` is bound."""
    source = Path(__file__).with_name(f"{name}.sql").read_text("utf-8")
    run_statements(owner, source, events)


def run_statements(owner: Engine, source: str, events: int) -> None:
    """As `run_file`, of a text."""
    with owner.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("SET LOCAL work_mem = '256MB'"))
        for statement in source.split(";\n"):
            bound = {"events": events} if ":events" in statement else {}
            connection.execute(text(statement), bound)
    vacuum(owner)


def vacuum(owner: Engine, tables: str = "") -> None:
    """VACUUM ANALYZE, as the server does by itself in time."""
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
        plain.execute(text(f"VACUUM ANALYZE {tables}"))


def load_year(owner: Engine, events: int) -> None:
    """Areas, departments, and events with their log and clocks."""
    run_statements(owner, AREAS, events)
    run_file(owner, "kpi_load", events)


def fold(owner: Engine) -> int:
    """Fold all but the last additions, at once: the worker takes them as they come."""
    with owner.begin() as connection:
        connection.execute(text("SET LOCAL work_mem = '256MB'"))
        waiting = int(connection.execute(text("SELECT count(*) FROM kpi_delta")).scalar_one())
        count = {"count": waiting - WAITING}
        folded = int(connection.execute(text("SELECT kpi_fold(:count)"), count).scalar_one())
    vacuum(owner, "kpi_cell")
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
        plain.execute(
            text("VACUUM FULL kpi_delta")
        )  # never held a year at once where it is folded all the time
    return folded
