"""Engine and unit of work: a transaction begins and ends inside one service call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session

POOL_SIZE = 8
POOL_WAIT_S = 2
SESSION_OPTIONS = "-c search_path=wangge,public -c timezone=UTC -c idle_in_transaction_session_timeout=60000"


def normalise_url(url: str | URL) -> URL:
    """`postgres://` and `postgresql://` addresses as SQLAlchemy's psycopg 3 dialect."""
    parsed = make_url(str(url).replace("postgres://", "postgresql://", 1) if isinstance(url, str) else url)
    return parsed.set(drivername="postgresql+psycopg")


def make_engine(url: str | URL, *, pool_size: int = POOL_SIZE) -> Engine:
    """A bounded pool on `url`: a request waits at most two seconds for a connection, then is told to retry."""
    return create_engine(
        normalise_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_WAIT_S,
        pool_pre_ping=True,
        connect_args={"options": SESSION_OPTIONS},
    )


@contextmanager
def unit_of_work(engine: Engine) -> Iterator[Session]:
    """One transaction: committed when the block ends, rolled back when it raises.

    Services use it inside the call, so that an answer is sent only after the commit; a dependency that
    commits after `yield` would answer 201 before the commit fails.
    """
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session
