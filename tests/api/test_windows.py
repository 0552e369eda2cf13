"""Moving windows against a list of everything that was ever counted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from api.windows import SWEEP_S, Windows

SPAN_S = 10.0


class Clock:
    """Goes on only when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@given(st.integers(1, 4), st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 7)), max_size=60))
def test_it_counts_what_a_list_of_all_counts(most: int, steps: list[tuple[str, int]]) -> None:
    clock = Clock()
    windows, counted = Windows(clock), {"a": [], "b": []}  # type: ignore[var-annotated]
    for key, later in steps:
        clock.now += later
        inside = [at for at in counted[key] if at > clock.now - SPAN_S]
        room = len(inside) < most
        wait_s = windows.wait_s(key, most, SPAN_S)
        assert (wait_s == 0) == room
        if not room:  # it says when, and is right
            assert wait_s == inside[-most] + SPAN_S - clock.now
        assert windows.hit(key, most, SPAN_S) == room
        if room:
            counted[key].append(clock.now)


def test_keys_that_nobody_counts_any_more_are_let_go() -> None:
    clock = Clock()
    windows = Windows(clock)
    for n in range(100):
        windows.hit(f"address {n}", 5, SPAN_S)
    assert len(windows) == 100
    clock.now += SWEEP_S + SPAN_S
    windows.hit("another", 5, SPAN_S)
    assert len(windows) == 1


def test_a_rate_that_was_lowered_counts_at_once() -> None:
    clock = Clock()
    windows = Windows(clock)
    for _ in range(5):
        assert windows.hit("a", 5, SPAN_S)
        clock.now += 1
    assert not windows.hit("a", 2, SPAN_S)
    assert windows.wait_s("a", 2, SPAN_S) == 1003.0 + SPAN_S - 1005.0
