"""Logging in, as the role of the web edge: one refusal for all, the same work for all, sessions that end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import BoundedSemaphore
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gis.accounts import login, passwords, service, store
from gis.accounts.secret import name_hash
from gis.base.errors import Forbidden, Invalid, TooMany, Unauthenticated, WanggeError
from gis.db.engine import unit_of_work
from tests.accounts.office import DISTRICT, GRID, PASSWORD, STREET, Office

pytestmark = pytest.mark.db
NEW = "Poplar-near-lake-8"


def refusal(office: Office, *args: Any, **more: Any) -> WanggeError:
    with pytest.raises(WanggeError) as caught:
        office.log_in(*args, **more)
    return caught.value


def test_a_session_begins_and_stands_for_its_person(office: Office) -> None:
    account = office.add("Zhang_Wei", ("grid_lead", GRID), ("planner", DISTRICT))
    begun = office.log_in("zhang_wei", trace_id="abc")
    assert len(begun.token) == 43
    caller = office.caller(begun.token)
    assert caller is not None
    assert (caller.account_id, caller.username, caller.via) == (account, "Zhang_Wei", "session")
    assert caller.permissions == begun.caller.permissions
    assert {grant.role for grant in caller.roles} == {"grid_lead", "planner"}
    grid = office.one("SELECT id FROM area WHERE code = :code", code=GRID)
    district = office.one("SELECT id FROM area WHERE code = :code", code=DISTRICT)
    assert caller.scope.areas["events.read"] == (grid,)
    assert caller.scope.areas["people.read"] == tuple(sorted((grid, district)))
    assert caller.home_area is not None
    assert caller.home_area.code == STREET
    [row] = office.audit("session.login")
    assert (row.account_id, row.actor, row.object_id, row.result) == (
        account,
        "Zhang_Wei",
        str(account),
        "ok",
    )
    assert (row.address, row.trace_id) == ("10.0.0.1", "abc")
    assert begun.token not in repr(begun)


def test_only_the_hash_of_a_token_is_kept(office: Office) -> None:
    office.add("zhang")
    token = office.log_in("zhang").token
    for (row,) in office.run(
        "SELECT cast(s AS text) FROM login_session s UNION ALL SELECT cast(a AS text) FROM audit a"
    ):
        assert token not in row
    assert office.caller(token[:-1] + ("A" if token[-1] != "A" else "B")) is None
    assert office.caller("") is None


@pytest.mark.parametrize("case", ["unknown", "wrong", "disabled", "no password", "empty", "expired first"])
def test_every_refusal_is_the_same_and_costs_the_same(
    office: Office, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    real_hash = {"password_hash": passwords.hash_password(PASSWORD)}
    office.add("zhang", **real_hash)
    office.add("gone", disabled_at="now", **real_hash)
    office.add("outside", password_hash=None)
    office.add("late", must_change=True, **real_hash)
    office.run("UPDATE account SET password_changed_at = now() - interval '15 days' WHERE username = 'late'")
    name = {"unknown": "nobody", "disabled": "gone", "no password": "outside", "expired first": "late"}
    password = {"wrong": "Wrong-password-1", "empty": ""}.get(case, PASSWORD)
    real, worked = passwords.hasher(), []

    class Counting:
        def hash(self, password: bytes) -> str:
            return real.hash(password)

        def verify(self, password: bytes, hashed: str) -> bool:
            worked.append(hashed.split("$")[:4])
            return real.verify(password, hashed)

    passwords._nobodys()
    monkeypatch.setattr(passwords, "hasher", Counting)
    refused = refusal(office, name.get(case, "zhang"), password=password)
    assert isinstance(refused, Unauthenticated)
    assert (refused.code, refused.field, refused.facts) == ("login_refused", None, {})
    assert worked == [["", "argon2id", "v=19", "m=47104,t=2,p=1"]], "one verification at the same cost"
    assert office.one("SELECT count(*) FROM login_session") == 0
    row = office.audit("session.refused")[0]
    assert row.result == "refused"
    assert (row.actor, row.account_id) == ("anonymous", None)
    for secret in (password, name.get(case, "-")):
        assert not secret or secret not in f"{row.object_id} {row.details}"


def test_a_disabled_account_is_out_at_once(office: Office) -> None:
    office.add("zhang", ("grid_lead", GRID))
    token = office.log_in("zhang").token
    assert office.caller(token)
    office.run("UPDATE account SET disabled_at = now()")
    assert office.caller(token) is None
    office.run("UPDATE account SET disabled_at = NULL")
    assert office.caller(token), "the control"


def test_a_session_idles_ages_and_ends(office: Office) -> None:
    office.add("zhang")
    token = office.log_in("zhang").token
    office.later("login_session", "seen_at", timedelta(minutes=29))
    assert office.caller(token), "and being seen now it lasts on"
    office.later("login_session", "seen_at", timedelta(minutes=29))
    assert office.caller(token)
    office.later("login_session", "seen_at", timedelta(minutes=31))
    assert office.caller(token) is None
    token = office.log_in("zhang").token
    office.later("login_session", "expires_at", timedelta(hours=11, minutes=59))
    assert office.caller(token)
    office.later("login_session", "expires_at", timedelta(minutes=2))
    assert office.caller(token) is None


def test_being_seen_is_written_once_a_minute(office: Office) -> None:
    office.add("zhang")
    token = office.log_in("zhang").token
    written = "SELECT cast(xmin AS text) FROM login_session"
    before = office.one(written)
    for _ in range(3):
        assert office.caller(token)
    assert office.one(written) == before
    office.later("login_session", "seen_at", timedelta(seconds=61))
    moved = office.one(written)
    assert office.caller(token)
    assert office.one(written) != moved


def test_logging_in_again_ends_the_session_of_the_same_browser(office: Office) -> None:
    office.add("zhang")
    first, other = office.log_in("zhang").token, office.log_in("zhang").token
    second = office.log_in("zhang", previous=first).token
    assert len({first, other, second}) == 3
    assert office.caller(first) is None
    assert office.caller(other)
    assert office.caller(second)


def test_logging_out_here_and_everywhere(office: Office) -> None:
    office.add("zhang")
    office.add("li")
    begun = [office.log_in("zhang") for _ in range(3)]
    li = office.log_in("li")
    service.log_out(office.web, begun[0].caller)
    assert [bool(office.caller(one.token)) for one in begun] == [False, True, True]
    mine = service.my_sessions(office.web, begun[1].caller)
    assert [row.current for row in mine] == [False, True]
    assert service.log_out_everywhere(office.web, begun[1].caller) == 2
    assert not any(office.caller(one.token) for one in begun)
    assert office.caller(li.token)
    assert len(office.audit("session.logout")) == 2


def test_a_change_of_roles_counts_from_the_next_request(office: Office) -> None:
    office.add("zhang", ("grid_lead", GRID))
    token = office.log_in("zhang").token
    caller = office.caller(token)
    assert caller is not None
    assert "contacts.reveal" in caller.permissions
    office.run("UPDATE role_grant SET ended_at = now()")
    caller = office.caller(token)
    assert caller is not None
    assert (caller.permissions, caller.scope.areas, caller.roles) == (frozenset(), {}, ())
    office.grant("zhang", "grid_worker", GRID)
    caller = office.caller(token)
    assert caller is not None
    assert "contacts.reveal" not in caller.permissions
    office.run("DELETE FROM role_permission WHERE role = 'grid_worker' AND permission = 'events.read'")
    try:
        caller = office.caller(token)
        assert caller is not None
        assert "events.read" not in caller.permissions, "roles are data"
    finally:
        office.run("INSERT INTO role_permission VALUES ('grid_worker', 'events.read')")


DATES = [
    (0, None, True), (0, 0, True), (-5, 0, True), (-5, -1, False), (1, None, False), (1, 3, False), (-1, 1, True),
]  # fmt: skip


@pytest.mark.parametrize(("begins", "ends", "counts"), DATES)
def test_a_grant_counts_from_its_first_to_its_last_day(
    office: Office, begins: int, ends: int | None, counts: bool
) -> None:
    office.add("zhang")
    grant = office.grant("zhang", "grid_lead", GRID)
    today = "(now() AT TIME ZONE 'Asia/Shanghai')::date"
    office.run(
        f"UPDATE role_grant SET valid_from = {today} + cast(:begins AS int),"
        f" valid_to = {today} + cast(:ends AS int) WHERE id = :grant",
        begins=begins, ends=ends, grant=grant,
    )  # fmt: skip
    assert bool(office.as_("zhang").permissions) is counts


def test_a_grant_in_an_area_that_is_no_more_counts_for_nothing(office: Office) -> None:
    office.add("zhang", ("grid_lead", GRID), ("planner", DISTRICT))
    office.run(
        "UPDATE area SET valid_from = current_date - 9, valid_to = current_date WHERE code = :code", code=GRID
    )
    try:
        assert set(office.as_("zhang").scope.areas) == {
            "people.read",
            "coverage.read",
            "coverage.export",
            "coverage.plan",
            "register.edit",
        }
    finally:
        office.run("UPDATE area SET valid_to = NULL WHERE code = :code", code=GRID)


def test_limited_and_department_roles_are_laid_out_apart(office: Office) -> None:
    office.add("zhang", ("department_handler", "D1"))
    family = office.one("SELECT parent_id FROM category WHERE parent_id IS NOT NULL ORDER BY id LIMIT 1")
    leaves = [
        row[0] for row in office.run("SELECT id FROM category WHERE parent_id = :f ORDER BY id", f=family)
    ]
    office.grant("zhang", "mediator", STREET, categories=[family])
    office.grant("zhang", "part_time_grid_worker", GRID)
    scope = office.as_("zhang").scope
    d1 = office.one("SELECT id FROM department WHERE code = 'D1'")
    street = office.one("SELECT id FROM area WHERE code = :code", code=STREET)
    assert scope.areas == {}, "a limited role without categories gives nothing"
    assert set(scope.departments) == {"events.read", "events.handle", "contacts.masked", "contacts.reveal"}
    assert scope.departments["events.read"] == (d1,)
    reading = [
        (area, category) for permission, area, category in scope.limited if permission == "events.read"
    ]
    assert reading == [(street, category) for category in sorted([family, *leaves])]


def test_tries_of_one_name_are_bounded_also_at_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_entrance", BoundedSemaphore(16))
    office.add("zhang")

    def try_it(i: int) -> str:
        return refusal(office, "zhang", password=f"Wrong-password-{i}", address=f"10.1.0.{i}").code

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(try_it, range(16)))
    assert sorted(set(codes)) == ["login_refused", "too_many_logins"]
    assert codes.count("login_refused") == office.settings.login_failures
    refused = refusal(office, "ZHANG", address="10.2.0.1")
    assert isinstance(refused, TooMany), "nor the right password, nor in other letters"
    assert 800 < refused.facts["retry_after_s"] <= 900
    assert refusal(office, "zhang").code == refused.code
    office.later("login_failure", "at", timedelta(minutes=16))
    assert office.log_in("zhang").caller.logged_in
    assert office.one("SELECT count(*) FROM login_failure") == 0, "a success forgets the failures"


LOOKALIKES = {"i": "iIİıｉＩⅰ", "k": "kKKｋ", "s": "sSſｓ", "a": "aAａᵃ", "j": "jJｊ"}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.tuples(*(st.sampled_from(LOOKALIKES[sign]) for sign in "kasi")), st.sampled_from(["", " ", "\u3000"])
)
@example(("K", "A", "S", "İ"), "")
def test_whatever_finds_an_account_counts_for_it(office: Office, signs: tuple[str, ...], space: str) -> None:
    if not office.ids:
        office.add("kasi")
    name = f"{space}{''.join(signs)}{space}"
    with unit_of_work(office.web) as session:
        found = store.login_row(session, name)
    assert found is None or name_hash(office.settings, name) == name_hash(office.settings, "kasi")
    assert found is not None or "İ" in name or "ı" in name, "the control"


def test_tries_for_names_that_are_not_there_end_alike(office: Office) -> None:
    codes = [refusal(office, "nobody", address=f"10.1.0.{i}").code for i in range(7)]
    assert codes == ["login_refused"] * 5 + ["too_many_logins"] * 2


def test_tries_from_one_address_are_bounded(office: Office) -> None:
    office.add("zhang")
    office.add("mine")
    settings = office.settings.model_copy(update={"login_failures_address": 6})
    patched = Office(office.owner, office.web, settings, office.ids)
    for i in range(6):
        assert refusal(patched, f"name{i}").code == "login_refused"
    assert refusal(patched, "zhang").code == "too_many_logins"
    assert patched.log_in("zhang", address="10.9.9.9").caller.logged_in
    assert refusal(patched, "mine").code == "too_many_logins", (
        "somebody's success opens no door for the address"
    )


def test_a_name_too_long_or_odd_is_only_unknown(office: Office) -> None:
    for name in ("x" * 3000, "a\x00b", "\ud800", "", " ", "zhang\n"):
        assert refusal(office, name).code == "login_refused"
    assert refusal(office, "zhang", password="\x00\ud800" + "x" * 9000).code == "login_refused"


def test_the_password_is_changed_and_other_sessions_end(office: Office) -> None:
    office.add("zhang", must_change=True)
    here, there = office.log_in("zhang"), office.log_in("zhang")
    assert here.caller.must_change
    change = (office.web, office.settings, here.caller)
    with pytest.raises(Forbidden) as wrong:
        service.change_password(*change, "Wrong-password-1", NEW)
    assert wrong.value.code == "wrong_password"
    for new, code in (
        (PASSWORD, "password_same"),
        ("short", "password_short"),
        ("Zhang-2026-x", "password_name"),
    ):
        with pytest.raises(Invalid) as refused:
            service.change_password(*change, PASSWORD, new)
        assert refused.value.code == code
    service.change_password(*change, PASSWORD, NEW)
    assert office.caller(there.token) is None
    caller = office.caller(here.token)
    assert caller is not None
    assert not caller.must_change
    assert refusal(office, "zhang").code == "login_refused"
    assert not office.log_in("zhang", password=NEW).caller.must_change
    [row] = office.audit("password.change")
    assert (row.account_id, row.result, row.details) == (office.ids["zhang"], "ok", {"ended": 1, "tokens": 0})


def test_guessing_the_old_password_is_bounded_too(office: Office) -> None:
    office.add("zhang")
    caller = office.as_("zhang")
    for i in range(5):
        with pytest.raises(Forbidden):
            service.change_password(office.web, office.settings, caller, f"Wrong-password-{i}", NEW)
    with pytest.raises(TooMany):
        service.change_password(office.web, office.settings, caller, PASSWORD, NEW)


def test_passwords_of_the_privileged_wear_out(office: Office) -> None:
    office.add("boss", ("admin", DISTRICT))
    office.add("zhang", ("grid_lead", GRID))
    assert not office.as_("boss").must_change
    office.run("UPDATE account SET password_changed_at = now() - interval '90 days'")
    assert office.as_("boss").must_change
    assert not office.as_("zhang").must_change


def test_nothing_of_a_login_is_held_while_the_password_is_hashed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.add("zhang")
    held: list[int] = []
    real = login.verify

    def watching(password: str, stored: str | None) -> bool:
        held.append(office.web.pool.checkedout())  # type: ignore[attr-defined]
        return real(password, stored)

    monkeypatch.setattr(login, "verify", watching)
    office.log_in("zhang")
    assert held == [0]
