"""What the worker does for the workflow: commands that waited too long are refused, for their senders to see."""

from __future__ import annotations

from gis.events.workflow.service import expire_held
from gis.jobs.duties import Duty

EXPIRE_S = 600.0


def workflow_duties() -> tuple[Duty, ...]:
    """Refusing what was held too long."""
    return (Duty("held commands", EXPIRE_S, expire_held),)
