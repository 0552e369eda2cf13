"""Personal access tokens: shown once, bounded to some of the owner's permissions, revocable, no way to log in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from gis.accounts import service
from gis.accounts.model import Caller, NewToken
from gis.base.errors import Forbidden, Invalid, NotFound, WanggeError
from tests.accounts.office import GRID, PASSWORD, STREET, Office
from tests.database import asked

pytestmark = pytest.mark.db


def make(office: Office, caller: Caller, *permissions: str, days: float | None = None) -> NewToken:
    until = None if days is None else datetime.now(UTC) + timedelta(days=days)
    return service.create_token(office.web, office.settings, caller, PASSWORD, "script", permissions, until)


def resumed(office: Office, token: str) -> Caller | None:
    found: Caller | None = asked(
        office.web, service.resume_token, office.settings, token, "10.0.0.9", "trace"
    )
    return found


def test_a_token_may_no_more_than_it_says(office: Office) -> None:
    office.add("zhang", ("shift_lead", STREET))
    made = make(office, office.as_("zhang"), "events.read", "contacts.masked")
    assert made.token.startswith("wgt_")
    assert len(made.token) == 47
    assert made.token not in repr(made)
    caller = resumed(office, made.token)
    assert caller is not None
    assert caller.via == "token"
    assert caller.session_id is None
    assert caller.permissions == {"events.read", "contacts.masked"}
    assert set(caller.scope.areas) == {"events.read", "contacts.masked"}
    assert caller.scope.roles == ("shift_lead",)
    for (row,) in office.run(
        "SELECT cast(t AS text) FROM access_token t UNION ALL SELECT cast(a AS text) FROM audit a"
    ):
        assert made.token not in row
    [row] = office.audit("token.create")
    assert row.details["permissions"] == ["contacts.masked", "events.read"]


def test_a_token_loses_what_its_owner_loses(office: Office) -> None:
    office.add("zhang", ("shift_lead", STREET))
    token = make(office, office.as_("zhang"), "events.read", "contacts.reveal").token
    office.run("UPDATE role_grant SET ended_at = now()")
    office.grant("zhang", "grid_worker", GRID)
    caller = resumed(office, token)
    assert caller is not None
    assert caller.permissions == {"events.read"}
    office.run("UPDATE account SET disabled_at = now()")
    assert resumed(office, token) is None


@pytest.mark.parametrize(
    ("permissions", "code"),
    [
        (["coverage.export"], "permission_denied"),
        (["nothing"], "permission_denied"),
        ([], "permission_denied"),
    ],
)
def test_nobody_gives_what_they_have_not(office: Office, permissions: Sequence[str], code: str) -> None:
    office.add("zhang", ("shift_lead", STREET))
    with pytest.raises(Forbidden) as refused:
        make(office, office.as_("zhang"), *permissions)
    assert refused.value.code == code
    assert office.one("SELECT count(*) FROM access_token") == 0


@pytest.mark.parametrize(("days", "good"), [(1, True), (365, True), (366, False), (0, False), (-1, False)])
def test_a_token_ends_within_a_year(office: Office, days: float, good: bool) -> None:
    office.add("zhang", ("shift_lead", STREET))
    caller = office.as_("zhang")
    if good:
        token = make(office, caller, "events.read", days=days).token
        assert resumed(office, token)
        office.later("access_token", "expires_at", timedelta(days=days, minutes=1))
        assert resumed(office, token) is None
        return
    with pytest.raises(Invalid) as refused:
        make(office, caller, "events.read", days=days)
    assert refused.value.code == "bad_expiry"


def test_a_revoked_token_is_no_more(office: Office) -> None:
    office.add("zhang", ("shift_lead", STREET))
    office.add("li", ("shift_lead", STREET))
    zhang, li = office.as_("zhang"), office.as_("li")
    made = make(office, zhang, "events.read")
    with pytest.raises(NotFound):
        service.revoke_token(office.web, li, made.row.id)
    assert resumed(office, made.token)
    service.revoke_token(office.web, zhang, made.row.id)
    assert resumed(office, made.token) is None
    with pytest.raises(NotFound):
        service.revoke_token(office.web, zhang, made.row.id)
    [row] = service.my_tokens(office.web, zhang)
    assert row.revoked_at is not None
    assert service.my_tokens(office.web, li) == []


def test_a_token_changes_nothing_of_its_owner(office: Office) -> None:
    office.add("zhang", ("shift_lead", STREET))
    caller = resumed(office, make(office, office.as_("zhang"), "events.read").token)
    assert caller is not None
    web, settings = office.web, office.settings
    for call in (
        lambda: service.change_password(web, settings, caller, PASSWORD, "Poplar-near-lake-8"),
        lambda: service.offer_totp(web, settings, caller, PASSWORD),
        lambda: service.remove_totp(web, settings, caller, PASSWORD),
        lambda: service.create_token(web, settings, caller, PASSWORD, "more", ["events.read"]),
        lambda: service.log_out_everywhere(web, caller),
        lambda: service.my_tokens(web, caller),
        lambda: service.my_sessions(web, caller),
    ):
        with pytest.raises(WanggeError) as refused:
            call()
        assert refused.value.code == "session_required"


def test_making_one_asks_for_the_password_of_whoever_has_one(office: Office) -> None:
    office.add("zhang", ("shift_lead", STREET))
    office.add("li", ("shift_lead", STREET))
    zhang, li = office.as_("zhang"), office.as_("li")
    for password in ("Wrong-password-1", ""):
        with pytest.raises(Forbidden) as refused:
            service.create_token(office.web, office.settings, zhang, password, "script", ["events.read"])
        assert (refused.value.code, refused.value.field) == ("wrong_password", "password")
    assert office.one("SELECT count(*) FROM access_token") == 0
    office.run("UPDATE account SET password_hash = NULL WHERE username = 'li'")  # an outside provider's
    assert service.create_token(office.web, office.settings, li, "", "script", ["events.read"])


@pytest.mark.parametrize("act", ["password", "everywhere"])
def test_a_new_password_and_leaving_everywhere_revoke_them(office: Office, act: str) -> None:
    office.add("zhang", ("shift_lead", STREET))
    office.add("li", ("shift_lead", STREET))
    zhang, li = office.as_("zhang"), office.as_("li")
    mine, other = make(office, zhang, "events.read").token, make(office, li, "events.read").token
    assert resumed(office, mine)
    if act == "password":
        service.change_password(office.web, office.settings, zhang, PASSWORD, "Poplar-near-lake-8")
    else:
        service.log_out_everywhere(office.web, zhang)
    assert resumed(office, mine) is None
    assert resumed(office, other), "the control"
    [row] = office.audit("password.change" if act == "password" else "session.logout")
    assert row.details["tokens"] == 1


def test_when_a_token_was_used_is_written_once_a_minute(office: Office) -> None:
    office.add("zhang", ("shift_lead", STREET))
    made = make(office, office.as_("zhang"), "events.read")
    assert made.row.used_at is None
    assert resumed(office, made.token)
    first = office.one("SELECT used_at FROM access_token")
    assert first is not None
    assert resumed(office, made.token)
    assert office.one("SELECT used_at FROM access_token") == first


def test_sessions_and_tokens_are_not_each_other(office: Office) -> None:
    office.add("zhang", ("shift_lead", STREET))
    begun = office.log_in("zhang")
    token = make(office, begun.caller, "events.read").token
    assert office.caller(token) is None
    assert resumed(office, begun.token) is None


def test_there_are_not_endless_tokens(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_TOKENS", 2)
    office.add("zhang", ("shift_lead", STREET))
    caller = office.as_("zhang")
    first = make(office, caller, "events.read")
    make(office, caller, "events.read")
    with pytest.raises(Invalid) as refused:
        make(office, caller, "events.read")
    assert refused.value.code == "too_many_tokens"
    service.revoke_token(office.web, caller, first.row.id)
    assert make(office, caller, "events.read")
