"""What endpoints ask for: who calls, the engine in their scope, a strict JSON body, known query parameters only."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute
from sqlalchemy import Engine

from gis.accounts.model import Caller
from gis.base.errors import Invalid, TooLarge, Unsupported
from gis.db.asking import Asking
from gis.db.scope import scoped
from gis.formats import jsontext
from gis.settings import Settings

LARGEST_JSON_BYTES = 64 * 1024
LARGEST_BATCH_BYTES = 8 * 1024 * 1024
DEEPEST_JSON = 16


async def get_caller(request: Request) -> Caller:
    """Who calls, as the guard found."""
    caller: Caller = request.state.caller
    return caller


async def get_engine(request: Request) -> Engine:
    """The engine the lifespan made, in the scope of the caller: every transaction begins with it."""
    caller: Caller = request.state.caller
    return scoped(request.app.state.engine, caller.scope)


async def get_asking(request: Request) -> Asking:
    """What the lifespan asks single statements with, on the loop that serves this request."""
    asking: Asking = request.state.asking
    return asking


async def get_settings(request: Request) -> Settings:
    """The settings the app was made with."""
    settings: Settings = request.app.state.settings
    return settings


def known_parameters(route: APIRoute) -> frozenset[str]:
    """Names of the query parameters an endpoint and its dependencies declare."""
    return frozenset(
        field.alias for field in get_flat_params(route.dependant) if isinstance(field.field_info, Query)
    )


async def refuse_unknown_parameters(request: Request) -> None:
    """422 for a query parameter nobody reads, or one given twice: a typing error must not change the answer.

    Also for NUL in any of them or in the path, which no text of the database can hold (`bad_character`).
    """
    for name, value in request.path_params.items():
        jsontext.require_plain(str(value), name)
    if not request.query_params:
        return
    names = Counter(key for key, _ in request.query_params.multi_items())
    route = request.scope.get("route")
    known = known_parameters(route) if isinstance(route, APIRoute) else frozenset()
    for name, times in names.items():
        shown = name[:60].encode("utf-8", "replace").decode()
        if name not in known:
            raise Invalid(
                "unknown_parameter",
                f"未知的查询参数：{shown}",
                f"Unknown query parameter: {shown}",
                field=shown,
                known=sorted(known),
            )
        if times > 1:
            raise Invalid(
                "repeated_parameter",
                f"查询参数重复：{shown}",
                f"The query parameter is given twice: {shown}",
                field=shown,
            )
        jsontext.require_plain(request.query_params[name], name)


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """The whole body, at most `limit_bytes` of it."""
    parts, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit_bytes:
            raise TooLarge(
                "body_too_large",
                f"请求内容超过 {limit_bytes} 字节",
                f"The request body is larger than {limit_bytes} bytes",
                limit=limit_bytes,
            )
        parts.append(chunk)
    return b"".join(parts)


def media_type(request: Request) -> tuple[str, str]:
    """Media type and charset (lower case, empty when absent) of the request's body."""
    whole = request.headers.get("content-type", "").lower()
    kind, *options = (part.strip() for part in whole.split(";"))
    charset = next((o.partition("=")[2].strip('" ') for o in options if o.startswith("charset=")), "")
    return kind, charset


async def no_body(request: Request) -> None:
    """For a change that says everything in its address: 422 `body_not_expected` when there is a body."""
    if await read_body(request, LARGEST_JSON_BYTES):
        raise Invalid("body_not_expected", "此请求不应有内容", "This request takes no body")


async def json_body(request: Request) -> Any:
    """The body as JSON values, read strictly: UTF-8, no NaN, no repeated keys, limited depth and size."""
    return await _json(request, LARGEST_JSON_BYTES)


async def batch_body(request: Request) -> Any:
    """As `json_body`, for many things at once."""
    return await _json(request, LARGEST_BATCH_BYTES)


def _require_json(request: Request) -> None:
    kind, charset = media_type(request)
    if kind != "application/json" or charset not in {"", "utf-8", "utf8"}:
        raise Unsupported(
            "unsupported_media_type",
            "应为 application/json（UTF-8）",
            "Send application/json in UTF-8",
            field="Content-Type",
        )
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Unsupported(
            "unsupported_encoding",
            "不接受压缩的请求内容",
            "Compressed request bodies are not accepted",
            field="Content-Encoding",
        )


async def _json(request: Request, limit_bytes: int) -> Any:
    _require_json(request)
    body = await read_body(request, limit_bytes)
    return jsontext.parse(body, max_bytes=limit_bytes, max_depth=DEEPEST_JSON)


CallerDep = Annotated[Caller, Depends(get_caller)]
AskingDep = Annotated[Asking, Depends(get_asking)]
EngineDep = Annotated[Engine, Depends(get_engine)]
SettingsDep = Annotated[Settings, Depends(get_settings)]
JsonBody = Annotated[Any, Depends(json_body)]
BatchBody = Annotated[Any, Depends(batch_body)]
