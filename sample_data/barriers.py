"""What stops a walker: the river with its sandbars, the railway, and walls with openings at their gates."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.base.crs import LONLAT
from sample_data import names
from sample_data.areas import rings
from sample_data.compounds import Compounds
from sample_data.layout import Layout
from sample_data.network import BRIDGE, Network, bend_points
from sample_data.plane import Plane
from sample_data.subdivide import BOTTOM, LEFT, RIGHT, TOP, Ints

OPENING_CM = 210  # half the width of a gate
BAR_CM = 13_000  # half the length of a sandbar
BAR_REACH = 0.64  # how far across the river a sandbar comes


def sandbars(layout: Layout, net: Network) -> Ints:
    """Flat x of the sandbars' tips: in the middle of the widest gaps between bridges and railway."""
    over = net.node[net.u[net.crossing == BRIDGE], 0]
    fixed = np.unique(np.concatenate([over, [layout.rail_x, layout.land[2, LEFT], layout.land[3, RIGHT]]]))
    gaps = np.diff(fixed)
    wide = np.flatnonzero(gaps > 3 * BAR_CM)
    wide = wide[np.argsort(-gaps[wide], kind="stable")][: max(1, len(fixed) // 2)]
    return np.sort((fixed[wide] + fixed[wide + 1]) // 2)


def shore_y(layout: Layout, bars: Ints, x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Flat y of the southern shore at `x` (n,): the edge of the river's band, further out at sandbars."""
    low, high = layout.river
    shore = np.full(len(x), float(low))
    for bar in bars:
        off = np.clip(np.abs(x - bar) / BAR_CM, 0.0, 1.0)
        shore += (high - low) * BAR_REACH * np.cos(off * np.pi / 2) ** 2
    return shore


def river_polygon(layout: Layout, bars: Ints, plane: Plane) -> shapely.Polygon:
    """The water in lon/lat: the river's band less the sandbars on its southern side."""
    high = layout.river[1]
    left, right = layout.outer[:, LEFT].min() - 25_000, layout.outer[:, RIGHT].max() + 25_000
    x = np.arange(left, right + 1, 2000, dtype=np.float64)
    fine = np.unique(np.concatenate([x, *(np.arange(b - BAR_CM, b + BAR_CM + 1, 1300.0) for b in bars)]))
    shore = shore_y(layout, bars, fine)
    ring = np.concatenate(
        [np.column_stack([fine, shore]), np.column_stack([fine[::-1], np.full(len(fine), float(high))])]
    )
    return shapely.Polygon(plane.lonlat(ring))


def _railway(layout: Layout, plane: Plane) -> shapely.LineString:
    bottom, top = layout.outer[:, BOTTOM].min() - 20_000, layout.outer[:, TOP].max() + 20_000
    y = np.arange(bottom, top + 1, 3000, dtype=np.float64)
    return shapely.LineString(plane.lonlat(np.column_stack([np.full(len(y), layout.rail_x), y])))


def compound_rings(c: Compounds, longest_cm: int) -> npt.NDArray[np.object_]:
    """Flat polygons of the compounds; every gate is a vertex, and no side is straight for long."""
    b = c.box
    corners = [b[:, [i, j]] for i, j in ((LEFT, BOTTOM), (RIGHT, BOTTOM), (RIGHT, TOP), (LEFT, TOP))]
    bends = [
        bend_points(p, q, longest_cm)[0] for p, q in zip(corners, corners[1:] + corners[:1], strict=True)
    ]
    return rings(b, np.concatenate([*corners, *bends, c.gates[["x", "y"]].to_numpy(dtype=np.int64)]))


def walls(c: Compounds, longest_cm: int) -> tuple[npt.NDArray[np.object_], Ints]:
    """Flat lines of the walls, open at every gate that is ever open; returns lines and their compounds."""
    rows = np.flatnonzero(c.walled)
    lines = shapely.boundary(compound_rings(c, longest_cm)[rows])
    gates = c.gates[c.gates["access"] != "closed"]
    x, y = gates["x"].to_numpy(), gates["y"].to_numpy()
    holes = shapely.box(x - OPENING_CM, y - OPENING_CM, x + OPENING_CM, y + OPENING_CM)
    order = np.searchsorted(gates["compound"].to_numpy(), np.arange(len(c.kind) + 1))
    most = int(np.diff(order).max(initial=0))
    for nth in range(most):
        at = order[rows] + nth
        has = at < order[rows + 1]
        lines[has] = shapely.difference(lines[has], holes[at[has]])
    parts, owner = shapely.get_parts(shapely.line_merge(lines), return_index=True)
    return parts, rows[owner]


def make_barriers(
    layout: Layout, net: Network, c: Compounds, compound_names: npt.NDArray[np.object_], plane: Plane
) -> gpd.GeoDataFrame:
    """The barrier layer: code, kind, name, geometry."""
    river = river_polygon(layout, sandbars(layout, net), plane)
    parts, owner = walls(c, round(layout.spec.bend_m * 100))
    lines = shapely.transform(parts, plane.lonlat)
    table = pd.DataFrame(
        {
            "kind": ["river", "railway", *(["wall"] * len(lines))],
            "name": [names.RIVER, names.RAILWAY, *[f"{compound_names[o]}围墙" for o in owner]],
        }
    )
    table.insert(0, "code", [f"W{i + 1:06d}" for i in range(len(table))])
    return gpd.GeoDataFrame(table, geometry=[river, _railway(layout, plane), *lines], crs=LONLAT)


def gate_points(c: Compounds, compound_codes: npt.NDArray[np.object_], plane: Plane) -> gpd.GeoDataFrame:
    """The gate layer: code, compound, access, hours, geometry."""
    g = c.gates
    xy = plane.lonlat(g[["x", "y"]].to_numpy())
    table = pd.DataFrame(
        {
            "code": [f"G{i + 1:06d}" for i in range(len(g))],
            "compound": compound_codes[g["compound"].to_numpy()],
            "access": g["access"].to_numpy(),
            "hours": g["hours"].to_numpy(),
        }
    )
    return gpd.GeoDataFrame(table, geometry=shapely.points(xy), crs=LONLAT)


def single_gate(c: Compounds, compound_codes: npt.NDArray[np.object_]) -> pd.DataFrame:
    """Planted truth: walled compounds that one gate alone serves."""
    open_gates = c.gates[c.gates["access"].isin(["public", "resident"])]
    counts = open_gates.groupby("compound")["side"].transform("size")
    alone = open_gates[counts == 1]
    gate_codes = np.array([f"G{i + 1:06d}" for i in range(len(c.gates))], dtype=object)
    return pd.DataFrame(
        {"compound": compound_codes[alone["compound"].to_numpy()], "gate": gate_codes[alone.index.to_numpy()]}
    )
