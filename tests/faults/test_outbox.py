"""Kill -9 of the worker between commit and send: whoever subscribed gets every message all the same.

A control that notes a delivery as done before it sends it must lose messages; else the run would prove nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gis.accounts.secret import seal
from gis.db.cluster import Cluster
from gis.db.engine import unit_of_work
from gis.jobs import outbox
from gis.jobs.channels import PURPOSE
from gis.settings import Settings
from tests.database import ROOT
from tests.district import district_engine

pytestmark = pytest.mark.db
MESSAGES = 6
FORGETFUL = """
from gis.db.engine import make_engine, unit_of_work
from gis.db.sql import load
from gis.jobs import channels, delivery
from gis.settings import Settings

engine, settings = make_engine(Settings().database_url), Settings()
delivery.spread(engine)
with unit_of_work(engine) as session:
    rows = session.execute(load("gis.jobs", "delivery_take"), {"count": 20, "lease_s": 120.0}).mappings()
    parcels = [channels.Parcel(**row) for row in rows]
    for one in parcels:
        session.execute(
            load("gis.jobs", "delivery_end"), {"id": one.id, "attempt": one.attempts, "error": None, "again_s": None}
        )
for one in parcels:
    channels.send(settings, one)
"""
SUBSCRIBE = text("""
INSERT INTO subscriber (channel, name, address, secret_sealed, topics, area_id, created_at)
SELECT 'webhook', 'test', :address, :secret, '{*}', id, now() - interval '1 hour'
FROM area ORDER BY cardinality(path) LIMIT 1
""")


WAITING = text("""
SELECT EXISTS (SELECT FROM outbox WHERE spread_at IS NULL)
  OR EXISTS (SELECT FROM delivery WHERE done_at IS NULL AND dead_at IS NULL)
""")


@pytest.fixture(scope="module")
def district(cluster: Cluster) -> Iterator[Engine]:
    with district_engine(cluster) as engine:
        yield engine


class Hook:
    """A receiver that at first takes nothing: it lets whoever sends wait, so that they can be killed meanwhile."""

    def __init__(self) -> None:
        self.taken: dict[int, set[str]] = {}
        self.reached, self.open = threading.Event(), threading.Event()

    def take(self, body: bytes) -> bool:
        """Note a message; False while the receiver is not open."""
        self.reached.set()
        if not self.open.is_set():
            self.open.wait(60)
            return False
        told = json.loads(body)
        self.taken.setdefault(told["message"], set()).add(told["delivery"])
        return True


@contextmanager
def listening(hook: Hook) -> Iterator[str]:
    """The address the hook listens at."""

    class Hears(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if hook.take(body):
                self.send_response(204)
                self.end_headers()
            else:
                self.close_connection = True

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hears)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook"
    finally:
        hook.open.set()
        server.shutdown()
        server.server_close()
        thread.join()


def until(condition: Callable[[], bool], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


@contextmanager
def process(engine: Engine, folder: Path, *command: str) -> Iterator[None]:
    """A process of its own, killed at the end as by a failing machine."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("WANGGE_")} | {
        "WANGGE_DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "WANGGE_STATE_DIR": str(folder),
        "WANGGE_WEBHOOK_HOSTS": "127.0.0.1",
        "PYTHONPATH": str(ROOT),
    }
    child = subprocess.Popen([sys.executable, *command], env=env, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        child.kill()
        child.wait()


def given(engine: Engine, folder: Path, address: str) -> set[int]:
    """A subscriber, and messages that were committed; their numbers."""
    with engine.begin() as connection:
        for table in ("delivery", "outbox", "subscriber"):
            connection.execute(text(f"DELETE FROM {table}"))
        secret = seal(Settings(state_dir=folder), PURPOSE, b"secret")
        connection.execute(SUBSCRIBE, {"address": address, "secret": secret})
        top = connection.scalar(text("SELECT id FROM area ORDER BY cardinality(path) LIMIT 1"))
    with unit_of_work(engine) as session:
        return {outbox.put(session, "event.close", {"n": n}, area_id=top) for n in range(MESSAGES)}


def killed_while_sending(engine: Engine, folder: Path, *command: str) -> tuple[set[int], Hook]:
    """What was committed, and what arrived after the sender was killed and a worker took over."""
    hook = Hook()
    with listening(hook) as address:
        committed = given(engine, folder, address)
        with process(engine, folder, *command):
            assert until(hook.reached.is_set), "nothing was sent"
        hook.open.set()
        with engine.begin() as connection:  # the leases of the dead run out
            connection.execute(text("UPDATE delivery SET next_at = now() WHERE done_at IS NULL"))
        with process(engine, folder, "-m", "gis.cli", "worker"):
            assert until(lambda: not _waits(engine))
        return committed, hook


def _waits(engine: Engine) -> bool:
    """Whether anything is still to be sent."""
    with engine.connect() as connection:
        return bool(connection.scalar(WAITING))


def test_a_worker_killed_while_it_sends_loses_nothing(district: Engine, tmp_path: Path) -> None:
    committed, hook = killed_while_sending(district, tmp_path, "-m", "gis.cli", "worker")
    assert set(hook.taken) == committed
    assert all(len(deliveries) == 1 for deliveries in hook.taken.values()), "a second copy bears the same id"


def test_the_control_loses_messages_and_this_test_sees_it(district: Engine, tmp_path: Path) -> None:
    committed, hook = killed_while_sending(district, tmp_path, "-c", FORGETFUL)
    assert committed - set(hook.taken), "the harness cannot see a loss"
