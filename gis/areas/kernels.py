"""Compiled inner loops of the locator: exact point in polygon, a raster of grid ids, distances to borders.

Everything works on plain arrays. `edges` is float64 (e, 4): ax, ay, bx, by of every ring segment, grouped by
polygon (`edge_start`, g + 1). A raster is described by `frame` = left, bottom, columns per degree, rows per
degree, right, top. `_bin` is monotone in floating point, so a point and an edge that share a place share a row: the
rows need no tolerance, and the columns get one only where a clipped coordinate is computed.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gis.base.compiled import compiled

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]
States = npt.NDArray[np.int8]

EMPTY = -1
MIXED = -2
_PENDING = -(2**31)  # mixed, not numbered yet
OUTSIDE, INSIDE, BORDER = 0, 1, 2
# Shewchuk's bound for the difference of two rounded products of rounded differences, in units of 2^-53.
_ORIENT_BOUND = (3.0 + 16.0 * 2.0**-53) * 2.0**-53
_SPLITTER = 134217729.0  # 2^27 + 1
# Share of a cell added around every clipped edge: far above the rounding of degrees, far below a cell.
_MARGIN = 1e-6


class Buckets(NamedTuple):
    """The edges of polygon g in raster row r: `chosen[start[k]:start[k + 1]]`, k = base[g] + r - row_first[g]."""

    row_first: Ints
    base: Longs
    start: Longs
    chosen: Ints


class Found(NamedTuple):
    """Answers of `locate_points`: the polygon's number and INSIDE, BORDER or OUTSIDE."""

    polygon: Ints
    place: Bytes


class Sorted(NamedTuple):
    """Points in another order: their numbers and degrees."""

    number: Ints
    lon: Floats
    lat: Floats


class Raster(NamedTuple):
    """Cells hold EMPTY, the one polygon that fills them, or MIXED - slot; slots list their candidates."""

    cells: Ints
    slot_start: Longs
    candidates: Ints


@compiled
def _two_sum(a: float, b: float) -> tuple[float, float]:
    s = a + b
    v = s - a
    return s, (a - (s - v)) + (b - v)


@compiled
def _two_product(a: float, b: float) -> tuple[float, float]:
    p = a * b
    c = _SPLITTER * a
    ah = c - (c - a)
    al = a - ah
    c = _SPLITTER * b
    bh = c - (c - b)
    bl = b - bh
    return p, al * bl - (((p - ah * bh) - al * bh) - ah * bl)


@compiled
def _exact_sign(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    """Sign of (ax-px)(by-py) - (ay-py)(bx-px) without rounding: a 16-term expansion summed exactly."""
    ah, al = _two_sum(ax, -px)
    bh, bl = _two_sum(by, -py)
    ch, cl = _two_sum(ay, -py)
    dh, dl = _two_sum(bx, -px)
    expansion = np.zeros(17)
    length = 0
    for k in range(8):
        if k < 4:
            p, e = _two_product(ah if k & 1 else al, bh if k & 2 else bl)
        else:
            p, e = _two_product(-(ch if k & 1 else cl), dh if k & 2 else dl)
        for term in (e, p):
            carry = term
            for j in range(length):
                carry, low = _two_sum(carry, expansion[j])
                expansion[j] = low
            expansion[length] = carry
            length += 1
    for j in range(length - 1, -1, -1):
        if expansion[j] != 0.0:
            return 1 if expansion[j] > 0.0 else -1
    return 0


@compiled
def orientation(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    """1 when p lies left of a to b, -1 right, 0 exactly on the line through them."""
    left = (ax - px) * (by - py)
    right = (ay - py) * (bx - px)
    det = left - right
    bound = _ORIENT_BOUND * (abs(left) + abs(right))
    if det > bound:
        return 1
    if det < -bound:
        return -1
    return _exact_sign(ax, ay, bx, by, px, py)


@compiled
def _place(edges: Floats, chosen: Ints, first: int, last: int, px: float, py: float) -> int:
    """Where p is in the polygon whose edges around p's latitude are `chosen[first:last]`."""
    inside = False
    for k in range(first, last):
        e = chosen[k]
        ax, ay, bx, by = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        if ax < px and bx < px:
            continue
        if bx == px and by == py:
            return BORDER
        if ay == by:
            if ay == py and min(ax, bx) <= px <= max(ax, bx):
                return BORDER
            continue
        if (ay > py) == (by > py):
            continue
        side = orientation(ax, ay, bx, by, px, py)
        if side == 0:
            return BORDER
        if (side > 0) == (by > ay):
            inside = not inside
    return INSIDE if inside else OUTSIDE


@compiled
def _bin(value: float, origin: float, scale: float, count: int) -> int:
    return min(count - 1, max(0, int((value - origin) * scale)))


@compiled
def row_buckets(edges: Floats, edge_start: Longs, frame: Floats, rows: int) -> Buckets:
    """For each polygon and each raster row it reaches, the edges that reach the row."""
    grids = edge_start.size - 1
    row_first = np.zeros(grids, np.int32)
    base = np.zeros(grids + 1, np.int64)
    for g in range(grids):
        low, high = rows - 1, 0
        for e in range(edge_start[g], edge_start[g + 1]):
            r = _bin(edges[e, 1], frame[1], frame[3], rows)
            low, high = min(low, r), max(high, r)
        row_first[g] = low
        base[g + 1] = base[g] + max(0, high - low + 1)
    start = np.zeros(base[grids] + 1, np.int64)
    chosen = np.zeros(0, np.int32)
    for step in range(2):
        for g in range(grids):
            for e in range(edge_start[g], edge_start[g + 1]):
                ra = _bin(edges[e, 1], frame[1], frame[3], rows)
                rb = _bin(edges[e, 3], frame[1], frame[3], rows)
                at = base[g] - row_first[g]
                for r in range(min(ra, rb), max(ra, rb) + 1):
                    if step == 0:
                        start[at + r + 1] += 1
                    else:
                        chosen[start[at + r]] = e
                        start[at + r] += 1
        if step == 0:
            start = np.cumsum(start)
            chosen = np.zeros(start[-1], np.int32)
    start[1:] = start[:-1].copy()
    start[0] = 0
    return Buckets(row_first, base, start, chosen)


@compiled
def _columns(edges: Floats, e: int, row: int, frame: Floats, columns: int) -> tuple[int, int]:
    """First and last column an edge touches within a row, with a margin around the computed ends."""
    ax, ay, bx, by = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
    low = frame[1] + (row - _MARGIN) / frame[3]
    high = frame[1] + (row + 1 + _MARGIN) / frame[3]
    left, right = min(ax, bx), max(ax, bx)
    if ay != by:
        at_low = ax + (bx - ax) * min(1.0, max(0.0, (low - ay) / (by - ay)))
        at_high = ax + (bx - ax) * min(1.0, max(0.0, (high - ay) / (by - ay)))
        left, right = max(left, min(at_low, at_high)), min(right, max(at_low, at_high))
    margin = _MARGIN / frame[2]
    first = _bin(left - margin, frame[0], frame[2], columns)
    return first, _bin(right + margin, frame[0], frame[2], columns)


@compiled
def _grown(array: Any, count: int) -> Any:
    if count < array.size:
        return array
    bigger = np.empty(array.size * 2, array.dtype)
    bigger[: array.size] = array
    return bigger


@compiled
def rasterise(edges: Floats, buckets: Buckets, frame: Floats, rows: int, columns: int) -> Raster:
    """Paint the polygons in their order: cells that one fills alone, and cells that an edge or two share."""
    cells = np.full((rows, columns), EMPTY, np.int32)
    shared_cell, shared_by = np.empty(1024, np.int64), np.empty(1024, np.int32)
    pairs = 0
    state = np.empty(columns, np.int8)
    for g in range(buckets.row_first.size):
        for k in range(buckets.base[g], buckets.base[g + 1]):
            row = buckets.row_first[g] + (k - buckets.base[g])
            left, right = _row_states(edges, buckets, k, row, frame, state)
            for column in range(left, right + 1):
                if state[column] == OUTSIDE:
                    continue
                owner = cells[row, column]
                if owner == EMPTY and state[column] == INSIDE:
                    cells[row, column] = g
                    continue
                shared_cell, shared_by = _grown(shared_cell, pairs + 2), _grown(shared_by, pairs + 2)
                cell = np.int64(row) * columns + column
                if owner >= 0:
                    shared_cell[pairs], shared_by[pairs] = cell, owner
                    pairs += 1
                cells[row, column] = _PENDING
                shared_cell[pairs], shared_by[pairs] = cell, g
                pairs += 1
    slot_start, candidates = _slots(cells.reshape(-1), shared_cell[:pairs], shared_by[:pairs])
    return Raster(cells, slot_start, candidates)


@compiled
def _row_states(
    edges: Floats, buckets: Buckets, k: int, row: int, frame: Floats, state: States
) -> tuple[int, int]:
    """Mark in `state` how a polygon meets each cell of a row: BORDER touched, INSIDE filled, OUTSIDE free.

    Returns the first and last column it touches; between two touched cells nothing changes, so that one
    exact test a gap is enough.
    """
    columns = state.size
    first, last = buckets.start[k], buckets.start[k + 1]
    left, right = columns, -1
    for c in range(first, last):
        a, b = _columns(edges, buckets.chosen[c], row, frame, columns)
        left, right = min(left, a), max(right, b)
    state[left : right + 1] = OUTSIDE
    for c in range(first, last):
        a, b = _columns(edges, buckets.chosen[c], row, frame, columns)
        state[a : b + 1] = BORDER
    py = frame[1] + (row + 0.5) / frame[3]
    for column in range(left + 1, right):
        if state[column] == BORDER:
            continue
        if state[column - 1] == BORDER:
            px = frame[0] + (column + 0.5) / frame[2]
            state[column] = _place(edges, buckets.chosen, first, last, px, py)
        else:
            state[column] = state[column - 1]
    return left, right


@compiled
def _slots(raster: Ints, pair_cell: Longs, pair_grid: Ints) -> tuple[Longs, Ints]:
    """Number the mixed cells in place (-2 - slot) and gather their polygons: a stable counting sort."""
    slots = 0
    for cell in pair_cell:
        if raster[cell] == _PENDING:
            raster[cell] = MIXED - slots
            slots += 1
    start = np.zeros(slots + 1, np.int64)
    for cell in pair_cell:
        start[MIXED - raster[cell] + 1] += 1
    start = np.cumsum(start)
    at = start.copy()
    candidates = np.empty(pair_cell.size, np.int32)
    for i in range(pair_cell.size):
        slot = MIXED - raster[pair_cell[i]]
        candidates[at[slot]] = pair_grid[i]
        at[slot] += 1
    return start, candidates


@compiled
def by_tile(lon: Floats, lat: Floats, frame: Floats, shape: tuple[int, int], tiles: int) -> Sorted:
    """The points within the frame in the order of coarse tiles: neighbours then share cells and edges in cache."""
    rows, columns = shape
    key = np.full(lon.size, -1, np.int32)
    start = np.zeros(tiles * tiles + 1, np.int64)
    for i in range(lon.size):
        px, py = lon[i], lat[i]
        if frame[0] <= px <= frame[4] and frame[1] <= py <= frame[5]:
            row = _bin(py, frame[1], frame[3], rows) * tiles // rows
            key[i] = row * tiles + _bin(px, frame[0], frame[2], columns) * tiles // columns
            start[key[i] + 1] += 1
    at = np.cumsum(start)
    number = np.empty(at[-1], np.int32)
    x, y = np.empty(number.size), np.empty(number.size)
    for i in range(lon.size):
        if key[i] >= 0:
            k = at[key[i]]
            at[key[i]] += 1
            number[k], x[k], y[k] = i, lon[i], lat[i]
    return Sorted(number, x, y)


@compiled
def locate_points(
    points: Sorted, edges: Floats, index: tuple[Floats, Buckets, Raster], found: Found, first: int, last: int
) -> None:
    """For `points[first:last]` the first polygon that covers each (EMPTY: none) and how, into `found`."""
    frame, buckets, raster = index
    rows, columns = raster.cells.shape
    for i in range(first, last):
        px, py = points.lon[i], points.lat[i]
        row = _bin(py, frame[1], frame[3], rows)
        value = raster.cells[row, _bin(px, frame[0], frame[2], columns)]
        polygon, place = max(value, EMPTY), INSIDE if value >= 0 else OUTSIDE
        if value <= MIXED:
            slot = MIXED - value
            for k in range(raster.slot_start[slot], raster.slot_start[slot + 1]):
                g = raster.candidates[k]
                at = buckets.base[g] + row - buckets.row_first[g]
                place = _place(edges, buckets.chosen, buckets.start[at], buckets.start[at + 1], px, py)
                if place != OUTSIDE:
                    polygon = g
                    break
        found.polygon[points.number[i]] = polygon
        found.place[points.number[i]] = place
