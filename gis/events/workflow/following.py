"""Who follows every step, inside its transaction, in this order: `follow(session, step)`.

A follower refuses a step by raising a `WanggeError`: nothing of the step is kept then. It takes further steps with
`gis.events.workflow.service.take_as_system`. The modules are named, not imported: they import the service.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache

from sqlalchemy.orm import Session

from gis.events.workflow.model import Step

Follower = Callable[[Session, Step], None]
FOLLOWERS: tuple[str, ...] = (
    "gis.events.clocks.following:follow",
    "gis.events.dispatch.following:follow",
    "gis.events.rating.following:follow",
    "gis.events.notices.following:follow",
    "gis.events.workflow.referee:follow",
)


@cache
def followers() -> tuple[Follower, ...]:
    """The functions named above; one that is missing fails the first step, not in silence."""
    return tuple(
        getattr(importlib.import_module(name.split(":")[0]), name.split(":")[1]) for name in FOLLOWERS
    )


def follow(session: Session, step: Step) -> None:
    """Let everybody follow a step."""
    for one in followers():
        one(session, step)
