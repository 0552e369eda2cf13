"""Paths inside compounds: a ring, an alley between every two rows of houses, and a way out to the streets."""

from __future__ import annotations

import numpy as np

from sample_data.blocks import RESIDENTIAL
from sample_data.buildings import Buildings
from sample_data.compounds import RING_END_CM, RING_SIDE_CM, Compounds
from sample_data.layout import NONE, PATH, Layout
from sample_data.spec import rng_for
from sample_data.subdivide import BOTTOM, HORIZONTAL, LEFT, RIGHT, TOP, VERTICAL, Ints, Segments, join

INWARD = np.array([1, 1, -1, -1])
RING_CM = np.array([RING_SIDE_CM, RING_END_CM, RING_SIDE_CM, RING_END_CM])
ALLEY_CM = 380  # the narrowest gap between two rows that has a path


def _segments(axis: int, at: Ints, low: Ints, high: Ints) -> Segments:
    return Segments(np.full(len(at), axis), at, low, high, np.full(len(at), PATH))


def inner_paths(layout: Layout, c: Compounds, b: Buildings, seed: int) -> Segments:
    """The paths of compounds with room: of every one without a wall, of `path_share` of the walled ones."""
    share = layout.spec.path_share
    luck = rng_for(seed, "paths").random(len(c.kind))
    room = ((c.box[:, 2:] - c.box[:, :2]) > [4800, 3400]).all(axis=1)
    lived_in = np.isin(c.kind.astype(str), list(RESIDENTIAL))
    has = room & lived_in & (luck < np.where(c.walled, share, max(share, layout.spec.open_path_share)))
    left, bottom, right, top = (c.box[has] + INWARD * RING_CM).T
    return join(
        [
            _segments(VERTICAL, left, bottom, top),
            _segments(VERTICAL, right, bottom, top),
            _segments(HORIZONTAL, bottom, left, right),
            _segments(HORIZONTAL, top, left, right),
            _ways_out(c, has),
            *_inside(layout, c, b, has),
        ]
    )


def _ways_out(c: Compounds, has: np.ndarray) -> Segments:
    """A stub from the ring through every opening that is ever open, to the middle of the street."""
    ways = c.openings[has[c.openings["compound"].to_numpy()] & (c.openings["access"] != "closed")]
    owner, which = ways["compound"].to_numpy(), ways["side"].to_numpy()
    street = c.street_box[owner, which]
    end = c.box[owner, which] + INWARD[which] * RING_CM[which]
    across = (which == LEFT) | (which == RIGHT)
    return Segments(
        np.where(across, HORIZONTAL, VERTICAL), np.where(across, ways["y"], ways["x"]),
        np.minimum(street, end), np.maximum(street, end), np.full(len(owner), PATH),
    )  # fmt: skip


def _inside(layout: Layout, c: Compounds, b: Buildings, has: np.ndarray) -> list[Segments]:
    """Alleys between rows, from ring to ring, and a spine where two blocks share a compound."""
    blocks = np.flatnonzero((c.of_block >= 0) & np.append(has, False)[c.of_block])
    shared = layout.block_side == NONE
    reach = np.where(
        shared,
        c.block_part,
        np.append(c.box, np.zeros((1, 4), np.int64), axis=0)[c.of_block] + INWARD * RING_CM,
    )
    row, at = alleys(b, np.isin(np.arange(len(shared)), blocks))
    spines = []
    for axis, side, low, high in ((VERTICAL, RIGHT, BOTTOM, TOP), (HORIZONTAL, TOP, LEFT, RIGHT)):
        mine = blocks[shared[blocks, side]]
        spines.append(_segments(axis, c.block_part[mine, side], reach[mine, low], reach[mine, high]))
    return [_segments(HORIZONTAL, at, reach[row, LEFT], reach[row, RIGHT]), *spines]


def alleys(b: Buildings, wanted: np.ndarray) -> tuple[Ints, Ints]:
    """Blocks and flat y of the gaps between rows of homes in the `wanted` blocks (mask)."""
    homes = np.flatnonzero(wanted[b.block] & np.isin(b.use.astype(str), ["residential", "house"]))
    homes = homes[np.lexsort((b.box[homes, BOTTOM], b.block[homes]))]
    block, low, high = b.block[homes], b.box[homes, BOTTOM], b.box[homes, TOP]
    span = int(high.max(initial=0)) + 1
    highest = np.maximum.accumulate(high + block * span) - block * span
    gap = (block[1:] == block[:-1]) & (low[1:] - highest[:-1] >= ALLEY_CM)
    at = np.flatnonzero(gap)
    return block[at], (highest[at] + low[at + 1]) // 2
