"""The revision of the register: every kind of write to what coverage reads is seen, and nobody else can count."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gis.coverage.store import fingerprint
from tests.database import api_engine

pytestmark = pytest.mark.db
RELATIONS = (
    "area", "barrier", "building", "building_people", "compound", "entrance", "gate", "service_area", "station",
    "street",
)  # fmt: skip


def seen(connection: Connection) -> str:
    return fingerprint(Session(connection))


def columns_of(connection: Connection, table: str) -> str:
    query = (
        "SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = cast(:name AS regclass) AND attnum > 0 AND NOT attisdropped"
    )
    return str(connection.scalar(text(query), {"name": f"wangge.{table}"}))


@pytest.mark.parametrize("table", RELATIONS)
def test_every_kind_of_write_is_seen(engine: Engine, table: str) -> None:
    """Also one that changes no row; reading is not."""
    with engine.connect() as connection:
        names = columns_of(connection, table)
        first = names.split(", ", maxsplit=1)[0]
        marks = [seen(connection)]
        for statement in (
            f"INSERT INTO {table} ({names}) SELECT {names} FROM {table} LIMIT 0",
            f"UPDATE {table} SET {names.split(', ')[1]} = {names.split(', ')[1]}",
            f"DELETE FROM {table} WHERE {first} IS NULL",
            f"TRUNCATE {table} CASCADE"
            if table != "area"
            else "DELETE FROM area",  # the audit names areas for good
        ):
            connection.execute(text(statement))
            marks.append(seen(connection))
        driver = connection.connection.driver_connection
        assert driver is not None
        with driver.cursor().copy(f"COPY {table} FROM STDIN"):
            pass
        marks.append(seen(connection))
        assert len(set(marks)) == len(marks)
        connection.execute(text(f"SELECT count(*) FROM {table}"))
        assert seen(connection) == marks[-1]
        connection.rollback()
        assert seen(connection) == marks[0], "what was not committed was never counted"


def test_what_coverage_does_not_read_is_not_counted(engine: Engine) -> None:
    with engine.connect() as connection:
        before = seen(connection)
        connection.execute(text("UPDATE dataset SET name = name"))
        connection.execute(text("DELETE FROM reach"))
        assert seen(connection) == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE register_revision SET revision = 0",
        "INSERT INTO register_revision (relation) VALUES ('x')",
        "DELETE FROM register_revision",
        "TRUNCATE register_revision",
        "UPDATE station SET name = 'x'",
        "INSERT INTO street (code, geom) VALUES ('x', NULL)",
        "DELETE FROM gate",
        "INSERT INTO register_edit (edit, actor) VALUES ('{}', 'x')",
    ],
)
def test_the_web_edge_writes_to_none_of_it(engine: Engine, statement: str) -> None:
    with (
        api_engine(engine.url.render_as_string(hide_password=False)) as web,
        web.connect() as edge,
        pytest.raises(DBAPIError) as refused,
    ):
        edge.execute(text(statement))
    assert getattr(refused.value.orig, "sqlstate", "") == "42501"


def test_the_web_edge_may_ask_for_it(engine: Engine) -> None:
    """The control of the refusals."""
    with api_engine(engine.url.render_as_string(hide_password=False)) as web, web.connect() as edge:
        assert all(name in seen(edge) for name in RELATIONS)
