"""How requests are framed, what no column holds, what stays out of the log: HEAD, lost clients, NUL, secrets."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.app import create_app
from gis.settings import Settings
from tests.api.test_reports import problem
from tests.events.reports import full_report, report

pytestmark = pytest.mark.db


@pytest.mark.parametrize(
    "path",
    ["/", "/healthz", "/report", "/api/v1/events", "/api/v1/codes", "/openapi.json", "/static/css/app.css"],
)
def test_head_is_get_without_the_body(client: TestClient, path: str) -> None:
    head, get = client.head(path), client.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(get.content))
    assert head.headers["content-type"] == get.headers["content-type"]


def test_head_of_nothing_and_of_what_is_only_posted(client: TestClient) -> None:
    assert client.head("/nowhere").status_code == 404
    assert client.head("/api/v1/account/password").status_code == 405


def test_both_lengths_at_once_are_refused(client: TestClient) -> None:
    headers = {"content-type": "application/json", "content-length": "2", "transfer-encoding": "chunked"}
    answer = client.post("/api/v1/reports", content=b"{}", headers=headers)
    problem(answer, 400, "ambiguous_length")
    assert answer.headers["connection"] == "close"  # what follows on this connection cannot be told apart


@pytest.mark.parametrize("path", ["/api/v1/events/", "/map/", "/healthz/"])
def test_a_slash_too_many_is_nothing_and_leads_nowhere(client: TestClient, path: str) -> None:
    problem(client.get(path, follow_redirects=False), 404, "not_found")


def test_a_browser_gets_a_page_where_nothing_is(client: TestClient) -> None:
    accepts = {"accept": "text/html,*/*;q=0.8"}
    page = client.get("/nowhere<script>", headers=accepts)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "没有这个地址" in page.text
    assert "There is nothing at this address" in page.text
    assert "nowhere<script>" not in page.text
    for path in ("/api/v1/nowhere", "/tiles/nowhere", "/static/js/no.js", "/api"):
        problem(client.get(path, headers=accepts), 404, "not_found")
    problem(client.post("/nowhere", headers=accepts), 404, "not_found")


def test_a_client_that_leaves_is_no_fault(district: Engine, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(Settings(), engine=district)
    sent: list[Any] = []
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "POST",
        "scheme": "http", "path": "/api/v1/reports", "raw_path": b"/api/v1/reports", "query_string": b"",
        "root_path": "", "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {"asking": None},
    }  # fmt: skip
    messages = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    # On a thread of its own: a browser of earlier tests leaves its loop running in this one.
    with caplog.at_level(logging.INFO), ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, app(scope, receive, send)).result()
    assert sent == []
    assert 'status="499"} 1' in app.state.metrics.exposition(None)
    assert "Traceback" not in caplog.text
    assert not [record for record in caplog.records if record.levelno > logging.INFO]


SECRETS = ("楼道里的秘密", "网格员0317", "000-12345678", "白桦街道 3 号楼")


@pytest.mark.parametrize("state", ["check", "data", "raise"])
def test_a_failing_intake_leaves_no_words_in_the_log(
    client: TestClient, district: Engine, caplog: pytest.LogCaptureFixture, state: str
) -> None:
    spoil = {
        "check": "ALTER TABLE report ADD CONSTRAINT spoilt CHECK (text NOT LIKE '%秘密%') NOT VALID",
        "data": "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM NEW.text::integer; RETURN NEW; END $$;"
        "CREATE TRIGGER spoil BEFORE INSERT ON report FOR EACH ROW EXECUTE FUNCTION spoil()",
        "raise": "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'no %', NEW.text; END $$;"
        "CREATE TRIGGER spoil BEFORE INSERT ON report FOR EACH ROW EXECUTE FUNCTION spoil()",
    }[state]
    undo = (
        "ALTER TABLE report DROP CONSTRAINT IF EXISTS spoilt; DROP TRIGGER IF EXISTS spoil ON report;"
        "DROP FUNCTION IF EXISTS spoil()"
    )
    raw = full_report(text=SECRETS[0])
    _run(district, spoil)
    try:
        with caplog.at_level(logging.DEBUG):
            answer = client.post("/api/v1/reports", json=raw)
    finally:
        _run(district, undo)
    body = problem(answer, 500, "internal_error")
    assert body["trace_id"] in caplog.text  # the control: the fault is in the log, with where it was
    assert "take_in" in caplog.text
    assert "SQLSTATE" in caplog.text
    for secret in SECRETS:
        assert secret not in caplog.text
        assert secret not in answer.text
    for code in (raw["id"], json.dumps(raw["text"])[1:-1], "tracking_code'"):
        assert code not in caplog.text
    assert client.post("/api/v1/reports", json=report()).status_code == 201


def _run(engine: Engine, statements: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statements.replace(":", r"\:")))


def addresses(document: dict[str, Any], value: str) -> Iterator[tuple[str, str, str]]:
    """Method, address and parameter of each operation, with `value` in one of its parameters at a time."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            given = [one for one in operation.get("parameters", []) if one["in"] in {"path", "query"}]
            for wrong in given:
                put = {one["name"]: value if one is wrong else "1" for one in given}
                needed = [one for one in given if one["in"] == "query" and (one["required"] or one is wrong)]
                query = "&".join(f"{one['name']}={put[one['name']]}" for one in needed)
                yield method, f"{path.format(**put)}?{query}", wrong["name"]


def test_what_cannot_be_stored_is_refused_by_every_operation(client: TestClient, app: FastAPI) -> None:
    asked = list(addresses(app.openapi(), "%00"))
    assert len(asked) > 200
    for method, url, name in asked:
        answer = client.request(method, url)
        told = problem(answer, 422, answer.json()["code"])
        if url.startswith("/api/v1/"):
            assert (told["code"], told["field"]) == ("bad_character", name), (method, url)
    plain = {client.request(method, url).status_code for method, url, _ in addresses(app.openapi(), "1")}
    assert {200, 404} <= plain, "the control: it is not the address that is refused"


@pytest.mark.parametrize("path", ["/static/js/%00", "/map?view=%00", "/events/%00", "/nowhere/%00"])
def test_nor_is_it_a_fault_of_a_page(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in {404, 422}


@pytest.mark.parametrize(
    ("method", "path", "body", "told"),
    [
        ("POST", "notices/read", {"ids": [10**30]}, ("out_of_range", "ids.0")),
        ("POST", "notices/read", {"ids": [1, -(10**30)]}, ("out_of_range", "ids.1")),
        ("POST", "deadline", {"start": "2026-09-28T10:30:00+08:00", "area": "\0"}, ("bad_character", "area")),
        ("POST", "admission-items/import?city=2301&version=1&begins=2026-01-01", {"rows": [{"name": "\0"}]},
         ("bad_character", "rows.0.name")),
    ],
)  # fmt: skip
def test_nor_does_a_body_hold_it(
    client: TestClient, method: str, path: str, body: dict[str, Any], told: tuple[str, str]
) -> None:
    found = problem(client.request(method, f"/api/v1/{path}", json=body), 422, told[0])
    assert found["field"] == told[1]
