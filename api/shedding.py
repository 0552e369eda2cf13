"""A bounded queue in front of the threads: what cannot be served soon is told so at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import refused
from gis.base.errors import Unavailable

QUEUE = 50
RETRY_AFTER_S = 5
# These wait for no database; they go on while everything else is refused.
FREE_PATHS = frozenset(
    {"/healthz", "/readyz", "/metrics", "/docs", "/docs/start.js", "/openapi.json", "/track"}
)
FREE_PREFIXES = ("/static/", "/track/")
BODILESS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})


class Full(Unavailable):
    """The queue is full."""

    def __init__(self) -> None:
        super().__init__(
            "overloaded",
            "系统繁忙，请稍后重试；未做任何更改",
            "The system is busy, please try again; nothing was changed",
            retry_after_s=RETRY_AFTER_S,
        )


class Shedding:
    """At most `running` requests are worked on and `queue` wait for their turn; more are answered 503.

    A request counts from when its body has come until its answer begins, so that slow senders and slow
    readers hold no place.
    """

    def __init__(self, app: ASGIApp, running: int, queue: int = QUEUE) -> None:
        self.app = app
        self.places = anyio.CapacityLimiter(running)
        self.limit = running + queue
        self.inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] in FREE_PATHS or scope["path"].startswith(FREE_PREFIXES):
            await self.app(scope, receive, send)
            return
        turn = scope["wangge_turn"] = Turn(self)

        async def receiving() -> Message:
            message = await receive()
            if message["type"] == "http.request" and not message.get("more_body", False):
                await turn.take()
            return message

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                turn.give()
            await send(message)

        try:
            if scope["method"] in BODILESS:
                await turn.take()
            await self.app(scope, receiving, sending)
        except Full as error:
            answer = await refused(Request(scope), error)
            await answer(scope, receive, send)
        finally:
            turn.give()


class Turn:
    """The place of one request in the queue, taken and given back once."""

    def __init__(self, gate: Shedding) -> None:
        self.gate = gate
        self.counted = self.placed = self.done = False

    async def take(self) -> None:
        """Wait for a place; Full when the queue is."""
        if self.counted or self.done:
            return
        if self.gate.inside >= self.gate.limit:
            raise Full
        self.counted = True
        self.gate.inside += 1
        await self.gate.places.acquire_on_behalf_of(self)
        self.placed = True

    @asynccontextmanager
    async def for_a_moment(self) -> AsyncIterator[None]:
        """A place for short work before the body has come; given back while waiting for the body."""
        early = not self.counted
        await self.take()
        try:
            yield
        finally:
            if early:
                self._leave()

    def give(self) -> None:
        """Give the place back for good."""
        self.done = True
        self._leave()

    def _leave(self) -> None:
        if self.counted:
            self.counted = False
            self.gate.inside -= 1
        if self.placed:
            self.placed = False
            self.gate.places.release_on_behalf_of(self)
