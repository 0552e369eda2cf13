"""The matters at the desks of the demo: every box of an inbox holds something for one of the demo accounts."""

from __future__ import annotations

import json

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
from gis.intake.demo_events import PACKAGE, _scope, play
from gis.settings import Settings
from tests.database import api_engine, cloned_engine, town_template

pytestmark = pytest.mark.db


def test_every_box_holds_something(cluster: Cluster) -> None:
    with cloned_engine(cluster, town_template(cluster)) as engine:
        assert play(engine, silent) == 0, "nobody is there yet"
        ensure_demo_accounts(engine, Settings())
        assert play(engine, silent) > 30
        with unit_of_work(engine) as session:
            scopes = {row.username: _scope(row) for row in session.execute(load(PACKAGE, "demo_people"))}
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
            assert connection.scalar(text("SELECT count(*) FROM whistle WHERE status = 'blown'")) == 2
