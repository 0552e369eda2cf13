"""Single questions on an event loop: a cut connection is no answer, an error of ours is not asked twice."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from gis.db.asking import Asking
from gis.db.engine import WEB_STATEMENT_S, driver_arguments, make_engine, make_web_engine
from tests.database import asked

pytestmark = pytest.mark.db
MINE = "SELECT pg_backend_pid() AS pid"


def cut(engine: Engine, pid: int) -> None:
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})


def test_a_connection_is_kept_and_a_cut_one_replaced(engine: Engine) -> None:
    async def work(asking: Asking) -> list[int]:
        pids = [(await asking.once(MINE, {}))[0].pid for _ in range(2)]
        await asyncio.to_thread(cut, engine, pids[0])
        return [*pids, (await asking.once(MINE, {}))[0].pid]

    first, second, third = asked(engine, work)
    assert first == second != third


def test_a_question_that_cuts_its_own_connection_is_asked_twice_and_then_told(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE SEQUENCE IF NOT EXISTS asked_twice"))
        before = connection.scalar(text("SELECT nextval('asked_twice')")) or 0

    async def work(asking: Asking) -> None:
        await asking.once("SELECT nextval('asked_twice'), pg_terminate_backend(pg_backend_pid())", {})

    try:
        with pytest.raises(OperationalError):
            asked(engine, work)
        with engine.begin() as connection:
            assert connection.scalar(text("SELECT nextval('asked_twice')")) == before + 3
    finally:
        with engine.begin() as connection:
            connection.execute(text("DROP SEQUENCE asked_twice"))


def test_what_the_server_refuses_is_told_at_once(engine: Engine) -> None:
    hasty = make_engine(engine.url, statement_s=0.05)

    async def work(asking: Asking) -> int:
        with pytest.raises(DBAPIError, match="division by zero"):
            await asking.once("SELECT 1 / %(of)s::int", {"of": 0})
        with pytest.raises(OperationalError, match="statement timeout"):
            await asking.once("SELECT pg_sleep(5)", {})
        return int((await asking.once("SELECT 1 AS one", {}))[0].one)

    try:
        assert asked(hasty, work) == 1
    finally:
        hasty.dispose()


def test_it_connects_as_the_engine_does(engine: Engine) -> None:
    web = make_web_engine(engine.url.update_query_dict({"options": "-c role=wangge_api"}))

    async def work(asking: Asking) -> Any:
        return (
            await asking.once(
                "SELECT current_user::text AS who, current_setting('statement_timeout') AS limit", {}
            )
        )[0]

    try:
        assert tuple(asked(web, work)) == ("wangge_api", f"{WEB_STATEMENT_S:.0f}s")
        assert "role=wangge_api" in driver_arguments(web)["options"]
    finally:
        web.dispose()


def test_whoever_finds_no_connection_free_is_told(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gis.db.asking.POOL_WAIT_S", 0.1)

    async def work(asking: Asking) -> int:
        busy = asyncio.create_task(asking.once("SELECT pg_sleep(1)", {}))
        await asyncio.sleep(0)  # it has taken the one place
        with pytest.raises(PoolTimeout):
            await asking.once(MINE, {})
        await busy
        return len(await asking.once(MINE, {}))

    assert asked(engine, work) == 1


def test_a_database_that_is_away_is_told(engine: Engine) -> None:
    nowhere = make_web_engine(engine.url.update_query_dict({"host": "/nonexistent"}))

    async def work(asking: Asking) -> None:
        await asking.once(MINE, {})

    try:
        with pytest.raises(OperationalError):
            asked(nowhere, work)
    finally:
        nowhere.dispose()
