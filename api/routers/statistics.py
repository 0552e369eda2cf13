"""Statistics for everybody: fixed areas, whole months, small numbers withheld."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.answers import tagged_answer
from api.deps import EngineDep
from api.numbers import PlainInt
from api.schemas import PublicStatistics
from gis.insight.statistics import MOST_MONTHS
from gis.insight.statistics import public_statistics as published

router = APIRouter(prefix="/public", tags=["statistics"])


@router.get("/statistics", response_model=PublicStatistics)
def public_statistics(
    request: Request,
    engine: EngineDep,
    level: Annotated[str, Query(description="district, subdistrict, community", max_length=20)] = "community",
    months: Annotated[PlainInt, Query(ge=1, le=MOST_MONTHS)] = 12,
) -> Response:
    """Events opened and closed by area and month, published once a month is over."""
    body = published(engine, level=level, months=months)
    return tagged_answer(request, json.dumps(body, ensure_ascii=False, separators=(",", ":")))
