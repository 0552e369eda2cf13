"""Buildings: what stands in each block, laid out in rows, never touching each other or a street."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sample_data.blocks import Words
from sample_data.compounds import RING_END_CM, RING_SIDE_CM, STRIP_CM, WINDOW_CM, Compounds
from sample_data.layout import NONE, Layout
from sample_data.shapes import L_SHAPE, RECTANGLE, TOWER, U_SHAPE
from sample_data.spec import rng_for
from sample_data.subdivide import BOTTOM, LEFT, RIGHT, TOP, Ints

Range = tuple[int, int]
ANCILLARY = ("garage", "shed", "shop")


@dataclass(frozen=True, slots=True)
class Buildings:
    """Buildings in the flat plane."""

    box: Ints
    block: Ints
    use: Words
    storeys: Ints
    shape: Ints
    inside: npt.NDArray[np.bool_]  # within the wall of the block's compound
    front: Ints  # BOTTOM or TOP: the side its door is on


@dataclass(frozen=True, slots=True)
class Row:
    """How one kind of building fills a box: sizes and gaps in cm, storeys, shape, how many are left out."""

    use: str
    width: Range
    depth: Range
    gap: Range  # across, along
    storeys: Range
    shape: int = RECTANGLE
    other_shape: float = 0.0  # share of L-shapes
    omit: float = 0.0
    inside: bool = True
    front: int = TOP


SLAB = {
    "open_courtyard": Row("residential", (3900, 6200), (1150, 1300), (900, 1320), (5, 8), other_shape=0.1),
    "renovated_old": Row("residential", (4000, 6200), (1150, 1300), (900, 1300), (5, 8), other_shape=0.06),
    "work_unit": Row("residential", (4200, 6600), (1200, 1400), (900, 1400), (4, 8), other_shape=0.1),
    "resettlement": Row("residential", (4000, 6000), (1250, 1400), (1000, 1450), (6, 12)),
    "closed_highrise": Row("residential", (2500, 3200), (1500, 1800), (1500, 2300), (11, 28), shape=TOWER),
    "one_storey": Row("house", (900, 1300), (600, 700), (250, 420), (1, 2), omit=0.15),
}
SHOPS = Row("shop", (1500, 2600), (950, 1150), (130, 100), (1, 4), omit=0.08, inside=False)
GARAGES = Row("garage", (560, 600), (900, 1500), (10, 80), (1, 2), omit=0.12)
SHEDS = Row("shed", (500, 600), (600, 900), (10, 120), (1, 2), omit=0.2)
OTHER_ROWS: dict[str, tuple[Row, ...]] = {
    "commercial": (Row("commercial", (3000, 5200), (2200, 3600), (900, 1000), (2, 16), other_shape=0.2, inside=False),),
    "school": (Row("school", (5200, 7500), (2600, 3600), (1500, 2800), (3, 6), shape=U_SHAPE),),
    "civic": (Row("civic", (3600, 5600), (1500, 2100), (1300, 1600), (3, 9), other_shape=0.15, inside=False),),
    "industrial": (Row("industrial", (4200, 8000), (1800, 2600), (1000, 1200), (1, 4)),),
    "depot": (Row("industrial", (6500, 12000), (1800, 2400), (900, 1100), (1, 3)),),
    "park": (Row("shed", (700, 1100), (600, 900), (4200, 4200), (1, 2), omit=0.35, inside=False),),
    "vacant": (Row("construction", (2600, 3300), (1500, 1900), (2600, 3600), (1, 20), omit=0.3, inside=False),),
}  # fmt: skip


def fill(box: Ints, row: Row, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Rows of items in each box (n, 4): returns the box an item stands in (k,) and the items (k, 4).

    Items are spread from edge to edge, at least the gap apart, and never leave their box.
    """
    n = len(box)
    span = np.maximum(box[:, 2:] - box[:, :2], 0)
    size = np.column_stack([rng.integers(*row.width, n), rng.integers(*row.depth, n)])
    least = np.array([row.width[0], row.depth[0]]) * 0.62
    size = np.where((span < size) & (span >= least), span, size)
    gap = np.array(row.gap)
    count = np.where(span >= size, (span + gap) // (size + gap), 0)
    total = count.prod(axis=1)
    owner = np.repeat(np.arange(n), total)
    at = np.arange(len(owner)) - np.repeat(np.cumsum(total) - total, total)
    place = np.column_stack([at % np.maximum(count[owner, 0], 1), at // np.maximum(count[owner, 0], 1)])
    step = np.where(count > 1, (span - size) / np.maximum(count - 1, 1), 0)
    start = np.where(count > 1, 0, (span - size) // 2)
    low = box[owner, :2] + start[owner] + np.rint(place * step[owner]).astype(np.int64)
    trim = np.rint(rng.uniform(0.0, [0.14, 0.06], (len(owner), 2)) * size[owner]).astype(np.int64)
    shift = np.rint(rng.random((len(owner), 2)) * trim).astype(np.int64)
    item = np.column_stack([low + shift, low + size[owner] - trim + shift])
    keep = rng.random(len(owner)) >= row.omit
    return owner[keep], item[keep]


def _core(c: Compounds, layout: Layout, rows: Ints) -> Ints:
    """What is left of a block's part of its compound for the main rows, inside the ring path."""
    ring = np.array([RING_SIDE_CM, RING_END_CM, RING_SIDE_CM, RING_END_CM]) + 320
    narrow = (c.block_part[rows, RIGHT] - c.block_part[rows, LEFT]) < 4800
    back = np.broadcast_to(ring, (len(rows), 4)).copy()
    back[narrow[:, None] & np.array([True, False, True, False])] = 600
    back = np.where(layout.block_side[rows] == NONE, 350, back)
    return np.asarray(c.block_part[rows] + back * np.array([1, 1, -1, -1]))


def _strips(c: Compounds, which: int) -> tuple[Ints, Ints]:
    """Boxes of the shop rows below (0) or above (1) the compounds, and their blocks."""
    rows = np.flatnonzero(c.strips[:, which])
    box = c.inset[rows].copy()
    if which == 0:
        box[:, TOP] = box[:, BOTTOM] + STRIP_CM
    else:
        box[:, BOTTOM] = box[:, TOP] - STRIP_CM
    return rows, box


def _edges(c: Compounds, layout: Layout, column: int, rows: Ints) -> tuple[Ints, Ints]:
    """Boxes of the garage rows along the left or right wall, and their blocks."""
    wide = (c.block_part[rows, RIGHT] - c.block_part[rows, LEFT]) >= 4800
    rows = rows[wide & (layout.block_side[rows, column] != NONE)]
    part = c.block_part[rows]
    left = part[:, LEFT] + 180 if column == LEFT else part[:, RIGHT] - 790
    return rows, np.column_stack([left, part[:, BOTTOM] + 900, left + 610, part[:, TOP] - 900])


def _clear_gates(box: Ints, block: Ints, c: Compounds) -> npt.NDArray[np.bool_]:
    """True where a building leaves the way to every gate of its compound free."""
    gates = c.openings
    owner = gates["compound"].to_numpy()
    first = np.searchsorted(owner, np.arange(len(c.kind) + 1))
    mine = c.of_block[block]
    free = np.ones(len(box), dtype=bool)
    xy, side = gates[["x", "y"]].to_numpy(), gates["side"].to_numpy()
    for nth in range(4):
        at = first[np.maximum(mine, 0)] + nth
        has = (mine >= 0) & (at < first[np.maximum(mine, 0) + 1])
        if not len(owner):
            break
        at = np.minimum(at, len(owner) - 1)
        across = (side[at] == LEFT) | (side[at] == RIGHT)
        along = np.where(across, xy[at, 1], xy[at, 0])
        low, high = (
            np.where(across, box[:, BOTTOM], box[:, LEFT]),
            np.where(across, box[:, TOP], box[:, RIGHT]),
        )
        centre = np.where(across, (box[:, LEFT] + box[:, RIGHT]) // 2, (box[:, BOTTOM] + box[:, TOP]) // 2)
        near = np.abs(centre - np.where(across, xy[at, 0], xy[at, 1])) < 2200
        free &= ~(has & near & (low < along + WINDOW_CM) & (high > along - WINDOW_CM))
    return free


def make_buildings(layout: Layout, use: Words, c: Compounds, seed: int) -> Buildings:
    """All buildings of the sample, trimmed to the exact number of the size by leaving out small ones."""
    rng = rng_for(seed, "buildings")
    parts: list[tuple[Ints, Ints, Row]] = []

    def add(rows: Ints, box: Ints, row: Row) -> None:
        owner, item = fill(box, row, rng)
        parts.append((rows[owner], item, row))

    for kind, row in SLAB.items():
        rows = np.flatnonzero((use == kind) & (c.of_block >= 0))
        add(rows, _core(c, layout, rows), row)
        if kind != "one_storey":
            for column in (LEFT, RIGHT):
                add(*_edges(c, layout, column, rows), GARAGES if column == LEFT else SHEDS)
    for which, front in ((0, BOTTOM), (1, TOP)):
        rows, box = _strips(c, which)
        add(rows, box, Row(**{**{f: getattr(SHOPS, f) for f in SHOPS.__slots__}, "front": front}))
    for kind, plan in OTHER_ROWS.items():
        rows = np.flatnonzero(use == kind)
        box = c.inset[rows] + np.array([600, 600, -600, -600])
        for row in plan:
            add(rows, box, row)
    return _finish(parts, layout, c, rng)


def _finish(
    parts: Sequence[tuple[Ints, Ints, Row]], layout: Layout, c: Compounds, rng: np.random.Generator
) -> Buildings:
    block = np.concatenate([p[0] for p in parts])
    box = np.concatenate([p[1] for p in parts])
    which = np.repeat(np.arange(len(parts)), [len(p[0]) for p in parts])
    rows = [p[2] for p in parts]
    small = np.array([r.use in ANCILLARY for r in rows])[which]
    keep = _clear_gates(box, block, c) | ~small
    surplus = int(keep.sum()) - layout.spec.buildings
    spare = np.flatnonzero(keep & small)
    if surplus < 0 or surplus > len(spare):
        raise ValueError(f"the plan holds {keep.sum()} buildings, {layout.spec.buildings} are wanted")
    keep[rng.choice(spare, surplus, replace=False)] = False
    order = np.flatnonzero(keep)
    order = order[np.lexsort((box[order, 0], -box[order, 3], block[order]))]
    block, box, which = block[order], box[order], which[order]
    low, high = np.array([r.storeys for r in rows])[which].T
    shape = np.array([r.shape for r in rows])[which]
    big = (box[:, 2] - box[:, 0] > 4200) & (shape == RECTANGLE)
    bent = rng.random(len(box)) < np.array([r.other_shape for r in rows])[which]
    return Buildings(
        box=box, block=block, use=np.array([r.use for r in rows], dtype=object)[which],
        storeys=rng.integers(low, high), shape=np.where(big & bent, L_SHAPE, shape),
        inside=np.array([r.inside for r in rows])[which] & (c.of_block[block] >= 0),
        front=np.array([r.front for r in rows])[which],
    )  # fmt: skip
