"""Jobs as JSON: the same members whichever kind, a failure as a problem document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from fastapi import Request
from pydantic import AwareDatetime, BaseModel, Field
from starlette.responses import JSONResponse, Response

from api.errors import STATUS, TITLES
from api.text import speaks_english
from gis.jobs.model import JobView

NO_STORE = {"Cache-Control": "private, no-store"}
_STATUS = {kind.__name__: status for kind, status in STATUS.items()}


class JobMade(BaseModel):
    """A job that was put into the queue; `GET /api/v1/jobs/{job}` tells how far it is."""

    job: UUID


class JobOut(BaseModel):
    """One of my jobs. `error` is a problem document; `file` the name of the file it made."""

    id: UUID
    kind: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    step: str
    done: int
    total: int = Field(description="0: not known yet")
    label_zh: str
    label_en: str
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    file: str | None
    cancelled_at: AwareDatetime | None
    created_at: AwareDatetime
    started_at: AwareDatetime | None
    finished_at: AwareDatetime | None


class JobList(BaseModel):
    """My jobs, the latest first; `next` is the cursor of the page after."""

    items: list[JobOut]
    next: str | None


def accepted(job: UUID) -> Response:
    """202: it is in the queue, and where to ask for it."""
    return JSONResponse({"job": str(job)}, 202, NO_STORE | {"Location": f"/api/v1/jobs/{job}"})


def job_view(request: Request, job: JobView, *, whole: bool) -> dict[str, Any]:
    """A job as JSON values; its result and file only where it is `whole`."""
    moments = ("cancelled_at", "created_at", "started_at", "finished_at")
    return {
        "id": str(job.id),
        "kind": job.kind,
        "state": job.state,
        "step": job.step,
        "done": job.done,
        "total": job.total,
        "label_zh": job.label_zh,
        "label_en": job.label_en,
        "result": job.result if whole else None,
        "error": None if job.error is None else _problem(request, job.error),
        "file": job.file_name if whole else None,
        **{name: None if (at := getattr(job, name)) is None else at.isoformat() for name in moments},
    }


def _problem(request: Request, error: Mapping[str, Any]) -> dict[str, Any]:
    english = speaks_english(request)
    status = _STATUS.get(error["kind"], 500)
    told = {
        "type": f"urn:wangge:problem:{error['code']}",
        "title": TITLES[status][english],
        "status": status,
        "code": error["code"],
        "detail": error["en"] if english else error["zh"],
        "detail_en": error["en"],
    }
    if error["field"] is not None:
        told["field"] = error["field"]
    return {**error["facts"], **told}
