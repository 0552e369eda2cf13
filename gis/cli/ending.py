"""Ending when told: Ctrl-C, SIGTERM or a closed terminal end a command that otherwise runs for ever, always and soon."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

LOOK_S = 0.5
SAME_S = 1.0
"""Signals this close are one message that came by two ways: from the terminal, and from whoever started us."""


class Told:
    """Whether a signal told the process to end.

    The handler raises, so that whatever the main thread is at ends; but Python drops what is raised inside a
    `__del__` or the callback of a weak reference, and each import runs some. So it is noted as well, and asked for
    (`heed`) before anything that waits.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self._at = 0.0

    def heed(self) -> None:
        """Raise what the signal means, if there was one."""
        if self.number is not None:
            raise KeyboardInterrupt if self.number == signal.SIGINT else SystemExit(128 + self.number)

    def wait(self, thread: threading.Thread) -> None:
        """Wait until told to end, or until the thread has ended by itself."""
        while thread.is_alive():
            self.heed()
            thread.join(LOOK_S)
        self.heed()

    def hear(self, number: int, _: FrameType | None) -> None:
        """The handler. Who says it again, because cleaning up takes long, is obeyed at once."""
        if self.number is None:
            self.number, self._at = number, time.monotonic()
            self.heed()
        elif time.monotonic() - self._at > SAME_S:
            os._exit(128 + number)


@contextmanager
def until_told() -> Iterator[Told]:
    """Hear the signals while the block lasts; when one came, the process ends with the block.

    It ends without taking the interpreter down: that costs seconds of a busy machine for thousands of modules, and may
    wait for ever for a lock that a thread held which is no more. All that must be done is done in the block.
    Signals that whoever started us had ignored (`nohup`) stay ignored.
    """
    told = Told()
    if threading.current_thread() is not threading.main_thread():
        yield told
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _as_terminated if number == signal.SIGHUP else told.hear)
    try:
        yield told
    except (KeyboardInterrupt, SystemExit) as ended:
        if told.number is None:
            raise
        _leave(128 + signal.SIGINT if isinstance(ended, KeyboardInterrupt) else ended.code)
    else:
        if told.number is not None:
            _leave(0)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)


def _as_terminated(*_: object) -> None:
    """A closed terminal: told to whoever listens to SIGTERM by now, the web server while it serves."""
    os.kill(os.getpid(), signal.SIGTERM)


def _leave(code: object) -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # nobody reads it any more
            stream.flush()
    os._exit(code if isinstance(code, int) else 1)
