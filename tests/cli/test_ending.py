"""Signals end a command whatever it is at, and it ends without taking the interpreter down."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from tests.database import ROOT

HEAD = """
import atexit, signal, sys, threading, time
from gis.cli.ending import SAME_S, until_told
tell = lambda number=signal.SIGTERM: signal.raise_signal(number)
"""
SWALLOWED = """
class Deaf:
    def __del__(self):
        tell()
for_ever = threading.Thread(target=time.sleep, args=(3600,), daemon=True)
for_ever.start()
with until_told() as told:
    deaf = Deaf()
    del deaf
    print("went on", flush=True)
    told.wait(for_ever)
"""
AT_ONCE = """
atexit.register(time.sleep, 3600)
with until_told():
    print("went on")
    tell(signal.SIGINT)
"""
AGAIN = """
with until_told():
    try:
        tell()
    finally:
        tell()
        print("went on", flush=True)
        time.sleep(SAME_S + 0.1)
        tell()
        time.sleep(3600)
"""
ENDED = """
with until_told():
    try:
        tell(signal.SIGHUP)
    except SystemExit:
        print("went on")
"""
IGNORED = """
signal.signal(signal.SIGHUP, signal.SIG_IGN)
with until_told() as told:
    tell(signal.SIGHUP)
    told.heed()
    print("went on")
assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
sys.exit(7)
"""


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(SWALLOWED, 128 + 15, id="raised where Python drops it"),
        pytest.param(AT_ONCE, 128 + 2, id="the interpreter would hang"),
        pytest.param(AGAIN, 128 + 15, id="cleaning up hangs"),
        pytest.param(ENDED, 0, id="the block ends as it should"),
        pytest.param(IGNORED, 7, id="ignored by whoever started us"),
    ],
)
def test_a_signal_ends_the_process(body: str, code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HEAD + textwrap.dedent(body)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (code, "went on\n"), done.stderr
    assert ("Exception ignored" in done.stderr) == (body == SWALLOWED)
