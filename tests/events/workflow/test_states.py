"""Every state of every shipped template is reached by real commands, and the log says how."""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy import Engine, text

from gis.accounts.audit_verify import verify
from gis.events.canonical import log_hash, log_row
from gis.events.log_chain import EVENT_LOG
from tests.events.workflow.helpers import PATHS, event_in

pytestmark = pytest.mark.db
CASES = [
    (workflow, status)
    for workflow in ("urban", "grid", "hotline")
    for status in (*PATHS, "merged")
    if (workflow, status) != ("hotline", "self_handled")
]


@pytest.mark.parametrize(("workflow", "status"), CASES)
def test_a_state_is_reached(district: Engine, workflow: str, status: str) -> None:
    event = event_in(district, status, workflow=workflow)
    with district.connect() as connection:
        row = connection.execute(
            text("SELECT e.*, w.code FROM event e JOIN workflow w ON w.id = workflow_id WHERE e.id = :id"),
            {"id": event},
        ).one()
        log = connection.execute(
            text("SELECT * FROM event_log WHERE event_id = :id ORDER BY seq"), {"id": event}
        ).all()
    assert (row.code, row.status, row.version) == (workflow, status, len(log))
    assert [entry.seq for entry in log] == list(range(1, len(log) + 1))
    for before, after in itertools.pairwise(log):
        assert after.from_status == before.to_status
        assert after.prev_hash == before.hash
    assert all(entry.hash == log_hash(log_row(entry)) for entry in log)
    assert log[-1].to_status == status
    assert (row.closed_at is not None) == (status in ("closed", "rejected", "cancelled", "merged"))


def test_all_logs_verify(district: Engine) -> None:
    assert verify(district, EVENT_LOG).broken == 0
