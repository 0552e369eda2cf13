"""Administering accounts as the role of the web edge: one's own subtree, nobody's privileges above one's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from gis.accounts import administration as admin
from gis.accounts import service
from gis.accounts.model import SYSTEM, AccountView, Caller, NewAccount, NewGrant
from gis.base.errors import WanggeError
from gis.db.engine import unit_of_work
from gis.db.scope import scoped
from tests.accounts.office import COMMUNITY, DISTRICT, GRID, OTHER, PASSWORD, STREET, Office
from tests.database import asked

pytestmark = pytest.mark.db
CITY, PROVINCE, NEIGHBOUR = "2301", "23", "230198"
TODAY = date.today()  # noqa: DTZ011


@pytest.fixture
def staffed(office: Office) -> Office:
    """Administrators of city, district, street and one community, and people in grids of both communities."""
    office.add("city_admin", ("admin", CITY), home=CITY)
    office.add("district_admin", ("admin", DISTRICT), home=DISTRICT)
    office.add("street_admin", ("admin", STREET), home=STREET)
    office.add("community_admin", ("admin", COMMUNITY), home=COMMUNITY)
    office.add("worker", ("grid_worker", GRID), home=COMMUNITY)
    office.add("neighbour", ("grid_worker", OTHER), home=OTHER)
    office.add("leader", ("leader", DISTRICT), home=COMMUNITY)
    office.add("auditor", ("auditor", DISTRICT), home=STREET)
    office.add("handler", ("department_handler", "D1"), home=STREET)
    return office


def refused(call: Callable[..., Any], *args: Any, **more: Any) -> str:
    with pytest.raises(WanggeError) as caught:
        call(*args, **more)
    return caught.value.code


def seen(office: Office, caller: Caller, **more: Any) -> list[str]:
    page = admin.list_accounts(scoped(office.web, caller.scope), **more)
    return [account.username for account in page.items]


def version(office: Office, username: str) -> int:
    return int(office.one("SELECT version FROM account WHERE username = :name", name=username))


def update(office: Office, caller: Caller, username: str, **more: Any) -> AccountView:
    return admin.update_account(office.web, caller, office.ids[username], version(office, username), **more)


def grant(office: Office, caller: Caller, username: str, role: str, where: str, **more: Any) -> AccountView:
    place = {"department": where} if where.startswith("D") else {"area": where}
    return admin.create_grant(office.web, caller, office.ids[username], NewGrant(role, **place, **more))


def test_one_sees_the_accounts_of_ones_own_subtree(staffed: Office) -> None:
    everybody = sorted(staffed.ids)
    assert [one.username for one in admin.list_accounts(staffed.owner).items] == everybody
    assert seen(staffed, staffed.as_("city_admin")) == everybody
    assert seen(staffed, staffed.as_("community_admin")) == ["community_admin", "leader", "worker"]
    assert seen(staffed, staffed.as_("worker")) == []
    caller = staffed.as_("street_admin")
    assert seen(staffed, caller, area=COMMUNITY) == ["community_admin", "leader", "worker"]
    assert seen(staffed, caller, search="WORK") == ["worker"]
    assert seen(staffed, caller, area=CITY) == seen(staffed, caller), "an area above one's own"
    assert refused(seen, staffed, staffed.as_("community_admin"), area=OTHER) == "outside_scope"
    assert refused(seen, staffed, caller, area="999999") == "unknown_area"
    assert refused(seen, staffed, caller, search="\x00") == "bad_character"
    assert seen(staffed, caller, search="%") == [], "no pattern, a text"
    row = staffed.audit("accounts.read")[0]
    assert (row.actor, row.object_id, row.result) == ("street_admin", "*", "ok")


def test_the_predicate_and_the_policies_each_decide_alone(staffed: Office) -> None:
    for who in ("city_admin", "street_admin", "community_admin", "auditor", "worker"):
        caller = staffed.as_(who)
        both = seen(staffed, caller)
        engine = scoped(staffed.owner, caller.scope)  # a superuser: no policy holds for it
        assert [one.username for one in admin.list_accounts(engine).items] == both
        with unit_of_work(scoped(staffed.web, caller.scope)) as session:
            bare = session.scalars(text("SELECT username FROM account ORDER BY lower(username)")).all()
            held = set(session.scalars(text("SELECT account_id FROM role_grant")))
        assert list(bare) == sorted({*both, who})
        assert held == {staffed.ids[name] for name in bare}
    caller = staffed.as_("community_admin")
    for name in ("neighbour", "street_admin"):
        account = (staffed.owner, caller, staffed.ids[name])
        assert refused(admin.update_account, *account, 1, disabled=True) == "no_such_account"
        assert refused(admin.create_grant, *account, NewGrant("grid_lead", area=GRID)) == "no_such_account"


def test_pages_follow_one_another(staffed: Office) -> None:
    engine, names, after = scoped(staffed.web, staffed.as_("city_admin").scope), [], None
    while True:
        page = admin.list_accounts(engine, limit=2, after=after)
        names += [account.username for account in page.items]
        if page.next is None:
            break
        after = page.next
    assert names == sorted(staffed.ids)


def test_an_account_outside_is_as_one_that_is_not_there(staffed: Office) -> None:
    caller = staffed.as_("community_admin")
    engine = scoped(staffed.web, caller.scope)
    assert admin.read_account(engine, staffed.ids["worker"]).grants[0].role == "grid_worker"
    for account_id in (staffed.ids["neighbour"], staffed.ids["street_admin"], 999_999):
        assert refused(admin.read_account, engine, account_id) == "no_such_account"
        assert (
            refused(admin.reset_password, staffed.web, staffed.settings, caller, account_id)
            == "no_such_account"
        )
        assert refused(admin.end_sessions, staffed.web, caller, account_id) == "no_such_account"
        assert refused(admin.update_account, staffed.web, caller, account_id, 1) == "no_such_account"
        wanted = NewGrant("grid_worker", area=GRID)
        assert refused(admin.create_grant, staffed.web, caller, account_id, wanted) == "no_such_account"
        assert refused(admin.end_grant, staffed.web, caller, account_id, 1) == "no_such_account"


def test_a_new_account_logs_in_with_its_first_password_and_changes_it(staffed: Office) -> None:
    caller = staffed.as_("street_admin")
    made, password = admin.create_account(
        staffed.web, staffed.settings, caller, NewAccount("Ｗang.Li", "王丽", COMMUNITY)
    )
    assert (made.username, made.home.code, made.must_change, made.grants) == ("Wang.Li", COMMUNITY, True, ())
    assert password is not None
    begun = staffed.log_in("wang.li", password=password)
    assert begun.caller.must_change
    assert begun.caller.permissions == frozenset()
    service.change_password(staffed.web, staffed.settings, begun.caller, password, PASSWORD)
    again = staffed.caller(begun.token)
    assert again is not None
    assert not again.must_change
    [row] = staffed.audit("account.create")
    assert (row.actor, row.object_id, row.details) == ("street_admin", str(made.id), {})
    for (stored,) in staffed.run(
        "SELECT cast(a AS text) FROM account a UNION ALL SELECT cast(b AS text) FROM audit b"
    ):
        assert password not in stored


BAD = [
    (NewAccount("worker", "x", COMMUNITY), "username_taken"),
    (NewAccount("WORKER", "x", COMMUNITY), "username_taken"),
    (NewAccount("a", "x", COMMUNITY), "bad_username"),
    (NewAccount("a b", "x", COMMUNITY), "bad_username"),
    (NewAccount("<b>", "x", COMMUNITY), "bad_username"),
    (NewAccount("System", "x", COMMUNITY), "bad_username"),
    (NewAccount("zh\u0430ng", "x", COMMUNITY), "bad_username"),  # a Cyrillic letter
    (NewAccount("admın", "x", COMMUNITY), "bad_username"),
    (NewAccount("x" * 65, "x", COMMUNITY), "bad_username"),
    (NewAccount("new", "x", "nowhere"), "unknown_area"),
    (NewAccount("new", "x\x00", COMMUNITY), "bad_character"),
    (NewAccount("new", "\u202ex", COMMUNITY), "bad_character"),
    (NewAccount("new", " ", COMMUNITY), "text_empty"),
    (NewAccount("new", "x" * 101, COMMUNITY), "text_too_long"),
    (NewAccount("new", "x", "\x00"), "bad_character"),
    (NewAccount("new", "x", COMMUNITY, issuer="https://i.example", subject="\x00"), "bad_character"),
    (NewAccount("new", "x", DISTRICT), "outside_scope"),
    (NewAccount("new", "x", NEIGHBOUR), "outside_scope"),
    (NewAccount("new", "x", COMMUNITY, issuer="https://i.example"), "bad_identity"),
]


@pytest.mark.parametrize(("new", "code"), BAD)
def test_accounts_that_are_not_made(staffed: Office, new: NewAccount, code: str) -> None:
    caller = staffed.as_("street_admin")
    before = staffed.one("SELECT count(*) FROM account")
    assert refused(admin.create_account, staffed.web, staffed.settings, caller, new) == code
    assert staffed.one("SELECT count(*) FROM account") == before


def test_an_identity_belongs_to_one_account(staffed: Office) -> None:
    caller = staffed.as_("street_admin")
    new = NewAccount("one", "x", COMMUNITY, "https://i.example", "7")
    made, password = admin.create_account(staffed.web, staffed.settings, caller, new)
    assert (password, made.outside_identity, made.has_password) == (None, True, False)
    twin = NewAccount("two", "x", COMMUNITY, "https://i.example", "7")
    assert refused(admin.create_account, staffed.web, staffed.settings, caller, twin) == "identity_taken"
    assert refused(admin.reset_password, staffed.web, staffed.settings, caller, made.id) == "outside_identity"


def test_whoever_is_disabled_is_out_and_may_come_back(staffed: Office) -> None:
    caller = staffed.as_("community_admin")
    token = staffed.log_in("worker").token
    made = service.create_token(
        staffed.web, staffed.settings, staffed.log_in("worker").caller, PASSWORD, "script", ["events.read"]
    )
    assert update(staffed, caller, "worker", disabled=True).disabled_at is not None
    assert staffed.caller(token) is None
    assert asked(staffed.web, service.resume_token, staffed.settings, made.token, None, None) is None
    assert refused(staffed.log_in, "worker") == "login_refused"
    assert update(staffed, caller, "worker", disabled=False).disabled_at is None
    assert staffed.caller(token) is None, "the old session stays ended"
    assert asked(staffed.web, service.resume_token, staffed.settings, made.token, None, None) is None
    assert staffed.log_in("worker").caller.permissions
    assert [row.details for row in staffed.audit("account.disable")] == [{"disabled": True}]


def test_a_change_needs_the_version_it_was_made_from(staffed: Office) -> None:
    caller, worker = staffed.as_("street_admin"), staffed.ids["worker"]
    now = version(staffed, "worker")
    changed = admin.update_account(staffed.web, caller, worker, now, display_name="张三", home=OTHER)
    assert (changed.display_name, changed.home.code, changed.version) == ("张三", OTHER, now + 1)
    assert refused(admin.update_account, staffed.web, caller, worker, now, display_name="李四") == "stale"
    assert refused(update, staffed, caller, "worker", home=DISTRICT) == "outside_scope"


def test_a_reset_ends_what_was_open_and_must_be_changed(staffed: Office) -> None:
    caller = staffed.as_("community_admin")
    token = staffed.log_in("worker").token
    password = admin.reset_password(staffed.web, staffed.settings, caller, staffed.ids["worker"])
    assert staffed.caller(token) is None
    assert refused(staffed.log_in, "worker") == "login_refused"
    assert staffed.log_in("worker", password=password).caller.must_change
    assert admin.end_sessions(staffed.web, caller, staffed.ids["worker"]) == 1


@pytest.mark.parametrize("who", ["street_admin", "community_admin"])
def test_nobody_administers_themselves(staffed: Office, who: str) -> None:
    caller, own = staffed.as_(who), staffed.ids[who]
    mine = staffed.one("SELECT id FROM role_grant WHERE account_id = :own", own=own)
    wanted = NewGrant("grid_worker", area=GRID)
    assert refused(admin.create_grant, staffed.web, caller, own, wanted) == "own_account"
    assert refused(admin.end_grant, staffed.web, caller, own, mine) == "own_account"
    assert refused(admin.reset_password, staffed.web, staffed.settings, caller, own) == "own_account"
    assert refused(update, staffed, caller, who, disabled=True) == "own_account"


GRANTS = [
    ("community_admin", "worker", "grid_lead", GRID, None),
    ("community_admin", "worker", "grid_lead", COMMUNITY, None),
    ("community_admin", "worker", "grid_lead", OTHER, "outside_scope"),
    ("community_admin", "worker", "shift_lead", STREET, "outside_scope"),
    ("community_admin", "worker", "leader", PROVINCE, "outside_scope"),
    ("community_admin", "worker", "admin", COMMUNITY, "privileged_role"),
    ("community_admin", "worker", "admin", STREET, "outside_scope"),
    ("street_admin", "worker", "auditor", STREET, "privileged_role"),
    ("district_admin", "worker", "auditor", STREET, None),
    ("district_admin", "worker", "auditor", CITY, "outside_scope"),
    ("district_admin", "neighbour", "shift_lead", STREET, None),
    ("district_admin", "neighbour", "grid_lead", STREET, "grant_level"),
    ("district_admin", "neighbour", "nothing", STREET, "unknown_role"),
    ("district_admin", "neighbour", "\x00", STREET, "bad_character"),
    ("district_admin", "neighbour", "shift_lead", "\ud800", "bad_character"),
    ("district_admin", "neighbour", "shift_lead", "999999", "unknown_area"),
    ("district_admin", "neighbour", "shift_lead", "D1", "grant_place"),
    ("district_admin", "neighbour", "department_inbox", STREET, "grant_place"),
    ("district_admin", "neighbour", "department_inbox", "D9", "unknown_department"),
    ("district_admin", "neighbour", "department_inbox", "D1", None),
    ("district_admin", "neighbour", "department_inbox", "D11", None),
    ("street_admin", "neighbour", "department_inbox", "D1", "outside_scope"),
    ("street_admin", "neighbour", "department_inbox", "D2", None),
    ("community_admin", "worker", "department_inbox", "D2", "outside_scope"),
    ("district_admin", "neighbour", "substitute", GRID, "grant_dates"),
    ("district_admin", "neighbour", "mediator", STREET, "grant_categories"),
    ("auditor", "worker", "grid_lead", GRID, "no_such_account"),
    ("worker", "leader", "grid_lead", GRID, "no_such_account"),
]


@pytest.mark.parametrize(("who", "whom", "role", "where", "code"), GRANTS)
def test_roles_are_given_within_reach_only(
    staffed: Office, who: str, whom: str, role: str, where: str, code: str | None
) -> None:
    caller = staffed.as_(who)
    if code is not None:
        assert refused(grant, staffed, caller, whom, role, where) == code
        assert not staffed.audit("grant.create")
        return
    before = staffed.log_in(whom)
    changed = grant(staffed, caller, whom, role, where)
    assert role in {one.role for one in changed.grants if one.in_force}
    after = staffed.caller(before.token)
    assert after is not None
    assert role in {held.role for held in after.roles}, "it counts from the next request"
    [row] = staffed.audit("grant.create")
    assert (row.actor, row.details["role"]) == (who, role)
    assert refused(grant, staffed, caller, whom, role, where) == "grant_exists"


def test_privileged_roles_come_from_administrators_only(staffed: Office) -> None:
    staffed.run(
        "INSERT INTO role (code, name_zh, name_en, levels) VALUES ('clerk', '文员', 'clerk', '{subdistrict}')"
    )
    staffed.run("INSERT INTO role_permission VALUES ('clerk', 'accounts.manage'), ('clerk', 'accounts.read')")
    try:
        staffed.add("clerk", ("clerk", STREET))
        caller = staffed.as_("clerk")
        assert grant(staffed, caller, "worker", "grid_lead", GRID)
        for role in ("auditor", "admin"):
            assert refused(grant, staffed, caller, "worker", role, STREET) == "privileged_role"
        assert refused(
            admin.reset_password, staffed.web, staffed.settings, caller, staffed.ids["street_admin"]
        ) == ("privileged_role"), "a password of theirs would be their role"
    finally:
        staffed.empty()
        staffed.run("DELETE FROM role WHERE code = 'clerk'")


def test_who_holds_more_elsewhere_is_not_taken_over(staffed: Office) -> None:
    caller = staffed.as_("community_admin")
    leader = staffed.ids["leader"]
    assert refused(admin.reset_password, staffed.web, staffed.settings, caller, leader) == "outside_scope"
    assert refused(update, staffed, caller, "leader", disabled=True) == "outside_scope"
    assert refused(admin.end_sessions, staffed.web, caller, leader) == "outside_scope"
    [held] = staffed.run("SELECT id FROM role_grant WHERE account_id = :leader", leader=leader)
    assert refused(admin.end_grant, staffed.web, caller, leader, held.id) == "outside_scope"
    street = staffed.as_("street_admin")
    handler = staffed.ids["handler"]
    assert refused(admin.reset_password, staffed.web, staffed.settings, street, handler) == "outside_scope"
    assert admin.reset_password(staffed.web, staffed.settings, staffed.as_("district_admin"), handler)


def test_a_role_that_is_ended_counts_no_more_and_stays_on_record(staffed: Office) -> None:
    caller, worker = staffed.as_("community_admin"), staffed.ids["worker"]
    token = staffed.log_in("worker").token
    [held] = staffed.run("SELECT id FROM role_grant WHERE account_id = :worker", worker=worker)
    changed = admin.end_grant(staffed.web, caller, worker, held.id)
    assert [(one.role, one.in_force) for one in changed.grants] == [("grid_worker", False)]
    after = staffed.caller(token)
    assert after is not None
    assert after.permissions == frozenset()
    assert refused(admin.end_grant, staffed.web, caller, worker, held.id) == "no_such_grant"
    other = staffed.one("SELECT id FROM role_grant WHERE account_id = :id", id=staffed.ids["neighbour"])
    assert (
        refused(admin.end_grant, staffed.web, staffed.as_("street_admin"), worker, other) == "no_such_grant"
    )
    assert grant(staffed, caller, "worker", "grid_worker", GRID).grants, "it can be given again"


def test_roles_with_dates_and_categories(staffed: Office) -> None:
    caller = staffed.as_("community_admin")
    keys = [
        row[0]
        for row in staffed.run("SELECT concat_ws(':', scheme, kind, code) FROM category ORDER BY id LIMIT 2")
    ]
    assert (
        refused(grant, staffed, caller, "worker", "grid_lead", GRID, categories=tuple(keys))
        == "grant_categories"
    )
    assert (
        refused(grant, staffed, caller, "worker", "mediator", COMMUNITY, categories=("a:b:c",))
        == "unknown_category"
    )
    made = grant(staffed, caller, "worker", "mediator", COMMUNITY, categories=tuple(keys))
    assert len(next(one for one in made.grants if one.role == "mediator").categories) == 2
    late = {"valid_from": TODAY + timedelta(days=9), "valid_to": TODAY + timedelta(days=3)}
    assert refused(grant, staffed, caller, "worker", "substitute", GRID, **late) == "grant_dates"
    past = {"valid_from": TODAY - timedelta(days=9), "valid_to": TODAY - timedelta(days=3)}
    assert refused(grant, staffed, caller, "worker", "substitute", GRID, **past) == "grant_dates"
    coming = {"valid_from": TODAY + timedelta(days=2), "valid_to": TODAY + timedelta(days=3)}
    made = grant(staffed, caller, "worker", "substitute", GRID, **coming)
    assert not next(one for one in made.grants if one.role == "substitute").in_force


def test_the_last_administrator_stays(office: Office) -> None:
    office.add("boss", ("admin", CITY), home=CITY)
    office.add("deputy", ("admin", DISTRICT), home=DISTRICT)
    held = office.one("SELECT id FROM role_grant WHERE account_id = :id", id=office.ids["boss"])
    boss = (office.owner, SYSTEM, office.ids["boss"])
    assert refused(admin.update_account, *boss, 1, disabled=True) == "last_admin"
    assert refused(admin.end_grant, *boss, held) == "last_admin"
    assert admin.update_account(office.owner, SYSTEM, office.ids["deputy"], 1, disabled=True), (
        "one above is left"
    )
    office.add("second", ("admin", CITY), home=CITY)
    assert admin.update_account(*boss, 1, disabled=True)
    assert (
        refused(admin.update_account, office.owner, SYSTEM, office.ids["second"], 1, disabled=True)
        == "last_admin"
    ), "one who is disabled is none"


def test_no_scope_no_accounts(staffed: Office) -> None:
    assert refused(admin.read_account, staffed.web, staffed.ids["worker"]) == "no_such_account"
    with pytest.raises(Exception, match="audit"):
        admin.list_accounts(staffed.web)


def test_roles_and_departments_are_told(staffed: Office) -> None:
    roles = {role.code: role for role in admin.list_roles(staffed.web)}
    assert len(roles) == 18
    assert roles["substitute"].dated
    assert roles["mediator"].limited
    assert {code for code, role in roles.items() if role.privileged} == {"auditor", "admin"}
    assert "accounts.manage" in roles["admin"].permissions
    assert [(one.code, one.parent) for one in admin.list_departments(staffed.web)][:2] == [
        ("D1", None),
        ("D11", "D1"),
    ]
