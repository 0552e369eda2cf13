"""Why not, from the stored costs of a place as it is and of its counterfactuals; how wide borderline is."""

from __future__ import annotations

import numpy as np

from gis.walking.model import Int64s, Profile, Reason, Uint8s
from gis.walking.reasons import BORDER_PERCENT, BORDER_UM, Why


def margin(limit: int, profile: Profile) -> int:
    """The widest cost from the limit at which `gis.walking.reasons.borderline` says yes: for SQL."""
    allowed = max(100 * BORDER_UM * 1000, BORDER_PERCENT * limit * profile.speed_mm_s)
    return allowed // (100 * profile.speed_mm_s)


def why_not(cost: Int64s, limit: int, link_reason: Uint8s, gates_open: Int64s, no_barriers: Int64s) -> Uint8s:
    """`Why` of every building (b), from its cost as it is, with all gates open, and without barriers.

    The same order as `gis.walking.reasons.why`, which searches anew; here the searches are kept.
    """
    reason = np.full(len(cost), Why.DISTANCE, dtype=np.uint8)
    reason[no_barriers <= limit] = Why.BARRIER
    reason[gates_open <= limit] = Why.GATE
    reason[link_reason != Reason.LINKED] = Why.UNLINKED
    reason[cost <= limit] = Why.COVERED
    return reason
