"""Buildings with the same candidates become one class, compared candidate by candidate and never by hash alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gis.base.compiled import compiled
from gis.coverage.siting.kernels import Ints, Rows, Shorts
from gis.walking.model import Int32s, Int64s
from gis.walking.pairs import Pairs


@dataclass(frozen=True, slots=True)
class Classes:
    """Classes in the order of their first building.

    `start` (c+1) and `site`: the candidates of each class, rising. `residents`, `label` (c). `of` (b): the class of
    each building, -1 where no candidate reaches it or it has no residents.
    """

    start: Int64s
    site: Int32s
    residents: Int64s
    label: Int64s
    of: Int64s


def merge(rows: Pairs, residents: Int64s, label: Int64s) -> Classes:
    """Merge the buildings of `rows` (by building) with equal candidates and equal `label`; demand adds up."""
    number = np.full(len(residents), -1, np.int64)
    use = np.flatnonzero((np.diff(rows.start) > 0) & (residents > 0))
    hashes = row_hashes(rows.start, rows.building, label)
    order = use[np.argsort(hashes[use], kind="stable")]
    count = number_rows(rows.start, rows.building, label, hashes, order, number)
    # classes in the order of their first building, whatever the hashes
    first = np.full(count, len(residents), np.int64)
    np.minimum.at(first, number[use], use)
    rank = np.empty(count, np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(count)
    number[use] = rank[number[use]]
    first = np.sort(first)
    size = np.diff(rows.start)[first]
    start = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    site = rows.building[np.repeat(rows.start[first] - start[:-1], size) + np.arange(start[-1])]
    total = np.zeros(count, np.int64)
    np.add.at(total, number[use], residents[use])
    return Classes(start, site, total, label[first], number)


def by_site(rows: Rows, sites: int) -> Rows:
    """The same pairs in rows by site, classes rising."""
    start = np.zeros(sites + 1, np.int64)
    np.cumsum(np.bincount(rows.other, minlength=sites), out=start[1:])
    order = np.argsort(rows.other, kind="stable")
    who = np.repeat(np.arange(len(rows.start) - 1, dtype=np.int32), np.diff(rows.start))
    return Rows(start, who[order], rows.saving[order])


@compiled
def row_hashes(start: Ints, other: Shorts, label: Ints) -> Any:
    """A 64-bit mix of every row and its label; equal rows have equal ones, others nearly never."""
    mixed = np.empty(start.size - 1, np.uint64)
    for row in range(start.size - 1):
        value = np.uint64(label[row]) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(1469598103934665603)
        for index in range(start[row], start[row + 1]):
            value = (value ^ np.uint64(other[index])) * np.uint64(0xFF51AFD7ED558CCD)
            value ^= value >> np.uint64(32)
        mixed[row] = value
    return mixed


@compiled
def _same(start: Ints, other: Shorts, label: Ints, one: Any, two: Any) -> Any:
    size = start[one + 1] - start[one]
    if label[one] != label[two] or start[two + 1] - start[two] != size:
        return False
    for index in range(size):  # noqa: SIM110 - compiled
        if other[start[one] + index] != other[start[two] + index]:
            return False
    return True


@compiled
def number_rows(start: Ints, other: Shorts, label: Ints, hashes: Any, order: Ints, number: Ints) -> int:
    """Number the rows in `order` (sorted by hash): one number for rows that are equal entry by entry."""
    heads = np.empty(order.size, np.int64)
    count = begin = 0
    for place in range(order.size):
        row = order[place]
        if place == 0 or hashes[row] != hashes[order[place - 1]]:
            begin = count
        for known in range(begin, count):
            if _same(start, other, label, heads[known], row):
                number[row] = known
                break
        else:
            heads[count] = row
            number[row] = count
            count += 1
    return count
