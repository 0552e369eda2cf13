"""Lists of coverage: every uncovered building, worst first, and the presets of circles."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from api import coverage_views as views
from api.coverage_schemas import PresetNumbers, PresetOut, UncoveredOut
from api.cursor import read_word_cursor, write_word_cursor
from api.deps import SettingsDep
from api.numbers import PlainInt
from api.questions import PlaceDep, QuestionDep, cache_dir
from gis.coverage.presets import preset_for, presets
from gis.coverage.uncovered import Position, uncovered_for
from gis.events.readers import read_natural_code

router = APIRouter(tags=["coverage"])


@router.get("/coverage/uncovered", response_model=UncoveredOut)
def coverage_uncovered(
    engine: PlaceDep,
    settings: SettingsDep,
    question: QuestionDep,
    limit: Annotated[PlainInt, Query(ge=1, le=500, description="每页条数 / rows of a page")] = 100,
    cursor: Annotated[str | None, Query(description="`next` of the page before", max_length=300)] = None,
) -> Response:
    """Every uncovered home, worst first: those that reach no station, then by how far they miss the limit."""
    bound = ("uncovered", question)
    after = None if cursor is None else _position(read_word_cursor(settings.cursor_secret, bound, cursor))
    page = uncovered_for(engine, question, most=limit, after=after, cache_dir=cache_dir(settings))
    following = None
    if page.following is not None:
        told = f"{page.following.cost} {page.following.code}"
        following = write_word_cursor(settings.cursor_secret, bound, told)
    items = [views.uncovered(one) for one in page.items]
    body = {"items": items, "next": following, "total": page.total}
    return JSONResponse(body, headers={"Cache-Control": "private, no-cache"})


def _position(word: str) -> Position:
    cost, _, code = word.partition(" ")
    return Position(int(cost), code)


@router.get("/coverage/presets", response_model=list[PresetOut])
def coverage_presets(request: Request) -> Response:
    """The presets there are: which types are asked together, each at its own tier or radius."""
    items = [
        {
            "id": one.id,
            "label_zh": one.zh,
            "label_en": one.en,
            "about_zh": one.about_zh,
            "about_en": one.about_en,
            "types": [kind.id for kind in one.types],
        }
        for one in presets().values()
    ]
    return views.json_answer(request, items)


@router.get("/coverage/presets/{preset}", response_model=PresetNumbers)
def coverage_preset(  # noqa: PLR0917 - FastAPI reads the query parameters from the signature
    request: Request,
    engine: PlaceDep,
    settings: SettingsDep,
    preset: str,
    unit: Annotated[
        Literal["minutes", "metres"], Query(description="按层级分钟或按半径 / by tier or by radius")
    ] = "minutes",
    profile: Annotated[
        str, Query(description="standard, adult, elderly, child, winter", max_length=20)
    ] = "standard",
    area: Annotated[str | None, Query(description="区域代码，含其下级 / an area's whole subtree")] = None,
    at: Annotated[
        str | None, Query(description="一周中的时间，如 Tu-20:00 / a time of the week", max_length=8)
    ] = None,
) -> Response:
    """Each need of a preset, and who has all needs of a tier; an upper tier never satisfies a lower one."""
    given = preset_for(
        engine,
        preset,
        unit=unit,
        profile=profile,
        area=None if area is None else read_natural_code(area, "area"),
        at=at,
        cache_dir=cache_dir(settings),
    )
    asked = {"unit": unit, "profile": profile if unit == "minutes" else None, "area": area, "at": at}
    body = {"query": asked, **views.preset_answer(given)}
    return views.json_answer(request, {"as_of": given.as_of.isoformat()} | body, same=body)
