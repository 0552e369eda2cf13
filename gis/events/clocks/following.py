"""What every step does to the clocks of its event, in the step's transaction."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gis.db.sql import load
from gis.events.workflow.model import Step

PACKAGE = "gis.events.clocks"


def follow(session: Session, step: Step) -> None:
    """Start, stop, pause, resume or extend the clocks as the edge says; the database reads the edge itself.

    It comes before every follower that takes further steps: clocks follow the last step of an event only.
    """
    session.execute(load(PACKAGE, "follow"), {"event": step.command.event_id, "seq": step.seq})
