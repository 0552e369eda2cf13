"""Commands at a time of one's choosing, and the clocks they leave."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, text

from gis.base.worktime import due
from gis.base.worktime_china import national_calendar
from gis.db.engine import unit_of_work
from gis.db.scope import EVERYWHERE, Scope, scoped
from gis.events.workflow.model import Step
from gis.events.workflow.service import take_in
from tests.events.workflow import helpers
from tests.events.workflow.helpers import BARE, PERMISSIONS, command, crew

HELD = {name for held in PERMISSIONS.values() for name in held} | {"events.handle"}


def opened(engine: Engine, *, workflow: str = "grid", **changes: Any) -> uuid.UUID:
    """A new event of a category without a filing standard: the limits are those of the template."""
    return helpers.opened(engine, workflow=workflow, **({"category": BARE[workflow]} | changes))


def event_in(engine: Engine, status: str, *, workflow: str = "grid", **changes: Any) -> uuid.UUID:
    """The same in a state."""
    given = {"category": BARE[workflow]} | changes
    return helpers.event_in(engine, status, workflow=workflow, **given)


def do(
    engine: Engine, event: uuid.UUID, who: str, name: str, at: datetime | None = None, **members: Any
) -> Step:
    """Take a command as somebody of the crew, at a time of one's choosing; the owner may, whose rights are all."""
    people = crew(engine)
    scope = Scope(
        who,
        people.accounts[who],
        areas=dict.fromkeys(HELD, EVERYWHERE),
        departments={"events.handle": (people.department_id,)},
        maintenance=True,
    )
    with unit_of_work(scoped(engine, scope)) as session:
        if at is not None:
            session.execute(text("SELECT set_config('wangge.now', :at, true)"), {"at": at.isoformat()})
        return take_in(session, command(engine, event, name, **members))


def walk(engine: Engine, event: uuid.UUID, steps: Any, at: datetime | None = None) -> None:
    """Take several steps (who, command, members) at one time."""
    for who, name, members in steps:
        do(engine, event, who, name, at, **members)


def clock(
    engine: Engine, event: uuid.UUID, stage: str, turn: int | None = None, number: int | None = None
) -> Any:
    """The clock of a stage: the last of the last round, or that of a turn and a round."""
    with engine.connect() as connection:
        return connection.execute(
            text(
                "SELECT * FROM event_clock WHERE event_id = :event AND stage = :stage"
                " AND turn = coalesce(:turn, turn) AND round = coalesce(:round, round)"
                " ORDER BY round DESC, turn DESC LIMIT 1"
            ),
            {"event": event, "stage": stage, "turn": turn, "round": number},
        ).one_or_none()


def row(engine: Engine, event: uuid.UUID) -> Any:
    """The event itself."""
    with engine.connect() as connection:
        return connection.execute(text("SELECT * FROM event WHERE id = :event"), {"event": event}).one()


def run_since(engine: Engine, event: uuid.UUID, **minutes: float) -> None:
    """Let the clocks of stages have begun so many minutes earlier than they did."""
    with engine.begin() as connection:
        for stage, earlier in minutes.items():
            connection.execute(
                text(
                    "UPDATE event_clock SET started_at = started_at - :earlier * interval '1 minute',"
                    " running_since = running_since - :earlier * interval '1 minute'"
                    " WHERE event_id = :event AND stage = :stage AND running_since IS NOT NULL"
                ),
                {"event": event, "stage": stage, "earlier": earlier},
            )


def due_of(one: Any, since: datetime | None = None, value: float | Decimal | None = None) -> datetime:
    """When the limit of a clock is used up, by the arithmetic in Python."""
    return due(since or one.started_at, one.kind, value or one.value, national_calendar())
