"""Named SQL: one statement a file under `<room>/sql/`, parameters written `:name`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources

import psycopg
from sqlalchemy import TextClause, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session


@cache
def load(package: str, name: str) -> TextClause:
    """Read `<package>/sql/<name>.sql` as a statement with bound parameters.

    The header comment of each file states purpose, parameters, SRID and the index it uses.
    """
    return text(resources.files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8"))


@cache
def driver_text(package: str, name: str) -> str:
    """A named statement with psycopg's own parameters, `%(name)s`, for `gis.db.asking`."""
    return str(load(package, name).compile(dialect=PGDialect_psycopg()))  # type: ignore[no-untyped-call]


def plan_by_values(session: Session) -> None:
    """Until the transaction ends, plan statements for their values each time they run.

    A prepared statement that ran a few times gets one plan for all values; how many rows lie in a box or an
    area it then guesses, by a factor of ten thousand too few.
    """
    session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))


@contextmanager
def driver_errors() -> Iterator[None]:
    """Around psycopg used directly: its errors leave as SQLAlchemy's, so that one place tells what they mean."""
    try:
        yield
    except psycopg.Error as error:
        raise DBAPIError.instance(None, None, error, psycopg.Error) from error


def said_by_database(error: DBAPIError) -> str:
    """The message a function or trigger of ours raised, without its context; empty where there is none."""
    diagnostics = getattr(error.orig, "diag", None)
    return str(getattr(diagnostics, "message_primary", None) or "")
