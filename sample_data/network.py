"""From segments to a street network: nodes where segments meet, edges between them, names and slopes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sample_data import names
from sample_data.layout import (
    LANE,
    NONE,
    PATH,
    PRIMARY,
    RAIL_SIDE_CM,
    SECONDARY,
    SHORE_ROAD_CM,
    TERTIARY,
    Layout,
)
from sample_data.spec import rng_for
from sample_data.subdivide import HORIZONTAL, LEFT, RIGHT, VERTICAL, Ints, Segments, join

KINDS = {
    PRIMARY: "primary",
    SECONDARY: "secondary",
    TERTIARY: "tertiary",
    LANE: "residential",
    PATH: "footway",
}
PLAIN, BRIDGE, UNDERPASS, LEVEL_CROSSING, FOOTBRIDGE = 0, 1, 2, 3, 4
_SHIFT = 1 << 32


@dataclass(frozen=True, slots=True)
class Network:
    """Nodes in flat centimetres and the edges between them."""

    node: Ints  # (nodes, 2)
    u: Ints
    v: Ints
    rank: Ints
    crossing: Ints  # PLAIN, BRIDGE, UNDERPASS, LEVEL_CROSSING, FOOTBRIDGE
    axis: Ints
    at: Ints

    def bends(self, longest_cm: int) -> tuple[Ints, Ints]:
        """Points (k, 2) that divide long edges into equal parts, in order, and the edge each lies on."""
        return bend_points(self.node[self.u], self.node[self.v], longest_cm)


def bend_points(first: Ints, last: Ints, longest_cm: int) -> tuple[Ints, Ints]:
    """Points (k, 2) that divide the lines first-last (n, 2) into equal parts, and the line each lies on."""
    length = np.abs(last - first).sum(axis=1)
    more = np.maximum(-(-length // longest_cm) - 1, 0)
    line = np.repeat(np.arange(len(first)), more)
    step = np.arange(len(line)) - np.repeat(np.cumsum(more) - more, more) + 1
    share = (step / (more[line] + 1))[:, None]
    return np.rint(first[line] + (last - first)[line] * share).astype(np.int64), line


def _spread(best: Ints, good: Ints, gap: int) -> Ints:
    """Choose positions at least `gap` apart, the `best` before the merely `good` ones."""
    chosen: list[int] = []
    for p in [*best.tolist(), *good.tolist()]:
        if all(abs(p - q) >= gap for q in chosen):
            chosen.append(p)
    return np.array(sorted(chosen), dtype=np.int64)


def _ends_at(streets: Segments, axis: int, edges: tuple[int, int], low: int, high: int) -> tuple[Ints, Ints]:
    """Where streets of `axis` between `low` and `high` end on both of two lines, and on either."""
    main = (streets.axis == axis) & (streets.rank <= TERTIARY) & (streets.at > low) & (streets.at < high)
    one, other = (np.unique(streets.at[main & ((streets.low == e) | (streets.high == e))]) for e in edges)
    return np.intersect1d(one, other), np.union1d(one, other)


def _both(sides: list[tuple[Ints, Ints]], which: int) -> Ints:
    return np.concatenate([side[which] for side in sides])


def crossings(layout: Layout) -> tuple[Segments, Ints]:
    """Bridges over the river and ways over or under the railway, with their kinds."""
    rail, (low, high) = layout.rail_x, layout.river
    south, north = low - SHORE_ROAD_CM, high + SHORE_ROAD_CM
    west, east = rail - RAIL_SIDE_CM, rail + RAIL_SIDE_CM
    left = max(layout.land[0, LEFT], layout.land[2, LEFT])
    right = min(layout.land[1, RIGHT], layout.land[3, RIGHT])
    bridge_gap, way_gap = round(layout.spec.bridge_gap_m * 100), round(layout.spec.crossing_gap_m * 100)
    over = [
        _ends_at(layout.streets, VERTICAL, (south, north), *span)
        for span in ((left + 10_000, rail - 15_000), (rail + 15_000, right - 10_000))
    ]
    bridges = _spread(_both(over, 0), _both(over, 1), bridge_gap)
    under = [
        _ends_at(layout.streets, HORIZONTAL, (west, east), *span)
        for span in ((0, south - 12_000), (north + 12_000, 1 << 31))
    ]
    rails = _spread(_both(under, 0), _both(under, 1), way_gap)
    shore = np.array([south, north])
    at = np.concatenate([bridges, rails, shore])
    n, m = len(bridges), len(rails)
    kind = np.concatenate(
        [
            np.full(n, BRIDGE),
            np.resize([UNDERPASS, LEVEL_CROSSING, UNDERPASS, FOOTBRIDGE], m),
            [UNDERPASS] * 2,
        ]
    )
    upright = np.concatenate([np.ones(n, bool), np.zeros(m + 2, bool)])
    segs = Segments(
        np.where(upright, VERTICAL, HORIZONTAL), at, np.where(upright, south, west),
        np.where(upright, north, east), np.where(kind == FOOTBRIDGE, PATH, SECONDARY),
    )  # fmt: skip
    return segs, kind


def _keys(line: Ints, along: Ints) -> Ints:
    return line * _SHIFT + along


def build(parts: list[tuple[Segments, Ints | None]]) -> Network:
    """Node all segments where an end of one lies on another; returns the network without duplicate edges."""
    segs = join([s for s, _ in parts])
    kind = np.concatenate([k if k is not None else np.zeros(len(s), np.int64) for s, k in parts])
    alive = (segs.high > segs.low) & (segs.rank != NONE)
    segs, kind = segs.take(alive), kind[alive]
    upright = segs.axis == VERTICAL
    x = np.concatenate([np.where(upright, segs.at, segs.low), np.where(upright, segs.at, segs.high)])
    y = np.concatenate([np.where(upright, segs.low, segs.at), np.where(upright, segs.high, segs.at)])
    by_x = np.unique(_keys(x, y))
    node = np.column_stack([by_x // _SHIFT, by_x % _SHIFT])
    order_y = np.argsort(_keys(node[:, 1], node[:, 0]))
    by_y = _keys(node[:, 1], node[:, 0])[order_y]
    found = []
    for axis, keys, order in ((VERTICAL, by_x, np.arange(len(node))), (HORIZONTAL, by_y, order_y)):
        rows = np.flatnonzero(segs.axis == axis)
        first = np.searchsorted(keys, _keys(segs.at[rows], segs.low[rows]))
        last = np.searchsorted(keys, _keys(segs.at[rows], segs.high[rows]))
        count = last - first
        row = np.repeat(rows, count)
        step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        at = np.repeat(first, count) + step
        found.append(np.column_stack([order[at], order[at + 1], row]))
    u, v, row = np.concatenate(found).T
    ranked = np.lexsort((segs.rank[row], v, u))
    u, v, row = u[ranked], v[ranked], row[ranked]
    keep = np.ones(len(u), dtype=bool)
    keep[1:] = (u[1:] != u[:-1]) | (v[1:] != v[:-1])
    u, v, row = u[keep], v[keep], row[keep]
    return Network(node, u, v, _axes(segs, kind, row), kind[row], segs.axis[row], segs.at[row])


def _axes(segs: Segments, kind: Ints, row: Ints) -> Ints:
    """Ranks of the edges made of segments `row`: a line that leads to a bridge is a primary street."""
    rank, line = segs.rank[row], _keys(segs.at, segs.axis)
    leads = np.isin(line[row], line[kind == BRIDGE]) & (rank < PATH)
    return np.where(leads, PRIMARY, rank)


def street_names(net: Network, seed: int) -> npt.NDArray[np.object_]:
    """A name for every edge: one name a line, paths without a name."""
    line = _keys(net.at, net.axis)
    named = net.rank < PATH
    lines, where = np.unique(line[named], return_inverse=True)
    best = np.full(len(lines), LANE)
    np.minimum.at(best, where, net.rank[named])
    upright = lines % _SHIFT == VERTICAL
    labels = names.street_labels(best, upright, rng_for(seed, "street names"))
    out = np.full(len(net.u), None, dtype=object)
    out[named] = labels[where]
    return out


def height_m(xy_cm: npt.ArrayLike, layout: Layout) -> npt.NDArray[np.float64]:
    """A gentle relief: low at the river, a terrace and a hill to the south; metres above the river."""
    flat = np.asarray(xy_cm, dtype=np.float64) / 100.0
    from_river = np.abs(flat[:, 1] - layout.river[0] / 100.0)
    terrace = 14.0 / (1.0 + np.exp(-(from_river - 420.0) / 70.0))
    roll = 3.0 * np.sin(flat[:, 0] / 310.0) * np.cos(flat[:, 1] / 270.0)
    return np.asarray(terrace + roll)


def slopes(net: Network, layout: Layout, length_m: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Rise from u to v in percent, one decimal; bridges and underpasses are level from end to end."""
    z = height_m(net.node, layout)
    rise = np.round((z[net.v] - z[net.u]) / np.maximum(length_m, 1.0) * 100.0, 1)
    return np.where(net.crossing == PLAIN, rise, 0.0) + 0.0
