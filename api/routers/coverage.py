"""Who is within the walk of a station: numbers, circles, one building, a file to take home."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import quote

import numpy as np
import shapely
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.answers import GEOJSON, tagged_answer
from api.coverage_schemas import BuildingCoverage, CoverageNumbers, CoverageOptions
from api.deps import EngineDep, SettingsDep
from api.questions import QuestionDep, cache_dir
from api.schemas import FeaturePage
from gis.coverage import circles as drawn
from gis.coverage import service
from gis.coverage.export import MEDIA, export_coverage
from gis.coverage.model import METRES_OFFERED, MINUTES, AreaShares, Question, Share, StationDistance
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
    return _json(request, offered)


@router.get("/coverage", response_model=CoverageNumbers)
def coverage_numbers(
    request: Request, engine: EngineDep, settings: SettingsDep, question: QuestionDep
) -> Response:
    """Covered and total by grid, community and subdistrict, why the rest is not, and as of when."""
    given = service.answer_for(engine, question, cache_dir(settings))
    body = {
        "query": _query(question),
        "rule_version": given.rule_version,
        "network_version": given.network_version,
        "suppressed": given.suppressed,
        "totals": _shares(given.totals),
        "uncovered_reasons": [
            {"reason": reason, "buildings": buildings, "residents": residents}
            for reason, buildings, residents in given.reasons
        ],
        "subdistricts": [_area(area) for area in given.areas["subdistrict"]],
        "communities": [_area(area) for area in given.areas["community"]],
        "grids": [_area(area) for area in given.areas["grid"]],
        "stations": given.stations,
    }
    as_of = {"as_of": given.as_of.isoformat()}
    return _json(request, as_of | body, same=body)  # asked again it is the same answer, of a later time


@router.get("/coverage/buildings/{code}", response_model=BuildingCoverage)
def coverage_building(
    request: Request,
    engine: EngineDep,
    settings: SettingsDep,
    code: str,
    question: QuestionDep,
) -> Response:
    """One building: covered or why not, its two nearest stations, the walked path."""
    given = service.building_answer(engine, read_natural_code(code, "code"), question, cache_dir(settings))
    line = (
        None
        if given.path is None
        else {"type": "LineString", "coordinates": np.round(given.path, 6).tolist()}
    )
    body = {
        "code": given.code,
        "name": given.name,
        "address": given.address,
        "residents": given.residents,
        "households": given.households,
        "suppressed": given.suppressed,
        "covered": given.covered,
        "borderline": given.borderline,
        "reason": given.reason,
        "nearest": _station(given.nearest),
        "second": _station(given.second),
        "path": line,
    }
    return _json(request, body)


@router.get(
    "/coverage/export",
    response_class=Response,
    responses={200: {"content": {kind: {} for kind in MEDIA.values()}, "description": "文件 / a file"}},
)
def coverage_export(
    engine: EngineDep,
    settings: SettingsDep,
    question: QuestionDep,
    format_: Annotated[str, Query(alias="format", description="gpkg, xlsx, geojson", max_length=10)],
) -> Response:
    """The answer as a file with Chinese column labels."""
    made = export_coverage(engine, question, format_, cache_dir(settings))
    disposition = f"attachment; filename=\"coverage.{format_}\"; filename*=UTF-8''{quote(made.name)}"
    headers = {"Content-Disposition": disposition, "Cache-Control": "private, no-store"}
    return Response(made.content, media_type=made.media_type, headers=headers)


@router.get(
    "/circles.geojson",
    response_model=FeaturePage,
    responses={200: {"content": {GEOJSON: {}}, "description": "GeoJSON"}},
)
def list_circles(
    request: Request, engine: EngineDep, settings: SettingsDep, question: QuestionDep
) -> Response:
    """The circles of the existing stations: a provisional drawing, nobody is counted by it."""
    found = drawn.circles(engine, question, cache_dir(settings))
    shapes = shapely.to_geojson(shapely.transform(found.geometry.to_numpy(), lambda xy: np.round(xy, 6)))
    names = found[["code", "name", "type"]].to_dict("records")
    features = [
        f'{{"type":"Feature","id":{json.dumps(row["code"])},'
        f'"properties":{json.dumps(row | {"provisional": True}, ensure_ascii=False)},"geometry":{shape}}}'
        for row, shape in zip(names, shapes, strict=True)
    ]
    return tagged_answer(
        request, f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}', GEOJSON
    )


def _json(request: Request, body: dict[str, Any], same: dict[str, Any] | None = None) -> Response:
    """`body` as JSON; `same` is the part of it that makes two answers the same one."""
    return tagged_answer(request, _text(body), same=None if same is None else _text(same))


def _text(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _query(question: Question) -> dict[str, Any]:
    return {
        "types": question.types,
        "minutes": question.minutes,
        "metres": question.metres,
        "profile": None if question.profile.is_metres else question.profile.name,
        "area": question.area,
    }


def _share(share: Share) -> dict[str, Any]:
    return {"covered": share.covered, "total": share.total, "rate": share.rate}


def _shares(shares: dict[str, Share]) -> dict[str, Any]:
    return {name: _share(share) for name, share in shares.items()}


def _area(area: AreaShares) -> dict[str, Any]:
    return {"code": area.code, "name": area.name, "suppressed": area.suppressed, **_shares(area.shares)}


def _station(station: StationDistance | None) -> dict[str, Any] | None:
    if station is None:
        return None
    return {
        "station": station.code,
        "name": station.name,
        "type": station.type,
        "distance_m": round(station.distance_m, 2),
        "time_s": None if station.time_s is None else round(station.time_s, 2),
    }
