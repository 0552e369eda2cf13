"""Scenarios: edits that somebody asks “what if” with, compared, shared by their address, and adopted."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from starlette.responses import JSONResponse, Response

from api.answers import has_already
from api.bodies import IfMatch, body_of, if_match, told
from api.coverage_views import json_answer
from api.cursor import read_word_cursor, write_word_cursor
from api.deps import CallerDep, EngineDep, SettingsDep, no_body
from api.numbers import PlainInt
from api.planning_schemas import Adopted, ComparisonOut, ScenarioChange, ScenarioIn, ScenarioList, ScenarioOut
from api.planning_views import committed_view, comparison_view, scenario_view
from api.questions import QuestionDep, cache_dir
from gis.coverage import editing, scenarios
from gis.coverage.compare import comparison_for
from gis.coverage.scenarios import Scenario
from gis.events.readers import read_uuid7

router = APIRouter(prefix="/scenarios", tags=["scenarios"])
NO_STORE = {"Cache-Control": "private, no-store"}
Asked = Annotated[str, Path(max_length=40)]


def _answer(one: Scenario, status: int = 200) -> Response:
    return JSONResponse(scenario_view(one), status, NO_STORE | {"ETag": _tag(one)})


def _tag(one: Scenario) -> str:
    return f'"{one.version}"'


@router.get("", response_model=ScenarioList)
def list_scenarios(
    engine: EngineDep,
    settings: SettingsDep,
    caller: CallerDep,
    limit: Annotated[PlainInt, Query(ge=1, le=100)] = 50,
    cursor: Annotated[str | None, Query(description="`next` of the page before", max_length=400)] = None,
) -> Response:
    """My scenarios, and those of the areas I plan in; the newest first."""
    bound = ("scenarios", caller.account_id)
    before = None if cursor is None else UUID(read_word_cursor(settings.cursor_secret, bound, cursor))
    found = scenarios.list_scenarios(engine, limit + 1, before)
    page = found[:limit]
    more = len(found) > limit
    following = write_word_cursor(settings.cursor_secret, bound, str(page[-1].id)) if more else None
    return JSONResponse({"items": [scenario_view(one) for one in page], "next": following}, headers=NO_STORE)


@router.post("", status_code=201, response_model=ScenarioOut, openapi_extra=dict(told(ScenarioIn)))
def create_scenario(
    engine: EngineDep, settings: SettingsDep, given: Annotated[ScenarioIn, Depends(body_of(ScenarioIn))]
) -> Response:
    """Save a scenario; each edit is checked against the place as it is."""
    made = scenarios.create_scenario(
        engine,
        given.name,
        given.edits,
        note=given.note,
        question=given.question.model_dump(exclude_none=True),
        cache_dir=cache_dir(settings),
    )
    answer = _answer(made, 201)
    answer.headers["Location"] = f"/api/v1/scenarios/{made.id}"
    return answer


@router.get("/{scenario}", response_model=ScenarioOut)
def read_scenario(request: Request, engine: EngineDep, scenario: Asked) -> Response:
    """One scenario; its address may be sent to others, who see what they may see."""
    found = scenarios.read_scenario(engine, read_uuid7(scenario, "scenario"))
    if has_already(request, _tag(found)):
        return Response(status_code=304, headers=NO_STORE | {"ETag": _tag(found)})
    return _answer(found)


@router.patch("/{scenario}", response_model=ScenarioOut, openapi_extra=dict(told(ScenarioChange)))
def update_scenario(
    engine: EngineDep,
    settings: SettingsDep,
    scenario: Asked,
    version: IfMatch,
    given: Annotated[ScenarioChange, Depends(body_of(ScenarioChange))],
) -> Response:
    """Change name, note, edits or question; If-Match carries the scenario's ETag."""
    values = given.model_dump(exclude_unset=True, exclude_none=True)
    asked = read_uuid7(scenario, "scenario")
    return _answer(scenarios.change_scenario(engine, asked, version, values, cache_dir=cache_dir(settings)))


@router.delete("/{scenario}", status_code=204, response_class=Response, dependencies=[Depends(no_body)])
def delete_scenario(engine: EngineDep, scenario: Asked, version: IfMatch) -> Response:
    """Delete a scenario; If-Match carries its ETag."""
    scenarios.delete_scenario(engine, read_uuid7(scenario, "scenario"), version)
    return Response(status_code=204, headers=NO_STORE)


@router.get("/{scenario}/comparison", response_model=ComparisonOut)
def compare_scenario(
    request: Request, engine: EngineDep, settings: SettingsDep, scenario: Asked, question: QuestionDep
) -> Response:
    """A question on the place as it is and in the scenario, side by side, building by building."""
    asked = read_uuid7(scenario, "scenario")
    found, place = comparison_for(engine, asked, question, cache_dir(settings))
    return json_answer(request, comparison_view(found, place, asked))


async def _version(
    given: Annotated[str, Header(alias="If-Match", description='ETag, `"3"`; optional', max_length=200)] = "",
) -> int | None:
    return await if_match(given) if given else None


@router.post("/{scenario}/adopt", response_model=Adopted, dependencies=[Depends(no_body)])
def adopt_scenario(
    engine: EngineDep,
    settings: SettingsDep,
    scenario: Asked,
    version: Annotated[int | None, Depends(_version)],
) -> Response:
    """Make all edits of a scenario for real, all or none; with If-Match only those of that version."""
    done = editing.adopt_scenario(engine, read_uuid7(scenario, "scenario"), version, cache_dir(settings))
    return JSONResponse({"ids": list(done.ids), **committed_view(done)}, headers=NO_STORE)
