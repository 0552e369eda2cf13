"""The demo accounts at their desks: reports, steps, photos and visits sent as each of them would send it."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, text

from gis.base.errors import WanggeError
from gis.base.ids import uuid7
from gis.db.engine import unit_of_work
from gis.db.scope import Scope, scoped
from gis.db.sql import load
from gis.events.photo_child import renew
from gis.events.photos import keep, store_photo
from gis.events.service import file_report
from gis.events.validate import validate_report
from gis.events.workflow.model import Command, Evidence, Position
from gis.events.workflow.photos import note_photo
from gis.events.workflow.service import take_command
from gis.intake.demo_courses import Course, Matter
from gis.intake.demo_photos import draw

PACKAGE = "gis.intake"
SEED = 20261122
ZONE = ZoneInfo("Asia/Shanghai")
A_STEP = timedelta(minutes=25)
NEEDED = frozenset({"acceptor_street", "dispatcher_street", "inbox", "handler", "supervisor"})


@dataclass(frozen=True, slots=True)
class Reported:
    """An event that was reported: where, and which scene and seed its pictures have."""

    event: uuid.UUID
    at: Position
    scene: str
    seed: int


@dataclass(frozen=True, slots=True)
class Then(Scope):
    """Who acts at a time that is past; only the owner of the tables may say what time it is."""

    now: datetime | None = None

    def settings(self) -> dict[str, str]:
        """Those of a scope, and the time."""
        told = {"wangge.maintenance": "on", "wangge.now": self.now.isoformat()} if self.now else {}
        return Scope.settings(self) | told


@dataclass(frozen=True, slots=True)
class Desk:
    """The demo accounts as scopes, the department of the handlers, places in the grid they look after.

    `folder` is where photos are kept; `now` is when it happens, where that is past.
    """

    engine: Engine
    scopes: Mapping[str, Scope]
    department: str
    places: tuple[tuple[float, float], ...]
    folder: Path
    now: datetime | None = None

    def of(self, username: str) -> Engine:
        """An engine in the scope of a demo account."""
        one = self.scopes[username]
        who = (
            one
            if self.now is None
            else Then(**{f.name: getattr(one, f.name) for f in fields(one)}, now=self.now)
        )
        return scoped(self.engine, who)

    def later(self, steps: int) -> Desk:
        """The desk when so many steps have been taken."""
        return self if self.now is None else replace(self, now=self.now + steps * A_STEP)

    def new_id(self) -> uuid.UUID:
        """An id that a device would make at this time."""
        return uuid7() if self.now is None else uuid7(int(self.now.timestamp() * 1000))

    def has(self, *usernames: str) -> bool:
        """Whether all these accounts are there."""
        return set(usernames) <= set(self.scopes)


def make_desk(engine: Engine, folder: Path, count: int) -> Desk | None:
    """The desk of a sample with `count` places; None where the demo accounts are missing."""
    with unit_of_work(engine) as session:
        rows = session.execute(load(PACKAGE, "demo_people")).all()
        scopes = {row.username: scope_of_role(row) for row in rows}
        if not set(scopes) >= NEEDED:
            return None
        department = next(row.department for row in rows if row.username == "inbox")
        found = session.execute(load(PACKAGE, "demo_places"), {"count": count, "seed": SEED}).all()
    return Desk(engine, scopes, department, tuple((row.lon, row.lat) for row in found), folder)


def scope_of_role(row: Any) -> Scope:
    """The scope of an account as its one role gives it."""
    roots = (int(row.area_id if row.area_id is not None else row.department_id),)
    held = dict.fromkeys(row.permissions, roots)
    areas, departments = (held, {}) if row.area_id is not None else ({}, held)
    return Scope(row.username, account_id=row.id, roles=(row.role,), areas=areas, departments=departments)


def report(desk: Desk, place: tuple[float, float], matter: Matter, sender: str, seed: int) -> Reported:
    """Report a matter with a picture of it."""
    lon, lat = place
    picture = draw(matter.scene, "before", seed)
    raw = {
        "id": str(desk.new_id()),
        "category": matter.category,
        "text": matter.text,
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "coord_sys": "wgs84",
        "accuracy_m": 5.0,
        "source": "grid_worker" if sender == "grid_worker" else "resident_code",
        "urgency": "urgent" if seed % 7 == 0 else "normal",
        "photos": [_name(picture)],
    }
    receipt = json.loads(file_report(desk.of(sender), validate_report(raw)).body)
    store_photo(desk.of(sender), desk.folder, _name(picture), picture, renew)
    return Reported(uuid.UUID(receipt["event"]), Position(lon, lat, "wgs84", 5.0), matter.scene, seed)


def walk(desk: Desk, one: Reported, course: Course, into: uuid.UUID | None = None) -> None:
    """Take the steps of a course; one that a rule has taken by itself meanwhile is left out."""
    for n, (who, members) in enumerate(course, 1):
        username, name = who.split()
        try:
            _take(
                desk.later(n),
                one,
                username,
                name,
                dict(members) | ({"into": str(into)} if name == "merge" else {}),
            )
        except WanggeError as error:
            if error.code != "no_such_step":
                raise


DATA = (
    "condition",
    "closure",
    "handler",
    "card",
    "into",
    "score",
    "solved",
    "reached",
    "answered",
    "satisfied",
    "outcome",
    "reply",
)
SAID = ("text", "reason")


def _take(desk: Desk, one: Reported, username: str, name: str, members: Mapping[str, Any]) -> None:
    data = {key: members[key] for key in DATA if key in members}
    if members.get("department"):
        data["department"] = desk.department
    if "days" in members:
        data["until"] = (datetime.now(ZONE).date() + timedelta(days=members["days"])).isoformat()
    pictures = {slot: draw(one.scene, slot, one.seed) for slot in members.get("photos", ())}
    with unit_of_work(desk.engine) as session:
        version = session.scalar(text("SELECT version FROM event WHERE id = :id"), {"id": one.event})
    command = Command(
        desk.new_id(),
        one.event,
        name,
        int(version or 0),
        **{key: members[key] for key in SAID if key in members},
        position=one.at if members.get("near") else None,
        photos=tuple(Evidence(slot, _name(picture)) for slot, picture in pictures.items()),
        data=data,
    )
    take_command(desk.of(username), command)
    for picture in () if members.get("unsent") else pictures.values():
        note_photo(desk.of(username), command.id, _name(picture), keep(desk.folder, *renew(picture)))


def status(desk: Desk, event: uuid.UUID) -> str:
    """The state an event is in."""
    with unit_of_work(desk.engine) as session:
        return str(session.scalar(text("SELECT status FROM event WHERE id = :id"), {"id": event}))


def _name(picture: bytes) -> str:
    return hashlib.sha256(picture).hexdigest()
