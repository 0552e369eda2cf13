"""The only file that reads or writes the queue."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from gis.db.scope import Scope
from gis.db.sql import load
from gis.jobs.model import JobFile, JobResult, JobView, Taken, Told, scope_as_json, scope_from_json

PACKAGE = "gis.jobs"


def _json(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, allow_nan=False)


def lock_account(session: Session, account_id: int) -> None:
    """Wait until no other submission of this account is under way."""
    session.execute(load(PACKAGE, "lock_account"), {"account_id": account_id})


def count_open(session: Session, account_id: int) -> int:
    """How many jobs of an account wait or run."""
    return int(session.scalar(load(PACKAGE, "count_open"), {"account_id": account_id}) or 0)


def add(
    session: Session, job: UUID, kind: str, params: Mapping[str, Any], labels: tuple[str, str], scope: Scope
) -> None:
    """Put a job into the queue, with the scope it will run in."""
    values = {
        "id": job,
        "kind": kind,
        "label_zh": labels[0],
        "label_en": labels[1],
        "params": _json(params),
        "account_id": scope.account_id,
        "actor": scope.actor,
        "scope": _json(scope_as_json(scope)),
    }
    session.execute(load(PACKAGE, "submit"), values)


def listed(
    session: Session, account_id: int, *, job: UUID | None = None, before: UUID | None = None, count: int = 1
) -> list[JobView]:
    """Jobs of an account, the latest first."""
    values = {"account_id": account_id, "id": job, "before": before, "count": count}
    rows = session.execute(load(PACKAGE, "listed"), values).mappings()
    return [JobView(**row) for row in rows]


def file(session: Session, account_id: int, job: UUID) -> JobFile | None:
    """The file of a job that is done."""
    row = session.execute(load(PACKAGE, "file"), {"account_id": account_id, "id": job}).one_or_none()
    return None if row is None else JobFile(row.file_name, row.file_type, bytes(row.file_bytes))


def cancel(session: Session, account_id: int, job: UUID) -> bool:
    """Ask that a job ends; whether that is new."""
    done: Any = session.execute(load(PACKAGE, "cancel"), {"account_id": account_id, "id": job})
    return bool(done.rowcount)


def take(
    session: Session, worker: str, kinds: Iterable[str], *, stale_s: float, attempts: int
) -> Taken | None:
    """The oldest job of these kinds that waits or lost its worker, now this worker's."""
    values = {"worker": worker, "kinds": sorted(kinds), "stale_s": stale_s, "attempts": attempts}
    row = session.execute(load(PACKAGE, "take"), values).one_or_none()
    return None if row is None else Taken(row.id, row.kind, row.params, scope_from_json(row.scope))


def beat(session: Session, worker: str, job: UUID, told: Told) -> bool | None:
    """Say that the worker lives; whether the job is to end, None when it is not this worker's any more."""
    values = {"id": job, "worker": worker, "step": told.step, "done": told.done, "total": told.total}
    found: bool | None = session.scalar(load(PACKAGE, "beat"), values)
    return found


def finish(
    session: Session,
    worker: str,
    job: UUID,
    state: str,
    outcome: JobResult | None = None,
    error: Mapping[str, Any] | None = None,
) -> bool:
    """Write the end of a job; False when it is not this worker's any more."""
    made = outcome.file if outcome else None
    values = {
        "id": job,
        "worker": worker,
        "state": state,
        "result": _json(outcome.result if outcome else None),
        "error": _json(error),
        "file_name": made.name if made else None,
        "file_type": made.media_type if made else None,
        "file_bytes": made.content if made else None,
    }
    done: Any = session.execute(load(PACKAGE, "finish"), values)
    return bool(done.rowcount)


def release(session: Session, worker: str) -> None:
    """Give back what this worker has."""
    session.execute(load(PACKAGE, "release"), {"worker": worker})


def sweep(
    session: Session, *, stale_s: float, attempts: int, kept_days: int, lost: Mapping[str, Any]
) -> None:
    """End what nobody will run, with the reason `lost`, and forget what ended long ago."""
    values = {"stale_s": stale_s, "attempts": attempts, "error": _json(lost)}
    session.execute(load(PACKAGE, "sweep_open"), values)
    session.execute(load(PACKAGE, "sweep_old"), {"kept_days": kept_days})
