"""A district with departments, and people who blow, approve, answer and rate; each works in a scope of their own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, text

from gis.db.cluster import Cluster
from gis.db.scope import Scope, scoped
from gis.events.whistle.model import Answer, NewWhistle, WhistleCommand
from gis.events.whistle.service import blow, take
from tests.database import api_engine
from tests.district import district_engine
from tests.events.reports import uuid7

FIRST, SECOND, STREET, DISTRICT = "230199001001", "230199001002", "230199001", "230199"
PLACE = (126.605, 45.76)
FAR = (126.635, 45.76)
DEPARTMENTS = {"water": None, "pipes": "water", "parks": None}
SECRETARY = ("events.read", "whistle.blow", "events.handle", "kpi.read")
LEAD = ("events.read", "whistle.blow", "whistle.approve")
HANDLER = ("events.read", "events.handle", "kpi.read")


@dataclass(frozen=True, slots=True)
class Person:
    """Who somebody is: permissions held in an area or in a department."""

    name: str
    permissions: tuple[str, ...]
    area: str | None = None
    department: str | None = None


PEOPLE = {
    person.name: person
    for person in (
        Person("secretary", SECRETARY, FIRST),
        Person("deputy", SECRETARY, FIRST),
        Person("other_secretary", SECRETARY, SECOND),
        Person("lead", LEAD, STREET),
        Person("second_lead", LEAD, STREET),
        Person("district_lead", LEAD, DISTRICT),
        Person("water", HANDLER, department="water"),
        Person("pipes", HANDLER, department="pipes"),
        Person("parks", HANDLER, department="parks"),
        Person("worker", ("events.read", "events.self_handle"), "230199001001001"),
        Person("leader", ("events.read", "kpi.read"), DISTRICT),
        Person("judge", ("kpi.read",), "230199001001001"),
        Person("nobody", ()),
    )
}


@dataclass
class Stage:
    """The engines on one database and everybody's account."""

    owner: Engine
    edge: Engine
    areas: dict[str, int]
    departments: dict[str, int]
    accounts: dict[str, int] = field(default_factory=dict)

    def scope(self, name: str) -> Scope:
        """The scope somebody works in."""
        person = PEOPLE[name]
        areas: dict[str, Any] = {}
        departments: dict[str, Any] = {}
        for permission in person.permissions:
            if person.area:
                areas[permission] = (self.areas[person.area],)
            if person.department:
                departments[permission] = (self.departments[person.department],)
        return Scope(name, account_id=self.accounts[name], areas=areas, departments=departments)

    def as_(self, name: str) -> Engine:
        """The web edge's engine in somebody's scope."""
        return scoped(self.edge, self.scope(name))

    def blow(self, name: str = "secretary", departments: tuple[str, ...] = ("water",), **more: Any) -> str:
        """Blow a whistle on a place in the first community; its id."""
        new = new_whistle(departments=departments, **more)
        blow(self.as_(name), new)
        return str(new.id)

    def take(
        self, name: str, whistle: str, command: str, department: str | None = None, **said: Any
    ) -> Answer:
        """Take a step from the version that is stored now, with what it requires."""
        given = {**USUAL.get(command, {}), **said}
        version = self.version(whistle, department)
        return take(
            self.as_(name),
            WhistleCommand(
                uuid.UUID(uuid7()), uuid.UUID(whistle), command, version, department, without_none(given)
            ),
        )

    def version(self, whistle: str, department: str | None = None) -> int:
        """The stored version of a whistle, or of a department's answer."""
        query = "SELECT version FROM whistle WHERE id = cast(:id AS uuid)"
        if department is not None:
            query = (
                "SELECT a.version FROM whistle_answer AS a JOIN department AS d ON d.id = a.department_id"
                " WHERE a.whistle_id = cast(:id AS uuid) AND d.code = :department"
            )
        with self.owner.connect() as connection:
            return int(connection.scalar(text(query), {"id": whistle, "department": department}) or 1)

    def status(self, whistle: str, department: str | None = None) -> str:
        """The stored status."""
        query = "SELECT status FROM whistle WHERE id = cast(:id AS uuid)"
        if department is not None:
            query = (
                "SELECT a.status FROM whistle_answer AS a JOIN department AS d ON d.id = a.department_id"
                " WHERE a.whistle_id = cast(:id AS uuid) AND d.code = :department"
            )
        with self.owner.connect() as connection:
            return str(connection.scalar(text(query), {"id": whistle, "department": department}))

    def resolved(self, *departments: str) -> str:
        """A whistle whose departments have all reported their results."""
        named = departments or ("water",)
        whistle = self.blow(departments=named)
        self.take("lead", whistle, "approve")
        for one in named:
            for command in ("accept", "arrive", "resolve"):
                self.take(one, whistle, command, one)
        return whistle


RATING = {"timeliness": 4, "effort": 5, "result": 3, "solved": "yes"}
USUAL: dict[str, dict[str, Any]] = {
    "deny": {"reason": "不属于部门职责"},
    "withdraw": {"reason": "已自行解决"},
    "arrive": {"position": {"lon": PLACE[0], "lat": PLACE[1], "coord_sys": "wgs84", "accuracy_m": 12.0}},
    "plan": {"text": "更换管道", "until": "2026-12-01T10:00:00+08:00"},
    "resolve": {"outcome": "solved", "text": "已更换"},
    "return": {"reason": "仍在漏水"},
    "rate": RATING,
    "release": {"reason": "经查不属该部门"},
    "appeal": {"reason": "当日停电，无法施工"},
    "grant_appeal": {"reason": "情况属实"},
    "deny_appeal": {"reason": "理由不成立"},
}


def without_none(given: dict[str, Any]) -> dict[str, Any]:
    """A change to None leaves the member out."""
    return {name: value for name, value in given.items() if value is not None}


def new_whistle(**changes: Any) -> NewWhistle:
    """A small whistle on a place in the first community."""
    plain: dict[str, Any] = {
        "id": uuid.UUID(uuid7()),
        "reason": "楼前主管道漏水，社区无力处置",
        "departments": ("water",),
        "lon": PLACE[0],
        "lat": PLACE[1],
        "coord_sys": "wgs84",
    }
    return NewWhistle(**(plain | changes))


@contextmanager
def staged(cluster: Cluster) -> Iterator[Stage]:
    """The district, its departments and people, and the web edge's engine on it."""
    with (
        district_engine(cluster) as owner,
        api_engine(owner.url.render_as_string(hide_password=False)) as edge,
    ):
        with owner.begin() as connection:
            for code, parent in DEPARTMENTS.items():
                connection.execute(
                    text(
                        "INSERT INTO department (code, name, parent_id) SELECT cast(:code AS text),"
                        " cast(:code AS text), (SELECT id FROM department WHERE code = :parent)"
                    ),
                    {"code": code, "parent": parent},
                )
                connection.execute(
                    text(
                        "UPDATE department AS d SET path = coalesce((SELECT path FROM department"
                        " WHERE id = d.parent_id), '{}') || d.id WHERE code = :code"
                    ),
                    {"code": code},
                )
            for name in PEOPLE:
                connection.execute(
                    text(
                        "INSERT INTO account (username, display_name, home_area_id) SELECT cast(:name AS text),"
                        " cast(:name AS text), id FROM area WHERE code = '230199'"
                    ),
                    {"name": name},
                )
        with owner.connect() as connection:
            ids = {
                table: {row[1]: row[0] for row in connection.execute(text(f"SELECT id, {name} FROM {table}"))}
                for table, name in (("area", "code"), ("department", "code"), ("account", "username"))
            }
        yield Stage(owner, edge, ids["area"], ids["department"], ids["account"])
