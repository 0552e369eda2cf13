"""Whistles of the demo: two wait for approval, the others have come further, one to its rating."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from gis.base.ids import uuid7
from gis.db.engine import unit_of_work
from gis.events.whistle import service
from gis.events.whistle.model import NewWhistle, WhistleCommand
from gis.intake.demo_desk import Desk, Reported

Steps = tuple[tuple[str, dict[str, Any]], ...]
APPROVE: Steps = (("shift_lead_street approve", {}),)
ACCEPT: Steps = (*APPROVE, ("inbox accept", {}))
ARRIVE: Steps = (*ACCEPT, ("inbox arrive", {"position": True}))
PLAN: Steps = (*ARRIVE, ("inbox plan", {"text": "拆除飞线，增设充电桩", "until": 5}))
RESOLVE: Steps = (*PLAN, ("inbox resolve", {"outcome": "solved", "text": "飞线已拆除，充电桩已通电"}))
RATE: Steps = (
    *RESOLVE, ("secretary rate", {"timeliness": 5, "effort": 4, "result": 5, "solved": "yes", "text": "来得快，办得实"}),
)  # fmt: skip
COURSES: tuple[Steps, ...] = (
    (),
    (),
    APPROVE,
    PLAN,
    RESOLVE,
    RATE,
    (("shift_lead_street deny", {"reason": "社区可自行协调，请先约双方面谈"}),),
)
VERSION = text(
    "SELECT CASE WHEN cast(:department AS text) IS NULL THEN w.version ELSE (SELECT a.version FROM whistle_answer AS a"
    " JOIN department AS d ON d.id = a.department_id WHERE a.whistle_id = w.id AND d.code = :department) END"
    " FROM whistle AS w WHERE w.id = :whistle"
)


def whistle(desk: Desk, about: Reported, n: int) -> None:
    """Blow a whistle on an event as the community's secretary, and take it through its course."""
    new = NewWhistle(
        id=uuid7(),
        reason="居民多次反映，社区协调无果，请部门到场",
        departments=(desk.department,),
        event_id=about.event,
        urgency="urgent" if n % 3 == 0 else "normal",
    )
    service.blow(desk.of("secretary"), new)
    for who, members in COURSES[n % len(COURSES)]:
        username, name = who.split()
        department = None if username == "shift_lead_street" else desk.department
        with unit_of_work(desk.engine) as session:
            version = session.scalar(VERSION, {"whistle": new.id, "department": department})
        command = WhistleCommand(uuid7(), new.id, name, int(version or 0), department, _said(about, members))
        service.take(desk.of(username), command)


def _said(about: Reported, members: dict[str, Any]) -> dict[str, Any]:
    said = dict(members)
    if said.get("position"):
        at = about.at
        said["position"] = {
            "lon": at.lon,
            "lat": at.lat,
            "coord_sys": at.coord_sys,
            "accuracy_m": at.accuracy_m,
        }
    if "until" in said:
        said["until"] = (datetime.now(UTC) + timedelta(days=said["until"])).isoformat()
    return said
