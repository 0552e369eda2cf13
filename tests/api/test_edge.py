"""The edge itself: every error is a problem document, bodies are bounded, hosts known, pools honest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, create_engine, text
from starlette.testclient import TestClient

from api.app import create_app
from api.middleware import SECURITY_HEADERS
from gis.db.engine import make_engine
from gis.settings import Settings
from tests.api.test_reports import problem
from tests.clients import add_open_route, unbounded
from tests.events.reports import report

pytestmark = pytest.mark.db


@pytest.mark.parametrize(
    "path", ["/nowhere", "/api/v1/nowhere", "/api/v1/events/a/b", "/api/v2/events", "/static/js/no.js"]
)
def test_nothing_there_is_a_problem(client: TestClient, path: str) -> None:
    problem(client.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/api/v1/reports"), ("POST", "/api/v1/events"), ("PUT", "/healthz")]
)
def test_a_wrong_method_is_a_problem(client: TestClient, method: str, path: str) -> None:
    response = client.request(method, path)
    problem(response, 405, "method_not_allowed")
    assert response.headers["allow"]


def test_every_answer_has_its_headers(client: TestClient) -> None:
    stylesheet = "/static/css/app.css"
    current = {"if-none-match": client.get(stylesheet).headers["etag"]}
    answers: list[tuple[str, dict[str, str], int]] = [
        ("/healthz", {}, 200),
        ("/api/v1/events", {}, 200),
        ("/openapi.json", {}, 200),
        ("/map", {}, 200),
        ("/nowhere", {}, 404),
        ("/nowhere", {"accept": "text/html"}, 404),
        (stylesheet, {}, 200),
        (stylesheet, current, 304),
        ("/static/js/no.js", {}, 404),
        ("/tiles/grids/13/6977/2922.mvt", {}, 200),
        ("/tiles/grids/13/0/0.mvt", {}, 204),
        ("/healthz", {"host": "evil.example"}, 421),
    ]
    for path, sent, status in answers:
        answer = client.get(path, headers=sent)
        assert answer.status_code == status, path
        assert {name.lower() for name in SECURITY_HEADERS} <= set(answer.headers), path
        assert len(answer.headers["x-trace-id"]) == 32


def test_the_callers_trace_is_kept(client: TestClient) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    sent = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    assert problem(client.get("/nowhere", headers=sent), 404, "not_found")["trace_id"] == trace
    assert client.get("/healthz", headers={"traceparent": "x"}).headers["x-trace-id"] != "x"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "a@127.0.0.1"])
def test_a_foreign_host_is_refused(client: TestClient, host: str) -> None:
    problem(client.get("/healthz", headers={"host": host}), 421, "unknown_host")


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "LOCALHOST"])
def test_loopback_is_ours(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == 200


def test_hosts_of_a_proxy_are_settings(edge: Engine) -> None:
    app = create_app(Settings(allowed_hosts="grid.example, other.example"), engine=edge)
    with TestClient(app, base_url="http://grid.example") as client:
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(("environment", "status"), [("development", 200), ("production", 421)])
def test_the_name_of_the_tests_is_nobodys_in_production(edge: Engine, environment: str, status: int) -> None:
    settings = Settings(environment=environment, cursor_secret="x" * 32, secret_key="x" * 32)
    with TestClient(create_app(settings, engine=edge), base_url="http://testserver") as client:
        assert client.get("/healthz").status_code == status
        assert client.get("/healthz", headers={"host": "localhost"}).status_code == 200


def test_ready_and_metrics(client: TestClient) -> None:
    assert client.get("/readyz").json() == {"status": "ready"}
    client.get("/nowhere")
    text_ = client.get("/metrics").text
    assert 'wangge_http_requests_total{method="GET",status="404"}' in text_
    assert 'wangge_pool_connections{state="busy"} 0' in text_


@pytest.fixture(scope="module")
def small(district: Engine, edge: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """An application that takes 100 kB at most, with routes that fail on purpose."""
    settings = unbounded(max_body_bytes=100_000, state_dir=Path(tmp_path_factory.mktemp("s")))
    app = create_app(settings, engine=edge)
    hasty = make_engine(district.url, statement_s=0.05)
    _break(app, hasty)
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made
    hasty.dispose()


def _break(app: FastAPI, engine: Engine) -> None:
    def broken() -> None:
        raise RuntimeError("SELECT secret FROM /home/me")

    def slow() -> None:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_sleep(5)"))

    def wrong() -> None:
        with engine.begin() as connection:
            connection.execute(text("SELECT secret FROM nowhere"))

    def deadlock() -> None:
        with engine.begin() as connection:
            connection.execute(text("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; END $$"))

    def full() -> None:
        with engine.begin() as connection:
            connection.execute(text("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '53100'; END $$"))

    for endpoint in (broken, slow, wrong, deadlock, full):
        add_open_route(app, f"/{endpoint.__name__}", endpoint)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/broken", 500, "internal_error"),
        ("/wrong", 500, "internal_error"),
        ("/slow", 503, "query_timeout"),
        ("/deadlock", 503, "try_again"),
        ("/full", 503, "storage_full"),
    ],
)
def test_a_fault_tells_no_particulars(
    small: TestClient, caplog: pytest.LogCaptureFixture, path: str, status: int, code: str
) -> None:
    response = small.get(path)
    body = problem(response, status, code)
    assert "secret" not in response.text
    assert ("retry-after" in response.headers) == (status == 503)
    if status == 500:
        assert body["trace_id"] in caplog.text  # the operator finds it by its trace


def test_a_change_that_took_too_long_is_not_told_to_ask_for_less(small: TestClient) -> None:
    asked, changed = small.get("/slow").json(), small.post("/slow").json()
    assert asked["code"] == changed["code"] == "query_timeout"
    assert asked["detail_en"] == "The query took too long; ask for less"
    assert changed["detail_en"] == "It took too long and nothing was changed; please try again later"


def chunks(count: int, size: int) -> Iterator[bytes]:
    for _ in range(count):
        yield b"x" * size


def test_big_bodies_are_refused_however_framed(small: TestClient) -> None:
    headers = {"content-type": "application/json"}
    url = "/api/v1/reports"
    problem(small.post(url, content=b"x" * 200_000, headers=headers), 413, "body_too_large")
    problem(small.post(url, content=chunks(20, 10_000), headers=headers), 413, "body_too_large")
    jpeg = {"content-type": "image/jpeg"}
    photo = f"/api/v1/attachments/{'0' * 64}"
    problem(small.put(photo, content=chunks(20, 10_000), headers=jpeg), 413, "body_too_large")
    lying = {"content-length": "9" * 30, **headers}
    problem(small.post(url, content=b"x", headers=lying), 413, "body_too_large")
    problem(
        small.post(url, content=b"x", headers={"content-length": "-1", **headers}), 400, "bad_content_length"
    )


def test_a_database_away_is_unavailable_and_recovery_needs_no_restart(edge: Engine) -> None:
    away = create_engine(edge.url.set(query={"host": "/nonexistent"}))
    app = create_app(Settings(), engine=away)
    with TestClient(app, raise_server_exceptions=False) as client:
        for path in ("/readyz", "/api/v1/areas"):
            answer = client.get(path)
            problem(answer, 503, "database_unavailable")
            assert answer.headers["retry-after"]
        problem(client.post("/api/v1/reports", json=report()), 503, "database_unavailable")
        assert client.get("/healthz").status_code == 200
        app.state.engine = edge
        assert client.get("/readyz").status_code == 200


def test_a_killed_session_costs_one_request_at_most(client: TestClient, district: Engine) -> None:
    assert client.get("/api/v1/events").status_code == 200
    with district.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    assert [client.get("/api/v1/events").status_code for _ in range(3)] == [200, 200, 200]


def documented() -> dict[str, Any]:
    found: dict[str, Any] = create_app().openapi()
    return found


def test_the_document_describes_problems_everywhere() -> None:
    document = documented()
    schemas = document["components"]["schemas"]
    assert "HTTPValidationError" not in schemas
    assert {"ReportIn", "PointIn", "ProblemDocument", "ReceiptOut"} <= set(schemas)
    operations = [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/api/v1")
    ]
    assert len(operations) >= 15
    for path, method, operation in operations:
        assert "application/problem+json" in operation["responses"]["422"]["content"], (path, method)
        assert operation["tags"]
        assert operation["description"]
    ids = [operation["operationId"] for _, _, operation in operations]
    assert len(set(ids)) == len(ids)
    assert "fileReport" in ids


def test_the_bounds_of_numbers_have_the_names_of_json_schema() -> None:
    document = documented()
    operation = document["paths"]["/api/v1/whistles/scores"]["get"]
    limits = {one["name"]: one["schema"] for one in operation["parameters"]}
    assert limits["year"]["anyOf"][0] == {"type": "integer", "minimum": 2000, "maximum": 2100}

    def keys(value: Any) -> Iterator[str]:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        if isinstance(value, dict) and str(value.get("type")) in {"integer", "number"}:
            yield from value
        for one in inner:
            yield from keys(one)

    assert not {"ge", "le", "gt", "lt"} & set(keys(document))
    version = document["paths"]["/api/v1/accounts/{account_id}"]["patch"]["parameters"]
    assert [one["description"] for one in version if one["name"] == "If-Match"] == ['ETag, `"3"`']


def test_every_reference_of_the_document_leads_somewhere() -> None:
    document = documented()

    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    found = set(references(document))
    assert found
    for reference in found:
        target: Any = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]


def test_the_documentation_is_our_own(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    assert "http" not in page.text.replace("http-equiv", "")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert client.get("/docs/start.js").headers["content-type"].startswith("text/javascript")


def test_importing_the_application_does_nothing() -> None:
    import subprocess
    import sys

    code = "import sys, api.app; assert 'geopandas' not in sys.modules, 'heavy'; print('ok')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "ok\n", done.stderr
