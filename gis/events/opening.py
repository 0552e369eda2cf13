"""What follows the opening of events, inside their transaction and set-based: one alone or a thousand at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from gis.events.store import Taken

Follower = Callable[[Session, Sequence[Taken]], None]
FOLLOWERS: tuple[Follower, ...] = ()
"""Called in this order with the events that were opened; what is hot belongs into intake.sql instead."""


def follow_opening(session: Session, opened: Sequence[Taken]) -> None:
    """Let every room do its part for new events."""
    for follow in FOLLOWERS:
        follow(session, opened)
