"""My jobs: how far they are, what came out, their files. Nobody sees another's."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import JSONResponse, Response

from api.cursor import read_word_cursor, write_word_cursor
from api.deps import CallerDep, EngineDep, SettingsDep, no_body
from api.job_handlers import KINDS
from api.job_views import NO_STORE, JobList, JobOut, job_view
from api.numbers import PlainInt
from gis.accounts.model import Caller
from gis.base.errors import Forbidden
from gis.coverage.scope import PEOPLE
from gis.events.readers import read_uuid7
from gis.jobs import service
from gis.jobs.model import JobView

router = APIRouter(prefix="/jobs", tags=["jobs"])
Asked = Annotated[str, Path(max_length=40)]


def _whole(caller: Caller, job: JobView) -> bool:
    """Whether the result may still be had: whoever lost the permission, or shows a lesser token, gets none.

    Nor does who was moved: it holds the numbers of every area its asker held then, so they must be held now.
    """
    kind = KINDS.get(job.kind)
    if kind is None:
        return True
    return kind.permission in caller.permissions and not {kind.permission, PEOPLE} & set(job.lost)


@router.get("", response_model=JobList)
def list_jobs(
    request: Request,
    engine: EngineDep,
    settings: SettingsDep,
    caller: CallerDep,
    limit: Annotated[PlainInt, Query(ge=1, le=100)] = 50,
    cursor: Annotated[str | None, Query(description="`next` of the page before", max_length=400)] = None,
) -> Response:
    """My jobs of the last days, the latest first."""
    bound = ("jobs", caller.account_id)
    before = None if cursor is None else UUID(read_word_cursor(settings.cursor_secret, bound, cursor))
    found = service.listed(engine, count=limit + 1, before=before)
    page = found[:limit]
    following = (
        write_word_cursor(settings.cursor_secret, bound, str(page[-1].id)) if len(found) > limit else None
    )
    items = [job_view(request, job, whole=_whole(caller, job)) for job in page]
    return JSONResponse({"items": items, "next": following}, headers=NO_STORE)


@router.get("/{job}", response_model=JobOut)
def read_job(request: Request, engine: EngineDep, caller: CallerDep, job: Asked) -> Response:
    """How far a job of mine is, and what came out."""
    found = service.get(engine, read_uuid7(job, "job"))
    return JSONResponse(job_view(request, found, whole=_whole(caller, found)), headers=NO_STORE)


@router.delete("/{job}", response_model=JobOut, dependencies=[Depends(no_body)])
def cancel_job(request: Request, engine: EngineDep, caller: CallerDep, job: Asked) -> Response:
    """Cancel a job of mine; one that has ended stays as it is. Cancelled twice is cancelled."""
    found = service.cancel(engine, read_uuid7(job, "job"))
    return JSONResponse(job_view(request, found, whole=_whole(caller, found)), headers=NO_STORE)


@router.get(
    "/{job}/file",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "文件 / a file"}},
)
def read_job_file(engine: EngineDep, caller: CallerDep, job: Asked) -> Response:
    """The file a job of mine made."""
    asked = read_uuid7(job, "job")
    if not _whole(caller, service.get(engine, asked)):
        raise Forbidden("permission_denied", "您的角色没有此项权限", "Your roles do not allow this")
    made = service.file(engine, asked)
    ending = quote(made.name.rpartition(".")[2])
    disposition = f"attachment; filename=\"result.{ending}\"; filename*=UTF-8''{quote(made.name)}"
    return Response(
        made.content, media_type=made.media_type, headers=NO_STORE | {"Content-Disposition": disposition}
    )
