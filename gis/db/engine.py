"""Engine and unit of work: a transaction begins and ends inside one service call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session

from gis.db.scope import MAINTENANCE, scoped, tell_on_begin

POOL_SIZE = 8
POOL_WAIT_S = 2
SESSION_OPTIONS = "-c search_path=wangge,public -c timezone=UTC -c idle_in_transaction_session_timeout=60000"

# A request's statements and its waits for locks end by themselves; imports and migrations take their time.
WEB_STATEMENT_S = 10.0
WEB_LOCK_S = 5.0
CONNECT_S = 5
CONNECTED_WITH = "wangge_connect"


def normalise_url(url: str | URL) -> URL:
    """`postgres://` and `postgresql://` addresses as SQLAlchemy's psycopg 3 dialect."""
    parsed = make_url(str(url).replace("postgres://", "postgresql://", 1) if isinstance(url, str) else url)
    return parsed.set(drivername="postgresql+psycopg")


def split_options(url: URL) -> tuple[str, URL]:
    """The server options an address carries (`?options=-c …`) and the address without: ours are added to them."""
    return " ".join(url.normalized_query.get("options", ())), url.difference_update_query(["options"])


def make_engine(
    url: str | URL,
    *,
    pool_size: int = POOL_SIZE,
    statement_s: float | None = None,
    lock_s: float | None = None,
) -> Engine:
    """A bounded pool on `url`: a thread waits at most `POOL_WAIT_S` for a connection, then raises TimeoutError.

    It does not bound how long a request waits for a thread; `api.shedding` does. `statement_s` and `lock_s`
    end a statement, or its waiting for a lock, in the server after so many seconds; None is without limit.
    What the parameters of a statement were is in no message of an error, nor in a log. It works for the owner
    of the tables, in the scope `MAINTENANCE`.
    """
    return scoped(_pooled(url, pool_size, statement_s, lock_s), MAINTENANCE)


def _pooled(url: str | URL, pool_size: int, statement_s: float | None, lock_s: float | None) -> Engine:
    given, target = split_options(normalise_url(url))
    options = f"{SESSION_OPTIONS} {given}"
    for name, limit_s in (("statement_timeout", statement_s), ("lock_timeout", lock_s)):
        if limit_s is not None:
            options += f" -c {name}={max(1, round(limit_s * 1000))}"
    more = {"options": options, "connect_timeout": CONNECT_S}
    engine = create_engine(
        target,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_WAIT_S,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args=more,
    )
    engine.update_execution_options(**{CONNECTED_WITH: more})
    tell_on_begin(engine)
    return engine


def driver_arguments(engine: Engine) -> dict[str, Any]:
    """What the driver connects with where the connection is not the engine's own; limits and role as the engine's."""
    _, arguments = engine.dialect.create_connect_args(engine.url)
    return {**arguments, **engine.get_execution_options().get(CONNECTED_WITH, {})}


def make_web_engine(url: str | URL) -> Engine:
    """The engine of the web edge: with limits on statements and locks, and without a scope.

    `gis.db.scope.scoped` gives each request its own; a transaction without one sees no rows.
    """
    return _pooled(url, POOL_SIZE, WEB_STATEMENT_S, WEB_LOCK_S)


def make_job_engine(url: str | URL) -> Engine:
    """The engine in which jobs do what somebody asked for: as that of the web edge, but it takes its time."""
    return _pooled(url, 2, None, None)


def lift_limits(session: Session) -> None:
    """Let this transaction take its time: for work that many requests share and one of them waits for."""
    session.execute(text("SET LOCAL statement_timeout = 0"))
    session.execute(text("SET LOCAL lock_timeout = 0"))
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))


@contextmanager
def unit_of_work(engine: Engine) -> Iterator[Session]:
    """One transaction: committed when the block ends, rolled back when it raises.

    Services use it inside the call, so that an answer is sent only after the commit; a dependency that
    commits after `yield` would answer 201 before the commit fails.
    """
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session
