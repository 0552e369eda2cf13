"""Takes jobs from the queue one at a time and runs them in the scope of whoever asked.

The queue is worked on as the owner of the tables; a handler gets the engine of the web edge, whose role sees no
more than its scope allows. A heartbeat keeps the job while the handler is busy, also inside compiled code; a
worker that lost its job (it slept, the database was away) writes nothing more about it.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from gis.base.errors import TooLarge, Unavailable, WanggeError
from gis.db.engine import unit_of_work
from gis.db.scope import scoped
from gis.jobs import store
from gis.jobs.model import Handler, JobCancelled, JobResult, Taken, Told, problem_of
from gis.jobs.service import KEPT_DAYS

ATTEMPTS = 2
NOTICE_S = 0.1
LARGEST_FILE = 256 << 20
log = logging.getLogger("wangge.jobs")


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: between looks into the empty queue, heartbeats, sweeps; after which a silent worker is dead."""

    look_s: float = 0.5
    beat_s: float = 1.0
    sweep_s: float = 60.0
    stale_s: float = 30.0
    stop_s: float = 1.0


LOST = problem_of(
    Unavailable("job_lost", "任务运行中断，请重试", "the job was interrupted twice; please try again")
)
FAULT = problem_of(
    WanggeError("job_fault", "任务出错，请联系管理员", "the job failed by a fault of the program")
)


class Worker:
    """One worker: `queue` is the owner's engine, `asker` the web edge's, which each job gets in its scope."""

    def __init__(
        self, queue: Engine, asker: Engine, handlers: Mapping[str, Handler], pace: Pace | None = None
    ) -> None:
        self.name = secrets.token_hex(8)
        self._queue, self._asker = queue, asker
        self._handlers = dict(handlers)
        self._pace = pace or Pace()
        self._over = threading.Event()

    def run(self) -> None:
        """Work until `stop`; what was begun then is given back."""
        since_sweep = self._pace.sweep_s
        while not self._over.is_set():
            try:
                if since_sweep >= self._pace.sweep_s:
                    self.sweep()
                    since_sweep = 0.0
                worked = self.work_once()
            except SQLAlchemyError as error:  # the database is away: asked again at the next look
                log.warning("the queue is away: %s", type(error).__name__)
                worked = False
            if not worked:
                since_sweep += self._pace.look_s
                self._over.wait(self._pace.look_s)

    def stop(self) -> None:
        """Let `run` end: at once when idle, else when its job is given back."""
        self._over.set()

    @property
    def patience_s(self) -> float:
        """How long to wait for `run` to end after `stop`."""
        return NOTICE_S + self._pace.stop_s + 3.0

    def sweep(self) -> None:
        """End what nobody will run, forget what is old."""
        with unit_of_work(self._queue) as session:
            store.sweep(
                session, stale_s=self._pace.stale_s, attempts=ATTEMPTS, kept_days=KEPT_DAYS, lost=LOST
            )

    def work_once(self) -> bool:
        """Take one job and run it to its end; False when there was none."""
        with unit_of_work(self._queue) as session:
            job = store.take(
                session, self.name, self._handlers, stale_s=self._pace.stale_s, attempts=ATTEMPTS
            )
        if job is None:
            return False
        told, ended = Told(), threading.Event()
        runner = threading.Thread(target=self._run, args=(job, told, ended), name="job", daemon=True)
        runner.start()
        self._watch(job, told, ended)
        return True

    def _watch(self, job: Taken, told: Told, ended: threading.Event) -> None:
        """Beat until the handler ends, the job is somebody else's, or the worker stops."""
        last = time.monotonic()
        while not ended.wait(min(NOTICE_S, self._pace.beat_s)):
            if self._over.is_set():
                told.cancelled = True
                self._give_back(ended)
                return
            if time.monotonic() - last < self._pace.beat_s:
                continue
            last = time.monotonic()
            try:
                with unit_of_work(self._queue) as session:
                    cancelled = store.beat(session, self.name, job.id, told)
            except SQLAlchemyError as error:
                log.warning("no heartbeat: %s", type(error).__name__)
                continue
            if cancelled is None:
                told.cancelled = True
                return
            told.cancelled = told.cancelled or cancelled

    def _give_back(self, ended: threading.Event) -> None:
        """The worker stops: its job waits again, for another. Then the handler has a moment to end."""
        try:
            with unit_of_work(self._queue) as session:
                store.release(session, self.name)
        except SQLAlchemyError as error:  # it will be taken when its heartbeat is old
            log.warning("not given back: %s", type(error).__name__)
        ended.wait(self._pace.stop_s)

    def _run(self, job: Taken, told: Told, ended: threading.Event) -> None:
        try:
            self._finish(job, told, *self._handled(job, told))
        except SQLAlchemyError as error:  # left to whoever takes it next
            log.warning("the end of a job was not written: %s", type(error).__name__)
        finally:
            ended.set()

    def _handled(self, job: Taken, told: Told) -> tuple[JobResult | None, dict[str, object] | None]:
        """What the handler made of it, or why not; neither when it was cancelled."""

        def progress(step: str, done: int, total: int) -> None:
            if told.cancelled:
                raise JobCancelled
            told.step, told.done, told.total = step, done, total

        try:
            engine = scoped(self._asker, job.scope)
            made = self._handlers[job.kind](engine, job.params, progress, lambda: told.cancelled)
            _refuse_large(made)
        except JobCancelled:
            told.cancelled = True
            return None, None
        except WanggeError as error:
            return None, problem_of(error)
        except Exception as error:
            log.error("job %s (%s) failed: %s", job.id, job.kind, type(error).__name__, exc_info=error)
            return None, FAULT
        return made, None

    def _finish(
        self, job: Taken, told: Told, made: JobResult | None, error: dict[str, object] | None
    ) -> None:
        with unit_of_work(self._queue) as session:
            if store.beat(session, self.name, job.id, told):
                told.cancelled = True  # asked for since the last heartbeat
            state = "cancelled" if told.cancelled else "failed" if error else "done"
            if told.cancelled:
                made, error = None, None
            if not store.finish(session, self.name, job.id, state, made, error):
                log.warning("job %s ended, but is not ours any more", job.id)


def _refuse_large(made: JobResult) -> None:
    if made.file is not None and len(made.file.content) > LARGEST_FILE:
        raise TooLarge(
            "file_too_large",
            f"结果文件超过 {LARGEST_FILE >> 20} MB，请缩小区域",
            f"the file is larger than {LARGEST_FILE >> 20} MB; ask about a smaller area",
            limit=LARGEST_FILE,
        )


@contextmanager
def working(worker: Worker) -> Iterator[threading.Thread]:
    """Let a worker work on a thread while the block lasts; it is stopped soon."""
    thread = threading.Thread(target=worker.run, name="jobs", daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        worker.stop()
        thread.join(timeout=worker.patience_s)
