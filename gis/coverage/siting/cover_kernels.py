"""Compiled loops of the models with a share, a least share by community, or a capacity."""

from __future__ import annotations

from typing import Any

import numpy as np

from gis.base.compiled import compiled
from gis.coverage.siting.kernels import Ints, Rows, Shorts


@compiled
def cover(rows: Rows, sites: Rows, need: int, order: Shorts) -> int:
    """Greedy until `need` is covered: fills `order`, returns how many. Ties and surplus go to the lowest site."""
    gain = np.zeros(sites.start.size - 1, np.int64)
    for site in range(gain.size):
        for index in range(sites.start[site], sites.start[site + 1]):
            gain[site] += sites.saving[index]
    covered = np.zeros(rows.start.size - 1, np.bool_)
    count = reached = 0
    while reached < need:
        best = 0
        for site in range(1, gain.size):
            if min(gain[site], need - reached) > min(gain[best], need - reached):
                best = site
        if gain[best] == 0:
            break
        reached += gain[best]
        order[count] = best
        count += 1
        for index in range(sites.start[best], sites.start[best + 1]):
            at = sites.other[index]
            if covered[at]:
                continue
            covered[at] = True
            for pair in range(rows.start[at], rows.start[at + 1]):
                gain[rows.other[pair]] -= rows.saving[pair]
    return count


@compiled
def meet_needs(  # noqa: C901 - one compiled pass
    sites: Rows, label: Ints, lacking: Ints, covered: Any, order: Shorts, room: int
) -> int:
    """Greedy for what communities lack: each site counts up to it; fills `order` to `room`, returns how many.

    `lacking` (communities) goes down to 0 as they are served; `covered` (classes) is filled.
    """
    count = 0
    won = np.zeros(lacking.size, np.int64)
    touched = np.empty(lacking.size, np.int64)
    while count < room:
        best, best_worth, best_all = -1, 0, 0
        for site in range(sites.start.size - 1):
            met = total = 0
            for index in range(sites.start[site], sites.start[site + 1]):
                at = sites.other[index]
                if covered[at]:
                    continue
                total += sites.saving[index]
                where = label[at]
                if where >= 0 and lacking[where] > 0:
                    if won[where] == 0:
                        touched[met] = where
                        met += 1
                    won[where] += sites.saving[index]
            worth = 0
            for place in range(met):
                worth += min(won[touched[place]], lacking[touched[place]])
                won[touched[place]] = 0
            if worth > best_worth or (worth == best_worth and worth > 0 and total > best_all):
                best, best_worth, best_all = site, worth, total
        if best < 0:
            break
        order[count] = best
        count += 1
        for index in range(sites.start[best], sites.start[best + 1]):
            at = sites.other[index]
            if not covered[at]:
                covered[at] = True
                if label[at] >= 0:
                    lacking[label[at]] -= min(lacking[label[at]], sites.saving[index])
    return count


@compiled
def fill_capacity(  # noqa: C901 - one compiled pass
    rows: Rows, sites: Rows, left: Ints, given: Any, order: Shorts, begin: int, capacity: int
) -> int:
    """Sites that serve most within `capacity`, one after the other, into `order[begin:]`; how many there are then.

    `left` (classes) goes down to who is not served. Sites serve in the order of their rows (the least flexible
    classes first). `order[:begin]` serve first. `given` (sites) is filled with what each serves.
    """
    hope = np.zeros(sites.start.size - 1, np.int64)
    for site in range(hope.size):
        for index in range(sites.start[site], sites.start[site + 1]):
            hope[site] += left[sites.other[index]]
    count = 0
    while count < order.size:
        best = order[count] if count < begin else -1
        if best < 0:
            for site in range(hope.size):
                worth = min(hope[site], capacity) if given[site] == 0 else 0
                if worth > 0 and (best < 0 or worth > min(hope[best], capacity)):
                    best = site
        if best < 0:
            break
        order[count] = best
        count += 1
        for index in range(sites.start[best], sites.start[best + 1]):
            at = sites.other[index]
            sent = min(left[at], capacity - given[best])
            if sent > 0:
                given[best] += sent
                left[at] -= sent
                for pair in range(rows.start[at], rows.start[at + 1]):
                    hope[rows.other[pair]] -= sent
    return count


@compiled
def capped_worth(sites: Rows, level: Ints, levels: int, capacity: int, worth: Ints, cut: Ints) -> None:
    """Per site the most that `capacity` residents are worth beyond their price level, cheapest first.

    A resident at `level` l (of 0..levels) is worth levels - l. `cut` is the level at which the room ends.
    """
    at_level = np.zeros(levels + 1, np.int64)
    for site in range(sites.start.size - 1):
        at_level[:] = 0
        for index in range(sites.start[site], sites.start[site + 1]):
            at_level[level[sites.other[index]]] += sites.saving[index]
        room, total, cut[site] = capacity, 0, levels
        for price in range(levels):
            taken = min(room, at_level[price])
            total += taken * (levels - price)
            room -= taken
            if room == 0:
                cut[site] = price
                break
        worth[site] = total


@compiled
def capped_takers(sites: Rows, level: Ints, top: Any, cut: Ints, capacity: int, taken: Any) -> None:
    """How many residents of each class the sites in `top` take; at the level of the cut all take their part."""
    for site in top:
        below = at_cut = 0
        for index in range(sites.start[site], sites.start[site + 1]):
            price = level[sites.other[index]]
            if price < cut[site]:
                below += sites.saving[index]
            elif price == cut[site]:
                at_cut += sites.saving[index]
        part = min(1.0, (capacity - below) / at_cut) if at_cut > 0 else 0.0
        for index in range(sites.start[site], sites.start[site + 1]):
            price = level[sites.other[index]]
            if price < cut[site]:
                taken[sites.other[index]] += sites.saving[index]
            elif price == cut[site]:
                taken[sites.other[index]] += part * sites.saving[index]


@compiled
def needed_rows(rows: Rows, sites: Rows, keep: Any) -> None:
    """Rows that a full cover has to look at: `keep` is cleared where another row's sites are all among its own.

    Whoever covers that other row covers this one as well. Of equal rows (there are none among classes) the first
    stays.
    """
    for row in range(keep.size):
        first, last = rows.start[row], rows.start[row + 1]
        rarest = rows.other[first]
        for index in range(first + 1, last):
            site = rows.other[index]
            if sites.start[site + 1] - sites.start[site] < sites.start[rarest + 1] - sites.start[rarest]:
                rarest = site
        for index in range(sites.start[rarest], sites.start[rarest + 1]):
            other = sites.other[index]
            if other == row or not keep[other]:
                continue
            size = rows.start[other + 1] - rows.start[other]
            if size < last - first or (size == last - first and other < row):
                continue
            at = rows.start[other]
            for mine in range(first, last):
                while at < rows.start[other + 1] and rows.other[at] < rows.other[mine]:
                    at += 1
                if at == rows.start[other + 1] or rows.other[at] != rows.other[mine]:
                    break
            else:
                keep[other] = False


@compiled
def cover_prices(  # noqa: C901 - one compiled pass
    sites: Rows, price: Any, best: Any, marks: Any, rounds: int
) -> None:
    """Subgradient up the bound of a full cover: Σ prices + Σ min(0, 1 - prices of a site's rows).

    `best` keeps the prices of the highest bound; `marks`: that bound, a number of sites that do, the step's factor,
    rounds without success.
    """
    slope = np.empty(price.size)
    for _ in range(rounds):
        slope[:] = 1.0
        bound = price.sum()
        for site in range(sites.start.size - 1):
            left = 1.0
            for index in range(sites.start[site], sites.start[site + 1]):
                left -= price[sites.other[index]]
            if left < 0:
                bound += left
                for index in range(sites.start[site], sites.start[site + 1]):
                    slope[sites.other[index]] -= 1.0
        marks[3] += 1
        if bound > marks[0]:
            if bound > marks[0] + 1e-4:
                marks[3] = 0
            marks[0] = bound
            best[:] = price
        if marks[3] >= 15:
            marks[2] *= 0.7
            marks[3] = 0
            price[:] = best
            continue
        norm = 0.0
        for row in range(price.size):
            if price[row] > 0 or slope[row] > 0:
                norm += slope[row] * slope[row]
        if norm == 0:
            return
        step = marks[2] * (marks[1] - bound) / norm
        for row in range(price.size):
            price[row] = max(0.0, price[row] + step * slope[row])
