"""Row `polygon`: one station's circle on a 10 m grid among 1,500 footprints, a river and walled compounds.

Peers are what one would write without us: the same kind of field with numpy, scipy and shapely, and the reached
streets widened. Nobody else's polygon agrees with every building; how many each contradicts is printed.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import contourpy
import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from benchmarks.circles import NODES, streets
from benchmarks.harness import Row, compare, timed
from gis.walking.circles import STEP_M, Atlas
from gis.walking.cost import graph
from gis.walking.model import METRES, Bools, Objects
from gis.walking.prepare import Layers, Prepared, prepare
from gis.walking.search import nearest

LIMIT_M = 1_000.0
FOOTPRINTS = 1_500
WIDE_M = 30.0
Floats = npt.NDArray[np.float64]


def run(size: str) -> Row:
    """One polygon, ours and two recipes, on a synthetic city of the size of row `circles`."""
    layers = place(NODES[size])
    ready = prepare(layers)
    walk = graph(ready.network, METRES)
    limit = round(LIMIT_M * 1e6)
    Atlas.of(layers, ready).each(walk, np.array([0]), limit)  # compiled before the clock starts
    setup, atlas = timed(lambda: Atlas.of(layers, ready))
    first, _ = timed(lambda: atlas.each(walk, np.array([0]), limit))
    reached = nearest(walk, ready.building_links, ready.station_links, ready.direct, limit).covered(limit)
    witness = atlas.footprints.witness
    wrong: dict[str, int] = {}

    def agree(answers: dict[str, Any]) -> bool:
        for name, shape in answers.items():
            shapely.prepare(shape)
            wrong[name] = int((shapely.intersects(shape, witness) != reached).sum())
        return wrong["ours"] == 0

    row = compare(
        "polygon",
        size,
        lambda: atlas.each(walk, np.array([0]), limit)[0].shape,
        {"field": lambda: field_recipe(ready, layers), "buffer": lambda: buffer_recipe(ready, layers)},
        agree=agree,
        setup_s={"ours": setup + first},
        notes=[
            f"{FOOTPRINTS:,} footprints, {ready.network.edges:,} edges, {LIMIT_M:.0f} m, {STEP_M:.0f} m grid",
            f"set-up: the first drawing, which links its part of the ground, {first:.3f} s of it",
        ],
    )
    row.notes.append(
        "buildings contradicted: " + ", ".join(f"{name} {count}" for name, count in wrong.items())
    )
    return row


def place(nodes: int, *, seed: int = 9) -> Layers:
    """The streets of row `circles` with one station in the middle, and round it footprints, a river, compounds."""
    rng = np.random.default_rng(seed)
    network = streets(nodes)
    xy = network.node_xy_mm / 1000
    lines = np.asarray(shapely.linestrings(network.vertex_xy_mm.reshape(-1, 2, 2) / 1000), dtype=object)
    middle = xy[np.argmin(((xy - xy.mean(axis=0)) ** 2).sum(axis=1))]
    centre = middle + rng.uniform(-1, 1, (FOOTPRINTS, 2)) * LIMIT_M
    half = rng.uniform(4, 9, (FOOTPRINTS, 2))
    homes = shapely.box(*(centre - half).T, *(centre + half).T)
    corner = middle + rng.uniform(-0.8, 0.8, (12, 2)) * LIMIT_M
    yards = shapely.box(*corner.T, *(corner + np.array([120, 90])).T)
    river = shapely.LineString(middle + np.array([[-3000, 500], [0, 350], [3000, 650]])).buffer(15)

    def frame(shapes: Any, **columns: Any) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(columns, geometry=shapes, crs=network.crs)

    return Layers(
        frame(lines, code=[f"S{i}" for i in range(len(lines))]),
        frame(homes, code=[f"B{i}" for i in range(FOOTPRINTS)]),
        frame([shapely.Point(middle)], code=["T"]),
        frame([river], code=["R"], kind=["river"]),
        frame(yards, code=[f"C{i}" for i in range(len(yards))]),
        frame(shapely.points(corner + np.array([60, 0])), code=[f"G{i}" for i in range(len(corner))]),
    )


def _node_costs(ready: Prepared) -> Floats:
    """Metres from the station's node to every node."""
    net = ready.network
    both = np.concatenate((net.edge_u, net.edge_v)), np.concatenate((net.edge_v, net.edge_u))
    metres = np.tile(net.length_um / 1e6, 2)
    order = np.argsort(-metres, kind="stable")  # of parallel streets the shortest is written last
    keep = np.unique((both[0].astype(np.int64) * net.nodes + both[1])[order][::-1], return_index=True)[1]
    rows = order[::-1][keep]
    matrix = csr_array((metres[rows], (both[0][rows], both[1][rows])), shape=(net.nodes, net.nodes))
    link = np.flatnonzero(ready.station_links.point == 0)[0]
    edge, at = ready.station_links.edge[link], ready.station_links.position_um[link]
    source = net.edge_u[edge] if at * 2 < net.length_um[edge] else net.edge_v[edge]
    return np.asarray(dijkstra(matrix, indices=int(source), limit=LIMIT_M))


def _lines(ready: Prepared) -> Objects:
    net = ready.network
    number = np.repeat(np.arange(net.edges), np.diff(net.vertex_start))
    return np.asarray(shapely.linestrings(net.vertex_xy_mm / 1000, indices=number), dtype=object)


def _near(ready: Prepared, cost: Floats) -> Bools:
    """Edges that touch what is reached."""
    return np.asarray(np.isfinite(cost[ready.network.edge_u]) | np.isfinite(cost[ready.network.edge_v]))


def _water(layers: Layers) -> shapely.Geometry:
    assert layers.barriers is not None
    return shapely.union_all(layers.barriers.geometry.to_numpy())


def field_recipe(ready: Prepared, layers: Layers) -> shapely.Geometry:
    """A 10 m field with library calls: nearest street of every node of the grid, costs, contour, minus water."""
    net, cost = ready.network, _node_costs(ready)
    mine = np.flatnonzero(_near(ready, cost))
    lines = _lines(ready)[mine]
    left, bottom, right, top = shapely.total_bounds(lines)
    x, y = np.meshgrid(np.arange(left, right, STEP_M), np.arange(bottom, top, STEP_M))
    points = np.asarray(shapely.points(x.ravel(), y.ravel()), dtype=object)
    at, line = shapely.STRtree(lines).query_nearest(points, max_distance=150.0, all_matches=False)
    along = shapely.line_locate_point(lines[line], points[at])
    leg = shapely.distance(lines[line], points[at])
    edge = mine[line]
    length = net.length_um[edge] / 1e6
    whole = np.minimum(cost[net.edge_u[edge]] + along, cost[net.edge_v[edge]] + length - along) + leg
    value = np.full(x.size, 2 * LIMIT_M)
    value[at] = np.minimum(whole, 2 * LIMIT_M)
    filled = contourpy.contour_generator(x, y, value.reshape(x.shape), fill_type="OuterOffset").filled(
        -1.0, LIMIT_M
    )
    shapes = [
        shapely.Polygon(p[: o[1]], [p[a:b] for a, b in pairwise(o[1:])]) for p, o in zip(*filled, strict=True)
    ]
    return shapely.difference(shapely.union_all(shapely.make_valid(shapes)), _water(layers))


def buffer_recipe(ready: Prepared, layers: Layers) -> shapely.Geometry:
    """The streets between reached nodes, widened by 30 m and united, minus water: the common short recipe."""
    cost = _node_costs(ready)
    inside = np.isfinite(cost[ready.network.edge_u]) & np.isfinite(cost[ready.network.edge_v])
    wide = shapely.union_all(shapely.buffer(_lines(ready)[inside], WIDE_M))
    return shapely.difference(wide, _water(layers))
