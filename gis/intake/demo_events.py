"""A day at the desks of the sample: reports, steps of the demo accounts, whistles, a campaign; something in every box.

Everything goes the way it goes in earnest, report by report and step by step; only what is shown as overdue happens
some days before. Chosen by a seed, made once, when the sample is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path

from sqlalchemy import Engine

from gis.base.progress import Progress
from gis.intake.demo_campaign import knock
from gis.intake.demo_courses import (
    GOVERNED,
    MATTER_COUNT,
    MATTERS,
    MOST_MATTERS,
    PLAYS,
    QUARREL,
    SELF_HANDLED,
    TRIES,
    WHISTLED,
    WIRES,
    Course,
    Matter,
    Play,
)
from gis.intake.demo_desk import ZONE, Desk, Reported, make_desk, report, status, walk
from gis.intake.demo_whistles import whistle

BACK_DAYS = 12
STEP = "示例待办 / matters at the desks"


def play(engine: Engine, folder: Path, progress: Progress) -> int:
    """Report and handle matters as the demo accounts; how many. Nothing where these are missing.

    Their photos are drawn and kept in `folder`.
    """
    desk = make_desk(engine, folder, MOST_MATTERS)
    if desk is None:
        return 0
    places, done, place, last = iter(desk.places), 0, desk.places[0], None
    progress(STEP, 0, MATTER_COUNT)
    for one, matter in _parts(desk):
        for _ in range(TRIES if one.until else 1):
            place = place if one.merged else next(places)
            here = replace(desk, now=_then(done)) if one.back else desk
            reported = report(here, place, matter, _sender(one.course, done), done)
            walk(here, reported, one.course, last if one.merged else None)
            last, done = reported.event, done + 1
            if one.until is None or status(desk, last) == one.until:
                break
        progress(STEP, min(done, MATTER_COUNT), MATTER_COUNT)
    done += _whistles(desk, places, done)
    knock(desk, last)
    progress(STEP, MATTER_COUNT, MATTER_COUNT)
    return done


def _parts(desk: Desk) -> Iterator[tuple[Play, Matter]]:
    """Every matter one after the other with the course it takes."""
    n = 0
    for one in (*PLAYS, *SELF_HANDLED):
        for _ in range(one.count):
            n += 0 if one.merged else 1
            yield one, MATTERS[n % len(MATTERS)]
    if desk.has("secretary", "grid_worker"):
        yield from ((one, WIRES) for one in GOVERNED)


def _sender(course: Course, n: int) -> str:
    """Who reported it: a resident who is heard of again, the worker who handled it, else one or the other."""
    names = {who.split()[0] for who, _ in course}
    if "resident" in names:
        return "resident"
    return (
        "grid_worker"
        if any(who == "grid_worker self_handle" for who, _ in course) or n % 3 == 0
        else "resident"
    )


def _then(done: int) -> datetime:
    """A morning before, for what is shown as overdue: its number, its clocks and its log are of that day."""
    day = datetime.now(ZONE).date() - timedelta(days=BACK_DAYS)
    return datetime.combine(day, time(9), ZONE) + timedelta(minutes=7 * done)


def _whistles(desk: Desk, places: Iterator[tuple[float, float]], done: int) -> int:
    """Whistles of the community in every state."""
    if not desk.has("secretary", "shift_lead_street"):
        return 0
    for n in range(WHISTLED):
        one: Reported = report(desk, next(places), (WIRES, QUARREL)[n % 2], "resident", done + n)
        whistle(desk, one, n)
    return WHISTLED
