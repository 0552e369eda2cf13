"""Pure ASGI middleware: trace id, security headers, a limit on bodies however they are framed."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Awaitable, Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import broken, http_error, problem

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
GONE = 499  # the client went away before its answer; only counted, never sent
log = logging.getLogger("wangge.api")
# Two years, this host alone: what else lives under the domain is not ours to decide.
TRANSPORT = "max-age=63072000"
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=()",
}


class Trace:
    """Gives each request a trace id (the caller's W3C one when it sends one) and every answer its headers."""

    def __init__(self, app: ASGIApp, count: Callable[[str, int], None]) -> None:
        self.app = app
        self.count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = _TRACEPARENT.fullmatch(Headers(scope=scope).get("traceparent", ""))
        trace_id = given[1] if given else secrets.token_hex(16)
        scope.setdefault("state", {})["trace_id"] = trace_id

        answered = False

        async def send_with_headers(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                headers = MutableHeaders(scope=message)
                headers["X-Trace-Id"] = trace_id
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
                if scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = TRANSPORT
                self.count(scope["method"], message["status"])
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except ClientDisconnect:
            log.info("the client went away, trace %s", trace_id)
            if not answered:
                self.count(scope["method"], GONE)


class Faults:
    """Answers what nobody expected inside the trace, so that such an answer has its headers as well."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except Exception as error:
            if started or isinstance(error, ClientDisconnect):
                raise
            answer = await broken(Request(scope), error)
            await answer(scope, receive, send)


class KnownHosts:
    """Refuses requests that name another host than ours: a foreign page must not reach loopback by its DNS."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and _host_name(Headers(scope=scope).get("host", "")) not in self.hosts:
            answer = problem(
                Request(scope),
                421,
                "unknown_host",
                "不认识的主机名；如经代理访问，请设置 WANGGE_ALLOWED_HOSTS",
                "Unknown host name; behind a proxy, set WANGGE_ALLOWED_HOSTS",
            )
            await answer(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _host_name(header: str) -> str:
    """The host without its port: `[::1]:8000` gives `::1`."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0].lower()


class BodyLimit:
    """Refuses bodies over `limit_bytes`, by their declared length or, when none is declared, by counting."""

    def __init__(self, app: ASGIApp, limit_bytes: int) -> None:
        self.app = app
        self.limit_bytes = limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        declared = headers.get("content-length")
        if declared is not None and "transfer-encoding" in headers:  # two readers would see two requests
            answer = problem(
                Request(scope),
                400,
                "ambiguous_length",
                "Content-Length 与 Transfer-Encoding 不能同时出现",
                "Content-Length and Transfer-Encoding exclude each other",
                headers={"Connection": "close"},
            )
            await answer(scope, receive, send)
            return
        if declared is not None and not declared.isdecimal():
            answer = problem(
                Request(scope),
                400,
                "bad_content_length",
                "Content-Length 有误",
                "Content-Length is not a number",
            )
            await answer(scope, receive, send)
            return
        if declared is not None and int(declared[:20]) > self.limit_bytes:
            answer = await http_error(Request(scope), HTTPException(413))
            await answer(scope, receive, send)
            return
        await self.app(scope, _counted(receive, self.limit_bytes), send)


def _counted(receive: Receive, limit_bytes: int) -> Callable[[], Awaitable[Message]]:
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        if message["type"] == "http.request":
            read += len(message.get("body", b""))
            if read > limit_bytes:
                raise HTTPException(413)
        return message

    return counted


class Heads:
    """Answers HEAD wherever GET is answered: the same headers, Content-Length kept, and no body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, without_body)
