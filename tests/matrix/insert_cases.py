"""Rows that somebody tries to add: true ones, and ones that lie about who, where or what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from gis.db.scope import have_in_hand
from gis.db.sql import load
from gis.events.model import Contact, Source
from gis.events.service import offer
from gis.events.store import _values as told_of
from gis.events.tracking import new_tracking_code
from gis.events.validate import validate_report
from tests.events.reports import report, uuid7
from tests.matrix import expected as may
from tests.matrix.ops_duplicates import tries as duplicate_tries
from tests.matrix.ops_whistles import tries as whistle_tries
from tests.matrix.places import AREAS, GRIDS, MATTERS, PEOPLE, Person
from tests.matrix.sql_cases import attempt
from tests.matrix.world import World, point_of

# What taking in a report writes, and the web edge may not write itself, with everything in hand that it could have.
WRITTEN_BY_INTAKE = {
    "event": "INSERT INTO event (id, number, tracking_code, status, category_id, text, geom, scope_area_id, grid_method,"
    " source) VALUES (cast(:id AS uuid), 'x', :code, 'reported', :category, 'x',"
    " ST_SetSRID(ST_MakePoint(1, 1), 4326), :area, 'none', 'other')",
    "report": "INSERT INTO report (id, body_sha256, event_id, source, category_id, text, raw_lon, raw_lat, coord_sys,"
    " geom, scope_area_id, reporter_id, reported_at) VALUES (cast(:id AS uuid), '', cast(:event AS uuid), 'other',"
    " :category, 'x', 1, 1, 'wgs84', ST_SetSRID(ST_MakePoint(1, 1), 4326), :area, :me, now())",
    "log": "INSERT INTO event_log (event_id, seq, at, actor, action, to_status, hash)"
    " VALUES (cast(:event AS uuid), 1, now(), 'x', 'report', 'reported', '')",
    "clock": "INSERT INTO event_clock (event_id, round, stage) VALUES (cast(:event AS uuid), 1, 'total')",
    "contact": "INSERT INTO report_contact (report_id, name) VALUES (cast(:filed AS uuid), 'x')",
    "photo": "INSERT INTO report_photo (report_id, sha256, position) VALUES (cast(:filed AS uuid), 'x', 9)",
    "number": "SELECT nextval('event_number')",
}
COMMAND = (
    "INSERT INTO event_command (id, body_sha256, body, account_id, event_id, command, state)"
    " VALUES (cast(:id AS uuid), '', '{}', :account, cast(:event AS uuid), 'x', 'new')"
)
EVIDENCE = (
    "INSERT INTO command_photo (command_id, sha256, slot, event_id)"
    " VALUES (cast(:id AS uuid), 'x', 'after', cast(:event AS uuid))"
)
ACCOUNT = "INSERT INTO account (username, display_name, home_area_id) VALUES (cast(:id AS text), 'x', :area)"
GRANT = (
    "INSERT INTO role_grant (account_id, role, area_id, department_id) VALUES (:account, :role, :area, :d)"
)
TOKEN = (
    "INSERT INTO access_token (token_hash, account_id, name, permissions, expires_at)"
    " VALUES (decode(md5(random()::text), 'hex'), :account, 'x', '{}', now())"
)
SESSION = (
    "INSERT INTO login_session (token_hash, account_id, expires_at)"
    " VALUES (decode(md5(random()::text), 'hex'), :account, now() + interval '1 day')"
)
SUBSCRIBER = (
    "INSERT INTO subscriber (channel, name, address, topics, area_id)"
    " VALUES ('mail', 'x', 'x@b.example', '{x}', :area)"
)
JOB = (
    "INSERT INTO job (id, kind, label_zh, label_en, params, account_id, actor, scope)"
    " VALUES (cast(:id AS uuid), 'x', 'x', 'x', '{}', :account, 'x', '{}')"
)
DONE = JOB.replace(", scope)", ", scope, state)").replace("'{}')", "'{}', 'done')")
SCENARIO = (
    "INSERT INTO scenario (id, name, edits, area_id, created_by)"
    " VALUES (cast(:id AS uuid), 'x', '[]', :area, :account)"
)
TRACE = (
    "INSERT INTO dispatch_trace (event_id, seq, outcome, actor, account_id)"
    " VALUES (cast(:event AS uuid), 99, 'none', 'x', :account)"
)
APPROVAL = (
    "INSERT INTO admission_approval (event_id, area_id, account_id, actor, reason)"
    " VALUES (cast(:event AS uuid), :other, :account, 'x', 'because')"
)
RULES = (
    "SELECT put_rule_set(jsonb_build_object('city', cast(:city AS text), 'version', 'x', 'name_zh', 'x',"
    " 'name_en', 'x', 'note', '', 'rules', '[]'::jsonb), NULL)"
)
INTO_FORCE = "SELECT activate_rule_set(:rule_set, 1)"
DUTIES = "SELECT put_duty_items(:city, 'x', current_date, '[]')"
TRIED = "SELECT count(*) FROM dispatch_history(:city, now())"
EDIT = "SELECT edit_register(cast(:edit AS jsonb), NULL, '{}')"
PICTURE = (
    "INSERT INTO attachment (sha256, media_type, bytes, width, height) VALUES ('x', 'image/jpeg', 1, 1, 1)"
)
AUDIT = "INSERT INTO audit (action, object_type, object_id) VALUES ('x.x', 'x', cast(:id AS text))"
AUDIT_LIE = "INSERT INTO audit (action, object_type, object_id, actor) VALUES ('x.x', 'x', cast(:id AS text), 'other')"


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt: the statement, what is in hand, and whether the database must take it."""

    name: str
    statement: str | tuple[str, ...]
    values: dict[str, Any]
    taken: bool
    hand: dict[str, str] = field(default_factory=dict)


def tries(world: World, person: Person | None) -> Iterator[Try]:
    """Everything somebody tries; None is a transaction without a context."""
    yield from _filing(world, person)
    yield from _signing(world, person)
    if person is not None:
        yield from _managing(world, person)
        yield from _planning(world, person)
        yield from whistle_tries(world, person)
        yield from duplicate_tries(world, person)
        yield from _deciding(world, person)


def _filing(world: World, person: Person | None) -> Iterator[Try]:
    """Reports come in by one function, which keeps the doors of the staff; nothing of one is written beside it."""
    me = world.accounts[person.name] if person and may.is_somebody(person) else None
    here = world.told["b111a.secret"]
    direct: dict[str, Any] = {
        "id": uuid7(), "code": new_tracking_code(), "category": world.loud[0], "area": world.areas["b111a"],
        "event": here.event, "filed": here.report, "me": me,
    }  # fmt: skip
    hand = {"tracking_code": direct["code"], "report": direct["id"], "photo": here.announced}
    for name, statement in WRITTEN_BY_INTAKE.items():
        yield Try(f"{name} that was not taken in", statement, direct, False, hand)
    staff = person is not None and bool(may.grants(person, "events.read"))
    take_in = f"SELECT FROM ({load('gis.events', 'take_in').text}) AS taken WHERE outcome = 'new'"
    yield Try("a report", take_in, _offered(), person is not None)
    yield Try("a report from the hotline", take_in, _offered(source=Source.HOTLINE), staff)
    yield Try("a report for somebody else", take_in, _offered(on_behalf_of=Contact("x", None)), staff)
    yield Try("a report among many", take_in, _offered() | {"batch": uuid7()}, staff)
    yield Try("its photo", PICTURE, {}, person is not None, {"photo": here.announced})
    yield Try("picture nobody announced", PICTURE, {}, False)
    yield from _commanding(world, person, me)


def _offered(**changes: Any) -> dict[str, Any]:
    """What the function that takes reports in is told of one of these, whatever the service thinks of it."""
    sent = validate_report(report(geometry={"type": "Point", "coordinates": list(point_of("b111a"))}))
    return told_of([offer(replace(sent, **changes), None, new_tracking_code())], None, None)


def _commanding(world: World, person: Person | None, me: int | None) -> Iterator[Try]:
    """Commands in one's own name, with their photos; not in another's, and no photo to another's command."""
    event = world.told["b111a.secret"].event
    for name in ("admin", "leader_province", "nobody"):
        values = {"id": uuid7(), "account": world.accounts[name], "event": event}
        own = me is not None and world.accounts[name] == me
        yield Try(f"command of {name}", COMMAND, values, own)
        yield Try(f"command of {name} with a photo", (COMMAND, EVIDENCE), values, own)
    sent = {"id": world.commands["leader_province"], "event": event}
    mine = me == world.accounts["leader_province"]
    yield Try("photo of a command of the leader", EVIDENCE, sent, mine)


def _signing(world: World, person: Person | None) -> Iterator[Try]:
    me = world.accounts[person.name] if person and may.is_somebody(person) else None
    yield Try("audit", AUDIT, {"id": uuid7()}, person is not None)
    yield Try("audit in another's name", AUDIT_LIE, {"id": uuid7()}, False)
    for name in ("nobody", "leader_province", person.name if me and person else "admin"):
        account = world.accounts[name]
        yield Try(f"token of {name}", TOKEN, {"account": account}, account == me)
        yield Try(f"session of {name}", SESSION, {"account": account}, False)
        job = {"account": account, "id": uuid7()}
        yield Try(f"job of {name}", JOB, job, account == me)
        yield Try(f"job of {name} that is done", DONE, job, False)


def _deciding(world: World, person: Person) -> Iterator[Try]:
    """Decisions about events one sees, in one's own name or the system's; approvals and rules where one may."""
    me = world.accounts[person.name] if may.is_somebody(person) else None
    other = world.accounts["leader_province" if person.name == "nobody" else "nobody"]
    for key in ("a111a.plain", "a121a.sent", "b111a.secret"):
        matter = MATTERS[key]
        values = {"event": world.told[key].event, "account": me, "other": world.areas["p"]}
        seen = may.sees_event(person, matter)
        yield Try(f"decision about {key}", TRACE, values | {"account": None}, seen)
        yield Try(f"own decision about {key}", TRACE, values, seen)
        yield Try(f"decision of another about {key}", TRACE, values | {"account": other}, False)
        may_approve = seen and may.covers_event(person, "events.approve", matter)
        yield Try(f"approval of {key}", APPROVAL, values, may_approve)
        yield Try(f"approval of {key} by another", APPROVAL, values | {"account": other}, False)
    for place in (None, *AREAS):
        held = may.covers(person, "rules.edit", place or "p")
        city = {"city": "" if place is None else AREAS[place][0]}
        yield Try(f"rules of {place}", RULES, city, held)
        yield Try(f"duties of {place}", DUTIES, city, held)
        yield Try(f"history of {place}", TRIED, city, held)
        if place is not None:
            yield Try(f"subscriber of {place}", SUBSCRIBER, {"area": world.areas[place]}, held)
            yield Try(f"rules of {place} in force", INTO_FORCE, {"rule_set": world.rule_sets[place]}, held)


def _planning(world: World, person: Person) -> Iterator[Try]:
    """Scenarios in one's own name where one plans; edits of what stands where one may change it."""
    me = world.accounts[person.name] if may.is_somebody(person) else None
    for key in AREAS:
        values = {"id": uuid7(), "area": world.areas[key], "account": me}
        taken = me is not None and may.covers(person, "coverage.plan", key)
        yield Try(f"scenario of {key}", SCENARIO, values, taken)
        other = world.accounts["leader_province" if person.name == "nobody" else "nobody"]
        yield Try(f"scenario of {key} of another", SCENARIO, values | {"account": other}, False)
    for key in GRIDS:
        held = may.covers(person, "register.edit", key)
        lon, lat = point_of(key)
        for edit in (
            {"kind": "close_station", "code": f"ST-{key}"},
            {"kind": "remove_street", "code": key},
            {
                "kind": "add_station",
                "code": "new",
                "type": "micro_station",
                "name": "x",
                "lon": lon,
                "lat": lat,
            },
        ):
            given = {"edit": json.dumps(edit)}
            yield Try(f"{edit['kind']} in {key}", EDIT, given, held and not _touches(edit, person))
    beyond = {
        "kind": "move_station",
        "code": "ST-a111a",
        "lon": point_of("b111a")[0],
        "lat": point_of("b111a")[1],
    }
    reach = may.covers(person, "register.edit", "a111a") and may.covers(person, "register.edit", "b111a")
    yield Try("station into another city", EDIT, {"edit": json.dumps(beyond)}, reach)


def _touches(edit: dict[str, Any], person: Person) -> bool:
    """Whether a street ends on the border of a grid that they may not change: grids stand side by side."""
    if edit["kind"] != "remove_street":
        return False
    at = GRIDS.index(edit["code"])
    return not all(may.covers(person, "register.edit", grid) for grid in GRIDS[max(0, at - 1) : at + 2])


def _managing(world: World, person: Person) -> Iterator[Try]:
    for key in AREAS:
        values = {"id": uuid7(), "area": world.areas[key]}
        yield Try(f"account of {key}", ACCOUNT, values, may.covers(person, "accounts.manage", key))
        for name in ("nobody", "planner", "leader_province", person.name):
            if name not in world.accounts:
                continue
            taken = (
                name != person.name
                and may.manages_account(person, PEOPLE[name])
                and may.covers(person, "accounts.manage", key)
            )
            grant = {"account": world.accounts[name], "area": world.areas[key], "d": None, "role": "leader"}
            yield Try(f"role for {name} in {key}", GRANT, grant, taken)
            above = AREAS[key][2]
            raised = taken and above is not None and may.covers(person, "accounts.manage", above)
            yield Try(f"privileged role for {name} in {key}", GRANT, grant | {"role": "auditor"}, raised)


def check_inserts(connection: Connection, world: World, person: Person | None) -> None:
    """Try everything."""
    for one in tries(world, person):
        inner = connection.begin_nested()
        if one.hand:
            have_in_hand(connection, **one.hand)  # type: ignore[arg-type]
        first, *rest = (one.statement,) if isinstance(one.statement, str) else one.statement
        done = attempt(connection, first, one.values, keep=bool(rest))
        for more in rest if done else ():
            done = done and attempt(connection, more, one.values, keep=True)
        inner.rollback()
        assert (done == 1) == one.taken, f"{one.name}: {'taken' if done else 'refused'}"
