"""What a person asks of the accounts room for themselves: log in and out, password, second factor, tokens.

`engine` may be the web engine with or without a scope; what is done for a person is done in their own.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from gis.accounts import audit, second_factor, store
from gis.accounts.login import log_in, require_password, require_session
from gis.accounts.model import AccountView, Caller, NewToken, SessionRow, TokenRow, TotpOffer
from gis.accounts.passwords import hash_password, normal_form, refuse_weak
from gis.accounts.people import Origin, caller_from
from gis.accounts.secret import token_hash
from gis.accounts.texts import read_text
from gis.base.errors import Forbidden, Invalid, NotFound
from gis.db.asking import Asking
from gis.db.engine import unit_of_work
from gis.db.scope import Scope, scoped
from gis.settings import Settings

__all__ = (
    "anonymous",
    "change_password",
    "confirm_totp",
    "create_token",
    "issue_token",
    "log_in",
    "log_out",
    "log_out_everywhere",
    "my_sessions",
    "my_tokens",
    "offer_totp",
    "remove_totp",
    "resume_session",
    "resume_token",
    "revoke_token",
)  # fmt: skip
TOKEN_PREFIX = "wgt_"  # noqa: S105 - how tokens begin, so that a leaked one is recognised
TOKEN_DAYS, LONGEST_TOKEN_DAYS = 90, 365
MOST_TOKENS = 50


def anonymous(address: str | None, trace_id: str | None) -> Caller:
    """Whoever is not logged in: no permission, a scope that only says where the request came from."""
    scope = Scope("anonymous", address=address, trace_id=trace_id)
    return Caller(None, None, None, (), frozenset(), scope)


async def resume_session(
    asking: Asking, settings: Settings, token: str, address: str | None, trace_id: str | None
) -> Caller | None:
    """The caller a session's token stands for; None when it ended, idled, aged, or the account is disabled."""
    row = await store.session_row(asking, token_hash(token), settings.session_idle_min * 60)
    return None if row is None else caller_from(row, settings, Origin(address, trace_id), "session")


async def resume_token(
    asking: Asking, settings: Settings, token: str, address: str | None, trace_id: str | None
) -> Caller | None:
    """The caller of a personal access token, with no more than the token's permissions; None when it is no more."""
    row = await store.token_row(asking, token_hash(token))
    return None if row is None else caller_from(row, settings, Origin(address, trace_id), "token")


def log_out(engine: Engine, caller: Caller) -> None:
    """End this session."""
    account_id = require_session(caller)
    with unit_of_work(scoped(engine, caller.scope)) as session:
        store.end_session(session, account_id, caller.session_id)
        audit.record(
            session, "session.logout", "account", account_id, area_id=_home(caller),
            details={"session": caller.session_id},
        )  # fmt: skip


def log_out_everywhere(engine: Engine, caller: Caller) -> int:
    """End all sessions of the caller, this one too, and revoke the tokens; how many sessions there were."""
    account_id = require_session(caller)
    with unit_of_work(scoped(engine, caller.scope)) as session:
        ended = store.end_sessions(session, account_id)
        revoked = store.revoke_tokens(session, account_id)
        audit.record(
            session,
            "session.logout",
            "account",
            account_id,
            area_id=_home(caller),
            details={"sessions": ended, "tokens": revoked},
        )
    return ended


def my_sessions(engine: Engine, caller: Caller) -> Sequence[SessionRow]:
    """The caller's sessions that have not ended, newest first; one that idles ends by itself."""
    account_id = require_session(caller)
    with unit_of_work(scoped(engine, caller.scope)) as session:
        return store.own_sessions(session, account_id, caller.session_id)


def change_password(engine: Engine, settings: Settings, caller: Caller, old: str, new: str) -> None:
    """Change one's own password; one's other sessions end, all access tokens are revoked.

    Raises Forbidden `wrong_password`, TooMany `too_many_logins`, Invalid `password_…` saying what the profile asks.
    """
    account_id = require_session(caller)
    require_password(engine, settings, caller, old)
    if normal_form(new) == normal_form(old):
        raise Invalid("password_same", "新密码与原密码相同", "The new password is the old one", field="new")
    refuse_weak(new, caller.username or "", settings.password_profile, field="new")
    hashed = hash_password(new)
    with unit_of_work(scoped(engine, caller.scope)) as session:
        store.set_password(session, account_id, hashed, must_change=False)
        ended = store.end_sessions(session, account_id, but=caller.session_id)
        revoked = store.revoke_tokens(session, account_id)
        audit.record(
            session, "password.change", "account", account_id, area_id=_home(caller),
            details={"ended": ended, "tokens": revoked},
        )  # fmt: skip


def offer_totp(engine: Engine, settings: Settings, caller: Caller, password: str) -> TotpOffer:
    """A secret for the authenticator app; it counts from `confirm_totp`.

    Raises Forbidden `wrong_password`; Conflict `totp_on` while one is on: it has to be switched off first.
    """
    account_id = require_session(caller)
    require_password(engine, settings, caller, password)
    with unit_of_work(scoped(engine, caller.scope)) as session:
        version = store.version_without_totp(session, account_id)
    return second_factor.offer(settings, caller, version)


def confirm_totp(engine: Engine, settings: Settings, caller: Caller, sealed: str, code: str) -> None:
    """Switch the second factor on with a first code; other sessions end.

    Raises Invalid `bad_totp_offer` (an offer is good for the account as it was then, so once), `wrong_code`;
    Conflict `totp_on`.
    """
    account_id = require_session(caller)
    with unit_of_work(scoped(engine, caller.scope)) as session:
        version = store.version_without_totp(session, account_id)
        stored, step = second_factor.accept(settings, caller, version, sealed, code)
        store.use_step(session, account_id, step)
        store.set_totp(session, account_id, stored)
        store.end_sessions(session, account_id, but=caller.session_id)
        audit.record(session, "totp.enable", "account", account_id, area_id=_home(caller))


def remove_totp(
    engine: Engine, settings: Settings, caller: Caller, password: str, code: str | None = None
) -> None:
    """Switch the second factor off, with a code of it. Raises Forbidden `wrong_password`, Invalid `wrong_code`."""
    account_id = require_session(caller)
    require_password(engine, settings, caller, password, code=code, with_code=True)
    with unit_of_work(scoped(engine, caller.scope)) as session:
        store.set_totp(session, account_id, None)
        store.end_sessions(session, account_id, but=caller.session_id)
        audit.record(session, "totp.disable", "account", account_id, area_id=_home(caller))


def my_tokens(engine: Engine, caller: Caller) -> Sequence[TokenRow]:
    """The caller's access tokens, newest first, revoked ones as well."""
    account_id = require_session(caller)
    with unit_of_work(scoped(engine, caller.scope)) as session:
        return store.own_tokens(session, account_id)


def create_token(
    engine: Engine,
    settings: Settings,
    caller: Caller,
    password: str,
    name: str,
    permissions: Sequence[str],
    expires_at: datetime | None = None,
) -> NewToken:
    """A personal access token of at most a year (90 days when nothing is said), shown once.

    Raises Forbidden `wrong_password` (who has none here is not asked), `permission_denied` for one the caller has
    not; Invalid `bad_expiry`, `too_many_tokens`.
    """
    account_id = require_session(caller)
    _refuse_unheld(caller.permissions, sorted(set(permissions)))
    require_password(engine, settings, caller, password, if_any=True)
    inside = scoped(engine, caller.scope)
    return _issue(inside, account_id, caller.permissions, _home(caller), name, permissions, expires_at)


def issue_token(
    engine: Engine, account: AccountView, name: str, permissions: Sequence[str], expires_at: datetime
) -> NewToken:
    """A token for somebody else, by the command line; the same refusals as `create_token`."""
    held = frozenset(name for grant in account.grants if grant.in_force for name in grant.permissions)
    return _issue(engine, account.id, held, account.home.id, name, permissions, expires_at)


def _issue(
    engine: Engine,
    account_id: int,
    held: frozenset[str],
    home: int | None,
    name: str,
    permissions: Sequence[str],
    expires_at: datetime | None,
) -> NewToken:
    name, allowed = read_text(name, "name"), sorted(set(permissions))
    _refuse_unheld(held, allowed)
    until = _expiry(expires_at)
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    with unit_of_work(engine) as session:
        good = [row for row in store.own_tokens(session, account_id) if row.revoked_at is None]
        if len([row for row in good if row.expires_at > datetime.now(UTC)]) >= MOST_TOKENS:
            raise Invalid(
                "too_many_tokens",
                f"至多 {MOST_TOKENS} 个有效令牌，请先撤销不用的",
                f"{MOST_TOKENS} good tokens at most; revoke some first",
            )
        row = store.add_token(session, account_id, token_hash(token), name, allowed, until)
        audit.record(
            session, "token.create", "account", account_id, area_id=home,
            details={"token": row.id, "permissions": allowed, "until": until.isoformat()},
        )  # fmt: skip
    return NewToken(token, row)


def revoke_token(engine: Engine, caller: Caller, token_id: int) -> None:
    """Revoke one of one's own tokens; NotFound `no_such_token`."""
    account_id = require_session(caller)
    with unit_of_work(scoped(engine, caller.scope)) as session:
        if not store.revoke_token(session, account_id, token_id):
            raise NotFound("no_such_token", "没有这个访问令牌", "There is no such access token")
        audit.record(
            session, "token.revoke", "account", account_id, area_id=_home(caller), details={"token": token_id}
        )


def _home(caller: Caller) -> int | None:
    return None if caller.home_area is None else caller.home_area.id


def _refuse_unheld(held: frozenset[str], allowed: Sequence[str]) -> None:
    missing = [permission for permission in allowed if permission not in held]
    if not allowed or missing:
        named = ", ".join(missing)[:200] or "-"
        raise Forbidden(
            "permission_denied",
            f"访问令牌的权限须在自己的权限之内：{named}",
            f"A token has permissions of its owner, and one at least: {named}",
            field="permissions",
        )


def _expiry(wanted: datetime | None) -> datetime:
    now = datetime.now(UTC)
    until = wanted or now + timedelta(days=TOKEN_DAYS)
    if until.tzinfo is None or not now < until <= now + timedelta(days=LONGEST_TOKEN_DAYS, minutes=5):
        raise Invalid(
            "bad_expiry",
            f"有效期须在将来，至多 {LONGEST_TOKEN_DAYS} 天",
            f"A token ends in the future, within {LONGEST_TOKEN_DAYS} days",
            field="expires_at",
        )
    return until
