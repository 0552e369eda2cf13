"""Dispatch: rule sets, what they would have done, the duty list, the admission list, alarms, and why an event went where."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import JSONResponse, Response

from api.bodies import IfMatch, body_of, told
from api.cursor import read_word_cursor, write_word_cursor
from api.deps import CallerDep, EngineDep, SettingsDep, media_type, no_body, read_body
from api.dispatch_schemas import (
    AcknowledgeIn,
    AdmissionIn,
    AdmissionList,
    AlarmList,
    AlarmOut,
    DutyList,
    ExplanationOut,
    LintOut,
    ListImported,
    RuleSetIn,
    RuleSetList,
    RuleSetOut,
    SimulateIn,
    SimulationOut,
)
from api.dispatch_views import alarm_view, import_view, plain, rule_set_view
from api.numbers import PlainDay, PlainInt
from api.routers.standards import Merged, Table, table_told
from gis.base.errors import Invalid, Unsupported
from gis.events.dispatch import explain, lists, service
from gis.events.dispatch.model import RuleSet
from gis.events.dispatch.reading import read_rule_set, read_toml
from gis.events.dispatch.service import Whole
from gis.events.readers import read_uuid7
from gis.formats import jsontext

router = APIRouter(tags=["rules"])
NO_STORE: Final = {"Cache-Control": "private, no-store"}
LARGEST_BYTES: Final = 1024**2
DEEPEST: Final = 8
SetId = Annotated[PlainInt, Path(ge=1, le=2**31 - 1)]
City = Annotated[
    str, Query(description="区域代码；空为全域 / the code of an area; empty: everywhere", max_length=32)
]
Begins = Annotated[PlainDay, Query(description="自哪一天起 / from which day on")]
Version = Annotated[str, Query(max_length=40)]
DryRun = Annotated[bool, Query(description="只检查，不保存 / check and keep nothing")]


async def rule_set_body(request: Request) -> RuleSet:
    """A rule set as JSON, or as TOML as the command line reads it; every problem is named."""
    kind, _ = media_type(request)
    if kind not in {"application/json", "application/toml"}:
        raise Unsupported(
            "unsupported_media_type", "应为 application/json 或 application/toml",
            "Send application/json or application/toml", field="Content-Type",
        )  # fmt: skip
    body = await read_body(request, LARGEST_BYTES)
    if kind == "application/toml":
        return read_toml(body)
    given = jsontext.parse(body, max_bytes=LARGEST_BYTES, max_depth=DEEPEST)
    if not isinstance(given, dict):
        raise Invalid("not_object", "应为对象", "must be an object")
    return read_rule_set(given)


Given = Annotated[RuleSet, Depends(rule_set_body)]


def _tag(whole: Whole) -> str:
    return f'"{whole.head["revision"]}"'


def _answer(whole: Whole, status: int = 200) -> Response:
    return JSONResponse(rule_set_view(whole), status, NO_STORE | {"ETag": _tag(whole)})


@router.get("/rule-sets", response_model=RuleSetList)
def list_rule_sets(engine: EngineDep) -> Response:
    """All rule sets without their rules: those in force first, then the newest."""
    found = [plain(one) for one in service.list_rule_sets(engine)]
    return JSONResponse({"items": found}, headers=NO_STORE)


@router.post("/rule-sets", status_code=201, response_model=RuleSetOut, openapi_extra=dict(told(RuleSetIn)))
def create_rule_set(engine: EngineDep, given: Given) -> Response:
    """Store a new rule set as a draft; every problem in it is named, and what is wrong with the rules is told."""
    made = service.save_rule_set(engine, given)
    answer = _answer(made, 201)
    answer.headers["Location"] = f"/api/v1/rule-sets/{made.head['id']}"
    return answer


@router.get("/rule-sets/{rule_set}", response_model=RuleSetOut)
def show_rule_set(engine: EngineDep, rule_set: SetId) -> Response:
    """A rule set, its rules in words, and what is wrong with it today."""
    return _answer(service.read_rule_set(engine, rule_set))


@router.put("/rule-sets/{rule_set}", response_model=RuleSetOut, openapi_extra=dict(told(RuleSetIn)))
def update_rule_set(engine: EngineDep, rule_set: SetId, version: IfMatch, given: Given) -> Response:
    """Replace a draft; If-Match carries its ETag. What was in force once is never changed again."""
    return _answer(service.save_rule_set(engine, given, number=rule_set, revision=version))


@router.post("/rule-sets/{rule_set}/activate", response_model=RuleSetOut, dependencies=[Depends(no_body)])
def activate_rule_set(engine: EngineDep, rule_set: SetId, version: IfMatch) -> Response:
    """Put a rule set into force, the one before out of it; refused while there are errors in it."""
    return _answer(service.activate_rule_set(engine, rule_set, version))


@router.get("/rule-sets/{rule_set}/lint", response_model=LintOut)
def lint_rule_set(engine: EngineDep, rule_set: SetId) -> Response:
    """What is wrong with a rule set today: errors first."""
    found = service.read_rule_set(engine, rule_set).findings
    return JSONResponse({"findings": [one.as_dict() for one in found]}, headers=NO_STORE)


@router.post(
    "/rule-sets/{rule_set}/simulate", response_model=SimulationOut, openapi_extra=dict(told(SimulateIn))
)
def simulate_rule_set(
    engine: EngineDep, rule_set: SetId, given: Annotated[SimulateIn, Depends(body_of(SimulateIn))]
) -> Response:
    """What the rules would have done with the last days, beside those in force or what was done; changes nothing.

    Counts are of all events where the rules are for; examples are events the asker may see.
    """
    found = service.simulate(engine, rule_set, days=given.days, against=given.against)
    return JSONResponse(found, headers=NO_STORE)


@router.get("/duty-items", response_model=DutyList)
def list_duty_items(
    engine: EngineDep,
    city: City = "",
    versions: Annotated[bool, Query(description="所有版本 / all versions")] = False,
) -> Response:
    """The duty list (权责清单) of a city: who leads and who supports, in force today or in all its versions."""
    found = [plain(one) for one in lists.list_items(engine, "duty", city, all_versions=versions)]
    return JSONResponse({"items": found}, headers=NO_STORE)


@router.get("/admission-items", response_model=AdmissionList)
def list_admission_items(
    engine: EngineDep,
    city: City = "",
    versions: Annotated[bool, Query(description="所有版本 / all versions")] = False,
) -> Response:
    """The admission list (准入清单) of a city: what may be sent down to communities without an approval."""
    found = [plain(one) for one in lists.list_items(engine, "admission", city, all_versions=versions)]
    return JSONResponse({"items": found}, headers=NO_STORE)


@router.post("/duty-items/import", response_model=ListImported, openapi_extra=table_told(lists.HEADS))
def import_duty_items(
    engine: EngineDep,
    table: Table,
    version: Version,
    begins: Begins,
    merge: Merged,
    city: City = "",
    dry_run: DryRun = False,
) -> Response:
    """Store a table as a version of the duty list, whole or merged; all rows or none, every bad row named."""
    done = lists.import_list(
        engine, "duty", *table, city=city, version=version, begins=begins, dry_run=dry_run, merge=merge
    )
    return JSONResponse(import_view(done), headers=NO_STORE)


@router.post("/admission-items/import", response_model=ListImported, openapi_extra=table_told(lists.HEADS))
def import_admission_items(
    engine: EngineDep,
    table: Table,
    version: Version,
    begins: Begins,
    merge: Merged,
    city: City = "",
    dry_run: DryRun = False,
) -> Response:
    """Store a table as a version of the admission list, whole or merged; all rows or none, every bad row named."""
    done = lists.import_list(
        engine, "admission", *table, city=city, version=version, begins=begins, dry_run=dry_run, merge=merge
    )
    return JSONResponse(import_view(done), headers=NO_STORE)


@router.get("/dispatch-alarms", response_model=AlarmList)
def list_dispatch_alarms(
    engine: EngineDep,
    settings: SettingsDep,
    caller: CallerDep,
    seen: Annotated[bool | None, Query(description="已确认的 / those somebody has seen to")] = None,
    limit: Annotated[PlainInt, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(description="`next` of the page before", max_length=400)] = None,
) -> Response:
    """Rules that did not work, in the areas where one may change rules; the latest first."""
    bound = ("dispatch-alarms", str(seen), caller.account_id)
    before = None if cursor is None else int(read_word_cursor(settings.cursor_secret, bound, cursor))
    open_ = None if seen is None else not seen
    found = explain.list_alarms(engine, open_=open_, count=limit + 1, before=before)
    page, more = found[:limit], len(found) > limit
    following = write_word_cursor(settings.cursor_secret, bound, str(page[-1]["id"])) if more else None
    return JSONResponse({"items": [alarm_view(one) for one in page], "next": following}, headers=NO_STORE)


@router.post(
    "/dispatch-alarms/{alarm}/acknowledge", response_model=AlarmOut, openapi_extra=dict(told(AcknowledgeIn))
)
def acknowledge_dispatch_alarm(
    engine: EngineDep,
    alarm: Annotated[PlainInt, Path(ge=1, le=2**31 - 1)],
    given: Annotated[AcknowledgeIn, Depends(body_of(AcknowledgeIn))],
) -> Response:
    """Say that an alarm was seen to; the same fault again raises a new one."""
    return JSONResponse(alarm_view(explain.acknowledge(engine, alarm, given.note)), headers=NO_STORE)


@router.get("/events/{event_id}/dispatch", response_model=ExplanationOut, tags=["events"])
def explain_dispatch(engine: EngineDep, event_id: str) -> Response:
    """Why an event went where: rule, facts, rules that lost, the item of the duty list, who decided otherwise."""
    found: dict[str, Any] = explain.explain(engine, read_uuid7(event_id, "event_id"))
    return JSONResponse(found, headers=NO_STORE)


@router.post(
    "/events/{event_id}/admission",
    status_code=204,
    response_class=Response,
    openapi_extra=dict(told(AdmissionIn)),
    tags=["events"],
)
def approve_admission(
    engine: EngineDep, event_id: str, given: Annotated[AdmissionIn, Depends(body_of(AdmissionIn))]
) -> Response:
    """Approve that an event is sent down to a community beyond its admission list; who and why is kept."""
    explain.approve(engine, read_uuid7(event_id, "event_id"), given.area, given.reason)
    return Response(status_code=204, headers=NO_STORE)
