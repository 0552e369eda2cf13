"""On a server whose owner of the tables is no superuser, the functions of the owner still see what they look up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gis.accounts import administration as admin
from gis.accounts import service
from gis.accounts.model import SYSTEM, NewAccount, NewGrant
from gis.accounts.second_factor import STEP_S
from gis.db.api_role import API_ROLE
from gis.db.cluster import Cluster
from gis.db.connect import EXTENSIONS, migrate
from gis.db.engine import make_engine, make_web_engine, unit_of_work
from gis.settings import Settings
from tests.accounts.office import DISTRICT, GRID, PASSWORD, STREET, Office
from tests.database import SESSION_PREFIX, asked
from tests.database import admin as server_of
from tests.district import fill

pytestmark = pytest.mark.db
NAME = f"{SESSION_PREFIX}{os.getpid()}_managed"
OWNER = f"wangge_nobody_{os.getpid()}"


@pytest.fixture(scope="module")
def managed(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with server_of(cluster) as server, server.connect() as connection:
        connection.execute(text(f"CREATE ROLE {OWNER}"))
        connection.execute(text(f"CREATE DATABASE {NAME} OWNER {OWNER} TEMPLATE template0"))
        prepared = make_engine(cluster.url(NAME))
        with unit_of_work(prepared) as session:
            for extension in EXTENSIONS:
                session.execute(text(f"CREATE EXTENSION {extension} SCHEMA public"))
        prepared.dispose()
        url = f"{cluster.url(NAME)}&options=-c%20role%3D{OWNER}"
        migrate(url)
        owner, web = make_engine(url), make_web_engine(cluster.url(NAME).replace("wangge@", f"{API_ROLE}@"))
        fill(owner)
        yield Office(owner, web, Settings(state_dir=tmp_path_factory.mktemp("state")))
        web.dispose()
        owner.dispose()
        connection.execute(text(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)"))
        connection.execute(text(f"DROP ROLE IF EXISTS {OWNER}"))


def test_a_whole_working_day(managed: Office) -> None:
    office = managed
    assert office.one("SELECT current_user") == OWNER
    boss, first = admin.create_account(
        office.owner, office.settings, SYSTEM, NewAccount("boss", "主任", DISTRICT)
    )
    assert first is not None
    admin.create_grant(office.owner, SYSTEM, boss.id, NewGrant("admin", area=DISTRICT))
    begun = office.log_in("boss", password=first)
    service.change_password(office.web, office.settings, begun.caller, first, PASSWORD)
    caller = office.caller(begun.token)
    assert caller is not None
    worker, password = admin.create_account(
        office.web, office.settings, caller, NewAccount("li", "李", STREET)
    )
    assert password is not None
    changed = admin.create_grant(office.web, caller, worker.id, NewGrant("grid_lead", area=GRID))
    assert [grant.in_force for grant in changed.grants] == [True]
    offer = service.offer_totp(office.web, office.settings, caller, PASSWORD)
    code = pyotp.TOTP(offer.secret, interval=STEP_S).now()
    service.confirm_totp(office.web, office.settings, caller, offer.sealed, code)
    li = office.log_in("li", password=password).caller
    token = service.create_token(office.web, office.settings, li, password, "script", ["events.read"]).token
    assert asked(office.web, service.resume_token, office.settings, token, None, None)
    assert admin.update_account(office.web, caller, worker.id, changed.version, disabled=True).disabled_at
    assert asked(office.web, service.resume_token, office.settings, token, None, None) is None
    assert len(office.audit("account.create")) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT password_hash FROM account",
        "SELECT totp_secret FROM account",
        "SELECT token_hash FROM login_session",
        "SELECT token_hash FROM access_token",
        "SELECT * FROM login_failure",
        "DELETE FROM account",
        "DELETE FROM role_grant",
        "DELETE FROM login_session",
        "INSERT INTO login_session (token_hash, account_id, expires_at) VALUES ('x', 1, now())",
        "UPDATE role_grant SET role = 'admin'",
        "UPDATE role SET privileged = false",
        "INSERT INTO role_permission VALUES ('resident', 'events.read')",
        "UPDATE access_token SET permissions = '{accounts.manage}'",
    ],
)
def test_the_web_edge_reads_and_writes_no_secret(managed: Office, statement: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), unit_of_work(managed.web) as session:
        session.execute(text(statement))


def test_nobody_else_may_call_the_functions(managed: Office, tmp_path: Path) -> None:
    rows = managed.run(
        "SELECT p.proname, p.prosecdef, has_function_privilege('public', p.oid, 'EXECUTE') AS everybody,"
        " has_function_privilege(:api, p.oid, 'EXECUTE') AS edge, p.proconfig FROM pg_proc AS p"
        " WHERE p.pronamespace = 'wangge'::regnamespace AND p.proname = ANY(:names)",
        api=API_ROLE,
        names=[
            "login_lookup", "oidc_lookup", "oidc_account", "session_lookup", "token_lookup", "session_start",
            "login_attempt", "login_cleared", "totp_use", "managed_elsewhere",
        ],
    )  # fmt: skip
    assert len(rows) == 10
    for row in rows:
        assert (row.prosecdef, row.everybody, row.edge) == (True, False, True), row.proname
        assert "search_path=wangge, pg_temp" in row.proconfig, "no table of a caller's own is taken for ours"
