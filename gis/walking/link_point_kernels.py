"""The compiled loops of linking points: neighbours look at the same streets together, so each looks at few.

A point has one stretch nearest to every edge, so the nearest four edges are known without measuring twice. Where
one of them is refused, or lies on another side of a wall, the point is left to `link_kernels`, which goes on to
farther edges. What both answer is the same (tests/walking/test_link_points.py). Coordinates are millimetres.

numba's cache sees changes only in the file of the function that Python calls: whoever changes what is imported
here from `cell_kernels` and `link_kernels` touches this file too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gis.base.compiled import compiled, inlined
from gis.walking.cell_kernels import column_of
from gis.walking.link_arrays import Bytes, Cells, Found, Ints, Rows, Spots, World
from gis.walking.link_kernels import (
    FARTHEST_UM,
    MAX_EDGES,
    MAX_ROWS,
    SLACK_MM,
    SPREAD_UM,
    TOO_FAR,
    crossed,
    nearest_on,
    owner_of,
)

LEFT = 255  # a reason: not decided here
FIRST_MM = 50_000.0
LANES = 4  # minima taken side by side
X, Y, VX, VY, LENGTH2, AT, LONG, D2, HAND = range(
    9
)  # streets at hand: first end, vector, its length², D2: distance²
SEGMENT, EDGE, SIDE, NAMES = range(4)  # and which they are
LEG, OF_EDGE, LOW, HIGH, LOW_AT, HIGH_AT, COLUMNS = range(
    7
)  # of a note: leg, edge, positions, streets at hand


@compiled
def order_spots(spots: Spots, cells: Cells, block: int) -> tuple[Ints, Ints]:
    """The points by blocks of `block` × `block` cells, and where each block begins; all finite."""
    columns = cells.columns // block + 1
    count = np.zeros((cells.rows // block + 1) * columns + 1, np.int64)
    place = np.empty(len(spots.x), np.int32)
    for d in range(len(place)):
        row = column_of(spots.y[d], cells.bottom, cells.size, cells.rows) // block
        place[d] = row * columns + column_of(spots.x[d], cells.left, cells.size, cells.columns) // block
        count[place[d] + 1] += 1
    for c in range(1, len(count)):
        count[c] += count[c - 1]
    order = np.empty(len(place), np.int64)
    next_place = count[:-1].copy()
    for d in range(len(place)):
        order[next_place[place[d]]] = d
        next_place[place[d]] += 1
    return order, count


@inlined
def _fetch(  # noqa: PLR0917 - arrays one by one: to hand a tuple of them over costs more than the work
    box: Any, reach: Any, group: Any, world: World, stamp: Any, hand: Any, which: Any, held: Any
) -> Any:
    """Lay the segments within `reach` of a box side by side, those not at hand yet; how many are at hand."""
    cells, ends, start, item = world.cells, world.streets.ends, world.cells.start, world.cells.item
    left, bottom, right, top = box[0] - reach, box[1] - reach, box[2] + reach, box[3] + reach
    west = column_of(left, cells.left, cells.size, cells.columns)
    east = column_of(right, cells.left, cells.size, cells.columns)
    south = column_of(bottom, cells.bottom, cells.size, cells.rows)
    north = column_of(top, cells.bottom, cells.size, cells.rows)
    for row in range(south, north + 1):
        first = row * cells.columns
        for i in range(start[first + west], start[first + east + 1]):
            s = item[i]
            if stamp[s] == group:
                continue
            x1, y1, x2, y2 = ends[s, 0], ends[s, 1], ends[s, 2], ends[s, 3]
            if max(x1, x2) < left or min(x1, x2) > right or max(y1, y2) < bottom or min(y1, y2) > top:
                continue
            stamp[s] = group
            vx, vy = x2 - x1, y2 - y1
            hand[X, held], hand[Y, held], hand[VX, held], hand[VY, held] = x1, y1, vx, vy
            hand[LENGTH2, held] = max(vx * vx + vy * vy, 1.0)  # 0 would be divided by; whole millimetres else
            hand[AT, held], hand[LONG, held] = world.streets.at[s], world.streets.length[s]
            edge = world.streets.edge[s]
            which[SEGMENT, held], which[EDGE, held], which[SIDE, held] = s, edge, world.streets.side[edge]
            held += 1
    return held


@compiled
def _least(x: Any, y: Any, hand: Any, held: Any) -> Any:
    """Note the squared distance of a point from every segment at hand, as `nearest_on` does; the least of them."""
    for i in range(held):
        wx, wy = x - hand[X, i], y - hand[Y, i]
        vx, vy = hand[VX, i], hand[VY, i]
        t = np.divide(wx * vx + wy * vy, hand[LENGTH2, i])  # asks nothing about 0, so runs side by side
        t = max(t, 0.0)
        t = min(t, 1.0)
        ex, ey = wx - t * vx, wy - t * vy
        hand[D2, i] = ex * ex + ey * ey
    for i in range(held, held + LANES - 1):
        hand[D2, i] = np.inf
    a = b = c = d = np.inf
    for i in range(0, held, LANES):
        a, b = min(a, hand[D2, i]), min(b, hand[D2, i + 1])
        c, d = min(c, hand[D2, i + 2]), min(d, hand[D2, i + 3])
    return min(a, b, c, d)


@compiled
def _widen(note: Any, position: Any, i: Any) -> None:
    """Keep the first and the last of the places that are equally near."""
    if position < note[LOW]:
        note[LOW], note[LOW_AT] = position, i
    if position > note[HIGH]:
        note[HIGH], note[HIGH_AT] = position, i


@compiled
def _enter(top: Any, count: Any, leg: Any, edge: Any, position: Any, i: Any) -> Any:
    """Keep the nearest stretch of an edge among the nearest edges, sorted by leg and edge; how many there are."""
    at = 0
    while at < count and top[at, OF_EDGE] != edge:
        at += 1
    if at < count and leg >= top[at, LEG]:
        if leg == top[at, LEG]:
            _widen(top[at], position, i)
        return count
    if at == count:
        if count == MAX_EDGES:
            at -= 1
            if leg > top[at, LEG] or (leg == top[at, LEG] and edge > top[at, OF_EDGE]):
                return count
        else:
            count += 1
    while at > 0 and (leg < top[at - 1, LEG] or (leg == top[at - 1, LEG] and edge < top[at - 1, OF_EDGE])):
        for c in range(COLUMNS):
            top[at, c] = top[at - 1, c]
        at -= 1
    top[at, LEG], top[at, OF_EDGE] = leg, edge
    top[at, LOW], top[at, HIGH], top[at, LOW_AT], top[at, HIGH_AT] = position, position, i, i
    return count


@compiled
def _choose(  # noqa: PLR0917 - as above
    x: Any, y: Any, least: Any, hand: Any, which: Any, held: Any, near: Any, top: Any
) -> Any:
    """The nearest four edges within the spread into `top`; how many."""
    bar = min(np.sqrt(least) + SPREAD_UM / 1000.0, FARTHEST_UM / 1000.0) + SLACK_MM
    bar *= bar
    candidates = 0
    for i in range(held):  # without a branch, for nobody could guess it
        near[candidates] = i
        candidates += hand[D2, i] <= bar
    count = 0
    for k in range(candidates):
        i = near[k]
        leg = np.rint(np.sqrt(hand[D2, i]) * 1000.0)
        if count == MAX_EDGES and leg > top[MAX_EDGES - 1, LEG]:
            continue
        wx, wy = x - hand[X, i], y - hand[Y, i]
        t = np.divide(wx * hand[VX, i] + wy * hand[VY, i], hand[LENGTH2, i])
        position = hand[AT, i] + np.rint(min(max(t, 0.0), 1.0) * hand[LONG, i])
        count = _enter(top, count, leg, which[EDGE, i], position, i)
    limit = min(top[0, LEG] + SPREAD_UM, FARTHEST_UM)
    while count > 0 and top[count - 1, LEG] > limit:
        count -= 1
    return count


@compiled
def _elsewhere(side: Any, which: Any, top: Any, count: Any) -> Any:
    """Whether one of the nearest edges lies on another side of a wall."""
    elsewhere = 0
    for k in range(count):
        elsewhere += which[SIDE, np.int64(top[k, LOW_AT])] != side
    return elsewhere > 0


@inlined
def _stopped(d: Any, spots: Spots, world: World, which: Any, top: Any, count: Any) -> Any:
    """Whether something stands between a point and one of the places chosen."""
    x, y, own, home, ends = spots.x[d], spots.y[d], spots.own[d], owner_of(spots.side[d]), world.streets.ends
    for k in range(count):
        for end in range(2):
            if end == 1 and top[k, HIGH] == top[k, LOW]:
                break
            s = which[SEGMENT, np.int64(top[k, LOW_AT + end])]
            x1, y1, x2, y2 = ends[s, 0], ends[s, 1], ends[s, 2], ends[s, 3]
            t, _ = nearest_on(x, y, x1, y1, x2, y2)
            if crossed(x, y, x1 + t * (x2 - x1), y1 + t * (y2 - y1), own, home, world) != 0:
                return True
    return False


@compiled
def _write(row: Any, top: Any, count: Any, edge: Any, position: Any, leg: Any) -> Any:
    """Write the places chosen from row `row` on; the row after them."""
    for k in range(count):
        for end in range(2):
            if end == 1 and top[k, HIGH] == top[k, LOW]:
                break
            edge[row] = np.int32(top[k, OF_EDGE])
            position[row] = np.int64(top[k, LOW + end])
            leg[row] = np.int64(top[k, LEG])
            row += 1
    return row


@compiled
def _box(order: Ints, first: Any, last: Any, xs: Any, ys: Any) -> Any:
    """Left, bottom, right, top of points."""
    left, bottom, right, top = np.inf, np.inf, -np.inf, -np.inf
    for i in range(first, last):
        x, y = xs[order[i]], ys[order[i]]
        left, right = min(left, x), max(right, x)
        bottom, top = min(bottom, y), max(top, y)
    return left, bottom, right, top


@compiled
def link_spots(order: Ints, start: Ints, spots: Spots, world: World) -> Found:
    """The links of the points `order[start[0]:start[-1]]`, one after another, block by block.

    Rows are as `link_kernels.link_range` gives them. The reason is `LEFT` where a nearest edge was refused.
    """
    segments, begin, most = len(world.streets.edge), start[0], MAX_ROWS * (start[-1] - start[0])
    stamp, near = np.zeros(segments, np.int32), np.empty(segments + 1, np.int32)
    hand, which = np.empty((HAND, segments + LANES)), np.empty((NAMES, segments), np.int32)
    top = np.empty((MAX_EDGES, COLUMNS))
    edge, position, leg = np.empty(most, np.int32), np.empty(most, np.int64), np.empty(most, np.int64)
    rows, reason = np.zeros(start[-1] - begin, np.uint8), np.zeros(start[-1] - begin, np.uint8)
    xs, ys, side, blocked = spots.x, spots.y, spots.side, len(world.lines.item) != 0
    row = np.int64(0)
    for group in range(len(start) - 1):
        first, last = start[group], start[group + 1]
        box = _box(order, first, last, xs, ys)
        held = _fetch(box, FIRST_MM, group + 1, world, stamp, hand, which, 0)
        farthest = 0.0
        for i in range(first, last):
            farthest = max(farthest, _least(xs[order[i]], ys[order[i]], hand, held))
        reach = min(np.sqrt(farthest) + SPREAD_UM / 1000.0, FARTHEST_UM / 1000.0) + SLACK_MM
        if reach > FIRST_MM:
            held = _fetch(box, reach, group + 1, world, stamp, hand, which, held)
        for i in range(first, last):
            d = order[i]
            x, y = xs[d], ys[d]
            count = _choose(x, y, _least(x, y, hand, held), hand, which, held, near, top)
            if count == 0:
                reason[i - begin] = TOO_FAR
            elif _elsewhere(side[d], which, top, count) or (
                blocked and _stopped(d, spots, world, which, top, count)
            ):
                reason[i - begin] = LEFT
            else:
                after = _write(row, top, count, edge, position, leg)
                rows[i - begin], row = after - row, after
    return Found(edge[:row], position[:row], leg[:row], rows, reason)


@compiled
def lay(order: Ints, found: Found, at: int, rows: Rows, reason: Bytes) -> None:
    """Lay what was found for the departures `order` into `rows` from row `at` on, and the reasons by departure."""
    k = 0
    for i in range(len(order)):
        if found.reason[i] != LEFT:
            reason[order[i]] = found.reason[i]
        for _ in range(found.rows[i]):
            rows.point[at + k], rows.edge[at + k] = order[i], found.edge[k]
            rows.position[at + k], rows.leg[at + k], rows.gate[at + k] = found.position[k], found.leg[k], -1
            k += 1
