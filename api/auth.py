"""Who calls: a browser's session cookie, a bearer token, or nobody."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from typing import Literal

from fastapi import Request
from starlette.responses import Response

from gis.accounts import service
from gis.accounts.model import Caller
from gis.base.errors import Forbidden, Unauthenticated
from gis.db.asking import Asking
from gis.settings import Settings

SECURE_COOKIE = "__Host-wangge"
"""Over https: a browser takes it from this very host alone, not from a neighbour of the same domain."""
PLAIN_COOKIE = "wangge_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_TOKEN = re.compile(r"wgt_[A-Za-z0-9_-]{16,120}", re.ASCII)
_COOKIE = re.compile(r"[A-Za-z0-9_-]{16,120}", re.ASCII)
_FOREIGN_SITES = frozenset({"cross-site", "same-site"})


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request shows to say who calls."""

    kind: Literal["session", "token"]
    secret: str

    def __repr__(self) -> str:
        return f"Credential({self.kind!r})"


def is_https(request: Request) -> bool:
    """Whether the client speaks https with us, or with the proxy in front."""
    return request.url.scheme == "https"


def cookie_name(request: Request) -> str:
    """The name of the session's cookie for the scheme of this request; the other one is not read."""
    return SECURE_COOKIE if is_https(request) else PLAIN_COOKIE


def address_of(request: Request) -> str:
    """The client's address; `api.forwarded` has asked the proxies."""
    return request.client.host if request.client else ""


def trace_of(request: Request) -> str | None:
    """The trace id of the request."""
    found: str | None = getattr(request.state, "trace_id", None)
    return found


def nobody(request: Request) -> Caller:
    """The caller of a request that shows nothing."""
    return service.anonymous(address_of(request), trace_of(request))


def read_credential(request: Request) -> Credential | None:
    """The bearer token when there is one, else the cookie; 401 `bad_token` for a bearer that is no token of ours."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        if not _TOKEN.fullmatch(given.strip()):
            raise bad_token()
        return Credential("token", given.strip())
    cookie = session_token(request)
    return None if cookie is None else Credential("session", cookie)


def session_token(request: Request) -> str | None:
    """The token in the session's cookie; None for none, or one that cannot be ours."""
    found = request.cookies.get(cookie_name(request), "")
    return found if _COOKIE.fullmatch(found) else None


def bad_token() -> Unauthenticated:
    """A token that is revoked, too old, or never was one: one answer for all."""
    return Unauthenticated(
        "bad_token",
        "访问令牌无效或已失效",
        "The access token is not valid, or not any more",
        field="Authorization",
    )


async def look_up(
    asking: Asking, settings: Settings, shown: Credential, address: str, trace: str | None
) -> Caller:
    """The caller a credential stands for. A session that has ended is nobody; a token that is no more is refused."""
    if shown.kind == "token":
        found = await service.resume_token(asking, settings, shown.secret, address, trace)
        if found is None:
            raise bad_token()
        return found
    resumed = await service.resume_session(asking, settings, shown.secret, address, trace)
    return resumed or service.anonymous(address, trace)


def csrf_token(token: str) -> str:
    """What a page sends back with a change. Made of the session's token, which no other site and no script reads."""
    return hmac.digest(token.encode(), b"wangge csrf", "sha256").hex()


def refuse_foreign_origin(request: Request) -> None:
    """403 `cross_origin` for a change that a page of another origin asks a browser to send."""
    origin = request.headers.get("origin")
    own = f"{request.url.scheme}://{request.headers.get('host', '')}"
    foreign = origin is not None and origin.lower() != own.lower()
    if foreign or request.headers.get("sec-fetch-site", "") in _FOREIGN_SITES:
        raise Forbidden(
            "cross_origin",
            "请求来自其他网站，已拒绝",
            "The request comes from another site and was refused",
            field="Origin",
        )


def require_csrf_token(request: Request, token: str) -> None:
    """403 `csrf` unless a change made with the cookie carries the session's token as a header too."""
    given = request.headers.get(CSRF_HEADER, "").encode()
    if not hmac.compare_digest(given, csrf_token(token).encode()):
        raise Forbidden(
            "csrf",
            "缺少或不符的 X-CSRF-Token；请刷新页面后重试",
            "X-CSRF-Token is missing or wrong; reload the page and try again",
            field=CSRF_HEADER,
        )


def give_cookie(request: Request, response: Response, token: str) -> None:
    """Put the session into the browser, until it is closed; scripts cannot read it, other sites not send it."""
    response.set_cookie(
        cookie_name(request), token, path="/", httponly=True, samesite="lax", secure=is_https(request)
    )


def take_cookie(request: Request, response: Response) -> None:
    """Remove the session from the browser, and what it kept of pages; unsent reports on the phone stay."""
    response.delete_cookie(
        cookie_name(request), path="/", httponly=True, samesite="lax", secure=is_https(request)
    )
    response.headers["Clear-Site-Data"] = '"cache"'
