"""Under load and without the database: what cannot be served soon is refused at once, the rest goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import anyio.to_thread
import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, create_engine, text
from starlette.testclient import TestClient

from api.app import RUNNING, create_app
from api.shedding import QUEUE
from gis.areas.map_store import MapExtent
from gis.db.engine import (
    POOL_WAIT_S,
    WEB_STATEMENT_S,
    lift_limits,
    make_engine,
    make_web_engine,
    unit_of_work,
)
from gis.settings import Settings
from tests.api.test_reports import problem
from tests.clients import add_open_route, let_in, log_in, unbounded
from tests.events.reports import report

pytestmark = pytest.mark.db
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FREE = ("/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/track", "/static/css/app.css")


@pytest.fixture(scope="module")
def holding(district: Engine, edge: Engine) -> Iterator[tuple[FastAPI, TestClient, threading.Event]]:
    app = create_app(unbounded(), engine=edge)
    gate = threading.Event()

    def wait() -> bool:
        return gate.wait(60)

    add_open_route(app, "/held", wait)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield app, client, gate


@pytest.fixture
def held(
    holding: tuple[FastAPI, TestClient, threading.Event], district: Engine
) -> Iterator[tuple[FastAPI, TestClient, threading.Event]]:
    """An application whose route `/held` keeps its thread until the event is set; somebody is logged in."""
    app, client, gate = holding
    gate.clear()
    yield app, let_in(district, client), gate
    gate.set()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def places_inside(app: FastAPI) -> int:
    layer: Any = app.middleware_stack
    while type(layer).__name__ != "Shedding":
        layer = layer.app
    return int(layer.inside)


class SlowSender:
    """A report whose second half comes when `going` is set; `asked` when the application wants it.

    Sent without the client, which would hold up everybody while it waits for a body.
    """

    def __init__(self, app: FastAPI, client: TestClient) -> None:
        self.asked, self.going = threading.Event(), threading.Event()
        headers = {"content-type": "application/json"}
        built = client.build_request("POST", "/api/v1/reports", content=b"{}", headers=headers)
        self._scope: dict[str, Any] = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": "/api/v1/reports", "raw_path": b"/api/v1/reports", "root_path": "", "query_string": b"",
            "headers": [(name.lower(), value) for name, value in built.headers.raw], "state": {**client.app_state},
            "client": ("testclient", 50_000), "server": ("testserver", 80),
        }  # fmt: skip
        self._app, self._parts, self._told = app, [b"{", b"}"], list[Any]()
        assert client.portal is not None
        self._sent = client.portal.start_task_soon(self._send)

    def answer(self) -> httpx2.Response:
        """What was answered."""
        self._sent.result(60)
        start, *bodies = self._told
        content = b"".join(one.get("body", b"") for one in bodies)
        return httpx2.Response(start["status"], headers=start["headers"], content=content)

    async def _send(self) -> None:
        async def hear(message: Any) -> None:
            self._told.append(message)

        await self._app(self._scope, self._give, hear)

    async def _give(self) -> dict[str, Any]:
        if not self._parts:
            await anyio.sleep_forever()
        if len(self._parts) == 1:
            self.asked.set()
            await anyio.to_thread.run_sync(self.going.wait, 60, limiter=anyio.CapacityLimiter(1))
        part = self._parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(self._parts)}


def test_a_full_queue_is_told_at_once_and_what_needs_no_database_goes_on(
    held: tuple[FastAPI, TestClient, threading.Event],
) -> None:
    app, client, gate = held
    with ThreadPoolExecutor(RUNNING + QUEUE + 4) as pool:
        waiting = [pool.submit(client.get, "/held") for _ in range(RUNNING + QUEUE)]
        until(lambda: places_inside(app) == RUNNING + QUEUE)
        for answer in (client.get("/api/v1/events"), client.post("/api/v1/reports", json=report())):
            problem(answer, 503, "overloaded")
            assert int(answer.headers["retry-after"]) > 0
        page = client.get("/map", headers=BROWSER)
        assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
        assert {path: client.get(path).status_code for path in FREE} == dict.fromkeys(FREE, 200)
        # All these were answered while everybody else still waited: neither behind them nor in their place.
        assert not any(future.done() for future in waiting)
        assert places_inside(app) == RUNNING + QUEUE
        gate.set()
        assert {future.result().status_code for future in waiting} == {200}
    assert client.post("/api/v1/reports", json=report()).status_code == 201
    assert places_inside(app) == 0


def test_those_within_the_queue_are_served(held: tuple[FastAPI, TestClient, threading.Event]) -> None:
    app, client, gate = held
    with ThreadPoolExecutor(RUNNING + 8) as pool:
        waiting = [pool.submit(client.get, "/held") for _ in range(RUNNING)]
        until(lambda: places_inside(app) == RUNNING)
        behind = [pool.submit(client.get, "/api/v1/codes") for _ in range(4)]
        until(lambda: places_inside(app) == RUNNING + 4)
        assert not any(future.done() for future in behind)
        gate.set()
        assert {future.result().status_code for future in waiting + behind} == {200}


def test_slow_senders_hold_no_place(held: tuple[FastAPI, TestClient, threading.Event]) -> None:
    app, client, _ = held
    slow = SlowSender(app, client)
    assert slow.asked.wait(60)
    assert places_inside(app) == 0
    slow.going.set()
    problem(slow.answer(), 422, "missing")


def test_who_sends_is_looked_up_in_a_place_of_the_queue(
    held: tuple[FastAPI, TestClient, threading.Event],
) -> None:
    """Before a body is read its sender is looked up; that too waits for its turn, and holds no place after."""
    app, client, gate = held
    slow = SlowSender(app, client)
    assert slow.asked.wait(60)
    with ThreadPoolExecutor(RUNNING + 4) as pool:
        assert places_inside(app) == 0, "looked up, and the place given back while the body comes"
        waiting = [pool.submit(client.get, "/held") for _ in range(RUNNING)]
        until(lambda: places_inside(app) == RUNNING)
        behind = pool.submit(client.delete, "/api/v1/sessions")
        until(lambda: places_inside(app) == RUNNING + 1)
        assert not behind.done()
        gate.set()
        slow.going.set()
        problem(slow.answer(), 422, "missing")
        assert {future.result().status_code for future in waiting} == {200}
        assert behind.result().status_code == 200
    assert places_inside(app) == 0


def test_an_exhausted_pool_is_told_soon_and_recovers(
    district: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Far more requests than connections and threads, all connections taken: each waits for one once, is told so."""
    monkeypatch.setattr("gis.db.engine.POOL_WAIT_S", 0.2)
    engine = make_engine(district.url, pool_size=2)
    app = create_app(unbounded(), engine=engine)
    many = RUNNING * 3
    waits: list[None] = []

    with TestClient(app, raise_server_exceptions=False) as client, ThreadPoolExecutor(many) as pool:
        let_in(district, client)
        busy = [engine.connect() for _ in range(2)]
        take = engine.pool.connect
        monkeypatch.setattr(engine.pool, "connect", lambda: waits.append(None) or take())
        for answer in pool.map(lambda _: client.get("/api/v1/events"), range(many)):
            problem(answer, 503, "overloaded")
            assert answer.headers["retry-after"]
        assert len(waits) == many
        assert client.get("/healthz").status_code == 200
        for connection in busy:
            connection.close()
        assert client.post("/api/v1/reports", json=report()).status_code == 201
    engine.dispose()


def shown(engine: Engine, name: str) -> str:
    with engine.connect() as connection:
        return str(connection.scalar(text(f"SHOW {name}")))


def test_the_web_has_limits_and_imports_have_none(district: Engine) -> None:
    web, plain = make_web_engine(district.url), make_engine(district.url)
    try:
        assert shown(web, "statement_timeout") == f"{WEB_STATEMENT_S:.0f}s"
        assert shown(web, "lock_timeout") == "5s"
        assert web.pool.timeout() == POOL_WAIT_S
        assert (shown(plain, "statement_timeout"), shown(plain, "lock_timeout")) == ("0", "0")
        with unit_of_work(web) as session:
            lift_limits(session)
            assert session.scalar(text("SHOW statement_timeout")) == "0"
        assert shown(web, "statement_timeout") == f"{WEB_STATEMENT_S:.0f}s"  # only that transaction
    finally:
        web.dispose()
        plain.dispose()


def test_the_application_makes_its_own_engine_with_limits(district: Engine) -> None:
    url = district.url.render_as_string(hide_password=False)
    with TestClient(create_app(Settings(database_url=url))) as client:
        assert shown(client.app.state.engine, "statement_timeout") == f"{WEB_STATEMENT_S:.0f}s"  # type: ignore[attr-defined]


@pytest.fixture
def away(edge: Engine) -> Iterator[TestClient]:
    """An application whose database is not there, for somebody who was logged in."""
    engine = create_engine(edge.url.set(query={"host": "/nonexistent"}))
    with TestClient(create_app(Settings(), engine=engine), raise_server_exceptions=False) as client:
        yield log_in(client, "a-session-nobody-can-look-up-now")


@pytest.mark.parametrize("path", ["/", "/map", "/planner"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_page_without_the_database_says_so_in_both_languages(
    away: TestClient, path: str, language: str
) -> None:
    answer = away.get(f"{path}?lang={language}", headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert answer.headers["retry-after"]
    assert f'<html lang="{language}"' in answer.text
    assert "数据库暂不可用" in answer.text
    assert "The database is unavailable" in answer.text
    assert answer.headers["x-trace-id"] in answer.text
    assert "default-src 'none'; script-src 'self';" in answer.headers["content-security-policy"]
    problem(away.get(path, headers={"accept": "application/json"}), 503, "database_unavailable")


def test_the_report_page_opens_without_the_database(away: TestClient, edge: Engine) -> None:
    first = away.get("/report", headers=BROWSER)
    assert first.status_code == 200
    assert 'id="outbox"' in first.text
    assert 'data-bbox="73.5,18.0,135.0,53.5"' in first.text
    state = away.app.state  # type: ignore[attr-defined]
    broken, state.engine = state.engine, edge
    seen = away.get("/report").text
    state.engine = broken
    assert 'data-bbox="73.5' not in seen
    assert isinstance(state.last_extent, MapExtent)
    assert away.get("/report").text == seen


def test_ready_means_the_newest_migration(client: TestClient, district: Engine) -> None:
    assert client.get("/readyz").status_code == 200
    with district.begin() as connection:
        newest = connection.scalar(text("UPDATE wangge.alembic_version SET version_num = '0001' RETURNING 1"))
    assert newest == 1
    try:
        body = problem(client.get("/readyz"), 503, "not_migrated")
        assert "wangge db migrate" in body["detail"]
    finally:
        from gis.db.connect import head_revision

        with district.begin() as connection:
            connection.execute(
                text("UPDATE wangge.alembic_version SET version_num = :head"), {"head": head_revision()}
            )
    assert client.get("/readyz").status_code == 200
