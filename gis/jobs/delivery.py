"""Brings messages to their subscribers: at least once, again with longer waits, and after the last attempt shown as dead."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine

from gis.db.engine import unit_of_work
from gis.db.sql import load
from gis.jobs.channels import NotTaken, Parcel, send
from gis.jobs.duties import Duty
from gis.settings import Settings

PACKAGE = "gis.jobs"
SPREAD_AT_ONCE, SENT_AT_ONCE = 1000, 20
LEASE_S = 120.0
WAITS_S = (10.0, 60.0, 300.0, 1800.0, 7200.0, 21600.0, 86400.0)
"""After each failed attempt; after one more than these the delivery is dead."""
KEPT_DAYS = 90
SPREAD_S, SEND_S, SWEEP_S = 1.0, 1.0, 3600.0

Sender = Callable[[Parcel], None]


def delivery_duties(settings: Settings) -> tuple[Duty, ...]:
    """What the worker does for the outbox."""
    return (
        Duty("spread", SPREAD_S, spread),
        Duty("send", SEND_S, lambda engine: deliver(engine, lambda parcel: send(settings, parcel))),
        Duty("sweep outbox", SWEEP_S, sweep),
    )


def spread(engine: Engine) -> bool:
    """Make deliveries of new messages; whether there may be more."""
    with unit_of_work(engine) as session:
        done = session.scalar(load(PACKAGE, "delivery_spread"), {"count": SPREAD_AT_ONCE})
    return int(done or 0) == SPREAD_AT_ONCE


def deliver(engine: Engine, sender: Sender) -> bool:
    """Send what is due; whether there may be more. Nothing is locked while the other side takes its time.

    A worker that dies between sending and writing so sends again after the lease: the delivery's id is the same.
    """
    with unit_of_work(engine) as session:
        rows = session.execute(
            load(PACKAGE, "delivery_take"), {"count": SENT_AT_ONCE, "lease_s": LEASE_S}
        ).mappings()
        parcels = [Parcel(**row) for row in rows]
    for parcel in sorted(parcels, key=lambda one: one.message):
        _attempt(engine, sender, parcel)
    return len(parcels) == SENT_AT_ONCE


def _attempt(engine: Engine, sender: Sender, parcel: Parcel) -> None:
    error, again_s = None, None
    try:
        sender(parcel)
    except NotTaken as failed:
        error = str(failed)
        again_s = WAITS_S[parcel.attempts - 1] if parcel.attempts <= len(WAITS_S) else None
    with unit_of_work(engine) as session:
        session.execute(
            load(PACKAGE, "delivery_end"),
            {"id": parcel.id, "attempt": parcel.attempts, "error": error, "again_s": again_s},
        )


def sweep(engine: Engine) -> bool:
    """Forget old messages."""
    with unit_of_work(engine) as session:
        session.execute(load(PACKAGE, "outbox_sweep"), {"kept_days": KEPT_DAYS})
    return False
