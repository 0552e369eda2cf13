"""Events in any state, reached by real commands of people who may: for the tests of every room about events.

`crew(engine)` makes the people once a database; `event_in(engine, "handling")` gives the id of an event there;
`send(engine_of_somebody, event, "sign")` takes a command; `put(connection, event, "closed")` forces a state past the
guard, for tests that only need to find one.
"""

from __future__ import annotations

import json
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, text

from gis.base.ids import uuid7
from gis.db.scope import EVERYWHERE, Roots, Scope, scoped
from gis.events.model import Attachment
from gis.events.service import file_report
from gis.events.validate import validate_report
from gis.events.workflow.model import Command, Evidence, Position
from gis.events.workflow.photos import note_photo
from gis.events.workflow.service import take_command
from tests.events.reports import LAT, LON, report

# One filing condition each, which is chosen by itself when none is named.
URBAN, GRID = "gbt47678.5-2026:matter:06010", "gov-s:request:S0202"
CATEGORY = {"urban": URBAN, "grid": GRID, "hotline": GRID}
# No filing condition: the limits are the template's, and nothing is asked of the closing.
BARE = {"urban": "gbt47678.5-2026:matter:06006", "grid": "gov-p:request:P05", "hotline": "gov-p:request:P05"}
PERMISSIONS = {
    "desk": ("events.read", "events.accept"),
    "dispatcher": ("events.read", "events.dispatch"),
    "approver": ("events.read", "events.approve", "events.supervise"),
    "inspector": ("events.read", "events.inspect", "events.self_handle"),
    "leader": ("events.read", "events.accept", "events.dispatch", "events.approve", "events.supervise"),
}
PHOTO = "ab" * 32


@dataclass(frozen=True, slots=True)
class Crew:
    """Engines, each in the scope of one person; `department` is the code of the handlers' department."""

    desk: Engine
    dispatcher: Engine
    approver: Engine
    inspector: Engine
    leader: Engine
    handler: Engine
    colleague: Engine
    resident: Engine
    department: str
    department_id: int
    handler_name: str
    accounts: dict[str, int]


_crews: dict[str, Crew] = {}


def crew(engine: Engine) -> Crew:
    """The people of a database: a desk, a dispatcher, an approver, an inspector, two handlers, a resident."""
    key = str(engine.url)
    if key not in _crews:
        _crews[key] = _make(engine)
    return _crews[key]


def somebody(engine: Engine, name: str) -> int:
    """A new account at the top of the tree; its id."""
    with engine.begin() as connection:
        return int(
            connection.execute(
                text(
                    "INSERT INTO account (username, display_name, home_area_id, must_change) SELECT"
                    " cast(:name AS text), cast(:name AS text), id, false FROM area"
                    " ORDER BY cardinality(path), code LIMIT 1 RETURNING id"
                ),
                {"name": f"{name}_{secrets.token_hex(4)}"},
            ).scalar_one()
        )


def department(engine: Engine, code: str) -> int:
    """A department of this code; its id."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO department (code, name, parent_id, path)"
                " VALUES (cast(:code AS text), cast(:code AS text), NULL, '{}')"
                " ON CONFLICT (code) DO NOTHING"
            ),
            {"code": code},
        )
        connection.execute(text("UPDATE department SET path = ARRAY[id] WHERE path = '{}'"))
        return int(
            connection.execute(
                text("SELECT id FROM department WHERE code = :code"), {"code": code}
            ).scalar_one()
        )


def works_as(
    engine: Engine,
    account: int,
    *permissions: str,
    areas: Roots = EVERYWHERE,
    departments: Roots = (),
    name: str = "somebody",
) -> Engine:
    """An engine in which an account holds permissions in areas (everywhere), or in departments."""
    held = {"areas": dict.fromkeys(permissions, areas)} if not departments else {}
    led = {"departments": dict.fromkeys(permissions, departments)} if departments else {}
    return scoped(engine, Scope(name, account_id=account, **held, **led))  # type: ignore[arg-type]


def _make(engine: Engine) -> Crew:
    accounts = {name: somebody(engine, name) for name in (*PERMISSIONS, "handler", "colleague", "resident")}
    unit = department(engine, "crew")
    made = {name: works_as(engine, accounts[name], *held, name=name) for name, held in PERMISSIONS.items()}
    for name in ("handler", "colleague"):
        made[name] = works_as(
            engine, accounts[name], "events.read", "events.handle", departments=(unit,), name=name
        )
    with engine.begin() as connection:
        # No lot decides what becomes of what is handled on the spot: the tests do.
        connection.execute(text("UPDATE rating_rule SET self_handled_share = NULL"))
        connection.execute(
            text(
                "INSERT INTO role_grant (account_id, role, department_id, valid_from)"
                " VALUES (:account, 'department_handler', :unit, current_date - 1)"
            ),
            {"account": accounts["handler"], "unit": unit},
        )
        handler = connection.execute(
            text("SELECT username FROM account WHERE id = :id"), {"id": accounts["handler"]}
        ).scalar_one()
    resident = scoped(engine, Scope("resident", account_id=accounts["resident"]))
    return Crew(
        **made,
        resident=resident,
        department="crew",
        department_id=unit,
        handler_name=handler,
        accounts=accounts,
    )


def command(engine: Engine, event: uuid.UUID, name: str, **members: Any) -> Command:
    """A command on the event as it stands now; `data` members may be given beside the others."""
    version = members.get("base_version")
    if version is None:
        with engine.connect() as connection:
            version = connection.execute(
                text("SELECT version FROM event WHERE id = :id"), {"id": event}
            ).scalar_one()
    known = {"id", "base_version", "text", "reason", "occurred_at", "after", "position", "photos"}
    plain: dict[str, Any] = {"id": uuid7(), "base_version": version} | {
        key: value for key, value in members.items() if key in known
    }
    rest = {key: value for key, value in members.items() if key not in known}
    return Command(event_id=event, name=name, data=rest, **plain)


def send(
    engine: Engine, event: uuid.UUID, name: str, *, arrive: bool = True, **members: Any
) -> dict[str, Any]:
    """Take a command in somebody's scope, and let its photos arrive; the answer."""
    sent = command(engine, event, name, **members)
    answer: dict[str, Any] = json.loads(take_command(engine, sent).body)
    if sent.photos and arrive:
        photos_arrive(engine, sent)
    return answer


def photos_arrive(engine: Engine, sent: Command) -> None:
    """Let the bytes of what a command announced have come."""
    for sha256 in {one.sha256 for one in sent.photos}:
        note_photo(engine, sent.id, sha256, Attachment(sha256, "image/jpeg", 1, 1, 1))


UNTIL = (datetime.now(UTC).date() + timedelta(days=200)).isoformat()
AT = Position(LON, LAT, "wgs84", 5.0)
BEFORE, AFTER, CHECK = (Evidence(slot, PHOTO) for slot in ("before", "after", "check"))
ACCEPT: tuple[str, str, dict[str, Any]] = ("desk", "accept", {})
FILE: tuple[str, str, dict[str, Any]] = ("desk", "file", {})
DISPATCH: tuple[str, str, dict[str, Any]] = ("dispatcher", "dispatch", {"department": "crew"})
SIGN: tuple[str, str, dict[str, Any]] = ("handler", "sign", {})
DONE: tuple[str, str, dict[str, Any]] = ("handler", "feedback", {"text": "已处理", "photos": (BEFORE, AFTER)})
CLOSE: tuple[str, str, dict[str, Any]] = ("desk", "close", {"closure": True})
INSPECT: tuple[str, str, dict[str, Any]] = ("desk", "send_inspection", {})
PASS: tuple[str, str, dict[str, Any]] = (
    "inspector", "pass_inspection", {"text": "已整改", "photos": (CHECK,), "position": AT},
)  # fmt: skip
TO_HANDLING = (ACCEPT, FILE, DISPATCH, SIGN)
PATHS: dict[str, tuple[tuple[str, str, dict[str, Any]], ...]] = {
    "reported": (),
    "accepted": (ACCEPT,),
    "verifying": (ACCEPT, ("desk", "send_verification", {})),
    "verified": (
        ACCEPT, ("desk", "send_verification", {}), ("inspector", "verify", {"text": "属实", "position": AT}),
    ),
    "filed": (ACCEPT, FILE),
    "dispatched": (ACCEPT, FILE, DISPATCH),
    "handling": TO_HANDLING,
    "feedback": (*TO_HANDLING, DONE),
    "inspecting": (*TO_HANDLING, DONE, INSPECT),
    "self_handled": (
        ("inspector", "self_handle", {"text": "已清理", "photos": (BEFORE, AFTER), "position": AT}),
    ),
    "suspended": (
        *TO_HANDLING,
        ("handler", "request_suspension", {"reason": "冬季不能施工", "until": UNTIL}),
        ("approver", "suspend", {"until": UNTIL}),
    ),
    "closed": (*TO_HANDLING, DONE, INSPECT, PASS, CLOSE),
    "rejected": (ACCEPT, ("desk", "reject", {"reason": "不属于受理范围"})),
    "cancelled": (ACCEPT, ("desk", "cancel", {"reason": "重复录入"})),
}  # fmt: skip
CALL: tuple[str, str, dict[str, Any]] = ("desk", "call_back", {"text": "已回访，满意"})


def path_to(status: str, workflow: str) -> tuple[tuple[str, str, dict[str, Any]], ...]:
    """Who takes which commands until an event stands there."""
    steps = PATHS[status]
    if workflow == "hotline" and status == "closed":
        return (*steps[:-1], CALL, steps[-1])
    return steps


def opened(engine: Engine, *, workflow: str = "grid", **changes: Any) -> uuid.UUID:
    """A new event of the resident's, as reported, that follows this workflow."""
    category = CATEGORY[workflow]
    source = {"source": "hotline"} if workflow == "hotline" else {}
    raw = report(**({"category": category} | source | changes))
    people = crew(engine)
    sender = engine if workflow == "hotline" else people.resident
    receipt = json.loads(file_report(sender, validate_report(raw)).body)
    event = uuid.UUID(receipt["event"])
    if sender is engine:
        with engine.begin() as connection:
            connection.execute(
                text("UPDATE event SET reporter_id = :account WHERE id = :event"),
                {"account": people.accounts["resident"], "event": event},
            )
    return event


def event_in(engine: Engine, status: str, *, workflow: str = "grid", **changes: Any) -> uuid.UUID:
    """The id of a new event in this state, brought there by commands; `merged` has another event to be merged into.

    `changes` are members of the report.
    """
    people = crew(engine)
    event = opened(engine, workflow=workflow, **changes)
    if status == "merged":
        other = opened(engine, workflow=workflow, **changes)
        send(people.desk, event, "accept")
        send(people.desk, event, "merge", into=str(other))
        return event
    for who, name, members in path_to(status, workflow):
        send(getattr(people, who), event, name, **members)
    return event


def put(connection: Connection, event: Any, status: str) -> None:
    """Force an event into a state past the guard, as a superuser may: with one row of the log of an import."""
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    connection.execute(
        text(
            "UPDATE event SET status = cast(:status AS text), version = version + 1,"
            " closed_at = CASE WHEN cast(:status AS text) IN"
            " ('closed', 'rejected', 'cancelled', 'merged') THEN now() END,"
            " suspended_from = CASE WHEN cast(:status AS text) = 'suspended' THEN 'handling' END WHERE id = :event"
        ),
        {"event": event, "status": status},
    )
    connection.execute(
        text(
            "INSERT INTO event_log (event_id, seq, at, actor, action, from_status, to_status, prev_hash, hash)"
            " SELECT event_id, seq + 1, now(), 'import', 'history', to_status, cast(:status AS text), hash,"
            " log_hash(event_id,"
            " seq + 1, now(), 'import', NULL, 'history', to_status, cast(:status AS text), 1, NULL, '{}', NULL, hash)"
            " FROM event_log WHERE event_id = :event ORDER BY seq DESC LIMIT 1"
        ),
        {"event": event, "status": status},
    )
    connection.execute(text("SET LOCAL session_replication_role = origin"))
