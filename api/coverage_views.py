"""Coverage answers as JSON values."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from api.answers import tagged_answer
from gis.coverage.model import (
    AreaShares,
    BuildingAnswer,
    CoverageAnswer,
    Note,
    Question,
    Share,
    StationDistance,
)
from gis.coverage.presets import PresetAnswer
from gis.coverage.straight import radius_m
from gis.coverage.uncovered import UncoveredBuilding


def json_answer(request: Request, body: Any, same: Any = None) -> Response:
    """`body` as JSON; `same` is the part of it that makes two answers the same one."""
    return tagged_answer(request, _text(body), same=None if same is None else _text(same))


def _text(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def query(question: Question) -> dict[str, Any]:
    """The question as it was understood."""
    return {
        "types": question.types,
        "minutes": question.minutes,
        "metres": question.metres,
        "profile": None if question.profile.is_metres else question.profile.name,
        "area": question.area,
        "at": None if question.at is None else str(question.at),
        "capacity": question.capacity,
    }


def share(one: Share) -> dict[str, Any]:
    """Covered, total, rate."""
    return {"covered": one.covered, "total": one.total, "rate": one.rate}


def shares(many: dict[str, Share]) -> dict[str, Any]:
    """Shares by what is counted."""
    return {name: share(one) for name, one in many.items()}


def area(one: AreaShares) -> dict[str, Any]:
    """The shares of one area."""
    return {"code": one.code, "name": one.name, "suppressed": one.suppressed, **shares(one.shares)}


def note(one: Note) -> dict[str, Any]:
    """Something the reader must know of the data."""
    said = {"code": one.code, "zh": one.zh, "en": one.en, "count": one.count}
    return {**said, "stations": one.stations, "gates": one.gates}


def station(one: StationDistance | None) -> dict[str, Any] | None:
    """A station as seen from a building."""
    if one is None:
        return None
    return {
        "station": one.code,
        "name": one.name,
        "type": one.type,
        "distance_m": round(one.distance_m, 2),
        "time_s": None if one.time_s is None else round(one.time_s, 2),
    }


def numbers(given: CoverageAnswer) -> dict[str, Any]:
    """The numbers of a question without the moment they were made."""
    question = given.question
    return {
        "query": query(question),
        "at": None if question.at is None else str(question.at),
        "rule_version": given.rule_version,
        "network_version": given.network_version,
        "suppressed": given.suppressed,
        "totals": shares(given.totals),
        "overlap": shares(given.overlap),
        "straight": shares(given.straight),
        "straight_radius_m": round(radius_m(question), 2),
        "borderline": given.borderline,
        "uncovered_reasons": [
            {"reason": reason, "buildings": buildings, "residents": residents}
            for reason, buildings, residents in given.reasons
        ],
        "subdistricts": [area(one) for one in given.areas["subdistrict"]],
        "communities": [area(one) for one in given.areas["community"]],
        "grids": [area(one) for one in given.areas["grid"]],
        "stations": given.stations,
        "notes": [note(one) for one in given.notes],
    }


def building(given: BuildingAnswer) -> dict[str, Any]:
    """One building, its walk as a GeoJSON LineString."""
    line = None
    if given.path is not None:
        line = {"type": "LineString", "coordinates": np.round(given.path, 6).tolist()}
    return {
        "code": given.code,
        "name": given.name,
        "address": given.address,
        "residents": given.residents,
        "households": given.households,
        "suppressed": given.suppressed,
        "covered": given.covered,
        "borderline": given.borderline,
        "reason": given.reason,
        "reason_detail": given.detail,
        "served_by": given.served_by,
        "nearest": station(given.nearest),
        "second": station(given.second),
        "path": line,
    }


def uncovered(one: UncoveredBuilding) -> dict[str, Any]:
    """One uncovered building."""
    return {
        "code": one.code,
        "name": one.name,
        "address": one.address,
        "residents": one.residents,
        "nearest": station(one.nearest),
        "shortfall_m": None if one.shortfall_m is None else round(one.shortfall_m, 2),
        "shortfall_s": None if one.shortfall_s is None else round(one.shortfall_s, 2),
        "reason": one.reason,
        "reason_detail": one.detail,
        "lon": round(one.lon, 6),
        "lat": round(one.lat, 6),
    }


def preset_answer(given: PresetAnswer) -> dict[str, Any]:
    """A preset on a place, without the moment it was asked."""
    return {
        "preset": given.preset.id,
        "rule_version": given.rule_version,
        "network_version": given.network_version,
        "suppressed": given.suppressed,
        "needs": [
            {
                "type": need.kind.id,
                "label_zh": need.kind.zh,
                "label_en": need.kind.en,
                "tier_min": need.kind.tier_min,
                "radius_m": need.kind.radius_m,
                "stations": need.stations["existing"],
                "stations_by_status": need.stations,
                "totals": shares(need.totals),
            }
            for need in given.needs
        ],
        "tiers": [
            {
                "tier_min": tier.tier_min,
                "complete": shares(tier.complete),
                "of_present": shares(tier.of_present),
                "missing": tier.missing,
            }
            for tier in given.tiers
        ],
        "communities": [
            {
                "code": one.code,
                "name": one.name,
                "suppressed": one.suppressed,
                "complete": {str(tier): share(found) for tier, found in one.complete.items()},
            }
            for one in given.communities
        ],
        "notes": [note(one) for one in given.notes],
    }
