"""Every refusal as `application/problem+json` (RFC 9457): a stable code, the field, Chinese and English."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.faultlog import fault_text, safe_message
from api.found import Codes, problem_of
from api.problem_page import problem_page, wants_page
from api.refusals import led_to_login, note_refusal
from api.text import speaks_english
from gis.base.errors import (
    ConditionMissing,
    Conflict,
    Forbidden,
    Invalid,
    InvalidFile,
    NotFound,
    Stale,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
    Unsupported,
    WanggeError,
)

PROBLEM = "application/problem+json"
RETRY_AFTER_S = 2
STATUS: dict[type[WanggeError], int] = {
    Invalid: 422,
    Unauthenticated: 401,
    Forbidden: 403,
    Stale: 412,
    ConditionMissing: 428,
    TooMany: 429,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    Unsupported: 415,
    Unavailable: 503,
}
TITLES: dict[int, tuple[str, str]] = {
    400: ("请求有误", "Bad request"),
    401: ("需要登录", "Login required"),
    403: ("没有权限", "Forbidden"),
    404: ("未找到", "Not found"),
    405: ("方法不允许", "Method not allowed"),
    408: ("请求超时", "Request timeout"),
    409: ("与已有数据冲突", "Conflict"),
    412: ("已被他人修改", "Precondition failed"),
    413: ("内容过大", "Content too large"),
    415: ("媒体类型不支持", "Unsupported media type"),
    422: ("数据无效", "Invalid data"),
    421: ("主机名有误", "Misdirected request"),
    428: ("需要版本号", "Precondition required"),
    429: ("请求过于频繁", "Too many requests"),
    500: ("服务器内部错误", "Internal server error"),
    503: ("服务暂不可用", "Service unavailable"),
}
CODES: dict[int, tuple[str, str, str]] = {
    404: ("not_found", "没有这个地址", "There is nothing at this address"),
    405: ("method_not_allowed", "此地址不接受该方法", "This address does not take this method"),
    413: ("body_too_large", "请求内容过大", "The request body is too large"),
}
# What a failed look-up of a path or query parameter is called outside.
PARAMETER_CODES: Codes = {
    "missing": ("missing_parameter", "缺少参数", "the parameter is missing"),
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "plain_day": ("bad_parameter", "应为日期，如 2026-01-31", "must be a day such as 2026-01-31"),
    "finite_number": ("bad_number", "应为有限的数", "must be a finite number"),
}
# Whether something was asked, or was to be changed: of a change there is nothing to ask less of.
TOO_LONG = {
    True: ("查询超时，请缩小范围", "The query took too long; ask for less"),
    False: (
        "处理超时，什么都没有改，请稍后重试",
        "It took too long and nothing was changed; please try again later",
    ),
}
log = logging.getLogger("wangge.api")


def problem(
    request: Request,
    status: int,
    code: str,
    zh: str,
    en: str,
    *,
    field: str | None = None,
    facts: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document; `detail` is in the client's language, `detail_en` always English.

    Somebody who opened one of the pages in a browser gets a page that says the same.
    """
    english = speaks_english(request)
    fallback = HTTPStatus(status).phrase
    title = TITLES.get(status, (fallback, fallback))[english]
    body: dict[str, Any] = {
        "type": f"urn:wangge:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": en if english else zh,
        "detail_en": en,
    }
    if field is not None:
        body["field"] = field
    for name, value in (facts or {}).items():
        body.setdefault(name, value)
    body["instance"] = request.url.path
    body["trace_id"] = getattr(request.state, "trace_id", None)
    sent = {"Content-Language": "en" if english else "zh-CN", "Cache-Control": "no-store", **(headers or {})}
    if status == 503:
        sent.setdefault("Retry-After", str(RETRY_AFTER_S))
    if wants_page(request):
        titles = TITLES.get(status, (fallback, fallback))
        return problem_page(request, body, {"zh-CN": (titles[0], zh), "en": (titles[1], en)}, sent)
    return Response(_as_json(body), status, sent, PROBLEM)


def _as_json(body: Mapping[str, Any]) -> bytes:
    """UTF-8 even where what a client sent is quoted: lone surrogates, which have none, become `?`."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def status_of(error: WanggeError) -> int:
    """The HTTP status of a refusal, by its kind."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


async def refused(request: Request, error: Exception) -> Response:
    """A refusal of ours: its kind decides the status."""
    assert isinstance(error, WanggeError)
    status = status_of(error)
    facts = dict(error.facts)
    if isinstance(error, InvalidFile):
        facts["errors"] = [p.as_dict() for p in error.problems[:100]]
    await note_refusal(request, error)
    if (elsewhere := led_to_login(request, error)) is not None:
        return elsewhere
    headers = {"Retry-After": str(facts["retry_after_s"])} if "retry_after_s" in facts else {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="wangge"'
    return problem(
        request, status, error.code, error.zh, error.en, field=error.field, facts=facts, headers=headers
    )


async def http_error(request: Request, error: Exception) -> Response:
    """What the framework refuses: no such address, no such method, a body over the limit."""
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    code, zh, en = CODES.get(
        error.status_code,
        (phrase.lower().replace(" ", "_"), TITLES.get(error.status_code, (phrase, phrase))[0], phrase),
    )
    return problem(request, error.status_code, code, zh, en, headers=error.headers)


async def bad_parameter(request: Request, error: Exception) -> Response:
    """A path or query parameter of the wrong shape; what was sent is never echoed."""
    assert isinstance(error, RequestValidationError)
    errors = [
        problem_of(found, tuple(found["loc"][1:]), PARAMETER_CODES, "bad_parameter")
        for found in error.errors()
    ]
    first = errors[0]
    facts = {"errors": errors} if len(errors) > 1 else {}
    return problem(
        request, 422, first["code"], first["detail"], first["detail_en"], field=first["field"], facts=facts
    )


async def busy(request: Request, _: Exception) -> Response:
    """No connection came free in time."""
    return problem(
        request,
        503,
        "overloaded",
        "系统繁忙，请稍后重试；未做任何更改",
        "The system is busy, please try again; nothing was changed",
    )


async def database_error(request: Request, error: Exception) -> Response:
    """The database is away, out of space or gave up: 503 when trying again may help, else an internal error."""
    assert isinstance(error, DBAPIError)
    state = str(getattr(error.orig, "sqlstate", None) or "")
    log.warning("database error, trace %s: %s", getattr(request.state, "trace_id", None), safe_message(error))
    if state == "57014":
        zh, en = TOO_LONG[request.method in {"GET", "HEAD"}]
        return problem(request, 503, "query_timeout", zh, en)
    if state.startswith("53") and state != "53300":
        return problem(
            request,
            503,
            "storage_full",
            "存储空间或内存不足，请联系管理员；未做任何更改",
            "The database is out of space or memory, tell the operator; nothing was changed",
        )
    if state.startswith("40") or state == "55P03":
        return problem(
            request,
            503,
            "try_again",
            "并发冲突，请重试",
            "Somebody else was changing the same; please try again",
        )
    if isinstance(error, OperationalError) or error.connection_invalidated or state.startswith(("08", "57")):
        return problem(
            request,
            503,
            "database_unavailable",
            "数据库暂不可用，请稍后重试",
            "The database is unavailable, please try again",
        )
    return await broken(request, error)


async def broken(request: Request, error: Exception) -> Response:
    """A fault of ours: logged with its trace id, told without particulars."""
    trace_id = getattr(request.state, "trace_id", None)
    log.error("unexpected error, trace %s\n%s", trace_id, fault_text(error))
    return problem(
        request,
        500,
        "internal_error",
        "服务器内部错误，请将 trace_id 告知管理员",
        "Something went wrong here; please tell the operator the trace_id",
    )


def install(app: FastAPI) -> None:
    """Put the handlers in place."""
    app.add_exception_handler(WanggeError, refused)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(RequestValidationError, bad_parameter)
    app.add_exception_handler(PoolTimeout, busy)
    app.add_exception_handler(DBAPIError, database_error)
    app.add_exception_handler(Exception, broken)
