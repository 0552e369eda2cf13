"""Whether the service lives, whether it is ready, what it has served, and its documentation."""

from __future__ import annotations

import anyio.to_thread
from fastapi import APIRouter, Request
from sqlalchemy import Engine
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from gis.base.errors import Unavailable
from gis.db.api_role import require_safe
from gis.db.connect import head_revision, stored_revision
from gis.db.engine import unit_of_work

router = APIRouter(include_in_schema=False)

DOCS = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>网格 Wangge · 接口文档 / API</title>
<link rel="icon" href="/static/vendor/swagger-ui-dist/favicon-32x32.png">
<link rel="stylesheet" href="/static/vendor/swagger-ui-dist/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="/static/vendor/swagger-ui-dist/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
START = """SwaggerUIBundle({
  url: "/openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
});
"""
# swagger-ui styles its elements inline; scripts come from us alone.
DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@router.get("/healthz")
async def healthz() -> Response:
    """The process answers; says nothing of the database."""
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """The database answers, has the newest migration, and its role is bound by the policies; else 503."""
    state = request.app.state
    await anyio.to_thread.run_sync(_require_newest, state.engine, limiter=state.probe)
    return JSONResponse({"status": "ready"}, headers={"Cache-Control": "no-store"})


def _require_newest(engine: Engine) -> None:
    require_safe(engine)
    with unit_of_work(engine) as session:
        found = stored_revision(session)
    if found != head_revision():
        raise Unavailable(
            "not_migrated",
            "数据库结构不是本版本的，请运行：wangge db migrate",
            "The database has not this version's tables; run: wangge db migrate",
            revision=found,
        )


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Counters in the Prometheus text exposition."""
    state = request.app.state
    return PlainTextResponse(
        state.metrics.exposition(state.engine), media_type="text/plain; version=0.0.4; charset=utf-8"
    )


@router.get("/docs")
async def docs() -> Response:
    """The API's documentation, from our own copy of swagger-ui."""
    return HTMLResponse(DOCS, headers={"Content-Security-Policy": DOCS_POLICY})


@router.get("/docs/start.js")
async def docs_start() -> Response:
    """What starts swagger-ui; a file of its own, so that the page needs no inline script."""
    return Response(START, media_type="text/javascript; charset=utf-8")
