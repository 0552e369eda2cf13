"""How wide borderline is, for SQL: the same margin as in `gis.walking.reasons`."""

from __future__ import annotations

from gis.walking.model import Profile
from gis.walking.reasons import BORDER_PERCENT, BORDER_UM


def margin(limit: int, profile: Profile) -> int:
    """The widest cost from the limit at which `gis.walking.reasons.borderline` says yes: for SQL."""
    allowed = max(100 * BORDER_UM * 1000, BORDER_PERCENT * limit * profile.speed_mm_s)
    return allowed // (100 * profile.speed_mm_s)
