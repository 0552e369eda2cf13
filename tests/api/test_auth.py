"""Logging in at the edge: cookies, rotation, ends, refusals that tell nothing, throttles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.app import create_app
from api.auth import CSRF_HEADER, PLAIN_COOKIE, SECURE_COOKIE, csrf_token
from tests.accounts.office import PASSWORD, password_hash
from tests.api.test_reports import problem
from tests.clients import Entered, add_account, add_session, add_token, client_as, log_in, unbounded
from tests.events.reports import report

pytestmark = pytest.mark.db
SESSION = "/api/v1/session"


@pytest.fixture(scope="module")
def person(district: Engine) -> str:
    """The name of a grid worker with a password."""
    return with_password(district, "grid_worker_one")


def with_password(engine: Engine, username: str, **more: Any) -> str:
    account = add_account(engine, "grid_worker", username=username, **more)
    set_password = "UPDATE account SET password_hash = :hash, password_changed_at = now() WHERE id = :id"
    change(engine, set_password, id=account, hash=password_hash())
    return username


def change(engine: Engine, statement: str, **values: Any) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement), values)


@pytest.fixture
def browser(app: FastAPI, anonymous_client: TestClient) -> Iterator[TestClient]:
    """A browser nobody has logged in with."""
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


def enter(browser: TestClient, username: str, password: str = PASSWORD) -> Any:
    return browser.post(SESSION, json={"username": username, "password": password})


def test_nobody_is_told_that_nobody_is_logged_in(browser: TestClient) -> None:
    answer = browser.get(SESSION)
    assert answer.json() == {
        "account": None, "roles": [], "permissions": [], "must_change": False, "totp": False, "csrf": None,
        "via": "anonymous",
    }  # fmt: skip
    assert answer.headers["cache-control"] == "no-store"


def test_a_login_gives_a_cookie_no_script_reads(browser: TestClient, person: str) -> None:
    answer = enter(browser, person)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    parts = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert parts == {"httponly", "samesite=lax", "path=/"}  # no Domain, no date: it goes with the browser
    assert answer.headers["set-cookie"].startswith(f"{PLAIN_COOKIE}=")
    told = answer.json()
    assert told["account"]["username"] == person
    assert told["permissions"] == [
        "contacts.masked", "events.inspect", "events.read", "events.self_handle", "people.read",
    ]  # fmt: skip
    assert told["csrf"] == csrf_token(browser.cookies[PLAIN_COOKIE])
    assert told == browser.get(SESSION).json()
    assert browser.cookies[PLAIN_COOKIE] not in answer.text


def test_over_https_the_cookie_is_bound_to_this_very_host(edge: Engine, person: str) -> None:
    settings = unbounded(trusted_proxies="127.0.0.1", allowed_hosts="grid.example")
    app = create_app(settings, engine=edge)
    proxy = {"x-forwarded-proto": "https", "x-forwarded-for": "198.51.100.7"}
    with TestClient(app, client=("127.0.0.1", 5), base_url="https://grid.example", headers=proxy) as browser:
        answer = enter(browser, person)
        assert answer.headers["set-cookie"].startswith(f"{SECURE_COOKIE}=")
        assert "Secure" in answer.headers["set-cookie"]
        assert "Domain" not in answer.headers["set-cookie"]
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        token = browser.cookies[SECURE_COOKIE]
        assert browser.get(SESSION).json()["account"] is not None
        browser.cookies.clear()
        browser.cookies.set(PLAIN_COOKIE, token)  # what a neighbour of the domain could plant
        assert browser.get(SESSION).json()["account"] is None


def test_a_stranger_cannot_claim_https_or_an_address(edge: Engine, district: Engine, person: str) -> None:
    app = create_app(unbounded(trusted_proxies="127.0.0.1"), engine=edge)
    claims = {"x-forwarded-proto": "https", "x-forwarded-for": "198.51.100.7"}
    with TestClient(app, client=("203.0.113.5", 5), headers=claims) as browser:
        answer = enter(browser, person)
        assert "strict-transport-security" not in answer.headers
        assert answer.headers["set-cookie"].startswith(f"{PLAIN_COOKIE}=")
        assert browser.get("/api/v1/sessions").json()["items"][0]["address"] == "203.0.113.5"


def test_a_planted_token_is_not_adopted_and_the_old_session_ends(browser: TestClient, person: str) -> None:
    planted = {"cookie": f"{PLAIN_COOKIE}=planted-by-somebody-who-waits-for-a-login"}
    browser.post(SESSION, json={"username": person, "password": PASSWORD}, headers=planted)
    first = browser.cookies[PLAIN_COOKIE]
    assert "planted" not in first
    enter_again = browser.post(
        SESSION, json={"username": person, "password": PASSWORD}, headers={CSRF_HEADER: csrf_token(first)}
    )
    assert enter_again.status_code == 200
    second = browser.cookies[PLAIN_COOKIE]
    assert second != first
    browser.cookies.clear()
    browser.cookies.set(PLAIN_COOKIE, first)
    assert browser.get(SESSION).json()["account"] is None


@pytest.mark.parametrize(
    "change_to",
    [
        "seen_at = now() - interval '2 days', created_at = now() - interval '3 days'",
        "expires_at = now() - interval '1 second'",
        "ended_at = now()",
    ],
    ids=["idle", "absolute", "ended"],
)
def test_a_session_ends(browser: TestClient, person: str, district: Engine, change_to: str) -> None:
    enter(browser, person)
    assert browser.get("/api/v1/events").status_code == 200
    change(district, f"UPDATE login_session SET {change_to} WHERE ended_at IS NULL")
    problem(browser.get("/api/v1/events"), 401, "login_required")
    assert browser.get("/api/v1/categories").status_code == 200  # what is open stays open


def test_logging_out_ends_the_session_and_clears_the_browser(browser: TestClient, person: str) -> None:
    csrf = enter(browser, person).json()["csrf"]
    token = browser.cookies[PLAIN_COOKIE]
    answer = browser.delete(SESSION, headers={CSRF_HEADER: csrf})
    assert answer.status_code == 204
    assert answer.headers["clear-site-data"] == '"cache"'
    assert PLAIN_COOKIE not in browser.cookies
    browser.cookies.set(PLAIN_COOKIE, token)
    assert browser.get(SESSION).json()["account"] is None


def test_logging_out_everywhere_reaches_every_browser(app: FastAPI, browser: TestClient, person: str) -> None:
    csrf = enter(browser, person).json()["csrf"]
    with TestClient(app) as other:
        enter(other, person)
        assert len(other.get("/api/v1/sessions").json()["items"]) >= 2
        assert browser.delete("/api/v1/sessions", headers={CSRF_HEADER: csrf}).json()["ended"] >= 2
        assert other.get(SESSION).json()["account"] is None


def test_one_refusal_for_whatever_is_wrong(browser: TestClient, district: Engine, person: str) -> None:
    with_password(district, "disabled_one")
    change(district, "UPDATE account SET disabled_at = now() WHERE username = 'disabled_one'")
    answers = [
        enter(browser, person, "wrong"),
        enter(browser, "nobody_of_that_name"),
        enter(browser, "disabled_one"),
        enter(browser, "disabled_one", "wrong"),
        enter(browser, ""),
        enter(browser, person, ""),
    ]
    told = set()
    for answer in answers:
        body = problem(answer, 401, "login_refused")
        assert "set-cookie" not in answer.headers
        told.add((body["detail"], body["detail_en"], tuple(sorted(body))))
    assert len(told) == 1


def test_a_name_is_tried_only_so_often(edge: Engine, district: Engine) -> None:
    with_password(district, "tried_often")
    app = create_app(unbounded(login_failures=3), engine=edge)
    with TestClient(app, client=("198.51.100.77", 1), raise_server_exceptions=False) as browser:
        codes = [enter(browser, "tried_often", "wrong").status_code for _ in range(5)]
        assert codes == [401, 401, 401, 429, 429]
        refused = enter(browser, "tried_often")
        problem(refused, 429, "too_many_logins")  # the right password too: who guesses learns nothing
        assert int(refused.headers["retry-after"]) > 0
        unknown = [enter(browser, "not_an_account", "wrong").status_code for _ in range(5)]
        assert unknown == codes, "an unknown name is throttled alike"


def test_an_address_tries_only_so_often(edge: Engine) -> None:
    app = create_app(unbounded(rate_logins="3/minute"), engine=edge)
    with TestClient(app, client=("198.51.100.88", 1), raise_server_exceptions=False) as browser:
        answers = [enter(browser, f"name{n}", "wrong") for n in range(4)]
        assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
        problem(answers[-1], 429, "too_many_requests")
        assert 0 < int(answers[-1].headers["retry-after"]) <= 60


def test_a_first_password_is_changed_before_anything_else(
    browser: TestClient, app: FastAPI, district: Engine
) -> None:
    with_password(district, "new_one", must_change=True)
    told = enter(browser, "new_one").json()
    assert told["must_change"] is True
    problem(browser.get("/api/v1/events"), 403, "password_change_required")
    problem(browser.get("/api/v1/account/tokens"), 403, "password_change_required")
    page = browser.get("/map?x=1", follow_redirects=False)
    assert (page.status_code, page.headers["location"]) == (303, "/account?next=%2Fmap%3Fx%3D1")
    assert browser.get("/api/v1/categories").status_code == 200
    headers = {CSRF_HEADER: told["csrf"]}
    body = {"old": PASSWORD, "new": "Ziegel+Quarz+Nebel+83"}
    problem(
        browser.put("/api/v1/account/password", json=body | {"old": "x"}, headers=headers),
        403,
        "wrong_password",
    )
    assert browser.put("/api/v1/account/password", json=body, headers=headers).status_code == 204
    assert browser.get("/api/v1/events").status_code == 200


def test_a_change_of_roles_counts_from_the_next_request(district: Engine, app: FastAPI) -> None:
    account = add_account(district, "grid_worker")
    client = log_in(Entered(app, raise_server_exceptions=False), add_session(district, account))
    assert client.get("/api/v1/events").status_code == 200
    change(district, "UPDATE role_grant SET valid_to = current_date - 1 WHERE account_id = :id", id=account)
    problem(client.get("/api/v1/events"), 403, "permission_denied")
    change(district, "UPDATE account SET disabled_at = now() WHERE id = :id", id=account)
    problem(client.get("/api/v1/events"), 401, "login_required")


def test_a_bearer_needs_no_cookie_and_has_no_more_than_the_token(district: Engine, app: FastAPI) -> None:
    account = add_account(district, "shift_lead")
    token = add_token(district, account, ["events.read"])
    client = Entered(app, raise_server_exceptions=False, headers={"authorization": f"Bearer {token}"})
    told = client.get(SESSION).json()
    assert (told["via"], told["csrf"], told["permissions"]) == ("token", None, ["events.read"])
    assert client.get("/api/v1/events").status_code == 200
    problem(client.get("/api/v1/coverage/options"), 403, "permission_denied")
    problem(client.get("/api/v1/reports"), 403, "session_required")  # what one reported is one's own
    problem(client.delete("/api/v1/sessions"), 403, "session_required")  # no X-CSRF-Token was asked for
    change(district, "UPDATE access_token SET revoked_at = now() WHERE account_id = :id", id=account)
    refused = client.get("/api/v1/events")
    problem(refused, 401, "bad_token")
    assert refused.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("shown", ["", "x", "wgt_short", "wgt_" + "a" * 40, "a" * 43])
def test_a_bearer_that_is_none_is_refused_even_where_all_may_read(browser: TestClient, shown: str) -> None:
    answer = browser.get("/api/v1/categories", headers={"authorization": f"Bearer {shown}"})
    problem(answer, 401, "bad_token")


def test_a_refused_change_is_on_record_once(
    app: FastAPI, anonymous_client: TestClient, district: Engine
) -> None:
    client = client_as(app, "grid_worker")
    body = {"username": "x1", "display_name": "x", "home": "230199"}

    count = "SELECT count(*) FROM audit WHERE action = 'account.create' AND result = 'refused'"

    def rows() -> int:
        with district.connect() as connection:
            return int(connection.scalar(text(count)) or 0)

    before = rows()
    problem(client.post("/api/v1/accounts", json=body), 403, "permission_denied")
    assert rows() == before + 1
    manager = client_as(app, "admin", area="230199001001001")
    problem(manager.post("/api/v1/accounts", json=body), 403, "outside_scope")
    assert rows() == before + 2
    problem(client.get("/api/v1/accounts"), 403, "permission_denied")
    assert rows() == before + 2
    problem(anonymous_client.post("/api/v1/accounts", json=body), 401, "login_required")
    assert rows() == before + 3
    client.headers.pop(CSRF_HEADER)
    problem(client.post("/api/v1/accounts", json=body), 403, "csrf")
    assert rows() == before + 4


def told_in_audit(district: Engine, after: int) -> list[tuple[Any, ...]]:
    """The rows after one: action, kind and id of the object, result, code."""
    query = """
    SELECT action, object_type, object_id, result, details ->> 'code' FROM audit WHERE id > :after ORDER BY id
    """
    with district.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), {"after": after})]


def last_row(district: Engine) -> int:
    with district.connect() as connection:
        return int(connection.scalar(text("SELECT coalesce(max(id), 0) FROM audit")) or 0)


@pytest.mark.parametrize(
    ("method", "path", "row"),
    [
        ("POST", "/api/v1/reports", ("report.create", "report")),
        ("PUT", f"/api/v1/attachments/{'ab' * 32}", ("photo.store", "attachment")),
        ("DELETE", "/api/v1/session", ("session.logout", "session")),
        ("DELETE", "/api/v1/sessions", ("session.logout", "session")),
        ("POST", "/api/v1/session", ("session.refused", "session")),
    ],
)
@pytest.mark.parametrize("code", ["csrf", "cross_origin"])
def test_a_change_another_site_asks_for_is_on_record(
    app: FastAPI, district: Engine, method: str, path: str, row: tuple[str, str], code: str
) -> None:
    client = client_as(app, "grid_worker")
    headers = {"origin": "http://evil.example"} if code == "cross_origin" else {CSRF_HEADER: "0" * 64}
    before = last_row(district)
    problem(client.request(method, path, headers=headers), 403, code)
    ((action, kind, _, result, why),) = told_in_audit(district, before)
    assert (action, kind, result, why) == (*row, "refused", code)


def test_what_is_refused_against_what_is_stored_is_on_record(app: FastAPI, district: Engine) -> None:
    client, spare = client_as(app, "admin"), add_account(district, "grid_worker", area="230199001001001")
    path, before = f"/api/v1/accounts/{spare}", last_row(district)
    stale = client.patch(path, json={"display_name": "x"}, headers={"if-match": '"99"'})
    problem(stale, 412, "stale")
    grant = {"role": "grid_worker", "area": "230199001001001"}
    problem(client.post(f"{path}/grants", json=grant), 409, "grant_exists")
    assert told_in_audit(district, before) == [
        ("account.update", "account", str(spare), "refused", "stale"),
        ("grant.create", "account", str(spare), "refused", "grant_exists"),
    ]


def test_throttled_logins_leave_one_row(district: Engine) -> None:
    app = create_app(unbounded(rate_logins="1/hour"), engine=district)
    with TestClient(app) as client:
        before = last_row(district)
        for _ in range(4):
            answer = client.post("/api/v1/session", json={"username": "nobody_at_all", "password": "x"})
        problem(answer, 429, "too_many_requests")
    assert [row for row in told_in_audit(district, before) if row[4]] == [
        ("session.refused", "session", "-", "refused", "too_many_requests")
    ]


def test_free_text_of_a_path_stays_out_of_the_audit(app: FastAPI, district: Engine) -> None:
    client, before = client_as(app, "dispatcher"), last_row(district)
    report_id = "01a20155-4ece-7a30-a387-6424b647bfcb"
    for said in ("a name and a telephone", "1" * 19, report_id + "x", report_id):
        problem(client.post(f"/api/v1/reports/{said}/contact", json={}), 403, "permission_denied")
    assert [row[2] for row in told_in_audit(district, before)] == ["-", "-", "-", report_id]


def test_an_account_cannot_fill_the_audit(app: FastAPI, district: Engine) -> None:
    client, before = client_as(app, "dispatcher"), last_row(district)
    for _ in range(65):
        client.post("/api/v1/accounts", json={})
    assert len(told_in_audit(district, before)) == 60


def test_an_account_may_send_so_many_reports(district: Engine) -> None:
    app = create_app(unbounded(rate_account_reports="2/hour"), engine=district)
    first, second = client_as(app, "grid_worker"), client_as(app, "grid_worker")
    for _ in range(2):
        assert first.post("/api/v1/reports", json=report()).status_code == 201
    problem(first.post("/api/v1/reports", json=report()), 429, "too_many_requests")
    assert second.post("/api/v1/reports", json=report()).status_code == 201
