"""The compiled loops of linking: cells of segments, nearest street parts of a footprint, what a connector crosses.

One file, because numba's cache sees changes only in the file of the function that Python calls. Coordinates
are millimetres in float64; only differences are multiplied, so whole millimetres stay exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gis.base.compiled import compiled
from gis.walking.link_arrays import Cells, Departures, Floats, Found, Ints, Scratch, Shorts, World

MAX_EDGES = 4
ROWS = 2 * MAX_EDGES  # an edge parallel to the façade is linked at both ends of the nearest stretch
SPREAD_UM = 40_000_000
TOUCH_MM = 100.0
ALIKE_UM = 1_000.0
END, LEG, BEST_X, COLUMNS = (
    6,
    12,
    13,
    15,
)  # of a row of notes: two ends of six, shortest leg, its façade point
RING_MM, RINGS = 50_000.0, 3  # up to 150 m
DECIDED = -1e9
NOBODY, NATURE, FIRST_COMPOUND = -1, -2, -10  # owners below 0: none, rivers and railways, walls of compounds
TOO_FAR, BARRIER, WALL, BUILDING = 1, 2, 3, 6


@compiled
def _column(value: Any, origin: Any, size: Any, count: Any) -> Any:
    return min(max(np.int64(np.floor((value - origin) / size)), 0), count - 1)


@compiled
def _rows_in_column(ends: Any, column: Any, cells: Cells) -> Any:
    """The rows that a segment passes in one column of cells, a little generous against rounding."""
    x1, y1, x2, y2 = ends[0], ends[1], ends[2], ends[3]
    low, high = min(y1, y2), max(y1, y2)
    dx = x2 - x1
    if dx != 0.0:
        west = cells.left + column * cells.size
        a = y1 + (y2 - y1) * (west - 1.0 - x1) / dx
        b = y1 + (y2 - y1) * (west + cells.size + 1.0 - x1) / dx
        low = max(low, min(a, b) - 1.0)
        high = min(high, max(a, b) + 1.0)
    return _column(low, cells.bottom, cells.size, cells.rows), _column(
        high, cells.bottom, cells.size, cells.rows
    )


@compiled
def fill_cells(ends: Floats, cells: Cells, count: Ints, item: Shorts, fill: bool) -> None:
    """Count the segments of every cell, or (second pass, `count` holding the starts) write their numbers."""
    for s in range(len(ends)):
        first = _column(min(ends[s, 0], ends[s, 2]), cells.left, cells.size, cells.columns)
        last = _column(max(ends[s, 0], ends[s, 2]), cells.left, cells.size, cells.columns)
        for column in range(first, last + 1):
            low, high = _rows_in_column(ends[s], column, cells)
            for row in range(low, high + 1):
                cell = row * cells.columns + column
                if fill:
                    item[count[cell]] = s
                count[cell] += 1


@compiled
def fill_boxes(boxes: Floats, cells: Cells, count: Ints, item: Shorts, fill: bool) -> None:
    """As `fill_cells` for boxes (left, bottom, right, top)."""
    for b in range(len(boxes)):
        first = _column(boxes[b, 0], cells.left, cells.size, cells.columns)
        last = _column(boxes[b, 2], cells.left, cells.size, cells.columns)
        low = _column(boxes[b, 1], cells.bottom, cells.size, cells.rows)
        high = _column(boxes[b, 3], cells.bottom, cells.size, cells.rows)
        for row in range(low, high + 1):
            for column in range(first, last + 1):
                cell = row * cells.columns + column
                if fill:
                    item[count[cell]] = b
                count[cell] += 1


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
def _meet(ax: Any, ay: Any, bx: Any, by: Any, other: Any) -> Any:
    """Whether two closed segments have a point in common."""
    px, py, qx, qy = other[0] - ax, other[1] - ay, other[2] - ax, other[3] - ay
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


@compiled
def _crossed(connector: Any, own: Any, home: Any, world: World) -> Any:
    """What a connector crosses farther than 0.1 m from both ends: 0 nothing, else BARRIER, WALL or BUILDING."""
    blocks, lines = world.blocks, world.lines
    ax, ay, bx, by = connector[0], connector[1], connector[2], connector[3]
    length = np.sqrt((bx - ax) * (bx - ax) + (by - ay) * (by - ay))
    if length <= 2.0 * TOUCH_MM:
        return 0
    sx, sy = (bx - ax) * (TOUCH_MM / length), (by - ay) * (TOUCH_MM / length)
    ax, ay, bx, by = ax + sx, ay + sy, bx - sx, by - sy
    shape = (ax, ay, bx, by)
    hit: Any = 0
    first = _column(min(ax, bx), lines.left, lines.size, lines.columns)
    last = _column(max(ax, bx), lines.left, lines.size, lines.columns)
    for column in range(first, last + 1):
        low, high = _rows_in_column(shape, column, lines)
        for row in range(low, high + 1):
            cell = row * lines.columns + column
            for i in range(lines.start[cell], lines.start[cell + 1]):
                b = lines.item[i]
                if blocks.owner[b] == own or (hit != 0 and blocks.kind[b] >= hit):
                    continue
                if _meet(ax, ay, bx, by, blocks.ends[b]):
                    hit = np.int64(blocks.kind[b])
    if hit == 0:
        hit = _covered(ax, ay, own, home, world)
    return hit


@compiled
def _covered(x: Any, y: Any, own: Any, home: Any, world: World) -> Any:
    """The class of the first area that holds a point, 0 for none; own building and own compound excepted."""
    blocks, areas = world.blocks, world.areas
    cell = _column(y, areas.bottom, areas.size, areas.rows) * areas.columns
    cell += _column(x, areas.left, areas.size, areas.columns)
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
def _nearest_on(px: Any, py: Any, ends: Any) -> Any:
    """Parameter 0..1 of the point of a segment nearest to p, and its squared distance."""
    vx, vy = ends[2] - ends[0], ends[3] - ends[1]
    wx, wy = px - ends[0], py - ends[1]
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


@compiled
def _measure(row: Any, outline: Any, filled: Any, street: Any, at: Any, length: Any) -> None:
    """Offer what one street segment has to the departure's outline."""
    x1, y1 = street[0], street[1]
    vx, vy = street[2] - x1, street[3] - y1
    for i in range(len(outline)):
        wall = outline[i]
        for end in range(2):
            px, py = wall[2 * end], wall[2 * end + 1]
            t, d2 = _nearest_on(px, py, street)
            _offer(row, d2, at + np.rint(t * length), px, py, x1 + t * vx, y1 + t * vy)
            if wall[0] == wall[2] and wall[1] == wall[3]:
                break
        if wall[0] == wall[2] and wall[1] == wall[3]:
            continue
        for end in range(2):
            px, py = street[2 * end], street[2 * end + 1]
            t, d2 = _nearest_on(px, py, wall)
            fx, fy = wall[0] + t * (wall[2] - wall[0]), wall[1] + t * (wall[3] - wall[1])
            _offer(row, d2, at + end * length, fx, fy, px, py)
        wx, wy = wall[2] - wall[0], wall[3] - wall[1]
        slant = vx * wy - vy * wx
        if slant != 0.0 and _meet(x1, y1, street[2], street[3], wall):
            t = ((wall[0] - x1) * wy - (wall[1] - y1) * wx) / slant
            t = min(max(t, 0.0), 1.0)
            cx, cy = x1 + t * vx, y1 + t * vy
            _offer(row, 0.0, at + np.rint(t * length), cx, cy, cx, cy)
    if filled:
        for end in range(2):
            px, py = street[2 * end], street[2 * end + 1]
            if _inside(outline, 0, len(outline), px, py):
                _offer(row, 0.0, at + end * length, px, py, px, py)


@compiled
def _gather(frame: Any, reach: Any, d: Any, who: Departures, world: World, notes: Scratch, count: Any) -> Any:
    """Measure every segment in cells within `reach` of the box; how many edges were seen so far.

    `frame` holds the box and the cells (west, south, east, north) that were searched before.
    """
    cells, streets = world.cells, world.streets
    outline, filled = who.ends[who.start[d] : who.start[d + 1]], who.filled[d] != 0
    west = _column(frame[0] - reach, cells.left, cells.size, cells.columns)
    east = _column(frame[2] + reach, cells.left, cells.size, cells.columns)
    south = _column(frame[1] - reach, cells.bottom, cells.size, cells.rows)
    north = _column(frame[3] + reach, cells.bottom, cells.size, cells.rows)
    for row in range(south, north + 1):
        for column in range(west, east + 1):
            if frame[4] <= column <= frame[6] and frame[5] <= row <= frame[7]:
                continue
            cell = row * cells.columns + column
            for i in range(cells.start[cell], cells.start[cell + 1]):
                s = cells.item[i]
                if notes.stamp[s] == d + 1:
                    continue
                notes.stamp[s] = d + 1
                edge = streets.edge[s]
                slot = notes.slot[edge]
                if slot >= count or notes.edge[slot] != edge:
                    slot = count
                    notes.slot[edge], notes.edge[slot], notes.best[slot, LEG] = slot, edge, np.inf
                    count += 1
                _measure(notes.best[slot], outline, filled, streets.ends[s], streets.at[s], streets.length[s])
    frame[4], frame[5], frame[6], frame[7] = west, south, east, north
    return count


@compiled
def _accept(d: Any, row: Any, edge: Any, rows: Any, who: Departures, out: Found, world: World) -> Any:
    """Write the connectors of one edge that cross nothing; how many rows were added, and what stopped the first."""
    own, home = who.own[d], _owner_of(who.side[d])
    stopped, added = 0, 0
    for end in range(2):
        at = END * end
        if end == 1 and row[END] == row[0]:
            break
        hit = _crossed(row[at + 1 : at + 5], own, home, world)
        if hit == 0:
            out.edge[d, rows + added] = edge
            out.position[d, rows + added] = np.int64(row[at])
            out.leg[d, rows + added] = np.int64(row[at + 5])
            added += 1
        elif stopped == 0:
            stopped = hit
    return added, stopped


@compiled
def _owner_of(side: Any) -> Any:
    """The owner number of a compound's wall; NOBODY for a departure outside all of them."""
    if side < 0:
        return -1
    return FIRST_COMPOUND - side


@compiled
def _link_one(d: Any, who: Departures, world: World, notes: Scratch, out: Found) -> None:
    """All links of one departure: rings of 50 m, nearest edges first, until no farther edge can count."""
    outline = who.ends[who.start[d] : who.start[d + 1]]
    frame = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0, -1.0])
    for axis in range(2):
        frame[axis] = min(outline[:, axis].min(), outline[:, 2 + axis].min())
        frame[2 + axis] = max(outline[:, axis].max(), outline[:, 2 + axis].max())
    best, edges = notes.best, notes.edge
    count, accepted, rows, shortest = 0, 0, 0, np.inf
    out.reason[d] = TOO_FAR
    for ring in range(1, RINGS + 1):
        count = _gather(frame, ring * RING_MM, d, who, world, notes, count)
        reach_um = ring * RING_MM * 1000.0
        while accepted < MAX_EDGES:
            slot = _next(best, edges, count, min(reach_um, shortest + SPREAD_UM))
            if slot < 0:
                break
            added, stopped = 0, WALL
            if world.streets.side[edges[slot]] == who.side[d]:
                added, stopped = _accept(d, best[slot], edges[slot], rows, who, out, world)
            if added > 0:
                shortest = min(shortest, best[slot, LEG])
                out.reason[d] = 0
                rows += added
                accepted += 1
            elif out.reason[d] == TOO_FAR:
                out.reason[d] = stopped
            best[slot, LEG] = DECIDED
        if accepted == MAX_EDGES or shortest + SPREAD_UM <= reach_um:
            break


@compiled
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
def link_range(first: int, last: int, who: Departures, world: World, out: Found) -> None:
    """Link the departures first..last-1 into `out`; ranges may run in parallel threads."""
    edges = len(world.streets.side)
    notes = Scratch(
        np.zeros(len(world.streets.edge), np.int32),
        np.zeros(edges, np.int32),
        np.empty(edges, np.int32),
        np.empty((edges, COLUMNS)),
    )
    for d in range(first, last):
        if who.start[d] < who.start[d + 1]:
            _link_one(d, who, world, notes, out)
