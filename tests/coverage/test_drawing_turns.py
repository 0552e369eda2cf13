"""One request draws so much and no more, one draws at a time, and only offered limits are kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import numpy as np
import pytest
import shapely
from sqlalchemy import Engine

from gis.base.errors import Invalid, Unavailable
from gis.coverage import drawing_turns as turns
from gis.coverage.circles import circles
from gis.coverage.drawing import style
from gis.coverage.drawing_turns import answering, kept_limits, turn, work
from gis.coverage.model import ask
from gis.walking.circles import Atlas
from gis.walking.cost import limit_cost
from gis.walking.model import METRES
from gis.walking.profiles import PROFILES

from .test_circles import stored

BOTH = ("party_mass_center", "micro_station")


def test_work_grows_with_stations_and_the_square_of_the_reach() -> None:
    limit = limit_cost(METRES, metres=1000)
    assert work(1, METRES, limit, 10) == pytest.approx(1)
    assert work(3, METRES, 2 * limit, 10) == pytest.approx(12)
    assert work(3, METRES, 2 * limit, 25) == pytest.approx(3)
    walker = PROFILES["standard"]
    metres = walker.speed_mm_s * 0.9
    by_time = work(1, walker, limit_cost(walker, minutes=15), 10)
    assert by_time == pytest.approx((metres / 1000) ** 2)


def test_too_much_is_refused_where_somebody_waits_and_only_there() -> None:
    with turn(1e9):
        pass
    with answering(), turn(turns.BUDGET):
        pass
    with answering(), pytest.raises(Invalid) as refused, turn(turns.BUDGET + 1):
        pass
    assert refused.value.code == "drawing_too_large"


def test_one_draws_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST_WAIT_S", 0.05)

    def other(amount: float) -> str:
        try:
            with answering(), turn(amount):
                return "drew"
        except Unavailable as refused:
            return f"{refused.code} {refused.facts['retry_after_s']}"

    def job() -> str:
        with turn(1e9):
            return "drew"

    with ThreadPoolExecutor(1) as pool:
        with answering(), turn(1):
            assert pool.submit(other, 1).result() == "drawing_busy 0"
            assert pool.submit(job).result() == "drew"
        assert pool.submit(other, 1).result() == "drew"


def test_only_offered_limits_and_those_of_the_type_are_kept() -> None:
    types = np.array([*BOTH, "of a city's own"], dtype=object)

    def kept(minutes: float | None = None, metres: float | None = None) -> list[bool]:
        walker = PROFILES["elderly"] if metres is None else METRES
        return list(kept_limits(types, walker, limit_cost(walker, minutes=minutes, metres=metres)))

    for metres in (300, 500, 1000):
        assert kept(metres=metres) == [True] * 3
    for other in (299, 1, 2990.5, 3000, 300.5):
        assert kept(metres=other) == [False] * 3
    for minutes in (5, 10, 15):
        assert kept(minutes=minutes) == [True] * 3
    assert kept(minutes=12) == [False] * 3
    own = kept_limits(np.array(["mine", BOTH[0]], dtype=object), METRES, 700_000_000)
    assert own.tolist() == [False, False]


@pytest.mark.db
def test_a_limit_that_is_not_offered_is_drawn_and_not_kept(changeable_engine: Engine) -> None:
    for metres in (299, 301, 777):
        assert len(circles(changeable_engine, ask(BOTH, metres=metres))) == 2
    assert stored(changeable_engine) == 0
    circles(changeable_engine, ask(BOTH, metres=300))
    assert stored(changeable_engine) == 2


@pytest.mark.db
@pytest.mark.parametrize("shape", ["each", "ring", "dissolved", "nearest", "lines"])
def test_a_request_beyond_the_budget_is_refused(
    changeable_engine: Engine, monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    question = ask(BOTH, metres=500)  # two stations: 2 * 0.25, at 25 m a quarter of it
    monkeypatch.setattr(turns, "BUDGET", 0.4)
    with answering():
        with pytest.raises(Invalid) as refused:
            circles(changeable_engine, question, style=style(shape))
        assert refused.value.code == "drawing_too_large"
        assert len(circles(changeable_engine, question, style=style(shape, 25)))
    drawn = circles(changeable_engine, question, style=style(shape))
    with answering():
        if shape in ("each", "ring"):  # what is stored is nothing to draw
            again = circles(changeable_engine, question, style=style(shape))
            assert shapely.equals_exact(again.geometry.to_numpy(), drawn.geometry.to_numpy()).all()


@pytest.mark.db
def test_who_waited_reads_what_was_drawn_meanwhile(
    changeable_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    question, times, begun, go = ask(BOTH, metres=500), [], Event(), Event()
    really = Atlas.each

    def each(self: Atlas, graph: Any, rows: Any, limit: int, done: Any = None) -> Any:
        times.append(len(rows))
        begun.set()
        assert go.wait(20)
        return really(self, graph, rows, limit, done)

    monkeypatch.setattr(Atlas, "each", each)

    def asker() -> int:
        with answering():
            return len(circles(changeable_engine, question))

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(asker)
        assert begun.wait(20)
        second = pool.submit(asker)
        go.set()
        assert (first.result(), second.result()) == (2, 2)
    assert sum(times) == 2
