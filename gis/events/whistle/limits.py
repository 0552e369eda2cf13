"""How long a stage of a whistle may take, from a moment on: the limits of its rule, frozen when it is called."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from gis.base.limits import Limit
from gis.base.worktime import due
from gis.base.worktime_calendar import Calendar
from gis.base.worktime_china import national_calendar

FROM_CALL = ("accept", "arrive", "plan", "result")


def due_at(start: datetime, limit: Limit, calendar: Calendar | None = None) -> datetime:
    """When a limit that begins at `start` ends, in the calendar given or the national one."""
    return due(start, limit.kind, limit.value, calendar or national_calendar())


def dues(start: datetime, limits: Mapping[str, Limit], calendar: Calendar | None = None) -> dict[str, str]:
    """When each stage that begins with the call ends, as RFC 3339."""
    return {stage: due_at(start, limits[stage], calendar).isoformat() for stage in FROM_CALL}
