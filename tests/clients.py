"""People for tests: an account of any role in any area, and a client that is logged in as one.

They are written by the owner of the tables, so that a test of the edge needs neither passwords nor the accounts
room to be right.
"""

from __future__ import annotations

import csv
import hashlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from fastapi import FastAPI
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.auth import CSRF_HEADER, PLAIN_COOKIE, csrf_token
from api.policy import OPEN
from gis.db.engine import make_engine
from gis.settings import Settings

DATA = Path(__file__).resolve().parent.parent / "gis" / "accounts" / "data"
EVERYTHING = ("shift_lead", "planner", "auditor", "admin", "community_secretary", "supervisor")
"""Together these roles hold every permission."""
ADD_ACCOUNT = text("""
INSERT INTO account (username, display_name, home_area_id, must_change)
SELECT cast(:username AS text), cast(:username AS text), area.id, :must_change FROM area WHERE area.code = :area RETURNING id
""")
ADD_GRANT = text("""
INSERT INTO role_grant (account_id, role, area_id, department_id, categories, valid_from, valid_to)
SELECT :account, role.code,
       (SELECT id FROM area WHERE code = :area AND role.held_in = 'area'),
       (SELECT id FROM department WHERE code = :department AND role.held_in = 'department'),
       CASE WHEN role.limited THEN (SELECT array_agg(id) FROM category WHERE parent_id IS NOT NULL) END,
       current_date - 1, CASE WHEN role.dated THEN current_date + 30 END
FROM role WHERE role.code = :role
""")
ADD_DEPARTMENT = text("""
INSERT INTO department (code, name, parent_id, path) VALUES (:code, :code, NULL, '{}')
ON CONFLICT (code) DO NOTHING
""")
ADD_SESSION = text("""
INSERT INTO login_session (token_hash, account_id, expires_at, address)
VALUES (:hash, :account, now() + interval '8 hours', 'test')
""")
ADD_TOKEN = text("""
INSERT INTO access_token (token_hash, account_id, name, permissions, expires_at)
VALUES (:hash, :account, 'test', :permissions, now() + interval '8 hours')
""")


def unbounded(**settings: Any) -> Settings:
    """Settings under which nobody is too fast."""
    rates = dict.fromkeys(
        ("rate_reports", "rate_account_reports", "rate_photos", "rate_logins", "rate_refused_commands"),
        "100000/second",
    )
    return Settings(**(rates | settings))


def all_roles() -> tuple[str, ...]:
    """The roles the program comes with."""
    with (DATA / "roles.csv").open(encoding="utf-8") as rows:
        return tuple(row["code"] for row in csv.DictReader(rows))


def add_account(
    engine: Engine,
    *roles: str,
    area: str | None = None,
    department: str | None = None,
    username: str | None = None,
    must_change: bool = False,
) -> int:
    """An account with these roles in `area` (the topmost when not said), or in a department; its id."""
    with engine.begin() as connection:
        where = area or connection.scalar(
            text("SELECT code FROM area ORDER BY cardinality(path), code LIMIT 1")
        )
        name = username or f"{roles[0] if roles else 'nobody'}_{secrets.token_hex(4)}"
        values = {"username": name, "area": where, "must_change": must_change}
        account: int = connection.execute(ADD_ACCOUNT, values).scalar_one()
        for role in roles:
            if department is None and role.startswith("department_"):
                department = "test"
                connection.execute(ADD_DEPARTMENT, {"code": department})
            held = {"account": account, "role": role, "area": where, "department": department}
            assert connection.execute(ADD_GRANT, held).rowcount == 1, role
        return account


def add_session(engine: Engine, account: int) -> str:
    """A session of an account; its token."""
    token = secrets.token_urlsafe(32)
    with engine.begin() as connection:
        connection.execute(ADD_SESSION, {"hash": hashlib.sha256(token.encode()).digest(), "account": account})
    return token


def add_token(engine: Engine, account: int, permissions: Sequence[str]) -> str:
    """A personal access token of an account."""
    token = f"wgt_{secrets.token_urlsafe(32)}"
    values = {"hash": hashlib.sha256(token.encode()).digest(), "account": account}
    with engine.begin() as connection:
        connection.execute(ADD_TOKEN, values | {"permissions": list(permissions)})
    return token


ENTERED: list[Entered] = []
"""Those that run, to be left when the test, or the fixture of a longer life, ends."""


class Entered(TestClient):
    """A client of an application that runs as it is served, in an event loop with its lifespan, from the beginning."""

    def __init__(self, app: FastAPI, **more: Any) -> None:
        super().__init__(app, **more)
        super().__enter__()
        ENTERED.append(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *why: Any) -> None:
        if self in ENTERED:
            ENTERED.remove(self)
            super().__exit__(*why)


def leave(kept: int = 0) -> None:
    """Leave the clients entered after the first `kept`."""
    for client in reversed(ENTERED[kept:]):
        client.__exit__(None, None, None)


def log_in(client: TestClient, token: str) -> TestClient:
    """Let a client work in the session of `token`."""
    client.cookies.set(PLAIN_COOKIE, token)
    client.headers[CSRF_HEADER] = csrf_token(token)
    return client


def let_in(engine: Engine, client: TestClient, *roles: str, area: str | None = None) -> TestClient:
    """Log `client` in as somebody new who holds `roles` (all there are when none is named) in `area`."""
    return log_in(client, add_session(engine, add_account(engine, *(roles or EVERYTHING), area=area)))


def add_open_route(app: FastAPI, path: str, endpoint: Callable[[], object]) -> None:
    """A route for tests that everybody may call, to ask or to change; the guard knows no other."""
    app.add_api_route(path, endpoint, methods=["GET", "POST"], include_in_schema=False)
    app.state.policy = {**app.state.policy, endpoint.__name__: OPEN}


@contextmanager
def owner_of(app: FastAPI) -> Iterator[Engine]:
    """An engine of the tables' owner on the application's database."""
    engine = make_engine(app.state.engine.url.set(username="wangge"))
    try:
        yield engine
    finally:
        engine.dispose()


def client_as(
    app: FastAPI,
    *roles: str,
    area: str | None = None,
    department: str | None = None,
    must_change: bool = False,
) -> TestClient:
    """A client logged in as somebody new who holds `roles` in `area` (the topmost), or in `department`."""
    with owner_of(app) as engine:
        account = add_account(engine, *roles, area=area, department=department, must_change=must_change)
        token = add_session(engine, account)
    return log_in(Entered(app, raise_server_exceptions=False), token)
