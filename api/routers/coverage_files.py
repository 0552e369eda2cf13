"""Coverage to take home: files in any format and reference system, and the report."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.deps import SettingsDep
from api.questions import PlaceDep, QuestionDep, cache_dir
from gis.coverage.export import MEDIA, export_coverage
from gis.coverage.export_files import ENDINGS

router = APIRouter(tags=["coverage"])


@router.get(
    "/coverage/export",
    response_class=Response,
    responses={200: {"content": {kind: {} for kind in MEDIA.values()}, "description": "文件 / a file"}},
)
def coverage_export(
    engine: PlaceDep,
    settings: SettingsDep,
    question: QuestionDep,
    format_: Annotated[str, Query(alias="format", description=", ".join(MEDIA), max_length=12)],
    crs: Annotated[
        str | None,
        Query(description="EPSG 代码、WKT 或 cgcs2000-3；默认经纬度，DXF 默认三度带", max_length=8000),
    ] = None,
) -> Response:
    """The answer as a file with Chinese labels; small counts of people are left out (k = 10)."""
    made = export_coverage(engine, question, format_, cache_dir(settings), crs=crs)
    ending = ENDINGS.get(format_, format_)
    disposition = f"attachment; filename=\"coverage.{ending}\"; filename*=UTF-8''{quote(made.name)}"
    headers = {"Content-Disposition": disposition, "Cache-Control": "private, no-store"}
    return Response(made.content, media_type=made.media_type, headers=headers)
