"""The area layer: the administrative tree as polygons that tile their parents."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.base.crs import LONLAT
from sample_data import names
from sample_data.layout import Layout
from sample_data.plane import Plane
from sample_data.spec import rng_for
from sample_data.subdivide import BOTTOM, LEFT, RIGHT, TOP, Ints

_SHIFT = 1 << 32
COLUMNS = ["code", "level", "name", "parent", "kind", "grid_lead", "grid_worker", "substitute", "geometry"]


def rings(box: Ints, vertices: Ints) -> npt.NDArray[np.object_]:
    """Polygons (flat cm) of boxes (n, 4) whose sides carry every one of `vertices` (m, 2) lying on them.

    Neighbours so share all their vertices, and nothing opens between them when the plane is bent.
    """
    by_x = np.unique(vertices[:, 0] * _SHIFT + vertices[:, 1])
    by_y = np.unique(vertices[:, 1] * _SHIFT + vertices[:, 0])
    left, bottom, right, top = box.T
    runs = [  # key array, line, from, to, backwards; each run holds its start and not its end
        (by_y, bottom, left, right, False), (by_x, right, bottom, top, False),
        (by_y, top, left, right, True), (by_x, left, bottom, top, True),
    ]  # fmt: skip
    xs, ys, owners, orders = [], [], [], []
    for turn, (keys, line, low, high, backwards) in enumerate(runs):
        first = np.searchsorted(keys, line * _SHIFT + low)
        last = np.searchsorted(keys, line * _SHIFT + high)
        count = last - first
        owner = np.repeat(np.arange(len(box)), count)
        step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        at = np.repeat(first, count) + step + (1 if backwards else 0)
        along, fixed = keys[at] % _SHIFT, keys[at] // _SHIFT
        xs.append(along if keys is by_y else fixed)
        ys.append(fixed if keys is by_y else along)
        owners.append(owner)
        orders.append(turn * 1_000_000 + (1_000_000 - 1 - step if backwards else step))
    owner = np.concatenate(owners)
    order = np.lexsort((np.concatenate(orders), owner))
    xy = np.column_stack([np.concatenate(xs), np.concatenate(ys)])[order].astype(np.float64)
    return np.asarray(shapely.polygons(shapely.linearrings(xy, indices=owner[order])))


def _codes(layout: Layout) -> tuple[list[str], list[str], list[str], list[str]]:
    first = 199 - (layout.spec.districts - 1)
    district = [f"230{first + d}" for d in range(layout.spec.districts)]

    def children(parents: list[str], parent: Ints) -> list[str]:
        order = pd.Series(parent).groupby(parent).cumcount() + 1
        return [f"{parents[p]}{n:03d}" for p, n in zip(parent, order, strict=True)]

    sub = children(district, layout.district)
    comm = children(sub, layout.subdistrict)
    return district, sub, comm, children(comm, layout.community)


def _posts(community: Ints) -> pd.DataFrame:
    """Posts, not persons: a lead (网格长) for up to four grids, a worker a grid, the next grid's as substitute."""
    n = len(community)
    group = pd.Series(community).groupby(community)
    nth, size = group.cumcount().to_numpy(), group.transform("size").to_numpy()
    number = np.arange(n)
    following = np.where(nth + 1 < size, number + 1, number - size + 1)
    lead = np.cumsum(nth % 4 == 0)
    digits = max(4, len(str(n)))
    return pd.DataFrame(
        {
            "grid_lead": [f"网格长{i:0{digits}d}" for i in lead],
            "grid_worker": [f"网格员{i + 1:0{digits}d}" for i in number],
            "substitute": [f"网格员{i + 1:0{digits}d}" for i in following],
        }
    )


def make_areas(layout: Layout, nodes: Ints, plane: Plane, seed: int, dedicated: Ints) -> gpd.GeoDataFrame:
    """All six levels; `nodes` (n, 2) are the street nodes that borders must carry, `dedicated` grid positions."""
    box = layout.grid_box
    corners = [box[:, [a, b]] for a in (LEFT, RIGHT) for b in (BOTTOM, TOP)]
    flat = rings(box, np.concatenate([*corners, nodes]))
    shapes = shapely.transform(flat, plane.lonlat)
    rng = rng_for(seed, "area names")
    district, sub, comm, grid = _codes(layout)
    comm_names = names.community_names(len(comm), rng)
    sub_names = names.subdistrict_names(layout.spec.name, len(sub), rng)
    nth = pd.Series(layout.community).groupby(layout.community).cumcount().to_numpy() + 1
    frame = pd.DataFrame(
        {"code": grid, "level": "grid", "parent": np.array(comm, dtype=object)[layout.community]}
    )
    frame["name"] = [
        f"{comm_names[c]}第{names.numeral(int(k))}网格" for c, k in zip(layout.community, nth, strict=True)
    ]
    frame["kind"] = "comprehensive"
    frame.loc[dedicated, "kind"] = "dedicated"
    frame = frame.join(_posts(layout.community))
    geometry = [shapes]
    frames = [frame]
    level_of = layout.community
    for level, codes, label, parents in (
        ("community", comm, comm_names, [sub[i] for i in layout.subdistrict]),
        ("subdistrict", sub, sub_names, [district[i] for i in layout.district]),
        ("district", district, _district_names(len(district), rng), ["2301"] * len(district)),
        ("city", ["2301"], [names.CITY], ["23"]),
        ("province", ["23"], [names.PROVINCE], [None]),
    ):  # fmt: skip
        geometry.append(_dissolve(geometry[-1], level_of, len(codes)))
        frames.append(pd.DataFrame({"code": codes, "level": level, "name": list(label), "parent": parents}))
        level_of = {"community": layout.subdistrict, "subdistrict": layout.district}.get(
            level, np.zeros(len(codes), dtype=np.int64)
        )
    table = pd.concat(frames[::-1], ignore_index=True)
    merged = np.concatenate(geometry[::-1])
    multi = [shapely.multipolygons([g]) if g.geom_type == "Polygon" else g for g in merged]
    return gpd.GeoDataFrame(table, geometry=multi, crs=LONLAT)[COLUMNS]


def _district_names(n: int, rng: np.random.Generator) -> list[str]:
    drawn = names.draw(names.pairs("江河松云", "湾源岭岸"), n, rng)
    return [names.DISTRICT] if n == 1 else [f"{name}区" for name in drawn]


def _dissolve(parts: npt.NDArray[np.object_], group: Ints, n: int) -> npt.NDArray[np.object_]:
    """Union of tiles by group: shared edges vanish, all other vertices stay as they are."""
    order = np.argsort(group, kind="stable")
    bounds = np.searchsorted(group[order], np.arange(n + 1))
    out = np.empty(n, dtype=object)
    for i in range(n):
        out[i] = shapely.coverage_union_all(parts[order[bounds[i] : bounds[i + 1]]])
    return out
