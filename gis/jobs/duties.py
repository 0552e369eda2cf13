"""What the worker does by itself, again and again: timers, deliveries, sweeps. A fault of one never stops another."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

LOOK_S = 0.2
STOP_S = 3.0
log = logging.getLogger("wangge.duties")


@dataclass(frozen=True, slots=True)
class Duty:
    """`run` is called with the owner's engine every `every_s` seconds; True asks to be called again at once.

    Several workers may run the same duty at the same moment: what it takes it must lock (SKIP LOCKED).
    """

    name: str
    every_s: float
    run: Callable[[Engine], bool]


class Duties:
    """Runs duties in turn on one thread, apart from jobs, so that a long job delays no clock."""

    def __init__(self, engine: Engine, duties: Sequence[Duty]) -> None:
        self._engine = engine
        self._duties = tuple(duties)
        self._over = threading.Event()

    def run(self) -> None:
        """Work until `stop`."""
        due = dict.fromkeys((duty.name for duty in self._duties), 0.0)
        while not self._over.is_set():
            for duty in self._duties:
                if self._over.is_set():
                    return
                if time.monotonic() >= due[duty.name]:
                    again = self.attend(duty)
                    due[duty.name] = time.monotonic() + (0.0 if again else duty.every_s)
            self._over.wait(LOOK_S)

    def attend(self, duty: Duty) -> bool:
        """Run a duty once; a failure is logged and the duty waits for its next turn."""
        try:
            return duty.run(self._engine)
        except SQLAlchemyError as error:  # the database is away, or came back: asked again in its turn
            log.warning("duty %s was not done: %s", duty.name, type(error).__name__)
            return False
        except Exception as error:
            log.error("duty %s failed: %s", duty.name, type(error).__name__, exc_info=error)
            return False

    def stop(self) -> None:
        """Let `run` end after the duty it is at."""
        self._over.set()


@contextmanager
def attending(duties: Duties) -> Iterator[threading.Thread]:
    """Let duties be attended to on a thread while the block lasts."""
    thread = threading.Thread(target=duties.run, name="duties", daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        duties.stop()
        thread.join(timeout=STOP_S)
