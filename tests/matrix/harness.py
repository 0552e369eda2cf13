"""Asking the application as somebody, and judging what comes back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from api.auth import CSRF_HEADER, PLAIN_COOKIE, csrf_token
from gis.settings import Settings
from tests.matrix import expected as may
from tests.matrix.logins import token_of
from tests.matrix.places import HOUSES, MATTERS, PEOPLE, Matter, Person
from tests.matrix.world import World

SAFE = frozenset({"GET", "HEAD"})
NOBODY = PEOPLE["anonymous"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    text: str
    content: bytes
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:
        """The body as values."""
        return json.loads(self.text)

    @property
    def code(self) -> str:
        """The stable code of a refusal."""
        try:
            return str(json.loads(self.text).get("code", ""))
        except (ValueError, AttributeError):
            return ""


Judge = Callable[[World, Person, Answer], None]


@dataclass(frozen=True, slots=True)
class Call:
    """One request, and the judgement of its answer once the door has let it in.

    `known` are markers the asker had in hand already, so that they may come back.
    """

    path: str
    judge: Judge
    method: str = "GET"
    params: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    content: bytes | None = None
    known: frozenset[str] = frozenset()


Calls = Callable[[World, Person, str], Iterator[Call]]
"""The requests of an operation as somebody, for objects in one relation to them."""


@dataclass(frozen=True, slots=True)
class Operation:
    """How an operation is called and what it needs; `need` is spelled here again, apart from the product.

    `open`: nobody is looked up; `public`: everybody; `self`: whoever is logged in; `own`: these too before the
    first password is changed; `greeting`: everybody, these too; else the permission. An access token is not
    enough where it is `session_only`.
    """

    need: str
    calls: Calls
    targets: str = "none"  # none, areas, matters
    page: bool = False
    writes: bool = False
    session_only: bool = False


class Edge:
    """The application as a network of people: one client, the credentials of whoever asks."""

    def __init__(self, app: FastAPI, world: World) -> None:
        self.app, self.world = app, world
        self.client = TestClient(app, raise_server_exceptions=False, follow_redirects=False)

    def ask(self, person: Person, call: Call) -> Answer:
        """One request with the credentials of somebody, good or not."""
        headers = {"Accept-Language": "en", **call.headers}
        if person.token is not None:
            headers["Authorization"] = f"Bearer {token_of(person)}"
        elif not person.anonymous:
            token = token_of(person)
            headers["Cookie"] = f"{PLAIN_COOKIE}={token}"
            if call.method not in SAFE:
                headers[CSRF_HEADER] = csrf_token(token)
        made: dict[str, Any] = {"params": dict(call.params), "headers": headers}
        if call.body is not None:
            made["json"] = call.body
        if call.content is not None:
            made["content"] = call.content
        try:
            got = self.client.request(call.method, call.path, **made)
        finally:
            self.client.cookies.clear()
        text = got.text if _is_text(got.headers.get("content-type", "")) else ""
        return Answer(got.status_code, text, got.content, got.headers)


def _is_text(kind: str) -> bool:
    return "json" in kind or kind.startswith("text/")


def quiet_settings(settings: Settings) -> Settings:
    """The same settings without limits on how often anything is asked."""
    many = "100000/second"
    return settings.model_copy(
        update={"rate_reports": many, "rate_account_reports": many, "rate_photos": many, "rate_logins": many}
    )


def acting(person: Person, need: str) -> Person:
    """Who an operation is done for: whoever must change the password first is nobody elsewhere."""
    if person.must_change and need not in {"own", "greeting"}:
        return NOBODY
    return person if may.is_somebody(person) else NOBODY


def door(person: Person, need: str, *, session_only: bool = False) -> tuple[int, str] | None:
    """The refusal somebody meets at the door; None when they are let in."""
    if need in {"open", "public", "greeting"}:
        return None
    if not may.is_somebody(person):
        return 401, "login_required"
    if person.must_change and need != "own":
        return 403, "password_change_required"
    if session_only and person.token is not None:
        return 403, "session_required"
    if need in {"self", "own"} or may.holds(person, need):
        return None
    return 403, "permission_denied"


def judge(edge: Edge, operation: Operation, person: Person, call: Call) -> Answer:
    """Ask, and hold the answer against door, judgement and secrets. Raises AssertionError."""
    answer = edge.ask(person, call)
    met = door(person, operation.need, session_only=operation.session_only)
    where = f"{call.method} {call.path} {dict(call.params)} as {person.name}"
    assert answer.status < 500, f"{where}: {answer.status} {answer.text[:300]}"
    if met is not None:
        if operation.page and met[1] != "permission_denied":
            assert answer.status == 303, f"{where}: {answer.status}, not led to a page"
        else:
            assert (answer.status, answer.code) == met or (operation.page and answer.status == met[0]), (
                f"{where}: {answer.status} {answer.code}, expected {met}"
            )
        leaks(edge.world, NOBODY, answer, call.known, where)
        return answer
    actor = acting(person, operation.need)
    leaks(edge.world, actor, answer, call.known, where)
    try:
        call.judge(edge.world, actor, answer)
    except (AssertionError, KeyError, TypeError, ValueError) as fault:
        raise AssertionError(f"{where}: {fault!r}; {answer.status} {answer.text[:400]}") from fault
    return answer


def shown(world: World, person: Person, matter: Matter) -> set[str]:
    """The markers of an event that somebody may meet anywhere."""
    told = world.told[matter.key]
    if not may.sees_event(person, matter):
        return set()
    seen = {told.event, told.number, told.report}
    if may.sees_words(person, matter):
        seen |= {told.text, told.address}
    if may.sees_photo(person, matter):
        seen.add(told.stored)
    if may.reported(person, matter):
        seen |= {told.tracking_code, told.announced}
    return seen


_hidden: dict[tuple[int, str], frozenset[str]] = {}


def hidden(world: World, person: Person) -> frozenset[str]:
    """Everything that must not reach somebody."""
    key = (id(world), person.name)
    if key not in _hidden:
        _hidden[key] = frozenset(
            secret
            for matter in MATTERS.values()
            for secret in world.told[matter.key].secrets().values()
            if secret not in shown(world, person, matter)
        )
    return _hidden[key]


@lru_cache(maxsize=64)
def _counts_hidden(name: str) -> re.Pattern[str] | None:
    person = PEOPLE[name]
    counted = may.counted(person)
    numbers = {
        str(value)
        for code, house in HOUSES.items()
        if code not in counted
        for value in house.counts.values()
        if value > 1000
    }
    return re.compile(rf"(?<![\w.])(?:{'|'.join(sorted(numbers))})(?![\w.])") if numbers else None


def leaks(world: World, person: Person, answer: Answer, known: frozenset[str], where: str) -> None:
    """No marker of a hidden row is anywhere in the body or the headers."""
    whole = answer.text or answer.content.decode("latin-1")
    whole += "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    asked = where.partition(" as ")[0]  # a refusal repeats the address it was asked under
    found = [secret for secret in hidden(world, person) - known if secret in whole and secret not in asked]
    assert not found, f"{where} leaks {found[:5]}"
    if answer.text and (pattern := _counts_hidden(person.name)) is not None:
        told = pattern.findall(whole)
        assert not told, f"{where} tells counts {told[:5]}"
