"""The session: who is logged in, logging in, logging out here and everywhere."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from api.account_schemas import Ended, LoginIn, SessionList, SessionOut
from api.account_views import grant_view, session_view
from api.auth import address_of, csrf_token, give_cookie, session_token, take_cookie, trace_of
from api.bodies import body_of, told
from api.deps import CallerDep, EngineDep, SettingsDep, no_body
from gis.accounts import service
from gis.accounts.model import Caller

router = APIRouter(tags=["session"])
NO_STORE = {"Cache-Control": "no-store"}
LONGEST_AGENT = 200


def _who(caller: Caller, csrf: str | None) -> dict[str, Any]:
    account = None
    if caller.logged_in:
        home = caller.home_area
        account = {
            "id": caller.account_id,
            "username": caller.username,
            "display_name": caller.display_name,
            "home": None if home is None else {"code": home.code, "name": home.name},
        }
    return {
        "account": account,
        "roles": [grant_view(grant) for grant in caller.roles],
        "permissions": sorted(caller.permissions),
        "must_change": caller.must_change,
        "totp": caller.totp,
        "csrf": csrf,
        "via": caller.via,
    }


@router.get("/session", response_model=SessionOut)
async def read_session(request: Request, caller: CallerDep) -> Response:
    """Who is logged in, in which roles, what they may, and what a change has to carry in X-CSRF-Token."""
    token = session_token(request) if caller.via == "session" else None
    return JSONResponse(
        _who(caller, None if token is None else csrf_token(token)),
        headers=NO_STORE | {"Vary": "Cookie, Authorization"},
    )


@router.post("/session", response_model=SessionOut, openapi_extra=dict(told(LoginIn)))
def log_in(
    request: Request,
    engine: EngineDep,
    settings: SettingsDep,
    given: Annotated[LoginIn, Depends(body_of(LoginIn))],
) -> Response:
    """Log in. The session's cookie is new each time; the session of this browser before, if any, ends.

    One refusal for an unknown name, a wrong password and a disabled account. `code_required` comes only
    after the right password.
    """
    begun = service.log_in(
        engine,
        settings,
        given.username,
        given.password,
        given.code,
        address_of(request),
        request.headers.get("user-agent", "")[:LONGEST_AGENT],
        trace_id=trace_of(request),
        previous=session_token(request),
    )
    response = JSONResponse(_who(begun.caller, csrf_token(begun.token)), headers=NO_STORE)
    give_cookie(request, response, begun.token)
    return response


@router.delete("/session", status_code=204, response_class=Response, dependencies=[Depends(no_body)])
def log_out(request: Request, engine: EngineDep, caller: CallerDep) -> Response:
    """Log out here: the session ends, its cookie and what the browser kept of pages go."""
    if caller.via == "session":
        service.log_out(engine, caller)
    response = Response(status_code=204, headers=NO_STORE)
    take_cookie(request, response)
    return response


@router.get("/sessions", response_model=SessionList)
def list_sessions(engine: EngineDep, caller: CallerDep) -> Response:
    """My sessions that are still good, newest first."""
    return JSONResponse(
        {"items": [session_view(row) for row in service.my_sessions(engine, caller)]}, headers=NO_STORE
    )


@router.delete("/sessions", response_model=Ended, dependencies=[Depends(no_body)])
def log_out_everywhere(request: Request, engine: EngineDep, caller: CallerDep) -> Response:
    """End all my sessions, this one too, and revoke my access tokens."""
    ended = service.log_out_everywhere(engine, caller)
    response = JSONResponse({"ended": ended}, headers=NO_STORE)
    take_cookie(request, response)
    return response
