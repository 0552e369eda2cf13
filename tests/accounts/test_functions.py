"""What the web edge could ask of the owner's functions past the program: no more than the program asks."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gis.accounts import store
from gis.accounts.audit import record
from gis.accounts.second_factor import STEP_S
from gis.accounts.secret import token_hash
from gis.db.engine import unit_of_work
from gis.db.scope import Scope, scoped
from tests.accounts.office import Office

pytestmark = pytest.mark.db


def start(office: Office, account: int, days: float, *, audited: bool, previous: str | None = None) -> None:
    with unit_of_work(scoped(office.web, Scope("anonymous"))) as session:
        store.start_session(
            session, account, token_hash=token_hash(f"made up {days}"),
            expires_at=datetime.now(UTC) + timedelta(days=days), address=None, agent=None,
            previous_hash=None if previous is None else token_hash(previous),
        )  # fmt: skip
        if audited:
            record(session, "session.login", "account", account)


def test_no_session_lasts_longer_than_a_day(office: Office) -> None:
    account = office.add("zhang")
    start(office, account, 3650, audited=True)
    assert office.one("SELECT expires_at <= now() + interval '24 hours' FROM login_session")
    start(office, account, 0.5, audited=True)
    assert office.one("SELECT min(expires_at) <= now() + interval '12 hours' FROM login_session"), (
        "the control"
    )


def test_no_session_begins_or_ends_without_a_record(office: Office) -> None:
    account = office.add("zhang")
    with pytest.raises(DBAPIError, match="unaudited_write"):
        start(office, account, 0.5, audited=False)
    assert office.one("SELECT count(*) FROM login_session") == 0
    token = office.log_in("zhang").token
    with pytest.raises(DBAPIError, match="unaudited_write"):
        start(office, office.add("gone", disabled_at="now"), 0.5, audited=False, previous=token)
    here = office.caller(token)
    assert here is not None
    with (
        pytest.raises(DBAPIError, match="unaudited_write"),
        unit_of_work(scoped(office.web, here.scope)) as session,
    ):
        store.end_sessions(session, account)
    assert office.caller(token), "and being seen is no act"
    office.later("login_session", "expires_at", timedelta(days=91))
    office.log_in("zhang")
    assert office.one("SELECT count(*) FROM login_session") == 1, "those long gone go with the next login"


@pytest.mark.parametrize(
    ("steps", "good"), [(-3, False), (-1, True), (0, True), (1, True), (4, False), (10**6, False)]
)
def test_a_code_of_another_time_is_none(office: Office, steps: int, good: bool) -> None:
    account = office.add("zhang")
    step = int(time.time() // STEP_S) + steps
    with unit_of_work(office.web) as session:
        assert (
            session.scalar(text("SELECT totp_use(:account, :step)"), {"account": account, "step": step})
            is good
        )
    assert office.one("SELECT totp_last_step FROM account") == (step if good else None)
