"""The flat plan: quadrants, subdistricts, communities, grids and blocks, and the streets between them.

Everything is cut from one plan, so areas tile their parents, and grid borders run along streets, along the
middle of the railway and along the river, as real ones do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sample_data.spec import Spec, apportion, rng_for
from sample_data.subdivide import (
    BOTTOM,
    HORIZONTAL,
    LEFT,
    RIGHT,
    TOP,
    VERTICAL,
    Cells,
    Ints,
    Segments,
    join,
    subdivide,
)

# Street ranks, and how far a block's buildings stand back from the middle of each (cm).
PRIMARY, SECONDARY, TERTIARY, LANE, PATH, NONE = 0, 1, 2, 3, 4, 5
SETBACK_CM = np.array([1900, 1400, 1000, 700, 300, 250], dtype=np.int64)
RAIL_SIDE_CM, SHORE_ROAD_CM = 2200, 1200
NORTH_SHARE = 0.86  # the border in the river follows the channel near the northern bank


@dataclass(frozen=True, slots=True)
class Layout:
    """The flat plan of a sample, in centimetres."""

    spec: Spec
    outer: Ints  # (4, 4) quadrants up to the middle of river and railway
    land: Ints  # (4, 4) quadrants up to the first street beside river and railway
    district: Ints  # (subdistricts,) district of each subdistrict
    subdistrict: Ints  # (communities,) subdistrict of each community
    community: Ints  # (grids,)
    quadrant: Ints  # (grids,)
    grid_land: Ints  # (grids, 4) what lies between streets
    grid_box: Ints  # (grids, 4) with its share of river and railway: these tile
    block_box: Ints  # (blocks, 4) inside the land of their grid
    block_side: Ints  # (blocks, 4) rank of the street on each side
    block_grid: Ints  # (blocks,)
    partner: Ints  # (blocks,) the block of the next grid in the same compound, -1 none
    streets: Segments
    river: tuple[int, int]  # low, high edge of the river's band
    border_y: int
    rail_x: int


def _lines(spec: Spec, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Lines that many streets share: irregular, about 150 m apart, so that streets run through."""
    gap = 15_000
    made = []
    for extent in (max(q.right_m for q in spec.quadrants), max(q.top_m for q in spec.quadrants)):
        steps = rng.uniform(0.7, 1.35, int(extent * 100 / gap) + 4) * gap
        made.append((np.rint(np.cumsum(steps) / 10) * 10).astype(np.int64))
    return made[0], made[1]


def _quadrants(spec: Spec) -> tuple[Ints, Ints, tuple[int, int], int, int]:
    metres = np.array([[q.left_m, q.bottom_m, q.right_m, q.top_m] for q in spec.quadrants])
    outer = np.rint(metres * 100).astype(np.int64)
    rail, border = int(outer[0, RIGHT]), int(outer[0, BOTTOM])
    width = round(spec.river_m * 100)
    low = border - round(width * NORTH_SHARE)
    high = low + width
    land = outer.copy()
    land[[0, 2], RIGHT] = rail - RAIL_SIDE_CM
    land[[1, 3], LEFT] = rail + RAIL_SIDE_CM
    land[[0, 1], BOTTOM] = high + SHORE_ROAD_CM
    land[[2, 3], TOP] = low - SHORE_ROAD_CM
    return outer, land, (low, high), border, rail


def _density(box: Ints, spec: Spec) -> npt.NDArray[np.float64]:
    """Weight of each rectangle for the number of grids: its land, denser towards the middle."""
    middle = np.array([spec.quadrants[0].right_m, spec.quadrants[2].top_m * 0.75]) * 100
    reach = (spec.quadrants[3].right_m - spec.quadrants[2].left_m) * 100 * 0.3
    centre = np.column_stack([(box[:, LEFT] + box[:, RIGHT]) / 2, (box[:, BOTTOM] + box[:, TOP]) / 2])
    far = ((centre - middle) ** 2).sum(axis=1) / reach**2
    area = (box[:, RIGHT] - box[:, LEFT]) * (box[:, TOP] - box[:, BOTTOM])
    return np.asarray(area * (0.65 + 1.0 * np.exp(-far)))


def _extend(box: Ints, land: Ints, outer: Ints) -> Ints:
    """Areas beside river or railway reach to its middle: sides on the land's edge move to the outer edge."""
    return np.where(box == land, outer, box)


def _pair_compounds(cells: Cells, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Some neighbouring grids share one large compound: no street between them. Returns partner, sides."""
    n = len(cells.box)
    shape = cells.box[:, 2:] - cells.box[:, :2]
    small = (shape.max(axis=1) < 26_000) & (shape.min(axis=1) > 9_000)
    twin = cells.twin
    first = np.flatnonzero((twin > np.arange(n)) & small)
    first = first[small[twin[first]] & (cells.parent[first] == cells.parent[twin[first]])]
    first = first[rng.random(len(first)) < 0.3]
    partner = np.full(n, -1, dtype=np.int64)
    partner[first], partner[twin[first]] = twin[first], first
    side = cells.side.copy()
    for a, b in ((RIGHT, LEFT), (TOP, BOTTOM)):
        touch = first[cells.box[first, a] == cells.box[twin[first], b]]
        other = BOTTOM if a == RIGHT else LEFT
        touch = touch[cells.box[touch, other] == cells.box[twin[touch], other]]
        side[touch, a] = NONE
        side[twin[touch], b] = NONE
    return partner, side


def _drop_inner(cuts: Segments, box: Ints, side: Ints) -> Segments:
    """The cuts without those that lie inside a shared compound."""
    hidden: set[tuple[int, int, int]] = set()
    for column, axis in ((RIGHT, VERTICAL), (TOP, HORIZONTAL)):
        rows = np.flatnonzero(side[:, column] == NONE)
        low = BOTTOM if axis == VERTICAL else LEFT
        hidden |= {(axis, int(box[r, column]), int(box[r, low])) for r in rows}
    keys = zip(cuts.axis.tolist(), cuts.at.tolist(), cuts.low.tolist(), strict=True)
    return cuts.take(np.array([key not in hidden for key in keys], dtype=bool))


def _frame(land: Ints) -> Segments:
    """The roads round each quadrant: beside the river, beside the railway, and along the outer border."""
    parts = []
    shore = [(0, BOTTOM), (1, BOTTOM), (2, TOP), (3, TOP)]
    for q, b in enumerate(land):
        for column in (LEFT, BOTTOM, RIGHT, TOP):
            upright = column in {LEFT, RIGHT}
            low, high = (b[BOTTOM], b[TOP]) if upright else (b[LEFT], b[RIGHT])
            beside_rail = (q in {0, 2}) == (column == RIGHT) and upright
            rank = SECONDARY if (q, column) in shore else TERTIARY if beside_rail else SECONDARY
            parts.append([0 if upright else 1, b[column], low, high, rank])
    return Segments(*np.array(parts, dtype=np.int64).T)


def make_layout(spec: Spec, seed: int) -> Layout:
    """The flat plan of `spec`: areas, blocks and streets, without bridges and crossings."""
    rng = rng_for(seed, "layout")
    outer, land, river, border, rail = _quadrants(spec)
    lines = _lines(spec, rng)
    side = np.full((4, 4), SECONDARY, dtype=np.int64)
    side[[0, 2], RIGHT] = side[[1, 3], LEFT] = TERTIARY

    def cut(cells: Cells, counts: Ints, rank: int) -> tuple[Cells, Segments]:
        return subdivide(cells.box, cells.side, counts, rank, lines, rng)

    quads = Cells(land, side, np.arange(4), np.full(4, -1))
    dist, cuts_a = cut(quads, np.array([q.districts for q in spec.quadrants]), PRIMARY)
    per_district = np.array([q.subdistricts // q.districts for q in spec.quadrants])
    subs, cuts_b = cut(dist, per_district[dist.parent], PRIMARY)
    comm, cuts_c = cut(subs, apportion(spec.communities, _density(subs.box, spec), 1), SECONDARY)
    grid, cuts_d = cut(comm, apportion(spec.grids, _density(comm.box, spec), 3), TERTIARY)
    partner, grid_side = _pair_compounds(grid, rng)
    cuts_d = _drop_inner(cuts_d, grid.box, grid_side)
    shape = (grid.box[:, 2:] - grid.box[:, :2]) / 100.0
    n_blocks = np.clip(np.rint(shape.prod(axis=1) / spec.block_m2), 1, 12).astype(np.int64)
    n_blocks[partner >= 0] = 1
    block, cuts_e = subdivide(grid.box, grid_side, n_blocks, LANE, lines, rng)
    first = np.cumsum(n_blocks) - n_blocks
    quadrant = dist.parent[subs.parent[comm.parent[grid.parent]]]
    sub_code = np.arange(len(subs.box))
    if spec.merge_north:
        sub_code = np.maximum(sub_code - 1, 0)
    heads = np.unique(sub_code, return_index=True)[1]
    partner = partner[block.parent]
    district = subs.parent[heads] if spec.districts > 1 else np.zeros(len(heads), dtype=np.int64)
    return Layout(
        spec=spec, outer=outer, land=land, district=district, subdistrict=sub_code[comm.parent],
        community=grid.parent, quadrant=quadrant, grid_land=grid.box,
        grid_box=_extend(grid.box, land[quadrant], outer[quadrant]),
        block_box=block.box, block_side=block.side, block_grid=block.parent,
        partner=np.where(partner >= 0, first[partner], -1),
        streets=join([cuts_a, cuts_b, cuts_c, cuts_d, cuts_e, _frame(land)]),
        river=river, border_y=border, rail_x=rail,
    )  # fmt: skip
