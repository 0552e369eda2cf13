"""Logging in: one refusal for everything, the same work for everything, and no more tries than are allowed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.accounts import audit, store
from gis.accounts.model import Caller, LoggedIn
from gis.accounts.passwords import FIRST_PASSWORD_DAYS, LONGEST, verify
from gis.accounts.people import Origin, caller_from
from gis.accounts.second_factor import read_step
from gis.accounts.secret import name_hash, token_hash
from gis.base.errors import Forbidden, Invalid, TooMany, Unauthenticated, Unavailable
from gis.db.engine import unit_of_work
from gis.db.scope import Scope, scoped, set_scope
from gis.settings import Environment, Settings

LONGEST_NAME = 64
TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Checked:
    """A try that was counted and its password looked at; `row` is the account, `why` it is refused if it is."""

    name_hash: bytes
    attempt: int | None
    row: store.LoginRow | None
    why: str | None


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
    `code_required` and `code_refused` after a right password; TooMany `too_many_logins` with the fact
    `retry_after_s`; Unavailable `busy` while too many passwords are being checked.
    """
    origin = Origin(address, trace_id)
    checked = check(engine, settings, username, password, origin)
    row = checked.row
    if row is None or checked.why is not None:
        raise refused(engine, row, origin, checked.why or "unknown")
    step = _second_factor(engine, settings, checked, row, code, origin)
    with unit_of_work(engine) as session:
        fresh = step is None or store.use_step(session, row.account_id, step)
        begun = begin(session, settings, row.account_id, origin, agent, previous) if fresh else None
        if begun is not None:
            store.clear_attempts(session, checked.name_hash, checked.attempt, whole=True)
            return begun
    raise refused(engine, row, origin, "disabled" if fresh else "code", after_password=not fresh)


def check(engine: Engine, settings: Settings, username: str, password: str, origin: Origin) -> Checked:
    """Count the try and look at the password; no connection is held while it is hashed."""
    hashed = name_hash(settings, username)
    known = username.strip() if len(username) <= LONGEST_NAME and username.isprintable() else ""
    with unit_of_work(engine) as session:
        attempt = store.count_attempt(session, settings, hashed, origin.address)
        row = store.login_row(session, known) if attempt.id is not None else None
    if attempt.id is None:
        raise too_many(attempt.wait_s)
    try:
        fits = verify(password, None if row is None else row.password_hash) and len(password) <= LONGEST
    except Unavailable:  # it was not looked at
        with unit_of_work(engine) as session:
            store.clear_attempts(session, hashed, attempt.id, whole=False)
        raise
    return Checked(hashed, attempt.id, row, _why_not(settings, row, fits))


def _why_not(settings: Settings, row: store.LoginRow | None, fits: bool) -> str | None:
    if row is None:
        return "unknown"
    if not fits:
        return "password"
    if row.disabled or (row.is_demo and settings.environment is Environment.PRODUCTION):
        return "disabled"  # the password of the demo is printed on a screen
    changed = row.password_changed_at
    first_too_old = row.must_change and changed is not None
    if first_too_old and datetime.now(UTC) - changed > timedelta(days=FIRST_PASSWORD_DAYS):  # type: ignore[operator]
        return "expired"
    return None


def _second_factor(
    engine: Engine,
    settings: Settings,
    checked: Checked,
    row: store.LoginRow,
    code: str | None,
    origin: Origin,
) -> int | None:
    """The step of the code; None where the account asks for none."""
    if row.totp_secret is None:
        return None
    if not code:
        # Only this try is forgotten: without codes the password alone would clear what wrong codes counted.
        with unit_of_work(engine) as session:
            store.clear_attempts(session, checked.name_hash, checked.attempt, whole=False)
        raise Unauthenticated(
            "code_required", "请输入动态口令", "Enter the code of your authenticator app", field="code"
        )
    step = read_step(settings, row.totp_secret, code)
    if step is None:
        raise refused(engine, row, origin, "code", after_password=True)
    return step


def begin(
    session: Session,
    settings: Settings,
    account_id: int,
    origin: Origin,
    agent: str | None,
    previous: str | None,
    *,
    how: str = "password",
) -> LoggedIn | None:
    """A session with a token of its own, on record; None when the account is disabled."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    expires_at = datetime.now(UTC) + timedelta(hours=settings.session_hours)
    started = store.start_session(
        session,
        account_id,
        token_hash=token_hash(token),
        expires_at=expires_at,
        address=origin.address,
        agent=agent,
        previous_hash=None if previous is None else token_hash(previous),
    )
    if started is None:
        return None
    row = store.new_session_row(session, token_hash(token), settings.session_idle_min * 60)
    assert row is not None
    caller = caller_from(row, settings, origin, "session")
    set_scope(session, caller.scope)
    audit.record(
        session,
        "session.login",
        "account",
        account_id,
        area_id=_home(caller),
        details={"session": started, "by": how},
    )
    return LoggedIn(token, caller, expires_at)


def _home(caller: Caller) -> int | None:
    return None if caller.home_area is None else caller.home_area.id


def refused(
    engine: Engine, row: store.LoginRow | None, origin: Origin, why: str, *, after_password: bool = False
) -> Unauthenticated:
    """The refusal of a login, put on record: of whom and why is for the auditors only."""
    nobody = Scope("anonymous", address=origin.address, trace_id=origin.trace_id)
    kind, of = ("session", "-") if row is None else ("account", str(row.account_id))
    area = None if row is None else row.home_area_id
    audit.record_refusal(
        scoped(engine, nobody), "session.refused", kind, of, area_id=area, details={"reason": why}
    )
    if after_password:
        return Unauthenticated(
            "code_refused", "动态口令不符或已用过", "The code is wrong or was used already", field="code"
        )
    return Unauthenticated(
        "login_refused",
        "用户名或密码不符，或账户已停用",
        "The name or the password is wrong, or the account is disabled",
    )


def too_many(wait_s: int) -> TooMany:
    """Too many tries; when to try again."""
    minutes = -(-wait_s // 60)
    return TooMany(
        "too_many_logins",
        f"登录失败次数过多，请 {minutes} 分钟后再试",
        f"Too many failed logins; try again in {minutes} minutes",
        retry_after_s=wait_s,
    )


def require_password(
    engine: Engine,
    settings: Settings,
    caller: Caller,
    password: str,
    *,
    if_any: bool = False,
    code: str | None = None,
    with_code: bool = False,
) -> None:
    """Ask a person who is logged in for the password again; Forbidden `wrong_password`, counted like logins.

    `if_any`: who has none here, for an outside provider vouches for them, is not asked.
    `with_code`: a current code too, where the second factor is on; Invalid `wrong_code`, counted likewise.
    """
    require_session(caller)
    if if_any and _has_none(engine, caller):
        return
    origin = Origin(caller.scope.address, caller.scope.trace_id)
    checked = check(engine, settings, caller.username or "", password, origin)
    if checked.row is None or checked.why == "password" or checked.row.account_id != caller.account_id:
        audit.record_refusal(
            scoped(engine, caller.scope), "session.refused", "account", caller.account_id, area_id=_home(caller),
            details={"reason": "password"},
        )  # fmt: skip
        raise Forbidden("wrong_password", "密码不符", "The password is wrong", field="password")
    if with_code and checked.row.totp_secret is not None:
        _require_code(engine, settings, caller, checked.row.account_id, checked.row.totp_secret, code or "")
    with unit_of_work(engine) as session:
        store.clear_attempts(session, checked.name_hash, checked.attempt, whole=True)


def _require_code(
    engine: Engine, settings: Settings, caller: Caller, account_id: int, sealed: bytes, code: str
) -> None:
    step = read_step(settings, sealed, code)
    with unit_of_work(engine) as session:
        fresh = step is not None and store.use_step(session, account_id, step)
    if not fresh:
        audit.record_refusal(
            scoped(engine, caller.scope), "session.refused", "account", account_id, area_id=_home(caller),
            details={"reason": "code"},
        )  # fmt: skip
        raise Invalid(
            "wrong_code", "动态口令不符或已用过", "The code is wrong or was used already", field="code"
        )


def _has_none(engine: Engine, caller: Caller) -> bool:
    with unit_of_work(engine) as session:
        row = store.login_row(session, caller.username or "")
    return row is not None and row.account_id == caller.account_id and row.password_hash is None


def require_session(caller: Caller) -> int:
    """The id of the account; Forbidden `session_required` for a token: a script does not change who may log in."""
    if caller.account_id is None or caller.via != "session":
        raise Forbidden(
            "session_required",
            "此操作须登录后进行，访问令牌不可用",
            "This needs somebody logged in; an access token is not enough",
        )
    return caller.account_id
