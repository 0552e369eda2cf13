"""Duties come round, one that fails does not stop the others, and stopping stops."""

from __future__ import annotations

import logging
import threading
from typing import Any, cast

import pytest
from sqlalchemy import Engine

from gis.jobs.duties import Duties, Duty, attending

NO_ENGINE = cast("Engine", None)


def test_a_failing_duty_does_not_stop_another(caplog: pytest.LogCaptureFixture) -> None:
    seen, enough = [], threading.Event()

    def bad(engine: Any) -> bool:
        raise RuntimeError("broken")

    def good(engine: Any) -> bool:
        seen.append(1)
        if len(seen) == 3:
            enough.set()
        return len(seen) < 3

    with (
        caplog.at_level(logging.ERROR),
        attending(Duties(NO_ENGINE, [Duty("bad", 60, bad), Duty("good", 60, good)])),
    ):
        assert enough.wait(60), "True asks to be called again at once"
    assert "duty bad failed" in caplog.text
    assert len(seen) == 3


def test_stopping_ends_the_thread() -> None:
    begun = threading.Event()

    def duty(engine: Any) -> bool:
        begun.set()
        return True

    with attending(Duties(NO_ENGINE, [Duty("busy", 0, duty)])) as thread:
        assert begun.wait(60)
    thread.join(60)  # the block waits a while only
    assert not thread.is_alive()
