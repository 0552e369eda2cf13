"""Logging in by an outside provider: the way there, and the way back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from api.auth import address_of, give_cookie, is_https, session_token, trace_of
from api.deps import EngineDep, SettingsDep, refuse_unknown_parameters
from api.refusals import safe_next
from gis.accounts import oidc

router = APIRouter(prefix="/login", include_in_schema=False)
PATH = "/login/oidc"
LONGEST_AGENT = 200
NO_STORE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


@router.get("/oidc", dependencies=[Depends(refuse_unknown_parameters)])
def begin_oidc(
    request: Request,
    settings: SettingsDep,
    after: Annotated[str, Query(alias="next", description="where to go then", max_length=2000)] = "",
) -> Response:
    """To the provider; what the way back needs is sealed into a cookie of ten minutes."""
    begun = oidc.begin(settings, safe_next(after))
    response = RedirectResponse(begun.url, 303, NO_STORE)
    response.set_cookie(
        oidc.COOKIE,
        begun.sealed,
        max_age=oidc.LASTS_S,
        path=PATH,
        httponly=True,
        samesite="lax",
        secure=is_https(request),
    )
    return response


@router.get("/oidc/callback")
def finish_oidc(request: Request, engine: EngineDep, settings: SettingsDep) -> Response:
    """Back from the provider, who may say more than we ask for; a session begins as after a password."""
    finished = oidc.finish(
        engine,
        settings,
        request.cookies.get(oidc.COOKIE),
        request.query_params,
        address_of(request),
        request.headers.get("user-agent", "")[:LONGEST_AGENT],
        trace_id=trace_of(request),
        previous=session_token(request),
    )
    response = RedirectResponse(safe_next(finished.next), 303, NO_STORE)
    response.delete_cookie(oidc.COOKIE, path=PATH, httponly=True, samesite="lax", secure=is_https(request))
    give_cookie(request, response, finished.login.token)
    return response
