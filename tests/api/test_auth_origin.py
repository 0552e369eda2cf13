"""Whose page asks: tokens against forged requests, origins, and where somebody may be sent afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.app import create_app
from api.auth import CSRF_HEADER, csrf_token
from api.policy import PAGES, POLICY, Access
from api.refusals import safe_next
from tests.api.test_reports import problem
from tests.clients import add_account, add_session, client_as, let_in, log_in, unbounded
from tests.events.reports import report

pytestmark = pytest.mark.db
HOST = "http://testserver"


@pytest.fixture
def worker(app: FastAPI, district: Engine) -> Iterator[TestClient]:
    """Somebody logged in whose browser sends no token by itself."""
    with TestClient(app, raise_server_exceptions=False) as made:
        let_in(district, made, "grid_worker")
        yield made


@pytest.mark.parametrize("token", [None, "", "0" * 64, csrf_token("another session"), "ü"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", "/api/v1/sessions"), ("POST", "/api/v1/account/tokens"), ("POST", "/api/v1/reports")],
)
def test_a_change_with_the_cookie_alone_is_refused(
    worker: TestClient, method: str, path: str, token: str | None
) -> None:
    del worker.headers[CSRF_HEADER]
    headers = {} if token is None else {CSRF_HEADER: token.encode()}
    problem(worker.request(method, path, headers=headers, json=report()), 403, "csrf")  # type: ignore[arg-type]
    assert worker.get("/api/v1/session").json()["account"] is not None


@pytest.mark.parametrize(
    ("sent", "allowed"),
    [
        ({}, True),
        ({"origin": HOST}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"origin": "null"}, False),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "https://testserver"}, False),
        ({"origin": f"{HOST}:8080"}, False),
        ({"origin": f"{HOST}.evil.example"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
    ],
)
def test_a_change_that_another_site_asks_for_is_refused(
    worker: TestClient, sent: dict[str, str], allowed: bool
) -> None:
    answer = worker.post("/api/v1/reports", json=report(), headers=sent)
    if allowed:
        assert answer.status_code == 201
    else:
        problem(answer, 403, "cross_origin")


def test_another_site_logs_nobody_in(anonymous_client: TestClient) -> None:
    body = {"username": "x", "password": "x"}
    answer = anonymous_client.post("/api/v1/session", json=body, headers={"origin": "http://evil.example"})
    problem(answer, 403, "cross_origin")
    form = anonymous_client.post("/api/v1/session", data=body)
    problem(form, 415, "unsupported_media_type")


def test_looking_asks_for_no_token(worker: TestClient) -> None:
    del worker.headers[CSRF_HEADER]
    answer = worker.get(
        "/api/v1/events", headers={"origin": "http://evil.example", "sec-fetch-site": "cross-site"}
    )
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("wanted", "given_"),
    [
        ("/map", "/map"),
        ("/map?area=23#x", "/map?area=23#x"),
        ("/track/7K3M", "/track/7K3M"),
        ("", "/"),
        (None, "/"),
        ("map", "/"),
        ("//evil.example", "/"),
        ("///evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/\n/evil.example", "/"),
        ("\t//evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("http:evil.example", "/"),
        ("@evil.example", "/"),
        ("/" + "a" * 3000, "/"),
        ("/.//evil.example/x", "/"),
        ("/%2e//evil.example", "/"),
        ("/%2E//evil.example", "/"),
        ("/..//evil.example", "/"),
        ("/.%2e//evil.example", "/"),
        ("/x/..//evil.example", "/"),
        ("/x/%2e%2E//evil.example", "/"),
        ("/map?next=/.//x", "/map?next=/.//x"),
        ("/a.b/..c", "/a.b/..c"),
    ],
)
def test_nobody_is_sent_to_another_site(wanted: str | None, given_: str) -> None:
    assert safe_next(wanted) == given_


@given(
    st.text(max_size=40),
    st.sampled_from(["", "/", "//", "/\\", "\\", "/%09/", "/./", "/%2e//", "http:", "/;@"]),
)
def test_wherever_somebody_is_sent_it_is_here(rest: str, head: str) -> None:
    found = safe_next(head + rest)
    assert found.startswith("/")
    assert not found.startswith(("//", "/\\"))
    assert urljoin(f"{HOST}/login", found).startswith(f"{HOST}/")
    assert not urlsplit(urljoin(f"{HOST}/login", found)).path.startswith("//")
    assert not any(ord(letter) < 0x21 or letter == "\\" for letter in found)


EVENT = "01a203f8-f4a2-71cb-ab40-2c7d87d7459f"


@pytest.mark.parametrize(
    "path",
    [
        "/map", "/planner", "/users", "/audit", "/account", "/map?status=open&x=%2F%2Fevil", "/inbox", f"/events/{EVENT}",
        "/rules", "/kpi", "/campaigns", "/whistles", f"/whistles/{EVENT}", "/unplaced",
    ],
)  # fmt: skip
def test_whoever_opens_a_page_is_led_to_the_login(anonymous_client: TestClient, path: str) -> None:
    answer = anonymous_client.get(path, follow_redirects=False)
    assert answer.status_code == 303
    where = answer.headers["location"]
    assert where.startswith("/login?next=%2F")
    assert answer.headers["cache-control"] == "no-store"


def test_a_path_that_looks_like_a_host_is_no_way_back(anonymous_client: TestClient) -> None:
    for path in ("//evil.example/map", "//evil.example", "/%5Cevil.example"):
        answer = anonymous_client.get(f"{HOST}{path}", follow_redirects=False)
        assert answer.status_code == 404, path


@pytest.mark.parametrize("path", ["/users", "/audit", "/planner"])
def test_who_may_not_open_a_page_is_told_so_on_a_page(app: FastAPI, path: str) -> None:
    with client_as(app, "grid_worker") as client:
        answer = client.get(path, headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert "没有此项权限" in answer.text


def test_pages_that_need_somebody_are_all_tried_here() -> None:
    closed = {name for name in PAGES if POLICY[name].access in {Access.SELF, Access.NEED}}
    pages = {"map_page", "planner_page", "users_page", "audit_page", "rules_page", "account_page"}
    cases = {"inbox_page", "event_page", "whistles_page", "whistle_page", "unplaced_page"}
    assert closed == pages | cases | {"kpi_page", "campaigns_page"}


def test_whoever_is_not_logged_in_sends_only_so_many_reports(edge: Engine, district: Engine) -> None:
    app = create_app(unbounded(rate_reports="2/minute", rate_photos="1/minute"), engine=edge)
    with TestClient(app, client=("198.51.100.99", 1), raise_server_exceptions=False) as client:
        codes = [client.post("/api/v1/reports", json=report()).status_code for _ in range(3)]
        assert codes == [201, 201, 429]
        again = client.post("/api/v1/reports", json=report())
        problem(again, 429, "too_many_requests")
        assert 0 < int(again.headers["retry-after"]) <= 60
        jpeg = {"content-type": "image/jpeg"}
        photo = f"/api/v1/attachments/{'0' * 64}"
        assert [client.put(photo, content=b"x", headers=jpeg).status_code for _ in range(2)][1] == 429
        log_in(client, add_session(district, add_account(district, "grid_worker")))
        assert client.post("/api/v1/reports", json=report()).status_code == 201


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/session",
        "/api/v1/sessions",
        "/api/v1/account/tokens",
        "/api/v1/accounts",
        "/api/v1/audit",
        "/api/v1/reports",
    ],
)
def test_what_is_personal_is_kept_nowhere(client: TestClient, path: str) -> None:
    assert client.get(path).headers["cache-control"] == "no-store"


def test_no_answer_may_be_shared(client: TestClient) -> None:
    for path in ("/", "/map", "/report", "/login", "/api/v1/events", "/api/v1/areas", "/api/v1/stations",
                 "/tiles/grids/13/6977/2922.mvt", "/api/v1/coverage/options", "/api/v1/codes"):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 200, path
        rules = answer.headers["cache-control"]
        assert "private" in rules or "no-store" in rules, path


def test_a_body_where_none_is_expected_is_refused(client: TestClient) -> None:
    problem(client.request("DELETE", "/api/v1/sessions", json={"all": True}), 422, "body_not_expected")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"username": "x", "password": "y", "role": "admin"}, "unknown_key", "role"),
        ({"username": "x"}, "missing", "password"),
        ({"username": 1, "password": "y"}, "not_text", "username"),
        ({"username": "x", "password": None}, "not_text", "password"),
        ([], "not_object", None),
        ({"username": "x" * 1001, "password": "y"}, "text_too_long", "username"),
    ],
)
def test_a_login_of_another_shape_is_refused(
    anonymous_client: TestClient, body: object, code: str, field: str | None
) -> None:
    told = problem(anonymous_client.post("/api/v1/session", json=body), 422, code)
    assert field is None or told["field"] == field


def test_changes_say_which_version_they_were_made_from(client: TestClient, district: Engine) -> None:
    account = add_account(district, "grid_worker", area="230199")
    path = f"/api/v1/accounts/{account}"
    tag = client.get(path).headers["etag"]
    problem(client.patch(path, json={"display_name": "一"}), 428, "if_match_required")
    problem(client.patch(path, json={"display_name": "一"}, headers={"if-match": "x"}), 412, "not_a_version")
    changed = client.patch(path, json={"display_name": "一"}, headers={"if-match": tag})
    assert (changed.status_code, changed.json()["display_name"]) == (200, "一")
    assert changed.headers["etag"] != tag
    problem(client.patch(path, json={"display_name": "二"}, headers={"if-match": tag}), 412, "stale")
    grabs: list[dict[str, Any]] = [
        {"version": 9},
        {"is_demo": True},
        {"password_hash": "x"},
        {"roles": []},
        {"id": 1},
    ]
    for grab in grabs:
        sent = client.patch(path, json=grab, headers={"if-match": changed.headers["etag"]})
        problem(sent, 422, "unknown_key")


def test_an_area_outside_is_refused_and_one_around_is_cut(app: FastAPI) -> None:
    with client_as(app, "grid_lead", area="230199001001") as lead:
        path = "/api/v1/events?area={}"
        assert lead.get(path.format("230199001001001")).status_code == 200
        assert lead.get(path.format("230199")).status_code == 200
        problem(lead.get(path.format("230199001002")), 403, "outside_scope")
        asked = "/api/v1/coverage?types=party_mass_center&minutes=15&area={}"
        problem(lead.get(asked.format("230199001002")), 403, "outside_scope")
