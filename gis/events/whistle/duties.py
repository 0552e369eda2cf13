"""What the worker does for whistles by itself: ends ratings that nobody gave in time."""

from __future__ import annotations

from gis.events.whistle.service import lapse_ratings
from gis.jobs.duties import Duty

EVERY_S = 300.0


def whistle_duties() -> tuple[Duty, ...]:
    """The duties of this room."""
    return (Duty("whistles", EVERY_S, lapse_ratings),)
