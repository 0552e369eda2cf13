"""Workflow templates: which there are, what they allow, and a city's own."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import JSONResponse, Response

from api.answers import text_answer
from api.bodies import body_of, told
from api.deps import EngineDep
from api.numbers import PlainInt
from api.workflow_schemas import WorkflowCheck, WorkflowDetail, WorkflowIn, WorkflowList
from gis.events.workflow import reading
from gis.events.workflow.lint import lint
from gis.events.workflow.templates import create_workflow

router = APIRouter(prefix="/workflows", tags=["workflows"])


@router.get("", response_model=WorkflowList)
def list_workflows(engine: EngineDep) -> Response:
    """The templates in force; an event follows the most particular one for its area, category and source."""
    return text_answer(f'{{"items":{reading.list_workflows(engine)}}}')


@router.get("/{code}", response_model=WorkflowDetail)
def read_workflow(
    engine: EngineDep,
    code: Annotated[str, Path(max_length=24)],
    version: Annotated[PlainInt | None, Query(ge=1, le=10_000)] = None,
) -> Response:
    """A template: its states with their limits, and every step with who may take it. The newest unless asked."""
    return text_answer(json.dumps(reading.read_workflow(engine, code, version), ensure_ascii=False))


@router.post(
    "",
    status_code=201,
    response_model=WorkflowDetail,
    openapi_extra=dict(told(WorkflowIn)),
    responses={200: {"model": WorkflowCheck, "description": "What a dry run found"}},
)
def create_workflow_version(
    engine: EngineDep,
    given: Annotated[WorkflowIn, Depends(body_of(WorkflowIn))],
    dry_run: Annotated[bool, Query(description="只检查，不保存 / check and keep nothing")] = False,
) -> Response:
    """Make a city's own template, or its next version; events that follow an earlier one keep it.

    422 `bad_workflow` lists what is wrong with it: states that are never reached, dead ends, waiting without a limit,
    closing by whoever did the work, words nobody knows.
    """
    template = given.model_dump(by_alias=True, mode="json")
    if dry_run:
        return JSONResponse({"faults": lint(template)}, headers={"Cache-Control": "no-store"})
    made = create_workflow(engine, template)
    return JSONResponse(made, 201, {"Cache-Control": "no-store"})
