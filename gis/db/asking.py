"""Single statements a request waits for on the event loop, without a thread: who asks, and a report to take in.

With a thread for each of them, of eight requests at once five stood in line for the interpreter, which lets one thread
run at a time (`make bench ONLY=intake`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import namedtuple_row
from sqlalchemy import Engine
from sqlalchemy.exc import TimeoutError as PoolTimeout

from gis.db.engine import POOL_WAIT_S, driver_arguments
from gis.db.sql import driver_errors

Connection = psycopg.AsyncConnection[Any]


class Asking:
    """At most `most` connections with the role and limits of an engine's; to be entered and left in one event loop.

    A pool that connects in the background (`psycopg_pool`) lets a question wait while the database is away; this one
    tells it at once.
    """

    def __init__(self, engine: Engine, most: int) -> None:
        self._arguments = driver_arguments(engine)
        self._places = asyncio.Semaphore(most)
        self._idle: list[Connection] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._forget()

    async def once(self, statement: str, values: Mapping[str, Any]) -> list[Any]:
        """The rows of one statement that is a transaction of its own: one way to the server and back.

        `statement` has the driver's parameters (`gis.db.sql.driver_text`), says itself in which scope it works, and
        does no harm when it is asked twice: no connection is pinged before; when one turns out to be cut, the
        question is asked again on a new one. What the driver raises leaves as SQLAlchemy's error; TimeoutError when
        no connection is free within `POOL_WAIT_S`.
        """
        await self._take_place()
        try:
            with driver_errors():
                try:
                    return await self._ask(statement, values)
                except _Cut:
                    await self._forget()
                    return await self._ask(statement, values)
        finally:
            self._places.release()

    async def _take_place(self) -> None:
        try:
            async with asyncio.timeout(POOL_WAIT_S):
                await self._places.acquire()
        except TimeoutError as error:
            raise PoolTimeout("no connection is free") from error

    async def _ask(self, statement: str, values: Mapping[str, Any]) -> list[Any]:
        driver = self._idle.pop() if self._idle else await self._connect()
        try:
            cursor = await driver.execute(statement, values)
            return await cursor.fetchall()
        except psycopg.OperationalError as error:
            if driver.closed:
                raise _Cut from error
            raise
        finally:
            if driver.info.transaction_status is TransactionStatus.IDLE:
                self._idle.append(driver)
            else:  # cut, or left in the middle of its answer
                await driver.close()

    async def _connect(self) -> Connection:
        return await psycopg.AsyncConnection.connect(
            **self._arguments, autocommit=True, row_factory=namedtuple_row
        )

    async def _forget(self) -> None:
        """Close what rests: what was cut was seldom cut alone."""
        while self._idle:
            await self._idle.pop().close()


class _Cut(psycopg.OperationalError):
    """The connection was cut, before the question or while it was asked."""
