"""The streets that some departures could link to, as an index of their own: equal to the whole for these departures."""

from __future__ import annotations

import numpy as np
import shapely

from gis.walking.cells import MOST_CELLS
from gis.walking.link import STREET_CELL_MM, can_link, world_of
from gis.walking.link_arrays import World
from gis.walking.model import Floats, Int64s, Network, Objects
from gis.walking.obstacles import Obstacles
from gis.walking.parts import split_ranges
from gis.walking.walls import Walled

_SEEN_MM = 210_000.0
"""As far as cells are visited: 150 m, a cell more, and a little."""
_TILE_MM = 500_000.0


def world_around(walled: Walled, box: Int64s, blocks: Obstacles, shapes: Objects) -> tuple[World, Int64s]:
    """Streets and obstacles for linking `shapes` (mm), and the edge behind each of its edges, rising.

    `box` are the bounds of all edges. Cells lie where those of the whole lie, and edges are in its order, so that
    the kernels visit the same in the same order. A place so wide that its cells were made larger is taken whole.
    """
    network, bounds = walled.network, shapely.bounds(shapes).reshape(-1, 4)
    bounds = bounds[~np.isnan(bounds[:, 0])]
    wide, high = np.ptp(network.node_xy_mm, axis=0) / STREET_CELL_MM if network.nodes else (0.0, 0.0)
    if (wide + 1) * (high + 1) > MOST_CELLS:
        edge = np.arange(network.edges, dtype=np.int64)
    else:
        edge = _edges_near(box, bounds)
        if not can_link(network, edge).any():  # one far away, so that streets are too far and not absent
            edge = np.union1d(edge, np.flatnonzero(can_link(network))[:1])
    return world_of(_part(network, edge), walled.edge_side[edge], blocks), edge


def _edges_near(box: Int64s, bounds: Floats) -> Int64s:
    """Edges whose bounds share a tile with one of the boxes, widened by what is seen of them."""
    if not len(bounds) or not len(box):
        return np.empty(0, dtype=np.int64)
    wanted = bounds + np.array([-_SEEN_MM, -_SEEN_MM, _SEEN_MM, _SEEN_MM])
    origin = wanted[:, :2].min(axis=0)
    last = ((wanted[:, 2:].max(axis=0) - origin) // _TILE_MM).astype(np.int64)
    counted = np.zeros((int(last[0]) + 2, int(last[1]) + 2), dtype=np.int64)
    low, high = ((wanted[:, side] - origin) // _TILE_MM for side in (slice(0, 2), slice(2, 4)))
    for (a, b), (c, d) in np.unique(np.stack((low, high), axis=1).astype(np.int64), axis=0).tolist():
        counted[a + 1 : c + 2, b + 1 : d + 2] = 1
    counted = counted.cumsum(axis=0).cumsum(axis=1)
    near = (box[:, 0] <= origin[0] + (last[0] + 1) * _TILE_MM) & (box[:, 2] >= origin[0])
    near &= (box[:, 1] <= origin[1] + (last[1] + 1) * _TILE_MM) & (box[:, 3] >= origin[1])
    edge = np.flatnonzero(near)
    first = np.clip(((box[edge, :2] - origin) // _TILE_MM).astype(np.int64), 0, last)
    final = np.clip(((box[edge, 2:] - origin) // _TILE_MM).astype(np.int64), 0, last) + 1
    within = (
        counted[final[:, 0], final[:, 1]]
        - counted[first[:, 0], final[:, 1]]
        - counted[final[:, 0], first[:, 1]]
        + counted[first[:, 0], first[:, 1]]
    )
    return np.asarray(edge[within > 0], dtype=np.int64)


def _part(network: Network, edge: Int64s) -> Network:
    """Some edges alone, with the nodes of the whole."""
    start, vertices = split_ranges(network.vertex_start[edge], network.vertex_start[edge + 1] - 1)
    return Network(
        network.crs,
        network.node_xy_mm,
        network.edge_u[edge],
        network.edge_v[edge],
        network.length_um[edge],
        network.forward[edge],
        network.backward[edge],
        start,
        network.vertex_xy_mm[vertices],
        network.vertex_at_um[vertices],
        network.slope_pct[edge],
        network.steps[edge],
        network.kind[edge],
        network.bridge[edge],
        network.code[edge],
    )
