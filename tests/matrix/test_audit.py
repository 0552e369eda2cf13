"""Every write, every refused one, and every view of personal data leaves exactly one row that says who and what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import Row, text

from api.app import create_app
from tests.events.reports import report, uuid7
from tests.matrix.conftest import Stage
from tests.matrix.harness import Call, Edge, quiet_settings
from tests.matrix.ops_areas import TYPES
from tests.matrix.places import AREAS, PEOPLE
from tests.matrix.world import SCHEME, World, point_of

pytestmark = [pytest.mark.db, pytest.mark.matrix]


@pytest.fixture(scope="module")
def edge(sandbox: Stage) -> Iterator[Edge]:
    made = Edge(create_app(quiet_settings(sandbox.settings), engine=sandbox.web), sandbox.world)
    with made.client:
        yield made


@dataclass(frozen=True, slots=True)
class Act:
    """Something done, by whom, and the row it must leave: action, kind of object, result."""

    name: str
    person: str
    method: str
    path: str
    row: tuple[str, str, str]
    body: object = None
    params: tuple[tuple[str, str], ...] = ()
    if_match: bool = False


def _path(world: World, path: str) -> str:
    """Paths name things of the world: an event, a report, a new account and its role."""
    if "{spare}" in path or "{held}" in path:
        account, held = world.spare("a111")
        return path.format(spare=account, held=held)
    if "{far}" in path:
        return path.format(far=world.spare("b111")[0])
    return path.format(loud=world.told["a111a.plain"].report, hush=world.told["a111b.hush"].report)


REPORT = {"category": f"{SCHEME}:S0202", "source": "other",
          "geometry": {"type": "Point", "coordinates": list(point_of("a111a"))}}  # fmt: skip
GRANT = {"role": "grid_worker", "area": AREAS["a111a"][0]}
WHY = {"reason": "核实现场情况"}
TOKEN = {"name": "matrix", "permissions": ["events.read"]}
ACCOUNTS = "/api/v1/accounts"
ACTS = (
    Act("a report", "acceptor", "POST", "/api/v1/reports", ("report.create", "report", "ok"), REPORT),
    Act("a report of nobody", "anonymous", "POST", "/api/v1/reports", ("report.create", "report", "ok"), REPORT),
    Act("a contact", "acceptor", "POST", "/api/v1/reports/{loud}/contact", ("contact.reveal", "report", "ok"), WHY),
    Act("a contact outside", "department_handler", "POST", "/api/v1/reports/{hush}/contact",
        ("contact.reveal", "report", "refused"), WHY),
    Act("a contact without the right", "dispatcher", "POST", "/api/v1/reports/{loud}/contact",
        ("contact.reveal", "report", "refused"), WHY),
    Act("an export", "planner", "GET", "/api/v1/coverage/export", ("coverage.export", "coverage", "ok"),
        params=tuple((TYPES | {"format": "geojson"}).items())),
    Act("an export without the right", "leader", "GET", "/api/v1/coverage/export",
        ("coverage.export", "coverage", "refused"), params=tuple((TYPES | {"format": "geojson"}).items())),
    Act("a list of accounts", "admin", "GET", ACCOUNTS, ("accounts.read", "", "ok")),
    Act("one account", "admin", "GET", ACCOUNTS + "/{spare}", ("accounts.read", "", "ok")),
    Act("the audit", "auditor", "GET", "/api/v1/audit", ("audit.read", "", "ok")),
    Act("an account made", "admin", "POST", ACCOUNTS, ("account.create", "account", "ok")),
    Act("an account made without the right", "acceptor", "POST", ACCOUNTS, ("account.create", "account", "refused")),
    Act("an account changed", "admin", "PATCH", ACCOUNTS + "/{spare}", ("account.update", "account", "ok"),
        {"display_name": "renamed"}, if_match=True),
    Act("an account outside changed", "admin", "PATCH", ACCOUNTS + "/{far}", ("account.update", "account", "refused"),
        {"display_name": "renamed"}, if_match=True),
    Act("a password reset", "admin", "POST", ACCOUNTS + "/{spare}/password-reset", ("password.reset", "account", "ok")),
    Act("sessions ended", "admin", "DELETE", ACCOUNTS + "/{spare}/sessions", ("session.logout", "account", "ok")),
    Act("a role given", "admin", "POST", ACCOUNTS + "/{spare}/grants", ("grant.create", "account", "ok"), GRANT),
    Act("a role given outside", "admin", "POST", ACCOUNTS + "/{far}/grants", ("grant.create", "account", "refused"),
        GRANT),
    Act("a role ended", "admin", "DELETE", ACCOUNTS + "/{spare}/grants/{held}", ("grant.end", "account", "ok")),
    Act("a token", "acceptor", "POST", "/api/v1/account/tokens", ("token.create", "", "ok"), TOKEN),
    Act("a token without the right", "planner", "POST", "/api/v1/account/tokens", ("token.create", "", "refused"),
        TOKEN),
    Act("a token revoked that is not there", "acceptor", "DELETE", "/api/v1/account/tokens/999999",
        ("token.revoke", "", "refused")),
    Act("a wrong password", "acceptor", "PUT", "/api/v1/account/password", ("session.refused", "", "refused"),
        {"old": "Wrong-2026!", "new": "Fresh-word-2026!"}),
    Act("a refused login", "anonymous", "POST", "/api/v1/session", ("session.refused", "", "refused"),
        {"username": "grid_lead", "password": "Wrong-2026!"}),
    Act("logging out", "moved", "DELETE", "/api/v1/session", ("session.logout", "", "ok")),
)  # fmt: skip


def _rows(stage: Stage, after: int) -> list[Row[tuple[object, ...]]]:
    with stage.owner.connect() as connection:
        return list(
            connection.execute(
                text(
                    "SELECT id, actor, role, account_id, area_id, action, object_type, object_id, result, trace_id,"
                    " address FROM audit WHERE id > :after ORDER BY id"
                ),
                {"after": after},
            ).all()
        )


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
def test_an_act_leaves_one_row(sandbox: Stage, edge: Edge, act: Act) -> None:
    person, world = PEOPLE[act.person], sandbox.world
    body = act.body
    if act.row[0] == "report.create":
        body = report(**REPORT)
    elif act.row[0] == "account.create":
        body = {"username": f"m{uuid7()[-12:]}", "display_name": "x", "home": AREAS["a111"][0]}
    path = _path(world, act.path)
    with (
        sandbox.owner.begin() as connection
    ):  # wrong passwords of other files count against this one's people
        connection.execute(text("DELETE FROM login_failure"))
    before = max((row.id for row in _rows(sandbox, 0)), default=0)
    headers = {"If-Match": '"1"'} if act.if_match else {}
    answer = edge.ask(
        person,
        Call(path, lambda *_: None, act.method, params=dict(act.params), body=body, headers=headers),
    )
    try:
        rows = _rows(sandbox, before)
        told = [(row.action, row.object_type, row.result) for row in rows]
        assert len(rows) == 1, f"{answer.status} {answer.text[:200]}: {told}"
        (row,) = rows
        action, kind, result = act.row
        assert (row.action, row.result) == (action, result)
        assert kind in {"", row.object_type}
        assert row.object_id
        assert row.trace_id == answer.headers["x-trace-id"]
        assert row.actor == ("anonymous" if person.anonymous else person.name)
        if not person.anonymous:
            assert row.account_id == world.accounts[person.name]
            assert row.role == " ".join(held.role for held in person.held)
        if result == "ok":
            assert answer.status < 300
    finally:
        if not person.anonymous:
            world.let_in_again(person.name)


@pytest.mark.parametrize("person", ["acceptor", "anonymous"])
def test_looking_at_what_is_not_personal_leaves_none(sandbox: Stage, edge: Edge, person: str) -> None:
    """The control: the row before is not written by just any request."""
    before = max((row.id for row in _rows(sandbox, 0)), default=0)
    for path in ("/api/v1/areas", "/api/v1/events", "/api/v1/categories"):
        edge.ask(PEOPLE[person], Call(path, lambda *_: None))
    assert _rows(sandbox, before) == []
