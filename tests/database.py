"""Databases for tests: a throw-away cluster of their own, a migrated template, one clone a session."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import secrets
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import NullPool

from gis.base.progress import silent
from gis.db.api_role import api_url
from gis.db.asking import Asking
from gis.db.cluster import Cluster
from gis.db.connect import EXTENSIONS, MIGRATIONS, migrate
from gis.db.engine import make_engine, make_web_engine, unit_of_work
from gis.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
TOWN = ROOT / "sample_data" / "town"
STATE = ROOT / ".wangge" / "test"
TEMPLATE_PREFIX = "wangge_template_"
SESSION_PREFIX = "wangge_test_"


# What the migrations make functions of.
FUNCTION_FILES = (*sorted(ROOT.glob("gis/events/sql/intake*.sql")), ROOT / "gis/areas/sql/locate.sql")


def fingerprint(*parts: bytes) -> str:
    """Twelve hex digits that change whenever a migration or `parts` do."""
    digest = hashlib.sha256(repr(EXTENSIONS).encode())
    for path in (*sorted((MIGRATIONS / "versions").glob("*.py")), *FUNCTION_FILES):
        digest.update(path.read_bytes())
    for part in parts:
        digest.update(part)
    return digest.hexdigest()[:12]


@contextmanager
def shared_cluster() -> Iterator[Cluster]:
    """The tests' cluster, shared by all pytest runs of this checkout; the last one out stops it."""
    STATE.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(STATE, durable=False)
    with cluster.hold():
        yield cluster


@contextmanager
def admin(cluster: Cluster) -> Iterator[Engine]:
    """Statements outside any transaction on the maintenance database."""
    engine = create_engine(cluster.url("postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        yield engine
    finally:
        engine.dispose()


def ensure_template(cluster: Cluster, kind: str, mark: str, fill: Callable[[str], None] | None = None) -> str:
    """A migrated database of this `kind`, made once and then only copied; returns its name.

    `mark` changes when it must be made anew, `fill` puts data in by its address. Earlier ones of the kind go.
    """
    name = f"{TEMPLATE_PREFIX}{kind}_{mark}"
    with _locked("template"), admin(cluster) as engine, engine.connect() as connection:
        names = set(connection.scalars(text("SELECT datname FROM pg_database")))
        if name not in names:
            making = f"{name}_making"
            connection.execute(text(f"DROP DATABASE IF EXISTS {making} WITH (FORCE)"))
            migrate(cluster.url(making))
            if fill:
                fill(cluster.url(making))
            connection.execute(text(f"ALTER DATABASE {making} RENAME TO {name}"))
            for old in names:
                if old.startswith(f"{TEMPLATE_PREFIX}{kind}_"):
                    connection.execute(text(f"DROP DATABASE IF EXISTS {old}"))
        _sweep(connection, names)
    return name


def empty_template(cluster: Cluster) -> str:
    """The migrated database without data."""
    return ensure_template(cluster, "empty", fingerprint())


def town_template(cluster: Cluster) -> str:
    """The migrated database with the small town of `sample_data/town` loaded."""
    from gis.insight.statistics import refresh_public_statistics
    from gis.intake.sample import load_sample

    def fill(url: str) -> None:
        engine = make_engine(url)
        try:
            load_sample(engine, TOWN, silent)
            with unit_of_work(engine) as session:
                refresh_public_statistics(session)
        finally:
            engine.dispose()

    code = [
        path for room in ("intake", "register", "insight") for path in ROOT.glob(f"gis/{room}/**/*.[ps][yq]*")
    ]
    sources = [*sorted(TOWN.rglob("*.*")), *sorted(code), ROOT / "gis" / "base" / "suppress.py"]
    return ensure_template(cluster, "town", fingerprint(*(path.read_bytes() for path in sources)), fill)


@contextmanager
def cloned_database(cluster: Cluster, template: str | None = None) -> Iterator[str]:
    """A fresh migrated database of our own, dropped at the end; yields its address."""
    name = f"{SESSION_PREFIX}{os.getpid()}_{secrets.token_hex(3)}"
    source = template or empty_template(cluster)
    with admin(cluster) as engine:
        with _locked("template"), engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY file_copy"))
        try:
            yield cluster.url(name)
        finally:
            with engine.connect() as connection:
                connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


@contextmanager
def cloned_engine(cluster: Cluster, template: str | None = None) -> Iterator[Engine]:
    """An engine on a fresh migrated database of our own."""
    with cloned_database(cluster, template) as url:
        engine = make_engine(url)
        try:
            yield engine
        finally:
            engine.dispose()


@contextmanager
def api_engine(url: str) -> Iterator[Engine]:
    """An engine on a database as the role of the web edge, without a scope (`gis.db.scope.scoped` gives one)."""
    engine = make_web_engine(api_url(Settings(), url))
    try:
        yield engine
    finally:
        engine.dispose()


def asked(engine: Engine, question: Callable[..., Awaitable[Any]], *more: Any) -> Any:
    """What a question that waits on an event loop is answered, on connections like those of `engine`."""

    async def asking() -> Any:
        async with Asking(engine, 1) as made:
            return await question(made, *more)

    # On a thread of its own: a browser of earlier tests leaves its loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asking()).result()


def _sweep(connection: Connection, names: set[str]) -> None:
    """Drop what killed runs left: their process id is in the name."""
    for name in names:
        if not name.startswith(SESSION_PREFIX):
            continue
        pid = name.removeprefix(SESSION_PREFIX).split("_")[0]
        if not Path(f"/proc/{pid}").exists():
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


@contextmanager
def _locked(name: str) -> Iterator[None]:
    with (STATE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
