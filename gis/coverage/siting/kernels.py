"""The compiled loops of siting: whole-number gains, swaps and prices over rows of classes and rows of sites.

One form serves every model that chooses p sites. A class (buildings that share their sites) takes the best saving
among its chosen sites, and `second` on top where two or more are chosen: maximal coverage has one saving a
class, the residents; the p-median has a saving a pair, resident metres; backup has `second` = θ × residents.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gis.base.compiled import compiled

Ints = npt.NDArray[np.int64]
Shorts = npt.NDArray[np.int32]
Reals = npt.NDArray[np.float64]


class Rows(NamedTuple):
    """Pairs by rows (of classes, or of sites): the site or class of each and what it saves there, above 0."""

    start: Ints
    other: Shorts
    saving: Ints


class State(NamedTuple):
    """The chosen sites and what every change is worth.

    `slot` (sites): -1 or the row in `chosen`. `gain` (sites): won by adding a site, lost by taking away a chosen
    one. `extra` (p, sites): what a swap is worth beyond the two. `banned` (sites): until which round.
    """

    chosen: Shorts
    slot: Shorts
    gain: Ints
    extra: Ints
    banned: Ints
    best: Shorts
    marks: Ints


@compiled
def _shift(at: Any, sign: Any, rows: Rows, second: Any, state: State) -> None:  # noqa: C901 - one pass
    """Add (or with sign -1 take away) what one class contributes to gains and extras."""
    slot, gain, extra = state.slot, state.gain, state.extra
    first, last = rows.start[at], rows.start[at + 1]
    one = two = three = most = 0
    one_at = two_at = -1
    for index in range(first, last):
        saving = rows.saving[index]
        most = max(most, saving)
        site = rows.other[index]
        if slot[site] < 0:
            continue
        if saving > one:
            one, two, three, one_at, two_at = saving, one, two, site, one_at
        elif saving > two:
            two, three, two_at = saving, two, site
        elif saving > three:
            three = saving
    if one_at < 0:
        for index in range(first, last):
            gain[rows.other[index]] += sign * rows.saving[index]
        return
    bonus = second[at]
    now = one + (bonus if two > 0 else 0)
    lost = now - two - (bonus if three > 0 else 0)
    lost_two = now - one - (bonus if three > 0 else 0) if two > 0 else 0
    if lost == 0 and lost_two == 0 and one >= most:
        return
    gain[one_at] += sign * lost
    if two_at >= 0:
        gain[two_at] += sign * lost_two
    for index in range(first, last):
        site = rows.other[index]
        if slot[site] >= 0:
            continue
        saving = rows.saving[index]
        won = max(one, saving) + bonus - now
        swapped = max(two, saving) + (bonus if two > 0 else 0) - now
        gain[site] += sign * won
        extra[slot[one_at], site] += sign * (swapped - won + lost)
        if lost_two > 0:
            extra[slot[two_at], site] += sign * lost_two


@compiled
def _turn(site: Any, place: Any, rows: Rows, sites: Rows, second: Any, state: State) -> None:
    """Put `site` into the slot `place`, or take it out with -1."""
    for index in range(sites.start[site], sites.start[site + 1]):
        _shift(sites.other[index], -1, rows, second, state)
    state.slot[site] = place
    for index in range(sites.start[site], sites.start[site + 1]):
        _shift(sites.other[index], 1, rows, second, state)


@compiled
def begin(rows: Rows, second: Ints, state: State) -> None:
    """Fill gains and extras for the sites in `state.chosen`; everything else of the state is empty."""
    for place in range(state.chosen.size):
        if state.chosen[place] >= 0:
            state.slot[state.chosen[place]] = place
    for at in range(rows.start.size - 1):
        _shift(at, 1, rows, second, state)


@compiled
def fill(rows: Rows, sites: Rows, second: Ints, state: State) -> int:
    """Greedy: the empty slots of `state.chosen` (-1) get the site of the highest gain, ties the lowest; the sum."""
    won = 0
    for place in range(state.chosen.size):
        if state.chosen[place] >= 0:
            continue
        best = -1
        for site in range(state.slot.size):
            if state.slot[site] < 0 and (best < 0 or state.gain[site] > state.gain[best]):
                best = site
        if best < 0:
            break
        won += state.gain[best]
        state.chosen[place] = best
        _turn(best, place, rows, sites, second, state)
    return won


@compiled
def _best_swap(state: State, round_: Any, missing: Any) -> Any:
    """The swap worth most (ties: lowest slot, then site) that is not banned or beats the best by its worth."""
    best, out, come = -(2**62), -1, -1
    for place in range(state.chosen.size):
        loss, row = state.gain[state.chosen[place]], state.extra[place]
        stuck = state.banned[state.chosen[place]] > round_
        for site in range(state.slot.size):
            worth = state.gain[site] - loss + row[site]
            if worth > best and state.slot[site] < 0:
                if (stuck or state.banned[site] > round_) and worth <= missing:
                    continue
                best, out, come = worth, place, site
    return best, out, come


@compiled
def swap(rows: Rows, sites: Rows, second: Ints, state: State, rounds: int, tenure: int) -> bool:
    """Up to `rounds` best swaps; with `tenure` 0 only while they win, else sites rest `tenure` rounds (tabu).

    `state.marks` holds value, best value, the round, and the round of the best; `state.best` the best choice.
    True when a descent has ended.
    """
    marks = state.marks
    for _ in range(rounds):
        round_ = marks[2]
        worth, place, come = _best_swap(state, round_, marks[1] - marks[0])
        if place < 0 or (tenure == 0 and worth <= 0):
            return True
        gone = state.chosen[place]
        _turn(gone, -1, rows, sites, second, state)
        state.chosen[place] = come
        _turn(come, place, rows, sites, second, state)
        if tenure > 0:
            state.banned[gone] = round_ + 1 + tenure + (round_ * 7919) % 5
            state.banned[come] = round_ + 1 + tenure // 2 + (round_ * 104729) % 3
        marks[0] += worth
        marks[2] = round_ + 1
        if marks[0] > marks[1]:
            marks[1], marks[3] = marks[0], round_ + 1
            state.best[:] = state.chosen
    return False


@compiled
def place(rows: Rows, sites: Rows, second: Ints, state: State, site: int) -> None:
    """Choose one more site, all of them in slot 0: the gains are right, the extras are not."""
    _turn(site, 0, rows, sites, second, state)


@compiled
def value_of(rows: Rows, second: Ints, inside: npt.NDArray[np.bool_]) -> int:
    """What the sites with `inside` save, counted from nothing."""
    total = 0
    for at in range(rows.start.size - 1):
        best, count = 0, 0
        for index in range(rows.start[at], rows.start[at + 1]):
            if inside[rows.other[index]]:
                best, count = max(best, rows.saving[index]), count + 1
        total += best + (second[at] if count > 1 else 0)
    return total


@compiled
def site_worth(sites: Rows, price: Any, worth: Any) -> None:
    """Per site what its classes save beyond their prices: Σ max(0, saving - price), in the type of the prices."""
    for site in range(sites.start.size - 1):
        total = price[0] - price[0]
        for index in range(sites.start[site], sites.start[site + 1]):
            beyond = sites.saving[index] - price[sites.other[index]]
            if beyond > 0:
                total += beyond
        worth[site] = total


@compiled
def _slopes(sites: Rows, top: Any, price: Any, first: Ints, second: Ints, slope: Reals) -> None:
    """How the bound rises with each price: 1, 2 where a second cover is worth more than its price, minus takers."""
    for at in range(price.size):
        slope[at] = 2.0 if second[at] > 0 and price[at] > first[at] - second[at] else 1.0
    for site in top:
        for index in range(sites.start[site], sites.start[site + 1]):
            if sites.saving[index] > price[sites.other[index]]:
                slope[sites.other[index]] -= 1.0


@compiled
def descend(  # noqa: C901, PLR0917 - one compiled pass
    sites: Rows,
    first: Ints,
    second: Ints,
    price: Reals,
    best: Reals,
    way: Reals,
    marks: Reals,
    p: int,
    rounds: int,
) -> None:
    """`rounds` steps of a deflected subgradient down the bound; `best` keeps the prices of the lowest one.

    `marks` holds the lowest bound, the target (a value reached), the step's factor, rounds without success.
    """
    worth, slope = np.empty(sites.start.size - 1), np.empty(price.size)
    for _ in range(rounds):
        site_worth(sites, price, worth)
        top = np.argsort(-worth, kind="mergesort")[:p]
        bound = worth[top].sum()
        for at in range(price.size):
            bound += price[at] + (max(0.0, price[at] - first[at] + second[at]) if second[at] > 0 else 0.0)
        marks[3] += 1
        if bound < marks[0]:
            if bound < marks[0] * (1 - 1e-5):
                marks[3] = 0
            marks[0] = bound
            best[:] = price
        if marks[3] >= 12:
            marks[2] *= 0.75
            marks[3] = 0
            price[:] = best
            way[:] = 0
            continue
        _slopes(sites, top, price, first, second, slope)
        along = norm = 0.0
        for at in range(price.size):
            if price[at] <= 0 and slope[at] > 0:
                slope[at] = 0
            along += slope[at] * way[at]
            norm += way[at] * way[at]
        turn = -1.5 * along / norm if along < 0 else 0.0
        norm = 0.0
        for at in range(price.size):
            way[at] = slope[at] + turn * way[at]
            norm += way[at] * way[at]
        if norm == 0:
            return
        step = marks[2] * (bound - marks[1]) / norm
        for at in range(price.size):
            price[at] = min(max(0.0, price[at] - step * way[at]), float(first[at]))
