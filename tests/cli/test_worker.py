"""`wangge worker` as a process: it takes what waits, and a signal ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.database import ROOT

pytestmark = pytest.mark.db


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_it_waits_for_jobs_and_ends_when_told(engine: Engine, tmp_path: Path, number: signal.Signals) -> None:
    url = engine.url.render_as_string(hide_password=False)
    env = os.environ | {
        "WANGGE_DATABASE_URL": url,
        "WANGGE_STATE_DIR": str(tmp_path),
        "PYTHONPATH": str(ROOT),
    }
    child = subprocess.Popen(
        [sys.executable, "-m", "gis.cli", "worker"], env=env, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    try:
        assert "后台任务已启动" in child.stdout.readline()
        child.send_signal(number)
        assert child.wait(60) == 128 + number, "it hangs"
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
