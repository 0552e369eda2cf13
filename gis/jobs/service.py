"""What an account does with its jobs: ask, look, cancel, take the file home."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from gis.accounts.audit import record
from gis.base.errors import NotFound, TooMany, Unauthenticated
from gis.base.ids import uuid7
from gis.db.engine import unit_of_work
from gis.db.scope import OPTION, Scope
from gis.jobs import store
from gis.jobs.model import JobFile, JobView

MOST_OPEN = 5
"""Jobs an account may have waiting or running at once."""
RETRY_S = 30
KEPT_DAYS = 7
"""How long results and files are kept after the end of a job."""


def submit(
    session: Session,
    kind: str,
    params: Mapping[str, Any],
    label_zh: str,
    label_en: str,
    *,
    area_id: int | None = None,
) -> UUID:
    """Put a job into the queue in the transaction of `session`, on record (`job.create`); its id.

    It will run in the scope the session has now. `params` are plain JSON values without secrets; `area_id` is the
    scope area of the audit row. Raises `TooMany` (`too_many_jobs`), `Unauthenticated` where nobody is logged in.
    """
    scope, account = _asker(session)
    store.lock_account(session, account)
    if store.count_open(session, account) >= MOST_OPEN:
        raise TooMany(
            "too_many_jobs",
            f"您已有 {MOST_OPEN} 个任务在排队或运行，请等其完成或取消后再试",
            f"You have {MOST_OPEN} jobs waiting or running; wait for one to end, or cancel one",
            retry_after_s=RETRY_S,
            limit=MOST_OPEN,
        )
    job = uuid7()
    store.add(session, job, kind, params, (label_zh, label_en), scope)
    record(session, "job.create", "job", job, area_id=area_id, details={"kind": kind})
    return job


def get(engine: Engine, job: UUID) -> JobView:
    """One of the asker's own jobs; NotFound `no_such_job` for any other."""
    with unit_of_work(engine) as session:
        return _own(session, job)


def listed(engine: Engine, *, count: int, before: UUID | None = None) -> list[JobView]:
    """The asker's own jobs, the latest first, those asked for before `before`."""
    with unit_of_work(engine) as session:
        return store.listed(session, _asker(session)[1], before=before, count=count)


def file(engine: Engine, job: UUID) -> JobFile:
    """The file of one of the asker's own jobs; NotFound `no_such_job`, `no_file`."""
    with unit_of_work(engine) as session:
        seen = _own(session, job)
        found = store.file(session, _asker(session)[1], seen.id)
    if found is None:
        raise NotFound("no_file", "此任务没有文件", "This job has no file")
    return found


def cancel(engine: Engine, job: UUID) -> JobView:
    """End one of the asker's own jobs, on record (`job.cancel`); one that has ended stays as it is."""
    with unit_of_work(engine) as session:
        seen = _own(session, job)
        if store.cancel(session, _asker(session)[1], job):
            record(session, "job.cancel", "job", job, details={"kind": seen.kind})
        return _own(session, job)


def _own(session: Session, job: UUID) -> JobView:
    found = store.listed(session, _asker(session)[1], job=job)
    if not found:
        raise NotFound("no_such_job", "没有这个任务", "There is no such job")
    return found[0]


def _asker(session: Session) -> tuple[Scope, int]:
    """The scope of the session's engine, and whose it is."""
    bind: Engine | Connection = session.get_bind()
    scope: Scope | None = bind.get_execution_options().get(OPTION)
    if scope is None or scope.account_id is None or scope.maintenance:
        raise Unauthenticated("login_required", "请先登录", "Please log in first")
    return scope, scope.account_id
