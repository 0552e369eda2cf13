"""Every table × verb × person as plain functions: what the policies of the database alone decide.

A case raises `AssertionError` when the database shows or takes what the oracle forbids, or refuses what it
allows. Everything happens in savepoints that are rolled back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from gis.db.scope import have_in_hand, set_scope
from tests.matrix import expected as may
from tests.matrix import ops_commands, ops_duplicates, ops_events, ops_kpi, ops_notices, ops_whistles
from tests.matrix.places import AREAS, MATTERS, PEOPLE, Person
from tests.matrix.scopes import scope_of_person
from tests.matrix.world import World

REFUSED = {"42501", "P0001"}
"""insufficient_privilege, which row-level security uses too; raised by a function."""
GUARDED = "illegal_history"
"""What the guard of histories says, for everybody alike; its state is that of any broken constraint."""


def _of_events(world: World, keep: Callable[[Person, Any], bool], field: str, person: Person) -> set[Any]:
    return {getattr(world.told[key], field) for key, matter in MATTERS.items() if keep(person, matter)}


def _events(world: World, person: Person) -> set[Any]:
    return _of_events(world, may.sees_event, "event", person)


def _accounts(world: World, keep: Callable[[Person, Person], bool], person: Person) -> set[int]:
    return {world.accounts[other.name] for other in PEOPLE.values() if keep(person, other)}


def _own_or_managed(person: Person, other: Person) -> bool:
    own = may.is_somebody(person) and person.name == other.name
    return own or may.manages_account(person, other)


def _has_session(person: Person, other: Person) -> bool:
    return other.token is None and _own_or_managed(person, other)


def _has_token(person: Person, other: Person) -> bool:
    return other.has_token and _own_or_managed(person, other)


def _has_photo(person: Person, matter: Any) -> bool:
    return bool(matter.photo) and may.sees_event(person, matter)


def _subscribers(world: World, person: Person) -> set[Any]:
    return {world.subscribers[key] for key in AREAS if may.covers(person, "rules.edit", key)}


def _own_job(world: World, person: Person) -> set[Any]:
    return {world.jobs[person.name]} if may.is_somebody(person) else set()


def _photos(world: World, person: Person) -> set[Any]:
    """Photos of reports and of steps, under the same rule."""
    steps = {ops_events.step_photo(key) for key, matter in MATTERS.items() if may.sees_photo(person, matter)}
    return steps | _of_events(world, may.sees_photo, "stored", person)


def _scenarios(world: World, person: Person) -> set[Any]:
    """Those of the areas they plan in, and those they made."""
    return {world.scenarios[key] for key in (*AREAS, "own") if may.sees_scenario(person, key)}


# table: what identifies a row, and which of the world's rows somebody should see.
ROWS: dict[str, tuple[str, Callable[[World, Person], set[Any]]]] = {
    "event": ("id::text", _events),
    "report": ("id::text", lambda w, p: _of_events(w, may.sees_event, "report", p)),
    "event_clock": ("event_id::text", _events),
    "event_log": ("event_id::text", _events),
    "event_command": ("event_id::text", ops_commands.sent),
    "command_photo": ("event_id::text", _events),
    "report_contact": ("report_id::text", lambda w, p: _of_events(w, may.sees_masked, "report", p)),
    "report_photo": ("sha256", lambda w, p: _of_events(w, _has_photo, "announced", p)),
    "attachment": ("sha256", _photos),
    "building_people": (
        "(SELECT code FROM building WHERE id = building_id)",
        lambda w, p: set(may.counted(p)),
    ),
    "area_people": (
        "area_id",
        lambda w, p: {w.areas[key] for key in AREAS if may.covers(p, "people.read", key)},
    ),
    "audit": (
        "CASE WHEN object_type = 'matrix' THEN object_id END",
        lambda w, p: {f"planted-{key}~" for key in (*AREAS, None) if may.sees_audit(p, key)},
    ),
    "account": ("id", lambda w, p: _accounts(w, may.sees_account, p)),
    "role_grant": (
        "id",
        lambda w, p: {
            one
            for other in PEOPLE.values()
            if not other.anonymous and may.sees_account(p, other)
            for one in w.grants[other.name]
        },
    ),
    "login_session": ("account_id", lambda w, p: _accounts(w, _has_session, p)),
    "access_token": ("account_id", lambda w, p: _accounts(w, _has_token, p)),
    "job": ("id::text", _own_job),
    "notice": ("id", ops_notices.own),
    "subscriber": ("id", _subscribers),
    "delivery": ("subscriber_id", _subscribers),
    "campaign": ("id::text", ops_kpi.seen_campaigns),
    "campaign_problem": ("(SELECT code FROM area WHERE id = area_id)", lambda w, p: ops_kpi.seen_grids(p)),
    "campaign_target": (
        "(SELECT code FROM building WHERE id = building_id)",
        lambda w, p: ops_kpi.seen_houses(p),
    ),
    "scenario": ("id::text", _scenarios),
    "whistle": ("id::text", ops_whistles.seen),
    "whistle_answer": ("whistle_id::text", ops_whistles.seen),
    "whistle_log": ("whistle_id::text", ops_whistles.seen),
    "whistle_photo": ("whistle_id::text", ops_whistles.seen),
    "whistle_appeal": ("whistle_id::text", ops_whistles.rated),
    **dict.fromkeys(
        (
            "event_sample",
            "event_wait",
            "inspection_task",
            "event_round",
            "event_rating",
            "call_back",
            "overdue_appeal",
        ),
        ("event_id::text", _events),
    ),
    "admission_approval": ("event_id::text", _events),
    "me_too": ("event_id::text", _events),
    "report_confirmation": ("report_id::text", lambda w, p: _of_events(w, may.sees_event, "report", p)),
    "sensor": ("code", lambda w, p: set(ops_duplicates.sensors(p))),
    "sensor_storm": ("event_id::text", lambda w, p: set(ops_duplicates.storms(w, p))),
    "dispatch_trace": ("event_id::text", _events),
    "dispatch_alarm": (
        "id",
        lambda w, p: {w.alarms[key] for key in AREAS if may.covers(p, "rules.edit", key)},
    ),
    "register_edit": (
        "id",
        lambda w, p: {w.edits[key] for key in AREAS if may.covers(p, "register.edit", key)},
    ),
}
HIDDEN = (
    "campaign_visit", "duty_fault", "kpi_cell", "kpi_delta", "login_failure", "audit_mark", "outbox", "sample_secret",
    "sensor_alarm", "whistle_command",
)  # fmt: skip
"""Not for the web edge at all."""

READABLE = (
    "rating_rule", "rating_scale", "whistle_edge", "whistle_limit", "whistle_rule",
    "admission_item", "dispatch_rule", "dispatch_rule_set", "duty_item",
    "calendar", "calendar_day", "calendar_limit", "calendar_schedule", "calendar_session",
    "alembic_version", "area", "area_people_public", "area_post", "barrier", "building", "category",
    "category_version", "compound", "dataset", "department", "department_area", "entrance", "facility_standard",
    "filing_standard", "filing_standard_set", "gate", "party_org", "party_org_area", "permission",
    "public_statistic", "register_revision", "role", "role_permission", "service_area", "standard_profile",
    "station", "street", "workflow", "workflow_edge", "workflow_state",
)  # fmt: skip
WRITABLE = ("circle", "reach", "reach_layer")
DELETABLE = ("scenario",)
TABLES = (*ROWS, *HIDDEN, *READABLE, *WRITABLE)

# The only columns of scoped tables that may be changed in place, and whose rows these are.
CHANGES: dict[tuple[str, str], Callable[[World, Person], set[Any]]] = {
    ("account", "display_name"): lambda w, p: _accounts(w, _own_or_managed, p),
    ("role_grant", "ended_at"): lambda w, p: {
        one
        for other in PEOPLE.values()
        if not other.anonymous and other.name != p.name and may.manages_account(p, other)
        for one in w.grants[other.name]
    },
    ("login_session", "ended_at"): ROWS["login_session"][1],
    ("access_token", "revoked_at"): ROWS["access_token"][1],
    ("event_command", "state"): ROWS["event_command"][1],
    ("command_photo", "attachment_sha256"): lambda w, p: set(),  # only the photo in hand
    ("job", "cancelled_at"): ROWS["job"][1],
    ("notice", "read_at"): ROWS["notice"][1],
    ("subscriber", "ended_at"): ROWS["subscriber"][1],
    ("scenario", "name"): ROWS["scenario"][1],
    ("dispatch_alarm", "note"): ROWS["dispatch_alarm"][1],
    ("sensor", "enabled"): lambda w, p: set(ops_duplicates.sensors(p)),
    ("report_photo", "attachment_sha256"): lambda w, p: set(),  # only the photo in hand
}

# A column of the tables that have no id.
FIRST = {
    "campaign_target": "area_id", "kpi_cell": "n", "kpi_delta": "n", "campaign_visit": "door",
    "duty_fault": "error",
    "report_confirmation": "answer", "sensor_alarm": "alarms", "sensor_storm": "alarms",
    "whistle_answer": "plan", "whistle_photo": "sha256", "whistle_appeal": "decision", "whistle_edge": "label_zh",
    "whistle_limit": "kind",
    "event_sample": "share", "event_wait": "what",
    "event_round": "outcome", "event_rating": "words", "overdue_appeal": "opinion",
    "rating_scale": "label_zh",
    "admission_approval": "reason", "dispatch_rule": "code",
    "category_version": "version", "calendar_day": "name", "calendar_limit": "kind", "calendar_session": "length_us",
    "workflow_edge": "label_zh", "workflow_state": "label_zh", "command_photo": "slot",
    "event_log": "note", "report_contact": "name", "attachment": "bytes", "building_people": "actual",
    "area_people": "actual", "audit_mark": "seq", "alembic_version": "version_num",
    "area_people_public": "actual", "dataset": "name", "department_area": "valid_to", "party_org_area": "valid_to",
    "facility_standard": "type", "permission": "code", "public_statistic": "opened", "role": "code",
    "role_permission": "role", "register_revision": "relation",
}  # fmt: skip


@contextmanager
def working(engine: Engine, world: World, person: Person | None) -> Iterator[Connection]:
    """A transaction of the web edge's role in somebody's scope, rolled back; without any scope for None."""
    with engine.connect() as connection:
        outer = connection.begin()
        try:
            if person is not None:
                set_scope(connection, scope_of_person(world, person))
            yield connection
        finally:
            outer.rollback()


def attempt(
    connection: Connection, statement: str, values: dict[str, Any] | None = None, *, keep: bool = False
) -> int | None:
    """Rows affected, or None when the database refused; undone unless to be kept. Another error is a fault."""
    inner = connection.begin_nested()
    try:
        done = connection.execute(text(statement), values or {}).rowcount
    except DBAPIError as error:
        inner.rollback()
        if getattr(error.orig, "sqlstate", None) not in REFUSED and GUARDED not in str(error.orig):
            raise
        return None
    if keep:
        inner.commit()
    else:
        inner.rollback()
    return done


def check_select(connection: Connection, world: World, person: Person | None, table: str) -> None:
    """The rows seen are the rows expected."""
    if table in HIDDEN:
        assert attempt(connection, f"SELECT count(*) FROM {table}") is None, f"{table} is open"
        return
    if table not in ROWS:
        assert attempt(connection, f"SELECT count(*) FROM {table}") == 1, f"{table} is closed"
        return
    key, wanted = ROWS[table]
    seen = set(connection.scalars(text(f"SELECT {key} FROM {table}"))) - {None}
    due = set() if person is None else wanted(world, person)
    name = "nobody" if person is None else person.name
    assert seen == due, f"{table} for {name}: too many {seen - due}, too few {due - seen}"


# What is written there, and a change that hands the row to others: refused, though the columns were granted.
VALUES = {
    "display_name": "'x'",
    "ended_at": "now()",
    "revoked_at": "now()",
    "cancelled_at": "now()",
    "read_at": "now()",
    "name": "'x'",
    "note": "'x'",
    "attachment_sha256": "NULL",
    "enabled": "false",
    "state": "'refused'",
}
HANDED_ON = {
    "account": "home_area_id = (SELECT id FROM area WHERE code = '2302')",
    "role_grant": "account_id = NULL",
    "login_session": "account_id = NULL",
    "access_token": "account_id = NULL",
    "job": "account_id = NULL",
    "notice": "account_id = NULL",
    "subscriber": "area_id = NULL",
    "scenario": "area_id = NULL",
    "dispatch_alarm": "area_id = NULL",
    "sensor": "scope_area_id = NULL",
    "report_photo": "sha256 = 'other'",
    "event_command": "account_id = NULL",
    "command_photo": "sha256 = 'other'",
}


def check_update(connection: Connection, world: World, person: Person | None, table: str) -> None:
    """Only the columns of `CHANGES` may be changed, in the rows expected, and no row is handed to others.

    The statements read no column, so that the policies of reading do not help.
    """
    changes = {column: wanted for (owner, column), wanted in CHANGES.items() if owner == table}
    for column, wanted in changes.items():
        due = set() if person is None else wanted(world, person)
        done = attempt(connection, f"UPDATE {table} SET {column} = {VALUES[column]}")
        assert (done or 0) == len(due), f"{table}.{column}: {done} rows, expected {len(due)}"
    if changes:
        _check_handing_on(connection, world, person, table)
    elif table not in WRITABLE:
        first = FIRST.get(table, "id")
        assert attempt(connection, f"UPDATE {table} SET {first} = DEFAULT") is None, f"{table} can be changed"


def _check_handing_on(connection: Connection, world: World, person: Person | None, table: str) -> None:
    inner = connection.begin_nested()
    if table == "report_photo":
        photo = world.told["b111a.secret"].announced
        have_in_hand(connection, photo=photo)  # type: ignore[arg-type]
        done = attempt(connection, "UPDATE report_photo SET attachment_sha256 = NULL")
        assert done == (None if person is None else 1), f"the photo in hand: {done}"
    if table == "command_photo":
        have_in_hand(connection, photo="c" * 64)  # type: ignore[arg-type]
        done = attempt(connection, "UPDATE command_photo SET attachment_sha256 = NULL") or 0
        own = 0 if person is None else len(ops_commands.sent(world, person))
        assert done == own, f"photos in hand of one's own commands: {done}, expected {own}"
    handed = attempt(connection, f"UPDATE {table} SET {HANDED_ON[table]}") or 0
    if table == "account":
        # One's own row is refused by a trigger, and the whole statement with it: the others' without one's own.
        connection.execute(text("SELECT set_config('wangge.account', '', true)"))
        handed += attempt(connection, f"UPDATE {table} SET {HANDED_ON[table]}") or 0
    inner.rollback()
    assert not handed, f"{handed} rows of {table} can be handed to others"


def check_delete(connection: Connection, world: World, person: Person | None, table: str) -> None:
    """Nothing is deleted by the web edge but what it computed itself, and scenarios by those who see them."""
    done = attempt(connection, f"DELETE FROM {table}")
    if table in DELETABLE:
        due = set() if person is None else ROWS[table][1](world, person)
        assert (done or 0) == len(due), f"{table}: {done} rows can be deleted, expected {len(due)}"
        return
    assert table in WRITABLE or done is None, f"{table}: {done} rows can be deleted"


def check_truncate(connection: Connection, world: World, person: Person | None, table: str) -> None:
    """Nothing is emptied by the web edge."""
    assert attempt(connection, f"TRUNCATE {table} CASCADE") is None, f"{table} can be emptied"


VERBS: dict[str, Callable[[Connection, World, Person | None, str], None]] = {
    "SELECT": check_select,
    "UPDATE": check_update,
    "DELETE": check_delete,
    "TRUNCATE": check_truncate,
}
