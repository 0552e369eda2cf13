"""The timers: clocks that reach 50, 80 or 100 % of their limit, or run over it, each seen to exactly once.

At 50 and 80 % whoever has it is told. At 100 % the state's timeout is taken as a step of the system (urge, escalate,
sign, resume, …); at two and three times the limit a matter that only urging was left for gets a card, a darker one
each time. Marks and steps are one transaction with the event locked, and events that somebody is at are left for the
next turn, so that several workers never do the same twice. A step that is refused is told, never dropped. An event at
which this fails steps back, later each time, so that however many of them never stop another; the fifth time in a row
its supervisors are told.
"""

from __future__ import annotations

import logging
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from gis.base.errors import WanggeError
from gis.base.limits import Limit
from gis.db.engine import unit_of_work
from gis.db.sql import load
from gis.events.workflow.effects import CARDS
from gis.events.workflow.service import take_as_system
from gis.jobs import faults, outbox
from gis.jobs.duties import Duty
from gis.settings import Settings

PACKAGE = "gis.events.clocks"
DUTY = "clocks"
EVERY_S = 5.0
AT_ONCE = 200
SUPERVISED = frozenset({"urge", "supervise"})
"""Timeouts that leave the matter where it is: more follows."""
log = logging.getLogger("wangge.clocks")


def clock_duties(_: Settings) -> tuple[Duty, ...]:
    """The sweep of all clocks, for the worker."""
    return (Duty(DUTY, EVERY_S, sweep),)


def sweep(engine: Engine, now: datetime | None = None) -> bool:
    """See to every clock that is at a mark; whether there may be more. `engine` is the owner's.

    `now` plays a time that is not the present: steps are taken then.
    """
    moment = now or datetime.now(UTC)
    with unit_of_work(engine) as session:
        found = list(session.scalars(load(PACKAGE, "due_events"), {"now": moment, "count": AT_ONCE}))
    attended = sum(_attend(engine, event, moment, played=now is not None) for event in found)
    return len(found) == AT_ONCE and attended > 0


def _attend(engine: Engine, event: uuid.UUID, now: datetime, *, played: bool) -> bool:
    """One event in a transaction of its own: what fails there steps back and stops no other clock.

    False when somebody is at it.
    """
    try:
        with unit_of_work(engine) as session:
            if played:
                session.execute(text("SELECT set_config('wangge.now', :now, true)"), {"now": now.isoformat()})
            return see_to(session, event, now)
    except Exception as error:  # noqa: BLE001 - it is noted, logged and tried again later
        alarm = partial(_tell_stuck, event=event, code=type(error).__name__)
        faults.step_back(engine, DUTY, event, now, error, alarm)
        return True


def _tell_stuck(session: Session, count: int, *, event: uuid.UUID, code: str) -> None:
    """Tell the supervisors of an event that its clocks are not seen to."""
    place = session.execute(load(PACKAGE, "lock_event"), {"event": event}).one_or_none()
    payload = {
        "event": str(event),
        "number": "" if place is None else place.number,
        "stage": "total",
        "percent": 100,
        "faults": count,
        "code": code,
    }
    outbox.put(
        session,
        "clock.stuck",
        payload,
        event_id=event,
        area_id=None if place is None else place.scope_area_id,
        accounts=_accounts(session, event, "total", overdue=True),
    )


def see_to(session: Session, event: uuid.UUID, now: datetime) -> bool:
    """Do what the clocks of an event ask for at `now`; False when somebody else is at the event."""
    locked = session.execute(load(PACKAGE, "lock_event"), {"event": event}).one_or_none()
    if locked is None:
        return False
    marked = session.execute(load(PACKAGE, "mark"), {"event": event, "now": now}).all()
    for clock in sorted(marked, key=lambda one: (one.due_at, one.id)):
        if clock.mark == clock.before:
            continue
        if clock.stage != "suspend":
            _tell(session, event, locked, clock)
        if clock.mark >= 100 and clock.timeout is not None:
            _time_out(session, event, locked, clock)
    faults.forget(session, DUTY, event)
    return True


def _tell(session: Session, event: uuid.UUID, locked: Any, clock: Any) -> None:
    overdue = clock.mark >= 100
    outbox.put(
        session,
        "clock.overdue" if overdue else "clock.warned",
        _payload(event, locked, clock),
        event_id=event,
        area_id=locked.scope_area_id,
        accounts=_accounts(session, event, clock.stage, overdue=overdue),
    )


def _accounts(session: Session, event: uuid.UUID, stage: str, *, overdue: bool) -> list[int]:
    return list(
        session.scalars(load(PACKAGE, "parties"), {"event": event, "stage": stage, "overdue": overdue})
    )


def _payload(event: uuid.UUID, locked: Any, clock: Any) -> dict[str, Any]:
    return {
        "event": str(event),
        "number": locked.number,
        "stage": clock.stage,
        "percent": clock.mark,
        "limit": limit_of(clock).zh(),
        "due_at": clock.due_at.isoformat(),
    }


def limit_of(clock: Any) -> Limit:
    """The limit of a clock with its extensions."""
    whole: Decimal = clock.value * (1 + clock.extended)
    return Limit(clock.kind, float(whole))


def _time_out(session: Session, event: uuid.UUID, locked: Any, clock: Any) -> None:
    """Take the step a passed limit asks for; where it is refused, a card, and the supervisors are told."""
    said = f"{limit_of(clock).zh()}时限已过，系统自动处理"
    name = clock.timeout
    if name in SUPERVISED and (clock.before >= 100 or clock.mark > 100):
        name = "supervise"
    refused = _take(session, event, name, said)
    if refused is None:
        return
    if name != "supervise" and clock.stage != "suspend":
        _take(session, event, "supervise", said)
    outbox.put(
        session,
        "clock.refused",
        _payload(event, locked, clock) | {"command": name, "code": refused.code},
        event_id=event,
        area_id=locked.scope_area_id,
        accounts=_accounts(session, event, "total", overdue=True),
    )


def _take(session: Session, event: uuid.UUID, name: str, said: str) -> WanggeError | None:
    """Take a step as the system, or the refusal: a savepoint keeps the rest of the transaction."""
    data = {"card": _next_card(session, event)} if name == "supervise" else {}
    try:
        with session.begin_nested():
            take_as_system(session, event, name, reason=said, text=said, data=data)
    except WanggeError as error:
        log.warning("event %s: %s was refused: %s", event, name, error.code)
        return error
    return None


def _next_card(session: Session, event: uuid.UUID) -> str:
    now = session.execute(load(PACKAGE, "lock_event"), {"event": event}).one().supervised
    return CARDS[min(CARDS.index(now) + 1, len(CARDS) - 1)] if now else CARDS[0]
