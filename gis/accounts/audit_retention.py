"""How long the audit is kept: rows past it are removed by the owner, on record, and the chains go on."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import Engine, text

from gis.accounts.audit import record
from gis.accounts.audit_anchor import LEAST_DAYS
from gis.base.errors import Invalid
from gis.db.engine import unit_of_work
from gis.db.sql import load


def purge(engine: Engine, days: int, *, now: datetime | None = None) -> int:
    """Remove the rows of the audit older than `days` whole days (UTC), as the owner; returns how many went.

    What was removed, and up to when, is audited in the same transaction. Raises Invalid `retention_too_short`
    under 184 days.
    """
    if days < LEAST_DAYS:
        raise Invalid(
            "retention_too_short",
            f"审计记录至少保存 {LEAST_DAYS} 天（六个月）",
            f"the audit is kept for {LEAST_DAYS} days (six months) at least",
        )
    today = (now or datetime.now(UTC)).astimezone(UTC).date()
    before = datetime.combine(today - timedelta(days=days), time(), UTC)
    with unit_of_work(engine) as session:
        session.execute(text("SELECT set_config('wangge.audit_purge', 'on', true)"))
        gone = int(session.scalar(load("gis.accounts", "audit_purge"), {"before": before}) or 0)
        if gone:
            details = {"before": before.isoformat(), "rows": gone}
            record(session, "audit.purge", "audit", "retention", details=details)
    return gone
