"""Every step is told to those its edge names, in the transaction of the step."""

from __future__ import annotations

import json

from sqlalchemy.orm import Session

from gis.db.sql import load
from gis.events.workflow.model import Step

PACKAGE = "gis.events.notices"
TOPIC = "event.{}"


def follow(session: Session, step: Step) -> None:
    """Write one message of the step, `event.<command>`, with notices for the accounts its edge notifies.

    The database finds the accounts and writes in one statement: whoever took the step may not see them, and may not
    see the event any more.
    """
    values = {
        "event": step.command.event_id,
        "topic": TOPIC.format(step.command.name),
        "area_id": step.before.scope_area_id,
        "payload": json.dumps(payload(step), ensure_ascii=False),
        "parties": list(step.edge.notifies),
        "but": step.account_id,
    }
    if session.scalar(load(PACKAGE, "notify"), values) is None:
        raise RuntimeError("nobody acts in this transaction")


def payload(step: Step) -> dict[str, str | int | bool]:
    """What is told of a step: no words of anybody, no names."""
    return {
        "number": step.before.number,
        "command": step.command.name,
        "from": step.edge.from_status,
        "status": step.edge.to_status,
        "round": step.round,
        "version": step.version,
        "by_system": step.account_id is None and step.edge.party != "reporter",
    }
