"""The circles of stations as GeoJSON: a drawing that agrees with the distances; nobody is counted by it."""

from __future__ import annotations

import json
from typing import Annotated, Any

import numpy as np
import shapely
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.answers import GEOJSON, tagged_answer
from api.deps import SettingsDep
from api.questions import PlaceDep, QuestionDep, cache_dir
from api.schemas import FeaturePage
from gis.coverage import circles as drawn
from gis.coverage.drawing import style
from gis.coverage.drawing_turns import answering
from gis.walking.model import Objects

router = APIRouter(tags=["coverage"])
_DECIMALS = 7  # a centimetre: the discs that keep the drawing true are half a metre wide


@router.get(
    "/circles.geojson",
    response_model=FeaturePage,
    responses={200: {"content": {GEOJSON: {}}, "description": "GeoJSON"}},
)
def list_circles(
    request: Request,
    engine: PlaceDep,
    settings: SettingsDep,
    question: QuestionDep,
    shape: Annotated[
        str, Query(description="each, dissolved, ring, disk, nearest, lines", max_length=10)
    ] = "each",
    step: Annotated[int, Query(description="网格步长 10 或 25 米 / step of the grid")] = 10,
) -> Response:
    """The circles of the existing stations with their limits, versions and stated error."""
    with answering():
        found = drawn.circles(engine, question, cache_dir(settings), style(shape, step))
    shapes = shapely.to_geojson(_rounded(found.geometry.to_numpy()))
    rows = found.drop(columns="geometry").to_dict("records")
    features = [
        f'{{"type":"Feature","id":{json.dumps(row["code"])},'
        f'"properties":{json.dumps(_properties(row), ensure_ascii=False)},"geometry":{drawing}}}'
        for row, drawing in zip(rows, shapes, strict=True)
    ]
    return tagged_answer(
        request, f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}', GEOJSON
    )


def _properties(row: dict[str, Any]) -> dict[str, Any]:
    """Everything but the error, which is an object of its own."""
    error = {name: row.pop(f"error_{name}") for name in ("m", "corrected", "buildings")}
    return row | {"error": error, "provisional": False}


def _rounded(shapes: Objects) -> Objects:
    """Whole seventh decimals; where rounding spoils a polygon it is mended."""
    rounded: Objects = shapely.transform(shapes, lambda xy: np.round(xy, _DECIMALS))
    spoilt = ~shapely.is_valid(rounded)
    if spoilt.any():
        rounded[spoilt] = shapely.set_precision(shapes[spoilt], 10.0**-_DECIMALS)
    return rounded
