"""A good choice of p sites: greedy, best swaps while they win, then tabu search; always the same on the same input."""

from __future__ import annotations

import numpy as np

from gis.coverage.siting import kernels
from gis.coverage.siting.kernels import State
from gis.coverage.siting.model import Form, Progress, silent

_BATCH = 100
_TENURE = 12


def start_state(form: Form, chosen: list[int], p: int) -> State:
    """The state of these sites chosen and the rest of the p slots empty."""
    slots = np.full(p, -1, np.int32)
    slots[: len(chosen)] = chosen
    count = form.count
    state = State(
        slots,
        np.full(count, -1, np.int32),
        np.zeros(count, np.int64),
        np.zeros((p, count), np.int64),
        np.zeros(count, np.int64),
        slots.copy(),
        np.zeros(4, np.int64),
    )
    kernels.begin(form.rows, form.second, state)
    return state


def value(form: Form, chosen: list[int]) -> int:
    """What these sites save together."""
    inside = np.zeros(form.count, dtype=np.bool_)
    inside[chosen] = True
    return int(kernels.value_of(form.rows, form.second, inside))


def choose(
    form: Form, p: int, *, begin: list[int] | None = None, rounds: int = 600, progress: Progress = silent
) -> tuple[list[int], int]:
    """Up to p sites and what they save: greedy from `begin`, swaps to the end, `rounds` rounds of tabu search.

    Greedy keeps every site's exact gain up to date, which gives what lazy evaluation gives; its value is at
    least 1 - 1/e of the best (the saving is submodular).
    """
    p = min(p, form.count)
    if p <= 0:
        return [], 0
    state = start_state(form, begin or [], p)
    kernels.fill(form.rows, form.sites, form.second, state)
    reached = value(form, [int(site) for site in state.chosen])
    state.marks[:] = (reached, reached, 0, 0)
    state.best[:] = state.chosen
    while not kernels.swap(form.rows, form.sites, form.second, state, _BATCH, 0):
        progress(0, rounds)
    if p < form.count:
        tenure = min(_TENURE, p // 2, (form.count - p) // 2)
        for done in range(0, rounds if tenure else 0, _BATCH):
            progress(done, rounds)
            kernels.swap(form.rows, form.sites, form.second, state, min(_BATCH, rounds - done), tenure)
    return sorted(int(site) for site in state.best), int(state.marks[1])


def ranked(form: Form, chosen: list[int]) -> tuple[list[int], list[int]]:
    """The chosen sites from the one that saves most on, each with what it adds to those before it."""
    state = start_state(form, [], 1)
    left, order, gains = sorted(chosen), [], []
    while left:
        best = max(left, key=lambda site: (int(state.gain[site]), -site))
        left.remove(best)
        order.append(best)
        gains.append(int(state.gain[best]))
        kernels.place(form.rows, form.sites, form.second, state, best)
    return order, gains
