"""Who is within the walk of a station: numbers, circles, one building, a file to take home."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import coverage_views as views
from api.coverage_schemas import BuildingCoverage, CoverageNumbers, CoverageOptions
from api.deps import EngineDep, SettingsDep
from api.questions import PlaceDep, QuestionDep, cache_dir
from gis.coverage import service
from gis.coverage.model import METRES_OFFERED, MINUTES
from gis.coverage.offers import offered_types
from gis.events.readers import read_natural_code
from gis.walking.profiles import PROFILES

router = APIRouter(tags=["coverage"])


@router.get("/coverage/options", response_model=CoverageOptions)
def coverage_options(request: Request, engine: EngineDep) -> Response:
    """What can be asked: station types in the data, profiles, minutes, metres."""
    types = [
        {
            "id": kind.id,
            "label_zh": kind.zh,
            "label_en": kind.en,
            "tier_min": kind.tier_min,
            "radius_m": kind.radius_m,
            **counts,
        }
        for kind, counts in offered_types(engine)
    ]
    profiles = [
        {"id": p.name, "label_zh": p.zh, "label_en": p.en, "speed_m_s": p.speed_mm_s / 1000}
        for p in PROFILES.values()
    ]
    offered = {"station_types": types, "profiles": profiles, "minutes": MINUTES, "metres": METRES_OFFERED}
    return views.json_answer(request, offered)


@router.get("/coverage", response_model=CoverageNumbers)
def coverage_numbers(
    request: Request, engine: PlaceDep, settings: SettingsDep, question: QuestionDep
) -> Response:
    """Covered and total by grid, community and subdistrict, why the rest is not, and as of when."""
    given = service.answer_for(engine, question, cache_dir(settings))
    body = views.numbers(given)
    as_of = {"as_of": given.as_of.isoformat()}
    return views.json_answer(
        request, as_of | body, same=body
    )  # asked again it is the same answer, of a later time


@router.get("/coverage/buildings/{code}", response_model=BuildingCoverage)
def coverage_building(
    request: Request,
    engine: PlaceDep,
    settings: SettingsDep,
    code: str,
    question: QuestionDep,
) -> Response:
    """One building: covered or why not, its two nearest stations, the walked path."""
    given = service.building_answer(engine, read_natural_code(code, "code"), question, cache_dir(settings))
    return views.json_answer(request, views.building(given))
