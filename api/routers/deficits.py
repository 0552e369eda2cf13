"""What is missing by a standard, what new housing needs, who is left out, and how many places fall on each."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.coverage_views import json_answer, note, query, share
from api.deficit_schemas import AccessibilityOut, DeficitsOut, EquityOut, HousingOut
from api.deps import EngineDep, SettingsDep
from api.numbers import PlainInt
from api.questions import PlaceDep, QuestionDep, cache_dir
from gis.base.errors import Invalid
from gis.coverage import deficits_service, equity_service
from gis.coverage.deficits_model import Deficit
from gis.coverage.equity import Spread
from gis.coverage.equity_service import CommunityReach
from gis.coverage.standards import COMMUNITY_ROOMS, Standard
from gis.events.readers import read_natural_code
from gis.register.station_types import station_type

router = APIRouter(tags=["coverage"])
_ROOMS = ("社区综合服务设施总量", "Community rooms in all")
_STANDARD = re.compile(r"[a-z0-9_]{1,40}(@[A-Za-z0-9_.-]{1,40})?", re.ASCII)

Standards = Annotated[
    str,
    Query(
        description="配套标准，可加版本：gb50180@2018 / a standard, with its version if need be",
        max_length=81,
    ),
]
Area = Annotated[str | None, Query(description="区域代码，含其下级 / an area's whole subtree")]


@router.get("/coverage/deficits", response_model=DeficitsOut)
def coverage_deficits(
    request: Request,
    engine: PlaceDep,
    settings: SettingsDep,
    area: Area = None,
    standards: Standards = deficits_service.DEFAULT,
) -> Response:
    """Which facilities each community is missing by a standard: number, reach, floor area; ranked."""
    where = None if area is None else read_natural_code(area, "area")
    given = deficits_service.deficit_answer(engine, where, _standard(standards), cache_dir(settings))
    body = {
        "standards": _told(given.standard),
        "area": given.area,
        "rule_version": given.rule_version,
        "network_version": given.network_version,
        "suppressed": given.suppressed,
        "notes": [note(one) for one in given.notes],
        "rows": [{"community": row.code, "name": row.name, **_need(row)} for row in given.rows],
        "totals": [_need(row) for row in given.totals],
        "ranked": [
            {
                "community": one.code,
                "name": one.name,
                "missing": one.missing,
                "area_missing_m2": one.area_missing_m2,
                "residents": one.residents,
                "households": one.households,
            }
            for one in given.ranked
        ],
    }
    return json_answer(request, {"as_of": given.as_of.isoformat()} | body, body)


@router.get("/coverage/housing", response_model=HousingOut)
def coverage_housing(
    request: Request,
    engine: EngineDep,
    households: Annotated[PlainInt, Query(description="规划户数 / planned households", ge=1, le=1_000_000)],
    residents: Annotated[
        PlainInt | None, Query(description="规划人数 / planned residents", ge=1, le=10_000_000)
    ] = None,
    area: Annotated[
        str | None, Query(description="区域代码：用当地标准 / an area, for its own standard")
    ] = None,
    standards: Standards = deficits_service.DEFAULT,
) -> Response:
    """Which rooms, and how large, a housing project of so many households needs by a standard."""
    where = None if area is None else read_natural_code(area, "area")
    found, needs = deficits_service.housing_need(engine, households, residents, where, _standard(standards))
    body = {
        "standards": _told(found),
        "households": households,
        "residents": residents,
        "needs": [
            {
                "type": need.type,
                **_labels(need.type),
                "tier_min": need.tier_min,
                "required": need.required,
                "share": need.share,
                "area_min_m2": _round(need.area_min_m2),
                "area_max_m2": _round(need.area_max_m2),
                "confidence": need.confidence,
            }
            for need in needs
        ],
    }
    return json_answer(request, body)


@router.get("/coverage/equity", response_model=EquityOut)
def coverage_equity(
    request: Request, engine: PlaceDep, settings: SettingsDep, question: QuestionDep
) -> Response:
    """How evenly the stations asked for are spread over communities and residents."""
    given = equity_service.equity_answer(engine, question, cache_dir(settings))
    body = {
        "query": query(question),
        "rule_version": given.rule_version,
        "network_version": given.network_version,
        "suppressed": given.suppressed,
        "level": "community",
        "communities": [_community(one) for one in given.communities],
        "gini": given.shares.gini,
        "palma": given.shares.palma,
        "theil": given.shares.theil,
        "worst_tenth": _tenth(given.shares, given.communities),
        "minimum": given.minimum
        and {"code": given.minimum.code, "name": given.minimum.name, "share": share(given.minimum.share)},
        "distance": {
            "mean_m": _round(given.distance.mean),
            "gini": given.distance.gini,
            "palma": given.distance.palma,
            "theil": given.distance.theil,
            "worst_tenth_m": _round(given.distance.worst_tenth),
            "capped": share(given.capped),
        },
    }
    return json_answer(request, {"as_of": given.as_of.isoformat()} | body, body)


@router.get("/coverage/accessibility", response_model=AccessibilityOut)
def coverage_accessibility(
    request: Request, engine: PlaceDep, settings: SettingsDep, question: QuestionDep
) -> Response:
    """How many places fall on each resident: two-step floating catchments of the stations with a known capacity."""
    given = equity_service.accessibility_answer(engine, question, cache_dir(settings))
    body = {
        "method": "2SFCA",
        "query": query(question),
        "rule_version": given.rule_version,
        "network_version": given.network_version,
        "suppressed": given.suppressed,
        "capacity_known": given.known.covered,
        "capacity_total": given.known.total,
        "communities": [
            {
                "code": one.code,
                "name": one.name,
                "score": one.score,
                "residents": one.residents,
                "suppressed": one.suppressed,
            }
            for one in given.communities
        ],
        "stations": [
            {
                "code": one.code,
                "name": one.name,
                "type": one.type,
                "capacity": one.capacity,
                "ratio": one.ratio,
            }
            for one in given.stations
        ],
    }
    return json_answer(request, {"as_of": given.as_of.isoformat()} | body, body)


def _standard(named: str) -> str:
    if not _STANDARD.fullmatch(named):
        raise Invalid("unknown_standard", "没有此配套标准", "there is no such standard", field="standards")
    return named


def _told(standard: Standard) -> dict[str, Any]:
    return {
        "id": standard.profile,
        "version": standard.version,
        "city": standard.city,
        "label_zh": standard.name_zh,
        "label_en": standard.name_en,
        "verified": standard.verified,
        "covered_share": standard.covered_share,
        "m2_per_100_households": standard.m2_per_100_households,
    }


def _labels(kind: str) -> dict[str, str]:
    known = station_type(kind)
    zh, en = _ROOMS if kind == COMMUNITY_ROOMS else (known.zh, known.en)
    return {"label_zh": zh, "label_en": en}


def _need(row: Deficit) -> dict[str, Any]:
    return {
        "type": row.type,
        **_labels(row.type),
        "tier_min": row.tier_min,
        "required": row.required,
        "present": row.present,
        "coming": row.coming,
        "missing": row.missing,
        "missing_by_number": row.missing_by_number,
        "missing_by_reach": row.missing_by_reach,
        "residents": share(row.residents),
        "area_required_m2": row.area_required_m2,
        "area_present_m2": row.area_present_m2,
        "area_missing_m2": row.area_missing_m2,
        "area_unknown": row.area_unknown,
        "confidence": row.confidence,
        "suppressed": row.suppressed,
        "unknown": row.unknown,
    }


def _community(one: CommunityReach) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name,
        "residents": one.share.total,
        "share": share(one.share),
        "mean_distance_m": _round(one.mean_distance_m),
        "suppressed": one.suppressed,
    }


def _tenth(shares: Spread, communities: list[CommunityReach]) -> dict[str, Any]:
    """The tenth of the residents who live in the communities covered least, and the share of it covered."""
    if shares.worst_tenth is None:
        return {"covered": None, "total": None, "rate": None}
    tenth = sum(one.share.total or 0 for one in communities) / 10
    return {"covered": _round(tenth * shares.worst_tenth), "total": tenth, "rate": shares.worst_tenth}


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
