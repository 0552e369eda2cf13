"""The door of every operation: who calls, whether they may, and whether it is they who ask.

One dependency of the application, so that no router can be without it; `api.policy` says what it asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from fastapi import FastAPI, Request

from api.auth import (
    SAFE_METHODS,
    Credential,
    address_of,
    look_up,
    nobody,
    read_credential,
    refuse_foreign_origin,
    require_csrf_token,
    trace_of,
)
from api.policy import Access, Policy, UnknownOperation, operations, require_complete
from gis.accounts.model import Caller
from gis.base.errors import Forbidden, Unauthenticated


async def guard(request: Request) -> None:
    """Find the caller, put it into `request.state.caller`, and refuse whoever may not call this operation."""
    state = request.state
    policy = policy_of(request)
    state.caller = nobody(request)
    if policy.access is Access.OPEN:
        return
    shown = read_credential(request)
    if shown is not None:
        state.caller = await _found(request, shown)
    caller: Caller = state.caller
    if request.method not in SAFE_METHODS and caller.via != "token":
        refuse_foreign_origin(request)
        if shown is not None and caller.logged_in:
            require_csrf_token(request, shown.secret)
    if policy.rate and (policy.rate == "logins" or not caller.logged_in):
        request.app.state.rates.hit(policy.rate, address_of(request))
    elif policy.rate == "reports":
        request.app.state.rates.hit("account reports", f"account {caller.account_id}")
    state.caller = admitted(policy, caller, nobody(request))


def policy_of(request: Request) -> Policy:
    """The row of the operation a request is for."""
    found: Policy = request.app.state.policy[request.scope["route"].name]
    return found


def admitted(policy: Policy, caller: Caller, nameless: Caller) -> Caller:
    """Who the operation is done for: the caller, or nobody while the caller must change the password first.

    Raises 401 `login_required`, 403 `password_change_required`, 403 `permission_denied`.
    """
    if policy.access in {Access.SELF, Access.NEED} and not caller.logged_in:
        raise Unauthenticated("login_required", "请先登录", "Please log in first")
    if caller.must_change and not policy.before_change:
        if policy.access is Access.PUBLIC:
            return nameless
        raise Forbidden(
            "password_change_required", "请先修改初始密码", "Change the first password before anything else"
        )
    if policy.access is Access.NEED and policy.permission not in caller.permissions:
        raise Forbidden(
            "permission_denied",
            "您的角色没有此项权限",
            "Your roles do not allow this",
            permission=policy.permission,
        )
    return caller


async def _found(request: Request, shown: Credential) -> Caller:
    """Look a caller up in a place of the queue, like all work that waits for the database."""
    turn = request.scope.get("wangge_turn")
    place: AbstractAsyncContextManager[Any] = nullcontext() if turn is None else turn.for_a_moment()
    settings = request.app.state.settings
    async with place:
        return await look_up(request.state.asking, settings, shown, address_of(request), trace_of(request))


def require_guarded(app: FastAPI, policy: Mapping[str, Policy]) -> None:
    """Raise UnknownOperation when a route has no row, a row no route, or an endpoint no guard before its body."""
    found = operations(app)
    require_complete(found, policy)
    for name, routes in found.items():
        for route in routes:
            dependant = getattr(route, "dependant", None)
            if dependant is None:  # files, and the document of the API: nothing of ours runs before them
                if policy[name].access is not Access.OPEN:
                    raise UnknownOperation(f"{name} cannot be guarded")
            elif not any(needed.call is guard for needed in dependant.dependencies):
                raise UnknownOperation(f"{name} is without the guard")
            elif route.body_field is not None:  # FastAPI would read it before any dependency
                raise UnknownOperation(f"{name} reads its body before the guard")
