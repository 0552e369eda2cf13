"""Whoever computes one scenario holds up nobody who asks in another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine

from gis.base.errors import Unavailable
from gis.coverage import in_scenario
from gis.coverage.in_scenario import edited_world
from gis.coverage.world import World
from gis.walking.edit_kinds import CloseStation, Edit, edit_to_json

from .small_world import small_world, station

CODES = ("S1", "S2", "S3")
Edits = list[dict[str, Any]]


def closing(code: str) -> Edits:
    return [edit_to_json(CloseStation(code))]


@pytest.fixture
def base() -> World:
    return small_world([station(code, 100.0 * number) for number, code in enumerate(CODES, 1)])


@pytest.fixture
def engine() -> Engine:
    return create_engine("postgresql+psycopg://nowhere/none")  # never connected: a key of what is kept


class Slow:
    """Edits of the place, each held until it is let go."""

    def __init__(self) -> None:
        self.begun = {code: Event() for code in CODES}
        self.go = {code: Event() for code in CODES}
        self.made: list[str] = []


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    held, really = Slow(), World.edited

    def edited(self: World, edits: Iterable[Edit]) -> World:
        given = tuple(edits)
        held.made.append(given[0].code)
        held.begun[given[0].code].set()
        assert held.go[given[0].code].wait(20)
        return really(self, given)

    monkeypatch.setattr(World, "edited", edited)
    return held


@contextmanager
def computing(
    pool: ThreadPoolExecutor, slow: Slow, engine: Engine, base: World, *codes: str
) -> Iterator[list[Future[World]]]:
    futures = [pool.submit(edited_world, engine, base, closing(code)) for code in codes]
    try:
        assert all(slow.begun[code].wait(20) for code in codes)
        yield futures
    finally:
        for code in CODES:
            slow.go[code].set()


def test_another_scenario_is_computed_meanwhile(engine: Engine, base: World, slow: Slow) -> None:
    with ThreadPoolExecutor(2) as pool, computing(pool, slow, engine, base, "S1") as first:
        slow.go["S2"].set()
        other = edited_world(engine, base, closing("S2"))
        assert edited_world(engine, base, closing("S2")) is other, "and read while the first goes on"
        assert not first[0].done()
    assert first[0].result() is not other


def test_who_asks_for_the_same_waits_and_shares(engine: Engine, base: World, slow: Slow) -> None:
    with ThreadPoolExecutor(2) as pool:
        with computing(pool, slow, engine, base, "S1") as first:
            second = pool.submit(edited_world, engine, base, closing("S1"))
        assert first[0].result() is second.result()
    assert slow.made == ["S1"]


def test_at_most_two_are_computed_and_the_third_is_told(
    engine: Engine, base: World, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_scenario, "LONGEST_WAIT_S", 0.05)
    with ThreadPoolExecutor(2) as pool, computing(pool, slow, engine, base, "S1", "S2"):
        for code in ("S3", "S1"):  # a third one, and one that is being computed for too long
            with pytest.raises(Unavailable) as refused:
                edited_world(engine, base, closing(code))
            assert refused.value.code == "scenario_busy"
            assert "retry_after_s" in refused.value.facts
    assert edited_world(engine, base, closing("S3")) is edited_world(engine, base, closing("S3"))
    assert sorted(slow.made) == ["S1", "S2", "S3"]


def test_what_fails_leaves_its_place_to_the_next(
    engine: Engine, base: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = World.edited
    for _ in range(3):
        monkeypatch.setattr(World, "edited", lambda self, edits: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            edited_world(engine, base, closing("S1"))
    monkeypatch.setattr(World, "edited", really)
    assert edited_world(engine, base, closing("S1")).stations["status"].tolist().count("closed") == 1
