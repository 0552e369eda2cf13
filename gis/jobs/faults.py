"""What a duty of the worker failed at steps back, so that the rest has its turn: later each time, with one alarm."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.db.engine import unit_of_work
from gis.db.sql import load

PACKAGE = "gis.jobs"
ALARM_AT = 5
"""Faults in a row that are no accident any more: two and a half minutes after the first."""
log = logging.getLogger("wangge.duties")


def step_back(
    engine: Engine,
    duty: str,
    subject: uuid.UUID,
    now: datetime,
    error: Exception,
    alarm: Callable[[Session, int], None] | None = None,
) -> None:
    """Note that a duty failed at a subject, to be tried again later; the duty's own query leaves it out until then.

    The fifth fault in a row is an alarm: `alarm` is called with the session and that number, once. The first one and
    the alarm are logged as errors, the others as warnings. Raises what the database raises: it may be away.
    """
    name = type(error).__name__
    values = {"duty": duty, "subject": subject, "now": now, "error": name}
    with unit_of_work(engine) as session:
        faults = int(session.scalar(load(PACKAGE, "fault_noted"), values) or 0)
    if faults == ALARM_AT:
        log.error("duty %s keeps failing at %s: %s", duty, subject, name, exc_info=error)
        _raise_alarm(engine, alarm, faults)
    elif faults == 1:
        log.error("duty %s failed at %s: %s", duty, subject, name, exc_info=error)
    else:
        log.warning("duty %s failed at %s: %s, for the %d. time", duty, subject, name, faults)


def _raise_alarm(engine: Engine, alarm: Callable[[Session, int], None] | None, faults: int) -> None:
    """In a transaction of its own: what keeps the alarm from being raised must not stop the duty as well."""
    if alarm is None:
        return
    try:
        with unit_of_work(engine) as session:
            alarm(session, faults)
    except Exception as error:
        log.error("the alarm was not raised: %s", type(error).__name__, exc_info=error)


def forget(session: Session, duty: str, subject: uuid.UUID) -> None:
    """It went well: the next fault is the first."""
    session.execute(load(PACKAGE, "fault_over"), {"duty": duty, "subject": subject})
