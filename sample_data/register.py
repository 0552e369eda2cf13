"""The layers of what stands on the ground: buildings, entrances, compounds and streets as frames."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.base.crs import LONLAT
from sample_data.barriers import compound_rings
from sample_data.blocks import Words
from sample_data.buildings import Buildings
from sample_data.compounds import Compounds
from sample_data.layout import Layout
from sample_data.network import BRIDGE, FOOTBRIDGE, KINDS, LEVEL_CROSSING, UNDERPASS, Network, slopes
from sample_data.people import make_people
from sample_data.plane import Plane
from sample_data.shapes import TOWER, footprints, lower_points, upper_points
from sample_data.spec import Spec, rng_for
from sample_data.subdivide import TOP, Ints

USE_NAMES = {"school": "教学楼", "civic": "办公楼", "commercial": "商场", "industrial": "厂房"}


def codes(prefix: str, n: int) -> Words:
    """Codes prefix + serial of one width, so that text order is number order."""
    width = max(5, len(str(n)))
    return np.array([f"{prefix}{i + 1:0{width}d}" for i in range(n)], dtype=object)


def _lines(net: Network, spec: Spec, plane: Plane) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.float64]]:
    """The edges as lon/lat lines that follow the bent ground, and their lengths in metres."""
    bends, owner = net.bends(round(spec.bend_m * 100))
    n = len(net.u)
    flat = np.concatenate([net.node[net.u], bends, net.node[net.v]])
    edge = np.concatenate([np.arange(n), owner, np.arange(n)])
    order = np.argsort(edge, kind="stable")
    flat, edge = flat[order], edge[order]
    metres = plane.metres(flat)
    step = np.hypot(*np.diff(metres, axis=0).T) * (edge[1:] == edge[:-1])
    lines: npt.NDArray[np.object_] = np.asarray(shapely.linestrings(plane.lonlat(flat), indices=edge))
    return lines, np.bincount(edge[1:], step, n).astype(np.float64)


def make_streets(
    net: Network, label: Words, layout: Layout, plane: Plane
) -> tuple[gpd.GeoDataFrame, npt.NDArray[np.float64]]:
    """The street layer and the lengths in metres; one line an edge, from u to v."""
    lines, length = _lines(net, layout.spec, plane)
    crossing = net.crossing
    over = (crossing == BRIDGE) | (crossing == FOOTBRIDGE)
    table = pd.DataFrame(
        {
            "code": codes("L", len(net.u)),
            "name": label,
            "kind": np.array([KINDS[k] for k in range(5)], dtype=object)[net.rank],
            "foot_forward": True,
            "foot_backward": True,
            "steps": crossing == FOOTBRIDGE,
            "slope_pct": slopes(net, layout, length),
            "level": np.select([over, crossing == UNDERPASS], [1, -1], 0),
            "bridge": over,
            "tunnel": crossing == UNDERPASS,
        }
    )
    table.loc[crossing == FOOTBRIDGE, "kind"] = "steps"
    for kind, end in (
        (BRIDGE, "大桥"),
        (UNDERPASS, "地道桥"),
        (LEVEL_CROSSING, "道口"),
        (FOOTBRIDGE, "天桥"),
    ):
        rows = np.flatnonzero(crossing == kind)
        table.loc[table.index[rows], "name"] = [_meeting(label, net, int(r)) + end for r in rows]
    return gpd.GeoDataFrame(table, geometry=lines, crs=LONLAT), length


def stem(street: str) -> str:
    """The name of a street without its ending."""
    return street.rstrip("大街道路巷胡同")


def _meeting(label: Words, net: Network, row: int) -> str:
    """The stem of a street that meets the crossing."""
    meets = np.flatnonzero(
        ((net.u == net.u[row]) | (net.v == net.u[row]) | (net.u == net.v[row]) | (net.v == net.v[row]))
        & (net.crossing == 0)
    )
    named = [str(label[m]) for m in meets if label[m] is not None]
    return stem(named[0]) if named else "江湾"


def make_compound_layer(c: Compounds, label: Words, spec: Spec, plane: Plane) -> gpd.GeoDataFrame:
    """The compound layer: code, name, kind, walled, geometry."""
    shapes = shapely.transform(compound_rings(c, round(spec.bend_m * 100)), plane.lonlat)
    table = pd.DataFrame({"code": codes("C", len(c.kind)), "name": label, "kind": c.kind, "walled": c.walled})
    return gpd.GeoDataFrame(table, geometry=shapes, crs=LONLAT)


def _block_streets(layout: Layout, streets: gpd.GeoDataFrame, plane: Plane) -> Words:
    """The named street nearest to the middle of each block's lower side."""
    b = layout.block_box.astype(np.float64)
    middle = shapely.points(plane.lonlat(np.column_stack([(b[:, 0] + b[:, 2]) / 2, b[:, 1]])))
    named = streets[streets["name"].notna() & ~streets["bridge"] & ~streets["tunnel"]]
    block, line = shapely.STRtree(named.geometry.values).query_nearest(middle, all_matches=False)
    out = np.empty(len(b), dtype=object)
    out[block] = named["name"].to_numpy()[line]
    return out


def make_building_layer(
    layout: Layout, b: Buildings, c: Compounds, compounds: gpd.GeoDataFrame, streets: gpd.GeoDataFrame,
    plane: Plane, seed: int,
) -> gpd.GeoDataFrame:  # fmt: skip
    """The building layer with its counts of people."""
    n = len(b.box)
    shapes = footprints(b.box, b.shape, plane)
    owner = np.where(b.inside, c.of_block[b.block], -1)
    area = (b.box[:, 2] - b.box[:, 0]) * (b.box[:, 3] - b.box[:, 1]) / 1e4
    kind = np.where(c.of_block[b.block] >= 0, c.kind[c.of_block[b.block]], "").astype(object)
    people = make_people(
        layout.spec, b.use, b.storeys, area, kind, grid=layout.block_grid[b.block], seed=seed
    )
    home = np.isin(b.use.astype(str), ["residential", "house"])
    group = np.where(owner >= 0, owner, len(c.kind) + b.block)
    number = np.zeros(n, dtype=np.int64)
    number[home] = pd.Series(group[home]).groupby(group[home]).cumcount().to_numpy() + 1
    estate = np.where(owner >= 0, compounds["name"].to_numpy()[owner], "").astype(object)
    road = _block_streets(layout, streets, plane)[b.block]
    door = 1 + 2 * (layout.block_box[b.block, 0] // 1500 % 400)
    title = [
        f"{e}{k}号楼" if k else (e or stem(r)) + USE_NAMES[u] if u in USE_NAMES else None
        for e, k, u, r in zip(estate, number, b.use, road, strict=True)
    ]
    address = [f"{r}{d}号{k}号楼" if k else f"{r}{d}号" for r, d, k in zip(road, door, number, strict=True)]
    table = pd.DataFrame(
        {
            "code": codes("B", n), "name": title, "use": b.use, "storeys": b.storeys,
            "compound": np.where(owner >= 0, compounds["code"].to_numpy()[owner], None), "address": address,
        }
    )  # fmt: skip
    return gpd.GeoDataFrame(pd.concat([table, people], axis=1), geometry=shapes, crs=LONLAT)


def make_entrances(
    spec: Spec, b: Buildings, codes_of: Words, hosts: Ints, plane: Plane, seed: int
) -> gpd.GeoDataFrame:
    """Doors on façades: staircases of flats, and one door for each building that hosts a station (`hosts`)."""
    rng = rng_for(seed, "entrances")
    flats = np.flatnonzero(b.use == "residential")
    width = (b.box[flats, 2] - b.box[flats, 0]) / 100.0
    most = spec.entrances_per_building
    doors = np.where(b.shape[flats] == TOWER, 1, np.clip(np.rint(width / 15.0), 1, most)).astype(np.int64)
    owner = np.repeat(flats, doors)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(doors) - doors, doors)
    count = np.repeat(doors, doors)
    share = (nth + 0.5 + rng.uniform(-0.12, 0.12, len(owner))) / count
    points = upper_points(b.box[owner], b.shape[owner], share, plane)
    public = np.setdiff1d(hosts[hosts >= 0], flats)
    upper = b.front[public] == TOP
    front = np.where(
        upper[:, None],
        upper_points(b.box[public], b.shape[public], np.full(len(public), 0.5), plane),
        lower_points(b.box[public], plane),
    )
    owner, points = np.concatenate([owner, public]), np.concatenate([points, front])
    table = pd.DataFrame({"code": codes("E", len(owner)), "building": codes_of[owner]})
    return gpd.GeoDataFrame(table, geometry=shapely.points(points), crs=LONLAT)
