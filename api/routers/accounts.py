"""Accounts of others: made, changed, disabled and given roles by the administrators of their subtree."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import JSONResponse, Response

from api.account_schemas import (
    AccountChange,
    AccountIn,
    AccountList,
    AccountMade,
    AccountOut,
    DepartmentOut,
    Ended,
    FirstPassword,
    GrantIn,
    RoleOut,
)
from api.account_views import account_view, department_view, role_view
from api.answers import has_already
from api.bodies import IfMatch, body_of, told
from api.cursor import read_word_cursor, write_word_cursor
from api.deps import CallerDep, EngineDep, SettingsDep, no_body
from api.numbers import PlainInt
from gis.accounts import administration as admin
from gis.accounts.model import AccountView, NewAccount, NewGrant
from gis.events.readers import read_natural_code, read_string

router = APIRouter(tags=["accounts"])
NO_STORE = {"Cache-Control": "no-store"}
LARGEST_ID = 2**31 - 1
Id = Annotated[PlainInt, Path(ge=1, le=LARGEST_ID)]


def _answer(account: AccountView, status: int = 200) -> Response:
    return JSONResponse(account_view(account), status, NO_STORE | {"ETag": _tag(account)})


def _tag(account: AccountView) -> str:
    return f'"{account.version}"'


@router.get("/accounts", response_model=AccountList)
def list_accounts(
    engine: EngineDep,
    settings: SettingsDep,
    q: Annotated[str | None, Query(description="part of the name", max_length=60)] = None,
    area: Annotated[str | None, Query(description="区域代码，含其下级 / home area", max_length=40)] = None,
    state: Annotated[Literal["active", "disabled"] | None, Query()] = None,
    limit: Annotated[PlainInt, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(description="`next` of the page before", max_length=400)] = None,
) -> Response:
    """The accounts of the subtrees one looks after, by name. Reading them is on record."""
    code = None if area is None else read_natural_code(area, "area")
    bound = ("accounts", q, code, state)
    page = admin.list_accounts(
        engine,
        search=read_string(q, "q", longest=60) if q else None,
        area=code,
        disabled=None if state is None else state == "disabled",
        limit=limit,
        after=None if cursor is None else read_word_cursor(settings.cursor_secret, bound, cursor),
    )
    following = None if page.next is None else write_word_cursor(settings.cursor_secret, bound, page.next)
    body = {"items": [account_view(account) for account in page.items], "next": following}
    return JSONResponse(body, headers=NO_STORE)


@router.post("/accounts", status_code=201, response_model=AccountMade, openapi_extra=dict(told(AccountIn)))
def create_account(
    engine: EngineDep,
    settings: SettingsDep,
    caller: CallerDep,
    given: Annotated[AccountIn, Depends(body_of(AccountIn))],
) -> Response:
    """Make an account in an area one administers. Its first password is in this answer only."""
    made, password = admin.create_account(
        engine,
        settings,
        caller,
        NewAccount(given.username, given.display_name, given.home, given.issuer, given.subject),
    )
    headers = NO_STORE | {"ETag": _tag(made), "Location": f"/api/v1/accounts/{made.id}"}
    return JSONResponse(account_view(made) | {"password": password}, 201, headers)


@router.get("/accounts/{account_id}", response_model=AccountOut)
def read_account(request: Request, engine: EngineDep, account_id: Id) -> Response:
    """One account with its roles, past ones as well."""
    found = admin.read_account(engine, account_id)
    if has_already(request, _tag(found)):
        return Response(status_code=304, headers=NO_STORE | {"ETag": _tag(found)})
    return _answer(found)


@router.patch("/accounts/{account_id}", response_model=AccountOut, openapi_extra=dict(told(AccountChange)))
def update_account(
    engine: EngineDep,
    caller: CallerDep,
    account_id: Id,
    version: IfMatch,
    given: Annotated[AccountChange, Depends(body_of(AccountChange))],
) -> Response:
    """Change the name or the home of an account, disable it or let it in again; If-Match carries its ETag."""
    changed = admin.update_account(
        engine,
        caller,
        account_id,
        version,
        display_name=given.display_name,
        home=given.home,
        disabled=given.disabled,
    )
    return _answer(changed)


@router.post(
    "/accounts/{account_id}/password-reset", response_model=FirstPassword, dependencies=[Depends(no_body)]
)
def reset_password(engine: EngineDep, settings: SettingsDep, caller: CallerDep, account_id: Id) -> Response:
    """A new first password, shown this once; the person's sessions end and they must change it."""
    password = admin.reset_password(engine, settings, caller, account_id)
    return JSONResponse({"password": password}, headers=NO_STORE)


@router.delete("/accounts/{account_id}/sessions", response_model=Ended, dependencies=[Depends(no_body)])
def end_account_sessions(engine: EngineDep, caller: CallerDep, account_id: Id) -> Response:
    """Log somebody out everywhere."""
    return JSONResponse({"ended": admin.end_sessions(engine, caller, account_id)}, headers=NO_STORE)


@router.post(
    "/accounts/{account_id}/grants",
    status_code=201,
    response_model=AccountOut,
    openapi_extra=dict(told(GrantIn)),
)
def create_grant(
    engine: EngineDep,
    caller: CallerDep,
    account_id: Id,
    given: Annotated[GrantIn, Depends(body_of(GrantIn))],
) -> Response:
    """Give a role in an area one administers, or in a department; it counts from the person's next request."""
    grant = NewGrant(
        given.role, given.area, given.department, tuple(given.categories), given.valid_from, given.valid_to
    )
    return _answer(admin.create_grant(engine, caller, account_id, grant), 201)


@router.delete(
    "/accounts/{account_id}/grants/{grant_id}", response_model=AccountOut, dependencies=[Depends(no_body)]
)
def end_grant(engine: EngineDep, caller: CallerDep, account_id: Id, grant_id: Id) -> Response:
    """End a role: it stays in the record with its last day."""
    return _answer(admin.end_grant(engine, caller, account_id, grant_id))


@router.get("/roles", response_model=list[RoleOut])
def list_roles(engine: EngineDep) -> Response:
    """The roles as the city defined them: what each allows, and where it may be held."""
    return JSONResponse(
        [role_view(row) for row in admin.list_roles(engine)], headers={"Cache-Control": "private, no-cache"}
    )


@router.get("/departments", response_model=list[DepartmentOut])
def list_departments(engine: EngineDep) -> Response:
    """The departments, by code."""
    rows = [department_view(row) for row in admin.list_departments(engine)]
    return JSONResponse(rows, headers={"Cache-Control": "private, no-cache"})
