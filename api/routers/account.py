"""My own account: password, second factor, access tokens."""

from __future__ import annotations

from typing import Annotated

import segno
from fastapi import APIRouter, Depends
from starlette.responses import JSONResponse, Response

from api.account_schemas import PasswordIn, ProofIn, TokenIn, TokenList, TokenOut, TotpIn, TotpOffIn, TotpOut
from api.account_views import token_view
from api.bodies import body_of, told
from api.deps import CallerDep, EngineDep, SettingsDep, no_body
from api.numbers import PlainInt
from gis.accounts import service

router = APIRouter(prefix="/account", tags=["account"])
NO_STORE = {"Cache-Control": "no-store"}


@router.put("/password", status_code=204, response_class=Response, openapi_extra=dict(told(PasswordIn)))
def change_password(
    engine: EngineDep,
    settings: SettingsDep,
    caller: CallerDep,
    given: Annotated[PasswordIn, Depends(body_of(PasswordIn))],
) -> Response:
    """Change my password; my other sessions end, my access tokens are revoked.

    What a password must be like follows WANGGE_PASSWORD_PROFILE.
    """
    service.change_password(engine, settings, caller, given.old, given.new)
    return Response(status_code=204, headers=NO_STORE)


@router.post("/totp", response_model=TotpOut, openapi_extra=dict(told(ProofIn)))
def begin_totp(
    engine: EngineDep,
    settings: SettingsDep,
    caller: CallerDep,
    given: Annotated[ProofIn, Depends(body_of(ProofIn))],
) -> Response:
    """A secret for the authenticator app; it counts once its first code has come back."""
    offer = service.offer_totp(engine, settings, caller, given.password)
    picture = segno.make(offer.uri, error="m").svg_data_uri(scale=5, border=4)
    body = {"secret": offer.secret, "uri": offer.uri, "sealed": offer.sealed, "qr": picture}
    return JSONResponse(body, headers=NO_STORE)


@router.put("/totp", status_code=204, response_class=Response, openapi_extra=dict(told(TotpIn)))
def confirm_totp(
    engine: EngineDep,
    settings: SettingsDep,
    caller: CallerDep,
    given: Annotated[TotpIn, Depends(body_of(TotpIn))],
) -> Response:
    """Switch the second factor on with a first code."""
    service.confirm_totp(engine, settings, caller, given.sealed, given.code)
    return Response(status_code=204, headers=NO_STORE)


@router.delete("/totp", status_code=204, response_class=Response, openapi_extra=dict(told(TotpOffIn)))
def remove_totp(
    engine: EngineDep,
    settings: SettingsDep,
    caller: CallerDep,
    given: Annotated[TotpOffIn, Depends(body_of(TotpOffIn))],
) -> Response:
    """Switch the second factor off, with the password and a current code of it."""
    service.remove_totp(engine, settings, caller, given.password, given.code)
    return Response(status_code=204, headers=NO_STORE)


@router.get("/tokens", response_model=TokenList)
def list_tokens(engine: EngineDep, caller: CallerDep) -> Response:
    """My access tokens, without their secrets."""
    return JSONResponse(
        {"items": [token_view(row) for row in service.my_tokens(engine, caller)]}, headers=NO_STORE
    )


@router.post("/tokens", status_code=201, response_model=TokenOut, openapi_extra=dict(told(TokenIn)))
def create_token(
    engine: EngineDep,
    settings: SettingsDep,
    caller: CallerDep,
    given: Annotated[TokenIn, Depends(body_of(TokenIn))],
) -> Response:
    """A token for a script or a field app, with some of my permissions; shown in this answer only.

    It asks for the password again, of whoever has one here.
    """
    password = given.password or ""
    made = service.create_token(
        engine, settings, caller, password, given.name, given.permissions, given.expires_at
    )
    return JSONResponse(token_view(made.row) | {"token": made.token}, 201, NO_STORE)


@router.delete(
    "/tokens/{token_id}", status_code=204, response_class=Response, dependencies=[Depends(no_body)]
)
def revoke_token(engine: EngineDep, caller: CallerDep, token_id: PlainInt) -> Response:
    """Revoke one of my tokens."""
    service.revoke_token(engine, caller, token_id)
    return Response(status_code=204, headers=NO_STORE)
