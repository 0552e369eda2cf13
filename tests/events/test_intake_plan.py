"""A batch is worked through as a whole: no part of its statement looks through all of it for each report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, text

from gis.base.ids import uuid7
from gis.db.engine import unit_of_work
from gis.db.staging import driver
from gis.events import store
from gis.events.service import offer
from gis.events.tracking import new_tracking_codes
from gis.events.validate import validate_report
from tests.events.reports import report
from tests.events.reports import uuid7 as fresh_id

pytestmark = pytest.mark.db
MANY = 200
EXPLAIN = {
    "log_min_duration": "0", "log_analyze": "on", "log_timing": "off", "log_nested_statements": "on",
    "log_format": "json", "log_level": "notice",
}  # fmt: skip
KINDS = """
SELECT concat_ws(':', scheme, kind, code) FROM category
WHERE valid_from <= current_date AND (valid_to IS NULL OR valid_to > current_date)
ORDER BY id LIMIT :most
"""
FOR_EACH = """
SELECT count(*) FROM generate_series(1, 200) AS a LEFT JOIN generate_series(1, 200) AS b ON a = b
"""


def touched(node: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """How many rows each node of a plan gave or threw away, over all its loops, and what it is."""
    rows = sum(
        node.get(key, 0) for key in ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Join Filter")
    )
    yield int(rows * node.get("Actual Loops", 1)), f"{node['Node Type']} {node.get('CTE Name', '')}"
    for below in node.get("Plans", ()):
        yield from touched(below)


class Plans:
    """The plans of what runs on a connection of somebody who may look: the owner of the cluster."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.told: list[dict[str, Any]] = []
        connection.execute("LOAD 'auto_explain'")
        for name, value in EXPLAIN.items():
            connection.execute(f"SET LOCAL auto_explain.{name} = {value}".encode())
        connection.add_notice_handler(self._hear)

    def _hear(self, notice: psycopg.errors.Diagnostic) -> None:
        said = notice.message_primary or ""
        if said.startswith("duration:"):
            self.told.append(json.loads(said[said.index("{") :])["Plan"])

    def most(self) -> tuple[int, str]:
        return max(one for plan in self.told for one in touched(plan))


def test_no_part_of_a_batch_is_looked_through_for_each(district: Engine) -> None:
    with district.connect() as connection:  # of as many kinds as there are, so that they share little
        kinds = connection.scalars(text(KINDS), {"most": MANY}).all()
    assert len(kinds) > MANY / 2
    offered = [
        offer(validate_report(report(id=fresh_id(), category=kinds[n % len(kinds)])), None, code)
        for n, code in enumerate(new_tracking_codes(MANY))
    ]
    with unit_of_work(district) as session:
        plans = Plans(driver(session))
        taken = store.take_in(session, offered, batch=uuid7())
        assert {one.outcome for one in taken} == {"new"}
        statement = max(plans.told, key=lambda plan: len(json.dumps(plan)))
        assert sum(1 for _ in touched(statement)) > 30, "the whole statement was seen"
        rows, node = plans.most()
        assert rows <= 10 * MANY, node


def test_looking_through_all_for_each_would_be_seen(district: Engine) -> None:
    """The control: a join in a loop over two lists of the same length."""
    with unit_of_work(district) as session:
        connection = driver(session)
        for way in ("hashjoin", "mergejoin"):
            connection.execute(f"SET LOCAL enable_{way} = off".encode())
        plans = Plans(connection)
        connection.execute(FOR_EACH.encode())
        assert plans.most()[0] > 10 * MANY
