"""A real server in a process of its own, for tests that stop, kill and start it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from gis.db.cluster import Cluster
from gis.db.cluster_place import find_place
from tests.database import ROOT, STATE

READY_WITHIN_S = 120.0


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def start(state_dir: Path, port: int, *command: str, **more: str) -> subprocess.Popen[str]:
    """`wangge serve` (or another command) on `port`; its output goes to `state_dir`/<port>.log."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("WANGGE_")}
    environment |= {"WANGGE_STATE_DIR": str(state_dir), "WANGGE_PORT": str(port)} | more
    with (state_dir / f"{port}.log").open("a") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "gis.cli", *(command or ("serve",))],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            text=True,
        )


def wait_ready(process: subprocess.Popen[str], port: int, within_s: float = READY_WITHIN_S) -> float:
    """Wait for `/readyz` to say 200; the seconds it took."""
    begun = time.monotonic()
    while time.monotonic() < begun + within_s:
        assert process.poll() is None, f"the server ended with {process.returncode}"
        try:
            if httpx2.get(f"http://127.0.0.1:{port}/readyz", timeout=10).status_code == 200:
                return time.monotonic() - begun
        except httpx2.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"not ready within {within_s} s")


@contextmanager
def state_folder(kind: str) -> Iterator[Path]:
    """An empty state folder for a cluster of its own; at the end both are gone."""
    folder = STATE / "clusters" / f"{kind}-{os.getpid()}-{time.monotonic_ns()}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        Cluster(folder).stop("immediate")
        home = find_place(folder).home
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def running(
    state_dir: Path, port: int, *command: str, within_s: float = READY_WITHIN_S, **more: str
) -> Iterator[subprocess.Popen[str]]:
    """The server, ready; killed at the end if it still runs."""
    process = start(state_dir, port, *command, **more)
    try:
        wait_ready(process, port, within_s)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
