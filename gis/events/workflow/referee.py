"""The referee of what is sent to and fro (首接负责): after two returns, the department that took it first has it.

When that one returns it as well, or none ever took it, the area above decides, and its decision is not returned: the
database sees to that. This follower comes last, so that everybody has followed the return before.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from gis.db.sql import load
from gis.events.workflow.model import Step
from gis.events.workflow.steps import take_as_system

RETURNS = ("return", "refuse")


def follow(session: Session, step: Step) -> None:
    """Dispatch what has just been returned for the second time to whoever took it first."""
    if step.command.name not in RETURNS or step.before.department_id is None:
        return
    first = session.scalar(load("gis.events.workflow", "first_taker"), {"event": step.command.event_id})
    if first is not None:
        said = "两次退回，按首接负责派遣至首个签收部门"
        take_as_system(session, step.command.event_id, "dispatch", text=said, data={"department": first})
