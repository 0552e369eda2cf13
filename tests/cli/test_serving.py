"""Start and stop of a real server: requests under way are answered, the cluster goes with the last one."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import text

from gis.cli.serving import WATCH_S
from gis.db.cluster import Cluster
from gis.db.engine import make_engine
from tests.district import fill
from tests.events.reports import report
from tests.serving import free_port, running, start, state_folder, wait_ready

pytestmark = pytest.mark.db


@pytest.fixture
def state_dir() -> Iterator[Path]:
    """A state folder with a cluster of its own."""
    with state_folder("serving") as folder:
        yield folder


def test_ctrl_c_answers_what_is_under_way_and_stops_the_cluster(state_dir: Path) -> None:
    port = free_port()
    cluster = Cluster(state_dir)
    with running(state_dir, port) as server, ThreadPoolExecutor(1) as pool:
        second = start(state_dir, port)
        assert second.wait(60) == 1, "two on one port"
        engine = make_engine(cluster.url())
        fill(engine)
        with engine.begin() as connection:
            connection.execute(text("LOCK TABLE event_log IN EXCLUSIVE MODE"))
            url = f"http://127.0.0.1:{port}/api/v1/reports"
            answer = pool.submit(httpx2.post, url, json=report(), timeout=60)
            waits = text("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            deadline = time.monotonic() + 60
            while not connection.scalar(waits):
                assert time.monotonic() < deadline, "it never got so far"
                time.sleep(0.05)
            server.send_signal(signal.SIGINT)
            time.sleep(1)
            assert server.poll() is None, "it did not wait for the request"
        assert answer.result().status_code == 201
        engine.dispose()
        assert server.wait(60) == 0
        assert not cluster.status().running
    log = (state_dir / f"{port}.log").read_text()
    assert f"http://127.0.0.1:{port}/map" in log
    assert "port_in_use" in log
    assert "Traceback" not in log


def test_after_kill_9_the_next_server_goes_on_and_sigterm_stops_all(state_dir: Path) -> None:
    port = free_port()
    cluster = Cluster(state_dir)
    with running(state_dir, port) as server:
        server.kill()
        server.wait()
        assert cluster.status().running, "the cluster is not the server's child"
    with running(state_dir, port) as server:
        server.terminate()
        assert server.wait(60) == 128 + signal.SIGTERM
    assert not cluster.status().running


def test_a_killed_database_is_started_again_under_the_running_server(state_dir: Path) -> None:
    port = free_port()
    cluster = Cluster(state_dir)
    with running(state_dir, port) as server:
        killed = cluster.status().pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while cluster.status().pid in (None, killed):
            assert time.monotonic() < deadline, "nobody started it again"
            time.sleep(0.2)
        wait_ready(server, port)
        cluster.stop()
        time.sleep(2 * WATCH_S)
        assert not cluster.status().running, "stopped on purpose, it stays stopped"
        server.terminate()
        server.wait(60)
    log = (state_dir / f"{port}.log").read_text()
    assert log.count("started again") == 1
    assert "Traceback" not in log
