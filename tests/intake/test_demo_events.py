"""The matters at the desks of the demo: every box of an inbox holds something for one of the demo accounts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from gis.accounts.demo import ensure_demo_accounts
from gis.base.progress import silent
from gis.db.cluster import Cluster
from gis.db.engine import unit_of_work
from gis.db.scope import scoped
from gis.db.sql import load
from gis.events.boxes import BOXES
from gis.events.filters import EventFilter
from gis.events.reading import inbox
from gis.events.tables import STATUSES
from gis.intake.demo_desk import PACKAGE, scope_of_role
from gis.intake.demo_events import play
from gis.settings import Settings
from tests.database import api_engine, cloned_engine, town_template

pytestmark = pytest.mark.db
SHOWN = """
SELECT
  (SELECT count(DISTINCT r.event_id) FROM report AS r JOIN report_photo AS b ON b.report_id = r.id
   JOIN command_photo AS p ON p.event_id = r.event_id AND p.slot = 'after'
   WHERE num_nulls(b.attachment_sha256, p.attachment_sha256) = 0) AS events,
  (SELECT count(*) FROM command_photo WHERE attachment_sha256 IS NULL) AS awaited,
  (SELECT count(*) FROM attachment) AS pictures,
  (SELECT count(*) FROM campaign_visit WHERE result = 'met') AS met,
  (SELECT sum(households) FROM campaign_target) AS households,
  (SELECT count(*) FROM campaign_problem) AS problems,
  (SELECT count(*) FROM campaign_problem WHERE solved_at IS NOT NULL) AS solved
"""

# What happened some days before: its number, the first line of its log, and what is due are of that day.
PAST = """
SELECT count(*) AS events, count(*) FILTER (WHERE
    split_part(e.number, '-', 2) = to_char(e.opened_at AT TIME ZONE 'Asia/Shanghai', 'YYMMDD')) AS numbered,
  count(*) FILTER (WHERE e.opened_at = (SELECT min(l.at) FROM event_log AS l WHERE l.event_id = e.id)
    AND (SELECT max(l.at) FROM event_log AS l WHERE l.event_id = e.id) < e.opened_at + interval '3 hours') AS told,
  count(*) FILTER (WHERE e.due_at < now()) AS overdue
FROM event AS e WHERE e.reporter_id IS NOT NULL AND e.opened_at < now() - interval '10 days'
"""


def test_every_box_holds_something(cluster: Cluster, tmp_path: Path) -> None:
    with cloned_engine(cluster, town_template(cluster)) as engine:
        assert play(engine, tmp_path, silent) == 0, "nobody is there yet"
        ensure_demo_accounts(engine, Settings())
        assert play(engine, tmp_path, silent) > 30
        with unit_of_work(engine) as session:
            scopes = {
                row.username: scope_of_role(row) for row in session.execute(load(PACKAGE, "demo_people"))
            }
        full: dict[str, set[str]] = {}
        with api_engine(engine.url.render_as_string(hide_password=False)) as edge:
            for username, scope in scopes.items():
                if scope.permits("events.read"):
                    told = json.loads(inbox(scoped(edge, scope), EventFilter()))["boxes"]
                    full[username] = {box for box, count in told.items() if count}
        assert set(BOXES) == set().union(*full.values())
        assert {"accept", "file", "conclude", "overdue", "returned"} <= full["acceptor_street"]
        assert {"sign", "handling"} <= full["inbox"]
        assert "mine" in full["handler"]
        with engine.connect() as connection:
            assert set(STATUSES) == set(connection.scalars(text("SELECT status FROM event")))
            whistled = dict(
                map(tuple, connection.execute(text("SELECT status, count(*) FROM whistle GROUP BY 1")))
            )
            assert whistled == {"blown": 2, "approved": 3, "closed": 1, "denied": 1}
            shown = connection.execute(text(SHOWN)).one()
            past = connection.execute(text(PAST)).one()
        assert (past.events, past.numbered, past.told, past.overdue) == (2, 2, 2, 2)
        assert shown.events > 10
        assert shown.awaited in range(2, 14, 2), (
            "of what was handled on the spot, and its pictures have not come"
        )
        assert shown.pictures == len(list(tmp_path.rglob("*.jpg"))) > 50
        assert 0.3 < shown.met / shown.households < 0.8
        assert (shown.problems, shown.solved) == (12, 8)
