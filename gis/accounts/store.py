"""The accounts room's reading and writing: the owner's functions, and single rows under row-level security."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.accounts.model import SessionRow, TokenRow
from gis.accounts.texts import fold_name
from gis.base.errors import Conflict, NotFound
from gis.db.asking import Asking
from gis.db.sql import driver_text, load
from gis.settings import Settings

PACKAGE = "gis.accounts"
LOGIN = text("SELECT * FROM login_lookup(:name)")
OIDC = text("SELECT * FROM oidc_lookup(:issuer, :subject)")
OIDC_ACCOUNT = text("SELECT oidc_account(:issuer, :subject, :username, :display_name, :home)")
START = text("SELECT session_start(:account, :hash, :expires, :address, :agent, :previous)")
ATTEMPT = text("SELECT * FROM login_attempt(:name_hash, :address, :window_s, :per_name, :per_address)")
CLEARED = text("SELECT login_cleared(:name_hash, :attempt, :whole)")
TOTP_USE = text("SELECT totp_use(:account, :step)")

OWN_SESSIONS = text("""
SELECT id, created_at, seen_at, expires_at, address, agent, id = :current AS current FROM login_session
WHERE account_id = :account AND ended_at IS NULL AND expires_at > now()
ORDER BY created_at DESC, id DESC LIMIT 200
""")
END_SESSIONS = text("""
UPDATE login_session SET ended_at = now()
WHERE account_id = :account AND ended_at IS NULL AND id IS DISTINCT FROM cast(:but AS int)
""")
END_SESSION = text(
    "UPDATE login_session SET ended_at = now() WHERE id = :id AND account_id = :account AND ended_at IS NULL"
)
SET_PASSWORD = text("""
UPDATE account SET password_hash = :hash, password_changed_at = now(), must_change = :must_change,
  version = version + 1 WHERE id = :account
""")
# The last step that counted stays, with a new secret as without one: no code counts twice.
SET_TOTP = text("UPDATE account SET totp_secret = :secret, version = version + 1 WHERE id = :account")
OWN_VERSION = text("SELECT version, totp FROM account WHERE id = :account")
TOKEN_COLUMNS = "id, name, permissions, created_at, used_at, expires_at, revoked_at"  # noqa: S105
OWN_TOKENS = text(
    f"SELECT {TOKEN_COLUMNS} FROM access_token WHERE account_id = :account ORDER BY id DESC LIMIT 200"
)
ADD_TOKEN = text(f"""
INSERT INTO access_token (token_hash, account_id, name, permissions, expires_at)
VALUES (:hash, :account, :name, :permissions, :expires_at) RETURNING {TOKEN_COLUMNS}
""")
REVOKE = text(
    "UPDATE access_token SET revoked_at = now() WHERE id = :id AND account_id = :account AND revoked_at IS NULL"
)
REVOKE_ALL = text(
    "UPDATE access_token SET revoked_at = now() WHERE account_id = :account AND revoked_at IS NULL"
)


@dataclass(frozen=True, slots=True)
class LoginRow:
    """What a login is checked with."""

    account_id: int
    username: str
    password_hash: str | None = field(repr=False)
    password_changed_at: datetime | None
    must_change: bool
    totp_secret: bytes | None = field(repr=False)
    disabled: bool
    home_area_id: int
    is_demo: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try to log in: its id, or the seconds to wait before another."""

    id: int | None
    wait_s: int


def login_row(session: Session, name: str) -> LoginRow | None:
    """The account of a name, letters of either case; folded here, so that no server's letters find another."""
    row = session.execute(LOGIN, {"name": fold_name(name)}).one_or_none()
    return None if row is None else LoginRow(**row._asdict())


def count_attempt(session: Session, settings: Settings, name_hash: bytes, address: str | None) -> Attempt:
    """Count a try, unless there were too many of the name or from the address."""
    row = session.execute(
        ATTEMPT,
        {
            "name_hash": name_hash,
            "address": address or "",
            "window_s": settings.login_window_min * 60,
            "per_name": settings.login_failures,
            "per_address": settings.login_failures_address,
        },
    ).one()
    return Attempt(row.attempt, row.wait_s)


def clear_attempts(session: Session, name_hash: bytes, attempt: int | None, *, whole: bool) -> None:
    """Forget the failures of a name, or this one try only."""
    session.execute(CLEARED, {"name_hash": name_hash, "attempt": attempt, "whole": whole})


def use_step(session: Session, account_id: int, step: int) -> bool:
    """Whether the one-time code of this step had not been used; it is now."""
    return bool(session.scalar(TOTP_USE, {"account": account_id, "step": step}))


def start_session(
    session: Session,
    account_id: int,
    *,
    token_hash: bytes,
    expires_at: datetime,
    address: str | None,
    agent: str | None,
    previous_hash: bytes | None,
) -> int | None:
    """Begin a session and end the one before of the same browser; None when the account is disabled."""
    found: int | None = session.scalar(
        START,
        {
            "account": account_id,
            "hash": token_hash,
            "expires": expires_at,
            "address": address,
            "agent": agent,
            "previous": previous_hash,
        },
    )
    return found


def new_session_row(session: Session, token_hash: bytes, idle_s: int) -> Any | None:
    """The session that this transaction began, as `session_row` will find it."""
    return session.execute(
        load(PACKAGE, "session_lookup"), {"hash": token_hash, "idle_s": idle_s}
    ).one_or_none()


async def session_row(asking: Asking, token_hash: bytes, idle_s: int) -> Any | None:
    """The session of a token with its account and grants."""
    values = {"hash": token_hash, "idle_s": idle_s}
    return next(iter(await asking.once(driver_text(PACKAGE, "session_lookup"), values)), None)


async def token_row(asking: Asking, token_hash: bytes) -> Any | None:
    """The access token with its account and grants."""
    return next(iter(await asking.once(driver_text(PACKAGE, "token_lookup"), {"hash": token_hash})), None)


def own_sessions(session: Session, account_id: int, current: int | None) -> Sequence[SessionRow]:
    """Sessions of an account that have not ended."""
    values = {"account": account_id, "current": current or 0}
    return [SessionRow(**row._asdict()) for row in session.execute(OWN_SESSIONS, values)]


def end_sessions(session: Session, account_id: int, *, but: int | None = None) -> int:
    """End all sessions of an account, but perhaps one."""
    return _changed(session.execute(END_SESSIONS, {"account": account_id, "but": but}))


def end_session(session: Session, account_id: int, session_id: int | None) -> None:
    """End one session of an account."""
    session.execute(END_SESSION, {"account": account_id, "id": session_id})


def set_password(session: Session, account_id: int, password_hash: str, *, must_change: bool) -> None:
    """Store the hash of a new password."""
    values = {"account": account_id, "hash": password_hash, "must_change": must_change}
    _require_one(_changed(session.execute(SET_PASSWORD, values)))


def version_without_totp(session: Session, account_id: int) -> int:
    """The version of an account that has no second factor yet; Conflict `totp_on`."""
    row = session.execute(OWN_VERSION, {"account": account_id}).one_or_none()
    _require_one(row is not None)
    if row is None or row.totp:
        raise Conflict(
            "totp_on",
            "两步验证已开启；更换前请先关闭",
            "The second factor is on; switch it off before setting up another",
        )
    return int(row.version)


def set_totp(session: Session, account_id: int, sealed: bytes | None) -> None:
    """Store the sealed secret of the second factor; None removes it."""
    _require_one(_changed(session.execute(SET_TOTP, {"account": account_id, "secret": sealed})))


def own_tokens(session: Session, account_id: int) -> Sequence[TokenRow]:
    """The access tokens of an account."""
    return [_token(row) for row in session.execute(OWN_TOKENS, {"account": account_id})]


def add_token(
    session: Session,
    account_id: int,
    token_hash: bytes,
    name: str,
    allowed: Sequence[str],
    expires_at: datetime,
) -> TokenRow:
    """Store an access token."""
    values = {"account": account_id, "hash": token_hash, "name": name, "permissions": list(allowed)}
    return _token(session.execute(ADD_TOKEN, values | {"expires_at": expires_at}).one())


def revoke_token(session: Session, account_id: int, token_id: int) -> bool:
    """Whether there was such a token to revoke."""
    return _changed(session.execute(REVOKE, {"account": account_id, "id": token_id})) == 1


def revoke_tokens(session: Session, account_id: int) -> int:
    """Revoke all access tokens of an account."""
    return _changed(session.execute(REVOKE_ALL, {"account": account_id}))


def _token(row: Any) -> TokenRow:
    told = row._asdict()
    return TokenRow(**told | {"permissions": tuple(told["permissions"])})


def _changed(result: Any) -> int:
    return int(result.rowcount)


def _require_one(changed: int) -> None:
    if changed != 1:  # the policies let nobody see it any more
        raise NotFound("no_such_account", "没有这个账户", "There is no such account")
