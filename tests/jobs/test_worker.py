"""The queue under workers that die, compete, are cancelled and stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from gis.base.errors import Invalid, NotFound, TooMany, Unauthenticated
from gis.base.progress import Progress
from gis.db.engine import unit_of_work
from gis.db.scope import MAINTENANCE, Scope, scope_of
from gis.jobs import service, store
from gis.jobs.model import Cancelled, Handler, JobFile, JobResult, JobView
from gis.jobs.worker import ATTEMPTS, Pace, Worker, working
from tests.jobs.conftest import Office

pytestmark = pytest.mark.db
QUICK = Pace(look_s=0.01, beat_s=0.02, sweep_s=0.02, stale_s=30, stop_s=0.5)


def submit(office: Office, who: Scope, kind: str = "echo", **params: Any) -> UUID:
    with unit_of_work(office.of(who)) as session:
        return service.submit(session, kind, params, "回声", "echo")


def echo(engine: Engine, params: Mapping[str, Any], progress: Progress, _: Cancelled) -> JobResult:
    progress("一步 / a step", 1, 2)
    return JobResult(dict(params), JobFile("回声.txt", "text/plain", b"said"))


def worker(office: Office, **handlers: Handler) -> Worker:
    return Worker(office.owner, office.web, handlers or {"echo": echo}, QUICK)


def run_one(office: Office, handler: Handler) -> JobView:
    job = submit(office, office.anna)
    assert worker(office, echo=handler).work_once()
    return service.get(office.of(office.anna), job)


def until(what: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


def test_a_job_is_done_and_its_file_kept(office: Office) -> None:
    mine = office.of(office.anna)
    job = submit(office, office.anna, said="你好")
    assert service.get(mine, job).state == "queued"
    assert worker(office).work_once()
    assert not worker(office).work_once(), "it was taken again"
    seen = service.get(mine, job)
    assert (seen.state, seen.done, seen.total, seen.result) == ("done", 2, 2, {"said": "你好"})
    assert (seen.label_zh, seen.label_en, seen.file_name) == ("回声", "echo", "回声.txt")
    assert seen.finished_at is not None
    assert service.file(mine, job) == JobFile("回声.txt", "text/plain", b"said")


def test_nothing_of_somebody_elses_job_is_seen(office: Office) -> None:
    job, theirs = submit(office, office.anna), office.of(office.boris)
    worker(office).work_once()
    assert service.listed(theirs, count=9) == []
    asks: list[Callable[[Engine, UUID], object]] = [service.get, service.file, service.cancel]
    for ask in asks:
        with pytest.raises(NotFound) as caught:
            ask(theirs, job)
        assert caught.value.code == "no_such_job"
    with theirs.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM job")) == 0
    assert [one.id for one in service.listed(office.of(office.anna), count=9)] == [job]


def test_it_runs_in_the_scope_of_whoever_asked(office: Office) -> None:
    seen: list[Scope | None] = []

    def look(engine: Engine, *_: Any) -> JobResult:
        seen.append(scope_of(engine))
        with engine.connect() as connection:
            role, account = connection.execute(text("SELECT current_user, account_id()")).one()
            jobs = connection.scalar(text("SELECT count(*) FROM job"))
        return JobResult({"role": role, "account": account, "jobs": jobs})

    submit(office, office.boris, kind="other")
    told = run_one(office, look)
    assert seen == [office.anna]
    assert told.result == {"role": "wangge_api", "account": office.anna.account_id, "jobs": 1}


def test_a_refusal_is_stored_as_it_was_said(office: Office) -> None:
    def refuse(*_: Any) -> JobResult:
        raise Invalid("no_such_type", "没有", "none", field="types", known=["a"])

    told = run_one(office, refuse)
    assert told.state == "failed"
    assert told.error == {
        "kind": "Invalid", "code": "no_such_type", "zh": "没有", "en": "none", "field": "types",
        "facts": {"known": ["a"]},
    }  # fmt: skip


def test_a_fault_says_nothing_of_the_inside(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    def fault(*_: Any) -> JobResult:
        raise RuntimeError("secret path")

    told = run_one(office, fault)
    assert told.error is not None
    assert (told.state, told.error["code"]) == ("failed", "job_fault")
    assert "secret" not in str(told.error)
    assert "secret path" in caplog.text, "the log knows"


def test_two_workers_never_take_one_job(office: Office) -> None:
    ran: list[int] = []

    def note(_: Engine, params: Mapping[str, Any], *__: Any) -> JobResult:
        ran.append(params["number"])
        return JobResult()

    wanted = set()
    for number in range(2 * service.MOST_OPEN):
        submit(office, office.anna if number % 2 else office.boris, number=number)
        wanted.add(number)

    def drain() -> None:
        while mine.work_once():
            pass

    threads = []
    for _ in range(4):
        mine = worker(office, echo=note)
        threads.append(threading.Thread(target=drain))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ran) == sorted(wanted)


def test_a_dead_worker_loses_its_job_once(office: Office) -> None:
    job = submit(office, office.anna)
    for _ in range(ATTEMPTS):
        dead, other = worker(office), worker(office)
        with unit_of_work(office.owner) as session:
            taken = store.take(session, dead.name, ["echo"], stale_s=30, attempts=ATTEMPTS)
        assert taken is not None
        assert not other.work_once(), "its heart still beats"
        _age(office, job)
    assert not other.work_once(), "tried once too often"
    other.sweep()
    told = service.get(office.of(office.anna), job)
    assert told.error is not None
    assert (told.state, told.error["code"]) == ("failed", "job_lost")


def test_a_worker_that_slept_writes_nothing_about_a_job_that_is_anothers(office: Office) -> None:
    job, entered, go = submit(office, office.anna), threading.Event(), threading.Event()

    def sleeper(*_: Any) -> JobResult:
        entered.set()
        go.wait(60)
        return JobResult({"by": "the sleeper"})

    slow = Worker(office.owner, office.web, {"echo": sleeper}, Pace(beat_s=60))
    thread = threading.Thread(target=slow.work_once)
    thread.start()
    entered.wait(60)
    _age(office, job)
    assert worker(office).work_once(), "taken again"
    go.set()
    thread.join()
    assert service.get(office.of(office.anna), job).result == {}


def _age(office: Office, job: UUID) -> None:
    with office.owner.begin() as connection:
        connection.execute(
            text("UPDATE job SET heartbeat_at = now() - interval '31 s' WHERE id = :id"), {"id": job}
        )


def test_a_heart_beats_while_the_handler_is_busy(office: Office) -> None:
    job = submit(office, office.anna)

    def busy(*_: Any) -> JobResult:
        with office.owner.connect() as connection:
            query = text("SELECT heartbeat_at FROM job WHERE id = :id")
            first = connection.scalar(query, {"id": job})
            connection.rollback()
            until(lambda: connection.scalar(query, {"id": job}) > first or bool(connection.rollback()))
        return JobResult()

    assert worker(office, echo=busy).work_once()
    assert service.get(office.of(office.anna), job).state == "done"


@pytest.mark.parametrize("by", ["asking", "telling"])
def test_a_running_job_sees_that_it_is_cancelled(office: Office, by: str) -> None:
    mine, job = office.of(office.anna), submit(office, office.anna)

    def cancelled_inside(_: Engine, __: Any, progress: Progress, cancelled: Cancelled) -> JobResult:
        service.cancel(mine, job)
        if by == "asking":
            until(cancelled)
        while by == "telling":
            progress("步 / step", 0, 0)
            time.sleep(0.01)
        return JobResult({"not": "kept"})

    assert worker(office, echo=cancelled_inside).work_once()
    told = service.get(mine, job)
    assert (told.state, told.result, told.error) == ("cancelled", None, None)


def test_a_waiting_job_is_cancelled_at_once_and_never_run(office: Office) -> None:
    mine, job = office.of(office.anna), submit(office, office.anna)
    assert service.cancel(mine, job).state == "cancelled"
    assert service.cancel(mine, job).state == "cancelled", "twice is once"
    assert not worker(office).work_once()
    worker(office).sweep()
    with office.owner.connect() as connection:
        assert connection.scalar(text("SELECT state FROM job")) == "cancelled"
        acts = connection.scalars(
            text("SELECT action FROM audit WHERE object_type = 'job' AND object_id = :id ORDER BY seq"),
            {"id": str(job)},
        ).all()
    assert acts == ["job.create", "job.cancel"]


def test_what_is_done_stays_done(office: Office) -> None:
    job = submit(office, office.anna)
    worker(office).work_once()
    assert service.cancel(office.of(office.anna), job).state == "done"


def test_nobody_fills_the_queue(office: Office) -> None:
    jobs = [submit(office, office.anna) for _ in range(service.MOST_OPEN)]
    with pytest.raises(TooMany) as caught:
        submit(office, office.anna)
    assert caught.value.code == "too_many_jobs"
    submit(office, office.boris)
    service.cancel(office.of(office.anna), jobs[0])
    submit(office, office.anna)


@pytest.mark.parametrize("scope", [MAINTENANCE, Scope("anonymous")])
def test_only_people_ask(office: Office, scope: Scope) -> None:
    with pytest.raises(Unauthenticated):
        submit(office, scope)


def test_old_results_are_forgotten(office: Office) -> None:
    old, new = submit(office, office.anna), submit(office, office.anna)
    mine = worker(office)
    while mine.work_once():
        pass
    with office.owner.begin() as connection:
        connection.execute(
            text(
                "UPDATE job SET finished_at = now() - make_interval(days => :days, secs => 1) WHERE id = :id"
            ),
            {"days": service.KEPT_DAYS, "id": old},
        )
    mine.sweep()
    assert [one.id for one in service.listed(office.of(office.anna), count=9)] == [new]


def test_the_queue_is_paged_from_the_latest(office: Office) -> None:
    jobs = [submit(office, office.anna) for _ in range(3)]
    mine = office.of(office.anna)
    first = service.listed(mine, count=2)
    rest = service.listed(mine, count=2, before=first[-1].id)
    assert [one.id for one in [*first, *rest]] == jobs[::-1]


def test_a_worker_that_stops_gives_its_job_back(office: Office) -> None:
    job, entered, go = submit(office, office.anna), threading.Event(), threading.Event()

    def deaf(*_: Any) -> JobResult:
        entered.set()
        go.wait(60)
        return JobResult({"too": "late"})

    with working(worker(office, echo=deaf)) as thread:
        assert entered.wait(60)
    thread.join(60)  # the block waits a while only
    told = service.get(office.of(office.anna), job)
    go.set()
    assert (told.state, told.done) == ("queued", 0)
    assert worker(office).work_once()
    assert service.get(office.of(office.anna), job).state == "done"


def test_work_begins_by_itself(office: Office) -> None:
    with working(worker(office)):
        job = submit(office, office.anna)
        until(lambda: service.get(office.of(office.anna), job).state == "done")
