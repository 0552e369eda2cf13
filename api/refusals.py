"""What follows a refusal: its row in the audit, and for somebody in a browser the way to the login page."""

from __future__ import annotations

import logging
import re
from functools import partial
from urllib.parse import quote, urlsplit

import anyio.to_thread
from fastapi import Request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.responses import RedirectResponse, Response

from api.auth import SAFE_METHODS, address_of
from api.faultlog import safe_message
from api.policy import PAGES, Policy
from gis.accounts.audit import record_refusal
from gis.accounts.model import Caller
from gis.base.errors import Conflict, Forbidden, NotFound, Stale, TooMany, Unauthenticated, WanggeError
from gis.db.scope import scoped

LONGEST_NEXT = 2000
# Services that know the object and its area write these themselves.
WRITTEN_BY_SERVICES = frozenset(
    {
        ("password.change", "wrong_password"),
        ("totp.enable", "wrong_password"),
        ("totp.disable", "wrong_password"),
        ("token.create", "wrong_password"),
    }
    | {("contact.reveal", "outside_scope"), ("contact.reveal", "confidential_reporter")}
    | {("session.refused", "login_refused"), ("session.refused", "code_refused")}
    | {("report.create", "idempotency_conflict")}
)
# Ids of accounts, grants and tokens; of reports; SHA-256 of photos.
_ID = re.compile(r"\d{1,18}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-f]{64}", re.ASCII)
log = logging.getLogger("wangge.api")


def policy_for(request: Request) -> Policy | None:
    """The row of the operation; None where nothing was called."""
    name = getattr(request.scope.get("route"), "name", None)
    found: Policy | None = request.app.state.policy.get(name) if name else None
    return found


def is_page(request: Request) -> bool:
    """Whether a person opened this in a browser."""
    return getattr(request.scope.get("route"), "name", None) in PAGES


def led_to_login(request: Request, error: WanggeError) -> Response | None:
    """Instead of a refusal the page where it can be mended: logging in, or changing the first password."""
    if not is_page(request) or error.code not in {"login_required", "password_change_required"}:
        return None
    here = quote(path_of(request), safe="")
    where = "/login" if isinstance(error, Unauthenticated) else "/account"
    return RedirectResponse(f"{where}?next={here}", 303, {"Cache-Control": "no-store", "Vary": "Cookie"})


def path_of(request: Request) -> str:
    """Path and query of a request, as short as a `next` may be; a path that looks like a host is `/`."""
    query = request.url.query
    return safe_next(request.url.path + (f"?{query}" if query else ""))


def safe_next(wanted: str | None) -> str:
    """An address of ours that somebody may be sent to afterwards; `/` for any other."""
    if not wanted or len(wanted) > LONGEST_NEXT or not wanted.startswith("/") or wanted.startswith("//"):
        return "/"
    if "\\" in wanted or any(ord(letter) <= 0x20 or ord(letter) == 0x7F for letter in wanted):
        return "/"  # browsers drop tabs and newlines, and read a backslash as a slash
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return "/"
    if parts.scheme or parts.netloc or parts.path.startswith("//"):
        return "/"
    # Browsers take dot segments away, spelled with %2e as well, and what then begins with // is a host.
    steps = re.sub("%2e", ".", parts.path, flags=re.IGNORECASE).split("/")
    return "/" if {".", ".."} & set(steps) else wanted


async def note_refusal(request: Request, error: WanggeError) -> None:
    """Write a refused change into the audit; looking has no action, and leaves no row."""
    caller: Caller | None = getattr(request.state, "caller", None)
    policy = policy_for(request)
    if caller is None or policy is None or not policy.action or not _is_refused(request, policy, error):
        return
    if not _has_room(request, caller, error):
        return
    engine = scoped(request.app.state.engine, caller.scope)
    write = partial(
        record_refusal,
        engine,
        policy.action,
        policy.object_type,
        _object_of(request, caller),
        area_id=caller.home_area.id if caller.home_area else None,
        details={"code": error.code},
    )
    try:
        await anyio.to_thread.run_sync(write)
    except (DBAPIError, PoolTimeout) as fault:  # the refusal stands, written or not
        log.error("a refusal was not written to the audit: %s", safe_message(fault))


def _has_room(request: Request, caller: Caller, error: WanggeError) -> bool:
    """So many rows a minute for an account, or for the address of nobody; of throttled logins one a while."""
    whose = f"account {caller.account_id}" if caller.logged_in else address_of(request)
    bounded: bool = request.app.state.rates.allows(
        "throttled" if isinstance(error, TooMany) else "refusals", whose
    )
    return bounded


def _object_of(request: Request, caller: Caller) -> str:
    """What was to be changed, as the path names it; `-` for anything that is no id: the audit takes no free text."""
    told = [part if _ID.fullmatch(part) else "-" for part in request.path_params.values()]
    return "/".join(told) or str(caller.account_id or "-")


def _is_refused(request: Request, policy: Policy, error: WanggeError) -> bool:
    """Whether somebody was not let do it: as nobody, without the permission, on what is not theirs to see, against
    what is stored (409, 412), or too often at the login. Input that is wrong in itself (4xx else) leaves no row.
    """
    if error.noted or (policy.action, error.code) in WRITTEN_BY_SERVICES:
        return False
    if isinstance(error, TooMany):
        return policy.rate == "logins" or error.code == "too_many_logins"
    hidden = isinstance(error, NotFound) and request.method not in SAFE_METHODS
    return hidden or isinstance(error, Forbidden | Unauthenticated | Conflict | Stale)
