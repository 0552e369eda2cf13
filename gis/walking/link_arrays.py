"""What the loops of linking are given: street segments, obstacles, departures and the cells that index them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Shorts = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]


class Cells(NamedTuple):
    """Numbers by square cell: `item[start[c]:start[c + 1]]`, cell c = row * columns + column."""

    left: float
    bottom: float
    size: float
    columns: int
    rows: int
    start: Ints
    item: Shorts


class Segments(NamedTuple):
    """Street segments: ends (s, 4) in mm, edge, length µm, offset of the first end µm; side by edge."""

    ends: Floats
    edge: Shorts
    length: Ints
    at: Ints
    side: Shorts


class Blocks(NamedTuple):
    """Obstacle segments (b, 4), class and owner of each; areas are ranges of `ring` with class, owner, box."""

    ends: Floats
    kind: Bytes
    owner: Shorts
    ring: Floats
    area_start: Ints
    area_kind: Bytes
    area_owner: Shorts
    area_box: Floats


class Departures(NamedTuple):
    """What is linked: outline segments by rows, own building, side (compound or -1), polygon or not."""

    start: Ints
    ends: Floats
    own: Shorts
    side: Shorts
    filled: Bytes


class Spots(NamedTuple):
    """Departures that are points: x, y in mm, own building, side (compound or -1)."""

    x: Floats
    y: Floats
    own: Shorts
    side: Shorts


class Rows(NamedTuple):
    """The links of all departures together, as `Ways` has them."""

    point: Ints
    edge: Ints
    position: Ints
    leg: Ints
    gate: Ints


class Found(NamedTuple):
    """Links one after another, how many each departure has of them, and why it has none (0: it has)."""

    edge: Shorts
    position: Ints
    leg: Ints
    rows: Bytes
    reason: Bytes


class World(NamedTuple):
    """Streets and obstacles with their cells: of street segments, of obstacle lines, of obstacle areas."""

    streets: Segments
    cells: Cells
    blocks: Blocks
    lines: Cells
    areas: Cells


class Scratch(NamedTuple):
    """One thread's notes: which departure saw a segment last, and the edges seen with their best stretch.

    `segment` and `bound` are the segments seen in order, and how near (µm) each can be at least; inf when measured.
    """

    stamp: Shorts
    slot: Shorts
    edge: Shorts
    best: Floats
    segment: Shorts
    bound: Floats
