"""What was acknowledged survives: kill -9 of the API, immediate stops of the database, under load.

A control with `synchronous_commit = off` must lose reports; else the runs would prove nothing.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from gis.db.cluster import Cluster
from gis.db.connect import MIGRATION_OPTIONS, migrate
from gis.db.engine import SESSION_OPTIONS
from tests.district import fill
from tests.faults.crash import Account, load, lost, send, torn
from tests.serving import READY_WITHIN_S, free_port, running, state_folder, wait_ready

pytestmark = pytest.mark.db
LEAST = 20  # acknowledged reports a cycle
RECOVERED_WITHIN_S = 10  # asked of a quiet machine alone
UNBOUNDED = {"WANGGE_RATE_REPORTS": "100000/second"}  # all writers have one address


@pytest.fixture
def state_dir() -> Iterator[Path]:
    """A state folder with a durable cluster and a district of four grids."""
    with state_folder("faults") as folder:
        cluster = Cluster(folder)
        migrate(cluster.ensure_running())
        with engine_of(cluster) as engine:
            fill(engine)
        yield folder


class engine_of:  # noqa: N801 - a `with` statement
    """An engine that keeps no connection over a crash."""

    def __init__(self, cluster: Cluster) -> None:
        options = {"options": SESSION_OPTIONS}
        self._engine = create_engine(cluster.url(), poolclass=NullPool, connect_args=options)

    def __enter__(self) -> Engine:
        return self._engine

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()


def kill_the_api(state_dir: Path, cycles: int, busy_s: float) -> Account:
    port, account, cluster = free_port(), Account(), Cluster(state_dir)
    for _ in range(cycles):
        with running(state_dir, port, **UNBOUNDED) as server, load(port, account):
            keep_busy(account, busy_s)
            server.kill()
            server.wait()
        with engine_of(cluster) as engine:
            assert lost(engine, account) == set()
            assert torn(engine) == []
    return account


def keep_busy(account: Account, seconds: float) -> None:
    """Let the writers write for so long, and longer where they are slow: without answers nothing is proved."""
    wanted, end = len(account.acknowledged) + LEAST, time.monotonic() + 60
    time.sleep(seconds)
    while len(account.acknowledged) < wanted:
        assert time.monotonic() < end, "too little load to prove anything"
        time.sleep(0.05)


def resend_the_unanswered(state_dir: Path, account: Account) -> None:
    """What got no answer is sent again with its id, as a phone does, and is then stored exactly once."""
    port = free_port()
    again = sorted(account.unanswered)
    with running(state_dir, port, **UNBOUNDED), httpx2.Client(timeout=60) as client:
        for identifier in again:
            send(client, port, identifier, account)
    with engine_of(Cluster(state_dir)) as engine:
        assert lost(engine, account) == set()
        assert torn(engine) == []
    refused = [identifier for identifier in again if identifier not in account.acknowledged]
    assert refused == []


def crash_the_database(
    state_dir: Path, cycles: int, busy_s: float, *, lasting: bool = True, within_s: float = READY_WITHIN_S
) -> Account:
    """Immediate stops under load. The API is never restarted and must be ready again by itself."""
    port, account, cluster = free_port(), Account(), Cluster(state_dir)
    with running(state_dir, port, **UNBOUNDED) as server:
        for _ in range(cycles):
            with load(port, account):
                keep_busy(account, busy_s)
                cluster.stop("immediate")
                time.sleep(0.5)
                cluster.ensure_running()
                wait_ready(server, port, within_s)
            if lasting:
                with engine_of(cluster) as engine:
                    assert lost(engine, account) == set()
                    assert torn(engine) == []
    return account


def make_forgetful(cluster: Cluster) -> None:
    """Commits that are answered before they are on disk."""
    statements = (
        "ALTER SYSTEM SET synchronous_commit = off",
        "ALTER SYSTEM SET wal_writer_delay = '10s'",
        "ALTER SYSTEM SET wal_writer_flush_after = '1GB'",
        "SELECT pg_reload_conf()",
    )
    options = {"options": MIGRATION_OPTIONS}
    engine = create_engine(
        cluster.url(), poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=options
    )
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def check(account: Account) -> None:
    assert set(account.statuses) <= {200, 201, 503}, account.statuses
    assert account.refused_without_retry_after == 0


def test_nothing_acknowledged_is_lost_when_the_api_is_killed(state_dir: Path) -> None:
    account = kill_the_api(state_dir, 1, 1.5)
    check(account)
    resend_the_unanswered(state_dir, account)


def test_nothing_acknowledged_is_lost_when_the_database_crashes(state_dir: Path) -> None:
    check(crash_the_database(state_dir, 2, 1.0))


@pytest.mark.prove
def test_the_control_loses_reports_and_this_test_sees_it(state_dir: Path) -> None:
    make_forgetful(Cluster(state_dir))
    account = crash_the_database(state_dir, 3, 2.0, lasting=False)
    with engine_of(Cluster(state_dir)) as engine:
        assert lost(engine, account), "the harness cannot see a loss"


@pytest.mark.prove
def test_twenty_kills_of_the_api(state_dir: Path) -> None:
    account = kill_the_api(state_dir, 20, 2.0)
    check(account)
    resend_the_unanswered(state_dir, account)


@pytest.mark.prove
def test_twenty_crashes_of_the_database(state_dir: Path) -> None:
    check(crash_the_database(state_dir, 20, 2.0, within_s=RECOVERED_WITHIN_S))


@pytest.mark.prove
def test_kill_9_of_the_postmaster(state_dir: Path) -> None:
    port, account, cluster = free_port(), Account(), Cluster(state_dir)
    with running(state_dir, port, **UNBOUNDED) as server:
        for _ in range(5):
            with load(port, account):
                keep_busy(account, 1)
                subprocess.run(["kill", "-9", str(cluster.status().pid)], check=True)
                cluster.ensure_running()
                wait_ready(server, port, RECOVERED_WITHIN_S)
    with engine_of(cluster) as engine:
        assert lost(engine, account) == set()
        assert torn(engine) == []
    check(account)
