"""What a person asks of the accounts room for themselves: log in and out, password, second factor, tokens.

The signatures; `engine` may be the web engine with or without a scope.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine

from gis.accounts.model import Caller, LoggedIn, NewToken, SessionRow, TokenRow, TotpOffer
from gis.db.scope import Scope
from gis.settings import Settings


def anonymous(address: str | None, trace_id: str | None) -> Caller:
    """Whoever is not logged in: no permission, a scope that only says where the request came from."""
    scope = Scope("anonymous", address=address, trace_id=trace_id)
    return Caller(None, None, None, (), frozenset(), scope)


def resume_session(
    engine: Engine, settings: Settings, token: str, address: str | None, trace_id: str | None
) -> Caller | None:
    """The caller a session's token stands for; None when it ended, idled, aged, or the account is disabled."""
    raise NotImplementedError


def resume_token(
    engine: Engine, settings: Settings, token: str, address: str | None, trace_id: str | None
) -> Caller | None:
    """The caller of a personal access token, with no more than the token's permissions; None when it is no more."""
    raise NotImplementedError


def log_in(
    engine: Engine,
    settings: Settings,
    username: str,
    password: str,
    code: str | None,
    address: str | None,
    agent: str | None,
    *,
    trace_id: str | None = None,
    previous: str | None = None,
) -> LoggedIn:
    """Begin a session; the one of the token `previous` (of the same browser) ends.

    Raises Unauthenticated `login_refused` (one answer for an unknown name, a wrong password, a disabled account),
    Unauthenticated `code_required` and `code_refused` after a right password, TooMany `too_many_logins` with
    the fact `retry_after_s`.
    """
    raise NotImplementedError


def log_out(engine: Engine, caller: Caller) -> None:
    """End this session."""
    raise NotImplementedError


def log_out_everywhere(engine: Engine, caller: Caller) -> int:
    """End all sessions of the caller, this one too; how many there were."""
    raise NotImplementedError


def my_sessions(engine: Engine, caller: Caller) -> Sequence[SessionRow]:
    """The caller's sessions that are still good, newest first."""
    raise NotImplementedError


def change_password(engine: Engine, settings: Settings, caller: Caller, old: str, new: str) -> None:
    """Change one's own password; one's other sessions end.

    Raises Forbidden `wrong_password`, TooMany `too_many_logins`, Invalid `password_…` saying what the profile asks.
    """
    raise NotImplementedError


def offer_totp(engine: Engine, settings: Settings, caller: Caller, password: str) -> TotpOffer:
    """A secret for the authenticator app; it counts from `confirm_totp`. Raises Forbidden `wrong_password`."""
    raise NotImplementedError


def confirm_totp(engine: Engine, settings: Settings, caller: Caller, sealed: str, code: str) -> None:
    """Switch the second factor on with a first code. Raises Invalid `bad_totp_offer`, `wrong_code`."""
    raise NotImplementedError


def remove_totp(engine: Engine, settings: Settings, caller: Caller, password: str) -> None:
    """Switch the second factor off. Raises Forbidden `wrong_password`."""
    raise NotImplementedError


def my_tokens(engine: Engine, caller: Caller) -> Sequence[TokenRow]:
    """The caller's access tokens, newest first, revoked ones as well."""
    raise NotImplementedError


def create_token(
    engine: Engine, caller: Caller, name: str, permissions: Sequence[str], expires_at: datetime | None = None
) -> NewToken:
    """A personal access token of at most a year (90 days when nothing is said), shown once.

    Raises Invalid `unknown_permission`, `bad_expiry`; Forbidden `permission_denied` for one the caller has not.
    """
    raise NotImplementedError


def revoke_token(engine: Engine, caller: Caller, token_id: int) -> None:
    """Revoke one of one's own tokens; NotFound `no_such_token`."""
    raise NotImplementedError
