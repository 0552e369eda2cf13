"""Ends that lie on another street's line: the line is led through them, so that both meet in one place.

Surveys draw a side street up to the main street and often put no vertex there. Everything is whole
millimetres and symmetric: neither the order of the streets nor their direction changes the answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from gis.walking.model import Bools, Int64s
from gis.walking.parts import place_numbers

JOIN_MM = 10
"""How far from a line an end may lie to be on it."""


@dataclass(frozen=True, slots=True)
class Vertices:
    """Vertices of all lines in a row: places (k, 2), the line of each, a number for its level, whether it ends it."""

    xy_mm: Int64s
    line: Int64s
    level: Int64s
    is_end: Bools


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Vertices that are ends (`end`) beside the segments (`segment`: its first vertex) that they lie on.

    `along` is (end - first) · (last - first): 0 at the first vertex of the segment, `square` at the last.
    """

    end: Int64s
    segment: Int64s
    along: Int64s
    square: Int64s

    def only(self, keep: Bools | Int64s) -> _Pairs:
        return _Pairs(self.end[keep], self.segment[keep], self.along[keep], self.square[keep])


def join_ends(given: Vertices) -> tuple[Int64s, Int64s]:
    """Which vertex to insert behind which, in the order of insertion: (first vertex of a segment, end), (n,) each.

    An end joins a line of its level from which it is at most `JOIN_MM` away, unless that line has a vertex at
    the very place already. Crossings without an end are left alone: one of the two is a bridge.
    """
    pairs = _near(given)
    if not len(pairs.end):
        return pairs.segment, pairs.end
    pairs = _once_a_line(given, _on_the_line(given, pairs))
    x, y = (given.xy_mm[pairs.end, axis] for axis in (0, 1))
    a, b = given.xy_mm[pairs.segment], given.xy_mm[pairs.segment + 1]
    sign = np.where((a[:, 0] < b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] < b[:, 1])), 1, -1)
    order = np.lexsort((sign * y, sign * x, pairs.along, pairs.segment))
    return pairs.segment[order], pairs.end[order]


def _near(given: Vertices) -> _Pairs:
    """Ends (one a place) and the segments of other lines, of a level that ends there, within reach of each."""
    first = np.flatnonzero(given.line[1:] == given.line[:-1])
    ends = np.flatnonzero(given.is_end)
    none = np.empty(0, dtype=np.int64)
    if not len(first):
        return _Pairs(none, none, none, none)
    place = place_numbers(given.xy_mm)
    _, sample = np.unique(place[ends], return_index=True)
    spots = ends[sample]
    lines = shapely.linestrings(np.stack((given.xy_mm[first], given.xy_mm[first + 1]), axis=1))
    at, segment = shapely.STRtree(np.asarray(lines)).query(
        shapely.points(given.xy_mm[spots]), predicate="dwithin", distance=JOIN_MM + 1
    )
    end, segment = spots[at], first[segment]
    here = place[end]
    away = (here != place[segment]) & (here != place[segment + 1])  # nearly all only touch where they end
    keep = np.flatnonzero(away)
    keep = keep[_may_join(given, place, here[keep], segment[keep])]
    end, segment = end[keep], segment[keep]
    way = given.xy_mm[segment + 1] - given.xy_mm[segment]
    along = ((given.xy_mm[end] - given.xy_mm[segment]) * way).sum(axis=1)
    return _Pairs(end, segment, along, (way * way).sum(axis=1))


def _may_join(given: Vertices, place: Int64s, here: Int64s, segment: Int64s) -> Bools:
    """Whether something of the segment's level ends at the place, and its line has no vertex there as yet."""
    asked = np.zeros(int(place.max()) + 1, dtype=np.bool_)
    asked[here] = True
    there = np.flatnonzero(asked[place])
    ends = there[given.is_end[there]]
    levels, lines = int(given.level.max()) + 1, int(given.line.max()) + 1
    ending = np.isin(here * levels + given.level[segment], place[ends] * levels + given.level[ends])
    passed = np.isin(here * lines + given.line[segment], place[there] * lines + given.line[there])
    answer: Bools = ending & ~passed
    return answer


def _on_the_line(given: Vertices, pairs: _Pairs) -> _Pairs:
    """The pairs whose distance is at most `JOIN_MM`, in whole numbers. Of two ends that miss each other one joins."""
    a, b = given.xy_mm[pairs.segment], given.xy_mm[pairs.segment + 1]
    p, way = given.xy_mm[pairs.end], b - a
    before, behind = pairs.along <= 0, pairs.along >= pairs.square
    across = way[:, 0] * (p - a)[:, 1] - way[:, 1] * (p - a)[:, 0]
    corner = np.where(before[:, None], a, b)
    gap = p - corner
    beside = before | behind
    near = np.where(
        beside, (gap * gap).sum(axis=1) <= JOIN_MM**2, across * across <= JOIN_MM**2 * pairs.square
    )
    closing = given.is_end[pairs.segment + behind] & beside
    smaller = (p[:, 0] < corner[:, 0]) | ((p[:, 0] == corner[:, 0]) & (p[:, 1] < corner[:, 1]))
    return pairs.only(near & (~closing | smaller))


def _once_a_line(given: Vertices, pairs: _Pairs) -> _Pairs:
    """An end joins a line once: between two corners rather than at one, then where the smaller corners are."""
    at_corner = (pairs.along <= 0) | (pairs.along >= pairs.square)
    a, b = given.xy_mm[pairs.segment], given.xy_mm[pairs.segment + 1]
    turned = (b[:, 0] < a[:, 0]) | ((b[:, 0] == a[:, 0]) & (b[:, 1] < a[:, 1]))
    low, high = np.where(turned[:, None], b, a), np.where(turned[:, None], a, b)
    line = given.line[pairs.segment]
    order = np.lexsort((high[:, 1], high[:, 0], low[:, 1], low[:, 0], at_corner, pairs.end, line))
    line, end = line[order], pairs.end[order]
    fresh = np.ones(len(order), dtype=np.bool_)
    fresh[1:] = (line[1:] != line[:-1]) | (end[1:] != end[:-1])
    return pairs.only(order[fresh])
