"""What one request may draw, and its turn: drawings are heavy, and everybody else is to be served meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock

import numpy as np

from gis.base.errors import Invalid, Unavailable
from gis.coverage.model import METRES_OFFERED, MINUTES
from gis.register.station_types import station_type
from gis.walking.circles import STEP_M
from gis.walking.model import Bools, Objects, Profile

BUDGET = 500.0
"""Circles of 1,000 m on the grid of 10 m that one request may have drawn."""
LONGEST_WAIT_S = 10.0
_UNIT = 1_000_000
_drawing = Lock()
_answering: ContextVar[bool] = ContextVar("answering", default=False)


@contextmanager
def answering() -> Iterator[None]:
    """Somebody waits for an answer: what is drawn here has a bound and a turn. Jobs and the command line have neither."""
    before = _answering.set(True)
    try:
        yield
    finally:
        _answering.reset(before)


def work(stations: int, profile: Profile, limit: int, step_m: float) -> float:
    """How much there is to draw, in circles of 1,000 m on the grid of 10 m: by the nodes inside, up to a factor.

    On the grid of 25 m four times as much may be asked for. A limit in time reaches as far as is walked in it.
    """
    reach_km = limit / 1e9 if profile.is_metres else limit / 1e6 * profile.speed_mm_s / 1e6
    return stations * reach_km**2 / (1.0 if step_m == STEP_M else 4.0)


@contextmanager
def turn(amount: float) -> Iterator[None]:
    """Around a drawing of this much `work`, one at a time in a process.

    Raises Invalid `drawing_too_large` above `BUDGET`, Unavailable `drawing_busy` after `LONGEST_WAIT_S` of waiting.
    """
    if not _answering.get():
        yield
        return
    if amount > BUDGET:
        raise Invalid(
            "drawing_too_large",
            "要画的圈太多：请少选几类站点，或缩小区域、减小限值，或用 25 米步长；wangge circles 不受此限",
            "too much to draw: choose fewer types, a smaller area or limit, or the step of 25 m; "
            "`wangge circles` draws without this limit",
            field="types",
            work=round(amount),
            most=round(BUDGET),
        )
    if not _drawing.acquire(timeout=LONGEST_WAIT_S):
        raise Unavailable(
            "drawing_busy",
            "正在为他人绘制步行圈，请稍后再试",
            "circles are being drawn for somebody else; try again soon",
            retry_after_s=round(LONGEST_WAIT_S),
        )
    try:
        yield
    finally:
        _drawing.release()


def kept_limits(types: Objects, profile: Profile, limit: int) -> Bools:
    """Of which stations (their types) a circle at this limit is stored: the limits offered, and the type's own.

    Whatever else is asked for is drawn and not kept, so that what is stored stays bounded.
    """
    if limit % _UNIT:
        return np.zeros(len(types), dtype=np.bool_)
    whole = limit // _UNIT
    offered = METRES_OFFERED if profile.is_metres else tuple(60 * minutes for minutes in MINUTES)
    if whole in offered:
        return np.ones(len(types), dtype=np.bool_)

    def own(name: str) -> bool:
        kind = station_type(name)
        value = kind.radius_m if profile.is_metres else kind.tier_min and 60 * kind.tier_min
        return value == whole

    return np.array([own(name) for name in types], dtype=np.bool_)
