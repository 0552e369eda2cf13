"""Days for tests that must hold in any year."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta


def working_day_next_year() -> date:
    """A Wednesday of next July, a month without feasts."""
    middle = date(datetime.now(UTC).year + 1, 7, 14)
    return middle + timedelta(days=2 - middle.weekday())
