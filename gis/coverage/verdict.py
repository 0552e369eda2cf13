"""Covered, borderline and why not, from the costs of a place as it is and of its counterfactuals."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from gis.walking.cost import leg_cost
from gis.walking.model import Bools, Int64s, Profile, Reason, Uint8s

BORDER_UM, BORDER_PERMILLE = 25_000_000, 30


class Why(IntEnum):
    """Why a building is not covered: the first change that would cover it, else the distance."""

    COVERED = 0
    UNLINKED = 1
    CLOSED = 2
    GATE = 3
    BARRIER = 4
    CAPACITY = 5
    DISTANCE = 6


def margin(limit: int, profile: Profile) -> int:
    """How near to the limit an answer is borderline: max(25 m, 3 %), in time profiles times speed."""
    return max(int(leg_cost(BORDER_UM, profile)), limit * BORDER_PERMILLE // 1000)


def why_not(cost: Int64s, limit: int, link_reason: Uint8s, gates_open: Int64s, no_barriers: Int64s) -> Uint8s:
    """`Why` of every building (b), from its cost as it is, with all gates open, and without barriers."""
    reason = np.full(len(cost), Why.DISTANCE, dtype=np.uint8)
    reason[no_barriers <= limit] = Why.BARRIER
    reason[gates_open <= limit] = Why.GATE
    reason[link_reason != Reason.LINKED] = Why.UNLINKED
    reason[cost <= limit] = Why.COVERED
    return reason


def is_borderline(cost: Int64s, limit: int, profile: Profile) -> Bools:
    """Which buildings are so near to the limit that a survey could turn the answer."""
    return np.abs(cost - limit) <= margin(limit, profile)
