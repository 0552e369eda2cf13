"""What the catalogue says: no table, view, function or role by which the web edge sees past the policies."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from sqlalchemy import Connection, Engine, TextClause, text
from sqlalchemy.exc import DBAPIError

from gis.db.api_role import API_ROLE
from gis.db.classification import CLOSED, PUBLIC, SCOPED
from tests.database import api_engine

pytestmark = pytest.mark.db
VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
# In tables of the web edge's own reach these columns must never be readable by it.
SECRET = {
    "account": {"password_hash", "totp_secret", "totp_last_step"},
    "login_session": {"token_hash"},
    "access_token": {"token_hash"},
    "report_contact": {"name", "phone"},
}


@pytest.fixture(scope="module")
def owner(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


@pytest.fixture(scope="module")
def edge(engine: Engine) -> Iterator[Engine]:
    with api_engine(engine.url.render_as_string(hide_password=False)) as made:
        yield made


def test_every_table_is_classified_once(owner: Connection) -> None:
    found = owner.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'wangge'")).all()
    assert sorted([*PUBLIC, *SCOPED, *CLOSED]) == sorted(found)


def unforced(owner: Connection) -> set[str]:
    """Tables whose rows are not guarded from everybody, the owner too."""
    return set(
        owner.scalars(
            text(
                "SELECT relname FROM pg_class WHERE relnamespace = 'wangge'::regnamespace AND relkind IN ('r', 'p')"
                " AND NOT (relrowsecurity AND relforcerowsecurity)"
            )
        )
    )


def test_all_but_public_tables_force_their_policies(owner: Connection) -> None:
    assert unforced(owner) == set(PUBLIC)


@pytest.mark.parametrize("flag", ["NO FORCE", "DISABLE"])
@pytest.mark.parametrize("table", sorted({*SCOPED, *CLOSED}))
def test_a_flag_taken_away_is_seen(engine: Engine, table: str, flag: str) -> None:
    """The test before would notice each one."""
    with engine.connect() as connection:
        outer = connection.begin()
        connection.execute(text(f"ALTER TABLE {table} {flag} ROW LEVEL SECURITY"))
        assert unforced(connection) == {*PUBLIC, table}
        outer.rollback()


def test_policies_of_the_web_edge_are_on_scoped_tables_alone(owner: Connection) -> None:
    rows = owner.execute(
        text("SELECT tablename, cmd, roles::text[] FROM pg_policies WHERE schemaname = 'wangge'")
    ).all()
    named = {(table, verb) for table, verb, roles in rows if API_ROLE in roles}
    assert {table for table, _ in named} == set(SCOPED)
    assert named == {(table, verb) for table, verbs in SCOPED.items() for verb in verbs}
    assert not [row for row in rows if "public" in row.roles], "a policy for everybody"


@pytest.mark.parametrize("table", sorted({*PUBLIC, *SCOPED, *CLOSED}))
def test_no_more_verbs_are_granted_than_said(owner: Connection, table: str) -> None:
    said = {**PUBLIC, **SCOPED, **CLOSED}[table]
    whole = {verb for verb in VERBS if owner.scalar(_may(table, verb))}
    some = {verb for verb in VERBS[:3] if owner.scalar(_may_somewhere(table, verb))}
    assert whole | some == set(said)


def _may(table: str, verb: str) -> TextClause:
    return text(f"SELECT has_table_privilege('{API_ROLE}', 'wangge.{table}', '{verb}')")


def _may_somewhere(table: str, verb: str) -> TextClause:
    return text(f"SELECT has_any_column_privilege('{API_ROLE}', 'wangge.{table}', '{verb}')")


@pytest.mark.parametrize("table", SECRET)
def test_secrets_are_not_readable(owner: Connection, table: str) -> None:
    for column in SECRET[table]:
        query = f"SELECT has_column_privilege('{API_ROLE}', 'wangge.{table}', '{column}', 'SELECT')"
        assert owner.scalar(text(query)) is False, column


def test_views_work_for_who_asks_and_none_is_materialised(owner: Connection) -> None:
    found = owner.execute(
        text(
            "SELECT relname, relkind::text, coalesce(array_to_string(reloptions, ','), '') AS options FROM pg_class"
            " WHERE relnamespace = 'wangge'::regnamespace AND relkind IN ('v', 'm')"
        )
    ).all()
    assert not [row.relname for row in found if row.relkind == "m"]
    assert not [row.relname for row in found if "security_invoker=true" not in row.options]


def test_functions_of_the_owner_fix_their_path_and_are_not_for_everybody(owner: Connection) -> None:
    found = owner.execute(
        text(
            "SELECT oid::regprocedure::text AS name, prosecdef, coalesce(proconfig::text, '') AS config, prorettype,"
            " has_function_privilege('public', oid, 'EXECUTE') AS open FROM pg_proc"
            " WHERE pronamespace = 'wangge'::regnamespace"
        )
    ).all()
    assert [row.name for row in found if row.prosecdef], "there are some to be looked at"
    fixed = ("search_path=wangge, pg_temp", "search_path=wangge, public, pg_temp")
    assert not [row.name for row in found if row.prosecdef and not any(path in row.config for path in fixed)]
    wide = [row.name.partition("(")[0] for row in found if row.prosecdef and fixed[1] in row.config]
    assert wide == ["take_in"], "only what needs the operators of PostGIS looks into public"
    assert not [row.name for row in found if row.open], "executable by everybody"


def test_nobody_makes_anything_in_our_schema(owner: Connection) -> None:
    """A function of the owner finds its tables by name: nobody may put others in their place."""
    for role, schema in product((API_ROLE, "public"), ("wangge", "public")):
        query = f"SELECT has_schema_privilege('{role}', '{schema}', 'CREATE')"
        assert owner.scalar(text(query)) is False, (role, schema)


def test_the_role_is_nothing_but_itself(owner: Connection) -> None:
    role = owner.execute(
        text(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles"
            " WHERE rolname = :name"
        ),
        {"name": API_ROLE},
    ).one()
    assert not any(role)
    owns = text(
        "SELECT count(*) FROM pg_shdepend WHERE deptype = 'o' AND refobjid = cast(:name AS regrole)::oid"
    )
    assert owner.scalar(owns, {"name": API_ROLE}) == 0
    above = text("SELECT count(*) FROM pg_auth_members WHERE member = cast(:name AS regrole)::oid")
    assert owner.scalar(above, {"name": API_ROLE}) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE wangge",
        "SET SESSION AUTHORIZATION wangge",
        "SET row_security = off; SELECT count(*) FROM event",
        "ALTER TABLE event NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY event_read ON event",
        "CREATE POLICY mine ON event TO wangge_api USING (true)",
        "ALTER ROLE wangge_api BYPASSRLS",
        "CREATE FUNCTION wangge.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TABLE wangge.mine (id int)",
        "COPY event TO PROGRAM 'cat'",
        "COPY report_contact TO STDOUT",
        "SELECT count(*) FROM pg_authid",
        "SELECT stavalues1 FROM pg_statistic",
    ],
)
def test_the_role_cannot_become_more(edge: Engine, statement: str) -> None:
    with edge.connect() as connection, pytest.raises(DBAPIError) as refused:
        connection.exec_driver_sql(statement)
    assert getattr(refused.value.orig, "sqlstate", "") in {"42501", "42939"}


def test_the_role_may_name_itself(edge: Engine) -> None:
    """The control of the refusals before: the connection works, and is the one meant."""
    with edge.connect() as connection:
        assert connection.exec_driver_sql("SELECT current_user").scalar() == API_ROLE
