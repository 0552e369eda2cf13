"""The compiled loops of linking: nearest street parts of a footprint, what a connector crosses.

One file, because numba's cache sees changes only in the file of the function that Python calls. Coordinates
are millimetres in float64; only differences are multiplied, so whole millimetres stay exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gis.base.compiled import compiled, inlined
from gis.walking.cell_kernels import column_of, rows_in_column
from gis.walking.link_arrays import Departures, Found, Ints, Scratch, World

MAX_EDGES = 4
MAX_ROWS = 2 * MAX_EDGES  # an edge parallel to the façade is linked at both ends of the nearest stretch
SPREAD_UM = 40_000_000
TOUCH_MM = 100.0
ALIKE_UM = 1_000.0
END, LEG, BEST_X, COLUMNS = (
    6,
    12,
    13,
    15,
)  # of a row of notes: two ends of six, shortest leg, its façade point
RING_UM, FARTHEST_UM = 50_000_000.0, 150_000_000.0
SLACK_MM = 2.0  # stretches of one edge that count as equally near are searched for alike
DECIDED = -1e9
NOBODY, NATURE, FIRST_COMPOUND = -1, -2, -10  # owners below 0: none, rivers and railways, walls of compounds
TOO_FAR, BARRIER, WALL, BUILDING, NO_PLACE = 1, 2, 3, 6, 7


@compiled
def _inside(ring: Any, first: Any, last: Any, x: Any, y: Any) -> Any:
    """Even-odd rule over outline segments, each ring half-open."""
    odd = False
    for i in range(first, last):
        x1, y1, x2, y2 = ring[i, 0] - x, ring[i, 1] - y, ring[i, 2] - x, ring[i, 3] - y
        if (y1 > 0.0) != (y2 > 0.0) and (x1 * y2 - x2 * y1 > 0.0) == (y2 > y1):
            odd = not odd
    return odd


@compiled
def _meet(  # noqa: PLR0917 - numbers only: a slice of an array costs more than the arithmetic
    ax: Any, ay: Any, bx: Any, by: Any, x1: Any, y1: Any, x2: Any, y2: Any
) -> Any:
    """Whether two closed segments have a point in common."""
    px, py, qx, qy = x1 - ax, y1 - ay, x2 - ax, y2 - ay
    vx, vy = bx - ax, by - ay
    if max(px, qx) < min(0.0, vx) or min(px, qx) > max(0.0, vx):
        return False
    if max(py, qy) < min(0.0, vy) or min(py, qy) > max(0.0, vy):
        return False
    d1, d2 = vx * py - vy * px, vx * qy - vy * qx
    if (d1 > 0.0 and d2 > 0.0) or (d1 < 0.0 and d2 < 0.0):
        return False
    wx, wy = qx - px, qy - py
    d3, d4 = wy * px - wx * py, wx * (vy - py) - wy * (vx - px)
    return not ((d3 > 0.0 and d4 > 0.0) or (d3 < 0.0 and d4 < 0.0))


@inlined
def crossed(ax: Any, ay: Any, bx: Any, by: Any, own: Any, home: Any, world: World) -> Any:
    """What a connector crosses farther than 0.1 m from both ends: 0 nothing, else BARRIER, WALL or BUILDING."""
    length = np.sqrt((bx - ax) * (bx - ax) + (by - ay) * (by - ay))
    if length <= 2.0 * TOUCH_MM or len(world.lines.item) == 0:
        return 0
    sx, sy = (bx - ax) * (TOUCH_MM / length), (by - ay) * (TOUCH_MM / length)
    ax, ay, bx, by = ax + sx, ay + sy, bx - sx, by - sy
    hit = _hit(ax, ay, bx, by, own, world)
    if hit == 0:
        hit = _covered(ax, ay, own, home, world)
    return hit


@inlined
def _hit(ax: Any, ay: Any, bx: Any, by: Any, own: Any, world: World) -> Any:
    """The lowest class of the obstacle lines that a segment meets, 0 for none; those of `own` excepted."""
    lines, start, item = world.lines, world.lines.start, world.lines.item
    kind, owner, ends = world.blocks.kind, world.blocks.owner, world.blocks.ends
    shape = (ax, ay, bx, by)
    hit: Any = 0
    first = column_of(min(ax, bx), lines.left, lines.size, lines.columns)
    last = column_of(max(ax, bx), lines.left, lines.size, lines.columns)
    for column in range(first, last + 1):
        low, high = rows_in_column(shape, column, lines)
        for row in range(low, high + 1):
            cell = row * lines.columns + column
            for i in range(start[cell], start[cell + 1]):
                b = item[i]
                if owner[b] == own or (hit != 0 and kind[b] >= hit):
                    continue
                if _meet(ax, ay, bx, by, ends[b, 0], ends[b, 1], ends[b, 2], ends[b, 3]):
                    hit = np.int64(kind[b])
    return hit


@inlined
def _covered(x: Any, y: Any, own: Any, home: Any, world: World) -> Any:
    """The class of the first area that holds a point, 0 for none; own building and own compound excepted."""
    blocks, areas = world.blocks, world.areas
    cell = column_of(y, areas.bottom, areas.size, areas.rows) * areas.columns
    cell += column_of(x, areas.left, areas.size, areas.columns)
    for i in range(areas.start[cell], areas.start[cell + 1]):
        a = areas.item[i]
        box = blocks.area_box[a]
        if blocks.area_owner[a] == own or blocks.area_owner[a] == home:
            continue
        if x < box[0] or y < box[1] or x > box[2] or y > box[3]:
            continue
        if _inside(blocks.ring, blocks.area_start[a], blocks.area_start[a + 1], x, y):
            return np.int64(blocks.area_kind[a])
    return 0


@compiled
def nearest_on(px: Any, py: Any, x1: Any, y1: Any, x2: Any, y2: Any) -> Any:
    """Parameter 0..1 of the point of a segment nearest to p, and its squared distance."""
    vx, vy = x2 - x1, y2 - y1
    wx, wy = px - x1, py - y1
    square = vx * vx + vy * vy
    t = 0.0
    if square > 0.0:
        t = min(max((wx * vx + wy * vy) / square, 0.0), 1.0)
    ex, ey = wx - t * vx, wy - t * vy
    return t, ex * ex + ey * ey


@compiled
def _offer(row: Any, d2: Any, position: Any, fx: Any, fy: Any, sx: Any, sy: Any) -> None:
    """Keep the nearest stretch of an edge: for both its ends position, façade x y, foot x y, leg.

    Equal legs are equally near. So are legs within 1 mm from façade points over 0.1 m apart, so that a
    façade along the street does not leave by one corner or the other by the rounding of a coordinate.
    """
    leg = np.rint(np.sqrt(d2) * 1000.0)
    if leg > row[LEG] + ALIKE_UM:
        return
    new = (np.float64(position), fx, fy, sx, sy, leg)
    spread = leg <= row[LEG] or abs(fx - row[BEST_X]) + abs(fy - row[BEST_X + 1]) > TOUCH_MM
    if leg < row[LEG]:
        for end in range(0, 2 * END, END):
            corner = abs(fx - row[end + 1]) + abs(fy - row[end + 2]) <= TOUCH_MM
            if row[LEG] == np.inf or corner or row[end + 5] > leg + ALIKE_UM:
                _note(row, end, new)
        row[LEG], row[BEST_X], row[BEST_X + 1] = leg, fx, fy
    if spread and position < row[0]:
        _note(row, 0, new)
    if spread and position > row[END]:
        _note(row, END, new)


@compiled
def _note(row: Any, end: Any, new: Any) -> None:
    for i in range(END):
        row[end + i] = new[i]


@inlined
def _measure(row: Any, outline: Any, filled: Any, street: Any, at: Any, length: Any) -> None:
    """Offer what one street segment (x1, y1, x2, y2) has to the departure's outline."""
    x1, y1, x2, y2 = street
    vx, vy = x2 - x1, y2 - y1
    for i in range(len(outline)):
        ax, ay, bx, by = outline[i, 0], outline[i, 1], outline[i, 2], outline[i, 3]
        t, d2 = nearest_on(ax, ay, x1, y1, x2, y2)
        _offer(row, d2, at + np.rint(t * length), ax, ay, x1 + t * vx, y1 + t * vy)
        if ax == bx and ay == by:
            continue
        t, d2 = nearest_on(bx, by, x1, y1, x2, y2)
        _offer(row, d2, at + np.rint(t * length), bx, by, x1 + t * vx, y1 + t * vy)
        wx, wy = bx - ax, by - ay
        t, d2 = nearest_on(x1, y1, ax, ay, bx, by)
        _offer(row, d2, at, ax + t * wx, ay + t * wy, x1, y1)
        t, d2 = nearest_on(x2, y2, ax, ay, bx, by)
        _offer(row, d2, at + length, ax + t * wx, ay + t * wy, x2, y2)
        slant = vx * wy - vy * wx
        if slant != 0.0 and _meet(x1, y1, x2, y2, ax, ay, bx, by):
            t = ((ax - x1) * wy - (ay - y1) * wx) / slant
            t = min(max(t, 0.0), 1.0)
            cx, cy = x1 + t * vx, y1 + t * vy
            _offer(row, 0.0, at + np.rint(t * length), cx, cy, cx, cy)
    if filled:
        if _inside(outline, 0, len(outline), x1, y1):
            _offer(row, 0.0, at, x1, y1, x1, y1)
        if _inside(outline, 0, len(outline), x2, y2):
            _offer(row, 0.0, at + length, x2, y2, x2, y2)


@inlined
def _gather(box: Any, searched: Any, reach: Any, d: Any, world: World, notes: Scratch, count: Any) -> Any:
    """Note every segment in cells within `reach` of the box that was not seen yet, and how near it can be at least.

    `box` is left, bottom, right, top; `searched` the cells (west, south, east, north) of before. Returns how many
    segments are noted, and the cells searched now. The bound is from the middle of the box, less half its diagonal.
    """
    cells, streets = world.cells, world.streets
    west = column_of(box[0] - reach, cells.left, cells.size, cells.columns)
    east = column_of(box[2] + reach, cells.left, cells.size, cells.columns)
    south = column_of(box[1] - reach, cells.bottom, cells.size, cells.rows)
    north = column_of(box[3] + reach, cells.bottom, cells.size, cells.rows)
    x, y = (box[0] + box[2]) / 2.0, (box[1] + box[3]) / 2.0
    radius = _radius(box)
    ends, stamp, segment, bound = streets.ends, notes.stamp, notes.segment, notes.bound
    for row in range(south, north + 1):
        for column in range(west, east + 1):
            if searched[0] <= column <= searched[2] and searched[1] <= row <= searched[3]:
                continue
            cell = row * cells.columns + column
            for i in range(cells.start[cell], cells.start[cell + 1]):
                s = cells.item[i]
                if stamp[s] == d + 1:
                    continue
                stamp[s] = d + 1
                vx, vy = ends[s, 2] - ends[s, 0], ends[s, 3] - ends[s, 1]
                wx, wy = x - ends[s, 0], y - ends[s, 1]
                square = vx * vx + vy * vy
                t = min(max((wx * vx + wy * vy) / square, 0.0), 1.0) if square > 0.0 else 0.0
                wx, wy = wx - t * vx, wy - t * vy
                segment[count] = s
                bound[count] = max(np.sqrt(wx * wx + wy * wy) - radius, 0.0) * 1000.0
                count += 1
    return count, (west, south, east, north)


@compiled
def _radius(box: Any) -> Any:
    """Half the diagonal of a box."""
    wide, high = box[2] - box[0], box[3] - box[1]
    return np.sqrt(wide * wide + high * high) / 2.0


@inlined
def _survey(d: Any, limit: Any, noted: Any, who: Departures, world: World, notes: Scratch, count: Any) -> Any:
    """Measure the noted segments that may be within `limit` (µm); how many edges have been measured so far."""
    streets = world.streets
    outline, filled = who.ends[who.start[d] : who.start[d + 1]], who.filled[d] != 0
    ends = streets.ends
    for i in range(noted):
        if notes.bound[i] > limit + 2.0 * ALIKE_UM:
            continue
        notes.bound[i] = np.inf
        s = notes.segment[i]
        edge = streets.edge[s]
        slot = notes.slot[edge]
        if slot >= count or notes.edge[slot] != edge:
            slot = count
            notes.slot[edge], notes.edge[slot], notes.best[slot, LEG] = slot, edge, np.inf
            count += 1
        street = (ends[s, 0], ends[s, 1], ends[s, 2], ends[s, 3])
        _measure(notes.best[slot], outline, filled, street, streets.at[s], streets.length[s])
    return count


@inlined
def _hopeful(box: Any, noted: Any, notes: Scratch) -> Any:
    """No farther than this (µm) does anything count, should the nearest segment be accepted."""
    nearest = np.inf
    for i in range(noted):
        nearest = min(nearest, notes.bound[i])
    return nearest + 2000.0 * _radius(box) + SPREAD_UM


@inlined
def _accept(row: Any, edge: Any, rows: Any, own: Any, home: Any, out: Found, world: World) -> Any:
    """Write the connectors of one edge that cross nothing; how many rows were added, and what stopped the first."""
    stopped, added = 0, 0
    for end in range(2):
        at = END * end
        if end == 1 and row[END] == row[0]:
            break
        hit = crossed(row[at + 1], row[at + 2], row[at + 3], row[at + 4], own, home, world)
        if hit == 0:
            out.edge[rows + added] = edge
            out.position[rows + added] = np.int64(row[at])
            out.leg[rows + added] = np.int64(row[at + 5])
            added += 1
        elif stopped == 0:
            stopped = hit
    return added, stopped


@compiled
def owner_of(side: Any) -> Any:
    """The owner number of a compound's wall; NOBODY for a departure outside all of them."""
    if side < 0:
        return -1
    return FIRST_COMPOUND - side


@compiled
def _box(outline: Any) -> Any:
    """Left, bottom, right, top of segments."""
    left, bottom, right, top = np.inf, np.inf, -np.inf, -np.inf
    for i in range(len(outline)):
        left = min(left, outline[i, 0], outline[i, 2])
        right = max(right, outline[i, 0], outline[i, 2])
        bottom = min(bottom, outline[i, 1], outline[i, 3])
        top = max(top, outline[i, 1], outline[i, 3])
    return left, bottom, right, top


@inlined
def _link_one(d: Any, rows: Any, who: Departures, world: World, notes: Scratch, out: Found) -> Any:
    """All links of departure d into `out` from row `rows` on; the row after them, and why there are none.

    50 m around first, nearest edges first, until no farther edge can count. What can only lie
    farther than the nearest segment and the spread is measured when nearer ones were refused.
    """
    box = _box(who.ends[who.start[d] : who.start[d + 1]])
    best, edges = notes.best, notes.edge
    side, own, home = who.side[d], who.own[d], owner_of(who.side[d])
    noted, count, accepted, shortest, reason = 0, 0, 0, np.inf, TOO_FAR
    searched = (np.int64(0), np.int64(0), np.int64(-1), np.int64(-1))
    reach = 0.0  # micrometres
    while reach < FARTHEST_UM:
        reach = (
            min(reach + RING_UM, FARTHEST_UM)
            if shortest == np.inf
            else min(shortest + SPREAD_UM, FARTHEST_UM)
        )
        noted, searched = _gather(box, searched, reach / 1000.0 + SLACK_MM, d, world, notes, noted)
        farthest = min(reach, shortest + SPREAD_UM)
        limit = min(farthest, _hopeful(box, noted, notes))
        count = _survey(d, limit, noted, who, world, notes, count)
        while accepted < MAX_EDGES:
            slot = _next(best, edges, count, min(limit, shortest + SPREAD_UM))
            if slot < 0:
                farthest = min(farthest, shortest + SPREAD_UM)
                if limit >= farthest:
                    break
                limit = farthest
                count = _survey(d, limit, noted, who, world, notes, count)
                continue
            added, stopped = 0, WALL
            if world.streets.side[edges[slot]] == side:
                added, stopped = _accept(best[slot], edges[slot], rows, own, home, out, world)
            if added > 0:
                shortest = min(shortest, best[slot, LEG])
                reason = 0
                rows += added
                accepted += 1
            elif reason == TOO_FAR:
                reason = stopped
            best[slot, LEG] = DECIDED
        if accepted == MAX_EDGES or shortest + SPREAD_UM <= reach:
            break
    return rows, reason


@inlined
def _next(best: Any, edges: Any, count: Any, limit: Any) -> Any:
    """The undecided edge with the smallest leg up to `limit`, the lower edge number among equals."""
    found = -1
    for slot in range(count):
        leg = best[slot, LEG]
        if leg > limit or leg == DECIDED:
            continue
        if found < 0 or leg < best[found, LEG] or (leg == best[found, LEG] and edges[slot] < edges[found]):
            found = slot
    return found


@compiled
def link_range(order: Ints, first: int, last: int, who: Departures, world: World) -> Found:
    """The links of the departures `order[first:last]`, one after another; ranges may run in parallel threads.

    Neighbours in `order` should be neighbours on the ground: what one looks at is at hand for the next.
    """
    edges, most = len(world.streets.side), MAX_ROWS * (last - first)
    notes = Scratch(
        np.zeros(len(world.streets.edge), np.int32),
        np.zeros(edges, np.int32),
        np.empty(edges, np.int32),
        np.empty((edges, COLUMNS)),
        np.empty(len(world.streets.edge), np.int32),
        np.empty(len(world.streets.edge)),
    )
    out = Found(
        np.empty(most, np.int32),
        np.empty(most, np.int64),
        np.empty(most, np.int64),
        np.zeros(last - first, np.uint8),
        np.empty(last - first, np.uint8),
    )
    row = np.int64(0)
    for i in range(first, last):
        d = order[i]
        begin, reason = row, NO_PLACE
        if who.start[d] < who.start[d + 1]:
            row, reason = _link_one(d, row, who, world, notes, out)
        out.rows[i - first], out.reason[i - first] = row - begin, reason
    return Found(out.edge[:row].copy(), out.position[:row].copy(), out.leg[:row].copy(), out.rows, out.reason)
