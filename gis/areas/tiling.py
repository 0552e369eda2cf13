"""Do the areas of one level tile their parents: overlaps, gaps and parts outside, in square metres.

Measured in the plane system of the data's middle longitude. What is smaller than the tolerance (1 m²) is the
sliver of two drawings of one line, not a fault.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from gis.base.crs import LONLAT, metric_crs, to_metric, transform

Shapes = npt.NDArray[np.object_]

TOLERANCE_M2 = 1.0


def overlaps(
    shapes: npt.ArrayLike, *, group: npt.ArrayLike | None = None, tolerance_m2: float = TOLERANCE_M2
) -> gpd.GeoDataFrame:
    """Pairs of lon/lat polygons (n,) that share ground: columns a < b (positions), area_m2, geometry.

    Neighbours that only share a border are no pair, nor are polygons of different `group` (n,). Largest first.
    """
    metric, crs = _metric(shapes)
    a, b = shapely.STRtree(metric).query(metric, predicate="intersects")
    pair = a < b
    if group is not None:
        owner = np.asarray(group)
        pair &= owner[a] == owner[b]
    a, b = a[pair], b[pair]
    # Most neighbours only touch: for them no intersection need be computed.
    meet = shapely.relate_pattern(metric[a], metric[b], "T********")
    a, b = a[meet], b[meet]
    return _found({"a": a, "b": b}, shapely.intersection(metric[a], metric[b]), crs, tolerance_m2)


def gaps(
    shapes: npt.ArrayLike,
    parent: npt.ArrayLike,
    parents: npt.ArrayLike,
    *,
    tolerance_m2: float = TOLERANCE_M2,
) -> gpd.GeoDataFrame:
    """Ground of a parent that none of its children covers: columns parent (position), area_m2, geometry.

    `parent` (n,) is each child's position in `parents` (m,) lon/lat polygons, -1 none. One row a separate piece.
    """
    outlines, crs = _metric(parents)
    children, _ = _metric(shapes, crs)
    missing = shapely.difference(outlines, _united(children, np.asarray(parent), outlines.size))
    pieces, owner = shapely.get_parts(missing, return_index=True)
    return _found({"parent": owner}, pieces, crs, tolerance_m2)


def outside(
    shapes: npt.ArrayLike,
    parent: npt.ArrayLike,
    parents: npt.ArrayLike,
    *,
    tolerance_m2: float = TOLERANCE_M2,
) -> gpd.GeoDataFrame:
    """Children that reach beyond their parent or have none (-1): columns child, area_m2 outside, geometry."""
    children, crs = _metric(shapes)
    nothing = np.array([shapely.Polygon()], dtype=object)  # the last, which is the parent -1
    outlines = np.concatenate([_metric(parents, crs)[0], nothing])
    beyond = shapely.difference(children, outlines[np.asarray(parent, dtype=np.int64)])
    return _found({"child": np.arange(children.size)}, beyond, crs, tolerance_m2)


def _metric(shapes: npt.ArrayLike, crs: CRS | None = None) -> tuple[Shapes, CRS]:
    degrees = np.asarray(shapes, dtype=object)
    if not degrees.size:
        return degrees, crs or metric_crs(0.0)
    return to_metric(degrees, crs)


def _united(shapes: Shapes, owner: npt.NDArray[np.integer], count: int) -> Shapes:
    """The union of the shapes of each owner; empty where an owner has none."""
    united = np.full(count, shapely.Polygon(), dtype=object)
    order = np.argsort(owner, kind="stable")
    owners, first = np.unique(owner[order], return_index=True)
    groups = np.split(shapes[order], first[1:])
    for number, group in zip(owners, groups, strict=False):
        if number >= 0:
            united[number] = shapely.union_all(group)
    return united


def _found(
    columns: dict[str, npt.NDArray[np.integer]], shapes: npt.ArrayLike, crs: CRS, tolerance_m2: float
) -> gpd.GeoDataFrame:
    """The faults above the tolerance, back in degrees, largest first."""
    metric = np.asarray(shapes, dtype=object)
    area_m2 = shapely.area(metric)
    order = np.argsort(-area_m2, kind="stable")
    keep = order[area_m2[order] > tolerance_m2]
    frame = pd.DataFrame(
        {name: values[keep] for name, values in columns.items()} | {"area_m2": area_m2[keep]}
    )
    degrees = transform(metric[keep], crs, CRS.from_epsg(LONLAT)) if keep.size else metric[keep]
    return gpd.GeoDataFrame(frame, geometry=degrees, crs=LONLAT)
