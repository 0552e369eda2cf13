"""The database of the benchmarks: WANGGE_DATABASE_URL, else a private cluster of their own, with all defaults on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from gis.db.cluster import Cluster
from gis.db.connect import migrate
from gis.db.engine import make_engine, normalise_url
from gis.settings import Settings

STATE = Path(".wangge/bench")
SCHEMA = "bench"


@contextmanager
def bench_engine() -> Iterator[Engine]:
    """An engine on a fresh migrated database with an empty schema `bench`; the database is dropped afterwards."""
    given = Settings().database_url
    with Cluster(STATE).hold() if given is None else nullcontext(given) as home:
        name = f"wangge_bench_{os.getpid()}"
        url = make_url(home).set(database=name).render_as_string(hide_password=False)
        migrate(url)
        engine = make_engine(url)
        try:
            with engine.begin() as connection:
                connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
            yield engine
        finally:
            engine.dispose()
            _drop(home, name)


def _drop(home: str, name: str) -> None:
    # From the maintenance database: a cluster made for the bench alone has no other.
    place = normalise_url(home).set(database="postgres")
    engine = create_engine(place, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
