"""The whistle (社区吹哨、部门报到): blow, approve, answer, rate; department scores for the annual assessment."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from api.answers import text_answer
from api.bodies import body_of, if_match, told
from api.cursor import read_word_cursor, write_word_cursor
from api.deps import CallerDep, EngineDep, SettingsDep
from api.numbers import PlainInt
from api.routers.attachments import BODY as PHOTO
from api.routers.attachments import FOLDER, photo_body
from api.schemas import SHA256, AttachmentOut
from api.text import asks_english
from api.whistle_schemas import (
    ScoreRunOut,
    ScoresOut,
    WhistleCommandIn,
    WhistleIn,
    WhistleList,
    WhistleOut,
    WhistleRuleIn,
    WhistleStepOut,
)
from gis.base.errors import ConditionMissing, Invalid, NotFound
from gis.base.limits import parse_limit
from gis.events.kpi.export import MEDIA, Format
from gis.events.photos import MEDIA_TYPE
from gis.events.readers import read_point, read_string, read_uuid7
from gis.events.whistle import photos, rules, service
from gis.events.whistle.model import LONGEST_TEXT, Answer, NewWhistle, WhistleCommand
from gis.events.whistle.score_export import export_scores
from gis.events.whistle.scores import department_scores, read_period, run_of, score_run

router = APIRouter(prefix="/whistles", tags=["whistles"])
Asked = Annotated[str, Path(max_length=40)]
Box = Literal["mine", "approve", "answer", "department", "rate", "appeal", "all"]
WORDS = ("text", "reason")
_SHA256 = re.compile(SHA256)
SAID = ("outcome", "photos", "timeliness", "effort", "result", "solved")


def _answer(done: Answer, created: int = 200) -> Response:
    headers = {"Cache-Control": "no-store"}
    if done.replay:
        headers["Idempotent-Replay"] = "true"
    return Response(done.body, 200 if done.replay else created, headers, "application/json")


def _whistle_id(typed: str) -> UUID:
    try:
        return read_uuid7(typed, "whistle")
    except Invalid:
        raise NotFound("no_such_whistle", "没有这个哨件", "There is no such whistle") from None


@router.post(
    "",
    status_code=201,
    response_model=WhistleStepOut,
    openapi_extra=dict(told(WhistleIn)),
    responses={200: {"model": WhistleStepOut, "description": "The same whistle again: the same answer"}},
)
def blow_whistle(engine: EngineDep, given: Annotated[WhistleIn, Depends(body_of(WhistleIn))]) -> Response:
    """Blow a whistle on an event, or on a place; it is approved one level up, never by its blower."""
    return _answer(service.blow(engine, _new(given)), 201)


def _new(given: WhistleIn) -> NewWhistle:
    lon = lat = None
    if given.event is None:
        if given.geometry is None or given.coord_sys is None:
            raise Invalid(
                "place_missing",
                "请给出事件（event），或地点（geometry 与 coord_sys）",
                "Say which event, or the place by geometry and coord_sys",
                field="geometry",
            )
        lon, lat = read_point(given.geometry.model_dump(), "geometry")
    elif given.geometry is not None or given.coord_sys is not None:
        raise Invalid(
            "place_twice", "事件与地点只能给出一个", "Say the event or the place, not both", field="geometry"
        )
    if len(set(given.departments)) != len(given.departments):
        raise Invalid(
            "department_twice", "同一部门出现两次", "A department is named twice", field="departments"
        )
    return NewWhistle(
        id=read_uuid7(given.id, "id"),
        reason=read_string(given.reason, "reason", longest=LONGEST_TEXT),
        departments=tuple(given.departments),
        event_id=None if given.event is None else _event_id(given.event),
        lon=lon,
        lat=lat,
        coord_sys=None if given.coord_sys is None else str(given.coord_sys),
        address=None if given.address is None else read_string(given.address, "address", longest=200),
        urgency=str(given.urgency),
        source=given.source,
    )


def _event_id(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        raise NotFound("no_such_event", "没有这个事件", "There is no such event", field="event") from None


@router.get("", response_model=WhistleList)
def list_whistles(
    engine: EngineDep,
    settings: SettingsDep,
    caller: CallerDep,
    box: Annotated[Box, Query(description="of whoever asks; see the documentation")] = "all",
    is_open: Annotated[bool | None, Query(alias="open", description="only open ones, or only others")] = None,
    limit: Annotated[PlainInt, Query(ge=1, le=100)] = 50,
    cursor: Annotated[str | None, Query(description="`next` of the page before", max_length=400)] = None,
) -> Response:
    """A box of whistles, the latest first, and how many wait in each box."""
    bound = ("whistles", caller.account_id, box, is_open)
    before = None if cursor is None else UUID(read_word_cursor(settings.cursor_secret, bound, cursor))
    page = service.list_whistles(engine, box, limit=limit, before=before, is_open=is_open)
    following = "null"
    if page.next is not None:
        following = f'"{write_word_cursor(settings.cursor_secret, bound, str(page.next))}"'
    return text_answer(f'{{"items":[{",".join(page.items)}],"counts":{page.counts},"next":{following}}}')


@router.get("/scores", response_model=ScoresOut)
def whistle_scores(
    engine: EngineDep,
    department: Annotated[str | None, Query(max_length=40)] = None,
    month: Annotated[str | None, Query(max_length=7, examples=["2026-11"])] = None,
    year: Annotated[PlainInt | None, Query(ge=2000, le=2100)] = None,
) -> dict[str, Any]:
    """Scores of the departments called in a month or a year, each rate with numerator and denominator."""
    return department_scores(engine, read_period(month, year), department)


Unit = Annotated[str | None, Query(max_length=40, description="of this department alone")]
Year = Annotated[
    PlainInt | None,
    Query(ge=2000, le=2100, description="its months that have begun; none: the last five years"),
]


@router.get("/scores/run", response_model=ScoreRunOut)
def whistle_score_run(engine: EngineDep, department: Unit = None, year: Year = None) -> dict[str, Any]:
    """Scores month by month of a year with the year itself, or year by year: each department with all its periods."""
    return score_run(engine, run_of(year), department)


@router.get(
    "/scores/export",
    response_class=Response,
    responses={200: {"content": {kind: {} for kind in MEDIA.values()}, "description": "文件 / a file"}},
)
def export_whistle_scores(
    engine: EngineDep,
    format_: Annotated[Format, Query(alias="format")],
    request: Request,
    department: Unit = None,
    year: Year = None,
) -> Response:
    """The same run as a file, a row for each department and period, in the language asked for."""
    run = score_run(engine, run_of(year), department)
    body = export_scores(run, format_, english=asks_english(request))
    name = f"whistle_scores_{'years' if year is None else year}.{format_}"
    headers = {"Cache-Control": "private, no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=MEDIA[format_], headers=headers)


@router.get("/rules", response_model=list[dict[str, Any]])
def list_whistle_rules(engine: EngineDep) -> Response:
    """Who blows, how near an arrival is confirmed and how long stages may take, by area."""
    return text_answer(rules.list_rules(engine))


@router.put("/rules", response_model=list[dict[str, Any]], openapi_extra=dict(told(WhistleRuleIn)))
def put_whistle_rule(
    engine: EngineDep, given: Annotated[WhistleRuleIn, Depends(body_of(WhistleRuleIn))]
) -> Response:
    """Write the rule of an area. Whistles that were called keep the limits they were called with."""
    stages = given.limits.model_dump(exclude_none=True)
    limits = {stage: parse_limit(written, f"limits.{stage}") for stage, written in stages.items()}
    rule = rules.NewRule(**(given.model_dump() | {"limits": limits}))
    rules.put_rule(engine, rule)
    return text_answer(rules.list_rules(engine))


@router.get("/{whistle}", response_model=WhistleOut)
def read_whistle(engine: EngineDep, whistle: Asked) -> Response:
    """One whistle: every department's answer with its limits, ratings, appeals, history, and what I may do now."""
    return text_answer(service.read_whistle(engine, _whistle_id(whistle)))


@router.put(
    "/{whistle}/photos/{sha256}",
    status_code=201,
    response_model=AttachmentOut,
    openapi_extra=PHOTO,
    responses={200: {"model": AttachmentOut, "description": "It was here already"}},
)
def store_whistle_photo(
    engine: EngineDep,
    settings: SettingsDep,
    whistle: Asked,
    sha256: str,
    data: Annotated[bytes, Depends(photo_body)],
) -> Response:
    """Send a photo that a result of my department announced; it is encoded anew, as photos of reports are."""
    folder = settings.state_dir / FOLDER
    kept, new = photos.store_whistle_photo(engine, folder, _whistle_id(whistle), sha256, data)
    body = {"sha256": kept.sha256, "bytes": kept.size, "width": kept.width, "height": kept.height}
    return JSONResponse(body, 201 if new else 200, {"Cache-Control": "no-store"})


@router.get(
    "/{whistle}/photos/{sha256}",
    response_class=FileResponse,
    responses={200: {"content": {MEDIA_TYPE: {}}, "description": "The photo"}},
)
def read_whistle_photo(engine: EngineDep, settings: SettingsDep, whistle: Asked, sha256: str) -> Response:
    """A stored photo of a result, by the SHA-256 of the stored copy."""
    wanted = sha256 if _SHA256.fullmatch(sha256) else ""
    path = photos.read_whistle_photo(engine, settings.state_dir / FOLDER, _whistle_id(whistle), wanted)
    headers = {"Cache-Control": "private, no-store", "Content-Security-Policy": "default-src 'none'; sandbox"}
    return FileResponse(path, media_type=MEDIA_TYPE, headers=headers)


async def _version(
    given: Annotated[
        str,
        Header(
            alias="If-Match",
            max_length=200,
            description="the version seen of the whistle, or of the department's answer",
        ),
    ] = "",
) -> int | None:
    return await if_match(given) if given else None


@router.post("/{whistle}/commands", response_model=WhistleStepOut, openapi_extra=dict(told(WhistleCommandIn)))
def command_whistle(
    engine: EngineDep,
    whistle: Asked,
    version: Annotated[int | None, Depends(_version)],
    given: Annotated[WhistleCommandIn, Depends(body_of(WhistleCommandIn))],
) -> Response:
    """Take a step of a whistle, or with `department` of that department's answer.

    `base_version` or If-Match is the version of what the step is taken on. An arrival is confirmed once, by where
    the device is at that moment: how far it was is kept, the place is not.
    """
    base = given.base_version if given.base_version is not None else version
    if base is None:
        raise ConditionMissing(
            "if_match_required",
            "请带上所依据的版本（If-Match 或 base_version）",
            "Send the version you saw (If-Match or base_version)",
            field="If-Match",
        )
    said: dict[str, Any] = {
        name: read_string(value, name, longest=LONGEST_TEXT)
        for name in WORDS
        if (value := getattr(given, name)) is not None
    }
    said |= {name: value for name in SAID if (value := getattr(given, name)) is not None}
    if given.until is not None:
        said["until"] = given.until.isoformat()
    if given.position is not None:
        said["position"] = given.position.model_dump(mode="json")
    command = WhistleCommand(
        read_uuid7(given.id, "id"), _whistle_id(whistle), given.command, base, given.department, said
    )
    return _answer(service.take(engine, command))
