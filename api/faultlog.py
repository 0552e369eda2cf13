"""Faults as text for the log: where they happened and what kind, never what a report said.

A database error quotes the failing row in its message, and a data error the value; only what names
statements, constraints and columns is written.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator

import psycopg
from sqlalchemy.exc import DBAPIError

# Classes of SQLSTATE whose primary message quotes no values: names of constraints and columns, states.
NAMING = frozenset({"08", "23", "40", "42", "53", "55", "57", "58"})


def fault_text(error: BaseException) -> str:
    """The traceback of `error` and of what it came from, oldest first, without values of the data."""
    parts = []
    for one in reversed(list(_chain(error))):
        frames = "".join(traceback.format_tb(one.__traceback__))
        parts.append(f"{frames}{type(one).__module__}.{type(one).__qualname__}: {safe_message(one)}")
    return "\n--\n".join(parts)


def safe_message(error: BaseException) -> str:
    """The message of an error; of one of the database only its state, names and, where harmless, first line."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, psycopg.Error):
        return "" if isinstance(error, DBAPIError) else str(error)[:500]
    diag = cause.diag
    state = cause.sqlstate or ""
    named = {"constraint": diag.constraint_name, "table": diag.table_name, "column": diag.column_name}
    words = [f"SQLSTATE {state or 'none'}", *(f"{key} {value}" for key, value in named.items() if value)]
    if state[:2] in NAMING and diag.message_primary:
        words.append(diag.message_primary[:300])
    if isinstance(error, DBAPIError) and error.statement:
        words.append(f"in: {' '.join(error.statement.split())[:300]}")
    return "; ".join(words)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)
