"""A day at the desks of the sample: a few reports, and steps of the demo accounts, so that every box holds something.

Everything goes the way it goes in earnest, report by report and step by step; only the clocks of what is shown as
overdue are set back. Chosen by a seed, made once, when the sample is loaded.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, text

from gis.base.errors import WanggeError
from gis.base.ids import uuid7
from gis.base.progress import Progress
from gis.db.engine import unit_of_work
from gis.db.scope import Scope, scoped
from gis.db.sql import load
from gis.events.service import file_report
from gis.events.validate import validate_report
from gis.events.whistle import service as whistles
from gis.events.whistle.model import NewWhistle
from gis.events.workflow.model import Command, Evidence, Position
from gis.events.workflow.service import take_command

PACKAGE = "gis.intake"
SEED = 20261122
BACK = timedelta(days=12)
SHOWN = "0" * 63 + "1"
"""The name of a photo that is announced and never comes: nobody took one."""

MATTERS = (
    ("gbt47678.5-2026:matter:06001", "楼顶正在搭建彩钢棚，施工噪声大"),
    ("gbt47678.5-2026:matter:06010", "垃圾桶满溢，周边有异味"),
    ("gbt47678.5-2026:component:01001", "人行道上井盖松动，有人绊倒"),
    ("gbt47678.5-2026:matter:06010", "绿地内有人倾倒装修废料"),
)
CIVIL = (
    ("gov-s:request:S0202", "单元门口有人飞线给电动车充电"),
    ("gov-s:request:S0101", "楼上漏水，两家协商不成"),
)
ACCEPT: tuple[str, dict[str, Any]] = ("acceptor_street accept", {})
FILE: tuple[str, dict[str, Any]] = ("acceptor_street file", {})
SEND: tuple[str, dict[str, Any]] = ("dispatcher_street dispatch", {"department": True})
SIGN: tuple[str, dict[str, Any]] = ("inbox sign", {})
DONE: tuple[str, dict[str, Any]] = ("handler feedback", {"text": "已处理完毕", "photo": "after"})
CHECK: tuple[str, dict[str, Any]] = ("acceptor_street send_inspection", {})
PASS: tuple[str, dict[str, Any]] = (
    "supervisor pass_inspection", {"text": "现场已恢复", "photo": "check", "near": True},
)  # fmt: skip
HANDLED = (ACCEPT, FILE, SEND, SIGN)
Course = tuple[tuple[str, dict[str, Any]], ...]
COURSES: tuple[tuple[int, Course, bool], ...] = (
    (5, (), False),
    (2, (ACCEPT,), False),
    (2, (ACCEPT, ("acceptor_street send_verification", {})), False),
    (2, (ACCEPT, FILE), False),
    (3, (ACCEPT, FILE, SEND), False),
    (3, HANDLED, False),
    (2, HANDLED, True),
    (1, (*HANDLED, ("inbox assign", {"handler": "handler"})), False),
    (1, (*HANDLED, ("inbox request_extension", {"reason": "配件需从外地调运，请求延期"})), False),
    (1, (ACCEPT, FILE, SEND, ("inbox refuse", {"reason": "不属于本部门职责"})), False),
    (2, (*HANDLED, DONE), False),
    (3, (*HANDLED, DONE, CHECK), False),
    (1, (*HANDLED, DONE, CHECK, (
        "supervisor fail_inspection", {"text": "仍有残留", "reason": "未清理干净", "photo": "check", "near": True})), False),
    (1, (*HANDLED, DONE, CHECK, PASS), False),
    (2, (*HANDLED, DONE, CHECK, PASS, ("acceptor_street close", {})), False),
)  # fmt: skip
"""How many matters, the steps they have come through, and whether their clocks are set back."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The demo accounts as scopes, the department of the handlers, and places in the grid they look after."""

    engine: Engine
    scopes: Mapping[str, Scope]
    department: str
    places: tuple[tuple[float, float], ...]

    def of(self, username: str) -> Engine:
        """An engine in the scope of a demo account."""
        return scoped(self.engine, self.scopes[username])


def play(engine: Engine, progress: Progress) -> int:
    """Report and handle a few matters as the demo accounts; how many. Nothing where these are missing."""
    desk = _desk(engine, sum(count for count, *_ in COURSES) + len(CIVIL))
    if desk is None:
        return 0
    step, places, done = "示例待办 / matters at the desks", iter(desk.places), 0
    progress(step, 0, len(desk.places))
    for count, course, back in COURSES:
        for turn in range(count):
            event, at = _report(desk, next(places), MATTERS[(done + turn) % len(MATTERS)], done)
            _walk(desk, event, at, course)
            if back:
                _set_back(engine, event)
        done += count
        progress(step, done, len(desk.places))
    for matter in CIVIL:
        event, at = _report(desk, next(places), matter, done)
        _blow(desk, event)
        done += 1
    progress(step, len(desk.places), len(desk.places))
    return done


def _desk(engine: Engine, count: int) -> Desk | None:
    with unit_of_work(engine) as session:
        rows = session.execute(load(PACKAGE, "demo_people")).all()
        scopes = {row.username: _scope(row) for row in rows}
        if not {"acceptor_street", "dispatcher_street", "inbox", "handler", "supervisor"} <= set(scopes):
            return None
        department = next(row.department for row in rows if row.username == "inbox")
        found = session.execute(load(PACKAGE, "demo_places"), {"count": count, "seed": SEED}).all()
    return Desk(engine, scopes, department, tuple((row.lon, row.lat) for row in found))


def _scope(row: Any) -> Scope:
    """The scope of an account as its one role gives it."""
    roots = (int(row.area_id if row.area_id is not None else row.department_id),)
    held = dict.fromkeys(row.permissions, roots)
    areas, departments = (held, {}) if row.area_id is not None else ({}, held)
    return Scope(row.username, account_id=row.id, roles=(row.role,), areas=areas, departments=departments)


def _report(
    desk: Desk, place: tuple[float, float], matter: tuple[str, str], n: int
) -> tuple[uuid.UUID, Position]:
    lon, lat = place
    worker = n % 3 == 0
    raw = {
        "id": str(uuid7()),
        "category": matter[0],
        "text": matter[1],
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "coord_sys": "wgs84",
        "accuracy_m": 5.0,
        "source": "grid_worker" if worker else "resident_code",
        "urgency": "urgent" if n % 7 == 0 else "normal",
    }
    sender = desk.of("grid_worker" if worker else "resident")
    receipt = json.loads(file_report(sender, validate_report(raw)).body)
    return uuid.UUID(receipt["event"]), Position(lon, lat, "wgs84", 5.0)


def _walk(desk: Desk, event: uuid.UUID, at: Position, course: Course) -> None:
    """The steps of a course; one that a rule has taken by itself meanwhile is left out."""
    for who, members in course:
        username, name = who.split()
        try:
            take_command(desk.of(username), _command(desk, event, name, at, members))
        except WanggeError as error:
            if error.code != "no_such_step":
                raise


def _command(desk: Desk, event: uuid.UUID, name: str, at: Position, members: Mapping[str, Any]) -> Command:
    data = {}
    if members.get("department"):
        data["department"] = desk.department
    if members.get("handler"):
        data["handler"] = members["handler"]
    with unit_of_work(desk.engine) as session:
        version = session.scalar(text("SELECT version FROM event WHERE id = :id"), {"id": event})
    return Command(
        uuid7(),
        event,
        name,
        int(version or 0),
        text=members.get("text"),
        reason=members.get("reason"),
        position=at if members.get("near") else None,
        photos=(Evidence(members["photo"], SHOWN),) if "photo" in members else (),
        data=data,
    )


def _set_back(engine: Engine, event: uuid.UUID) -> None:
    """Let the clocks of an event have begun earlier."""
    with unit_of_work(engine) as session:
        session.execute(load(PACKAGE, "demo_set_back"), {"event": event, "days": BACK.days})


def _blow(desk: Desk, event: uuid.UUID) -> None:
    if "secretary" not in desk.scopes:
        return
    whistles.blow(
        desk.of("secretary"),
        NewWhistle(
            id=uuid7(),
            reason="居民多次反映，社区协调无果，请部门到场",
            departments=(desk.department,),
            event_id=event,
            lon=None,
            lat=None,
            coord_sys=None,
            address=None,
            urgency="normal",
            source="community",
        ),
    )
