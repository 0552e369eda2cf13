"""Overlaps and enclosed gaps between sibling areas of one file, as problems of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.areas.tiling import TOLERANCE_M2, overlaps
from gis.base.crs import to_metric
from gis.base.errors import Problem


@dataclass(frozen=True, slots=True)
class Tiling:
    """Pairs of rows that overlap (`first`, `second`, `area_m2`) and the enclosed gaps of each group of siblings."""

    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    area_m2: npt.NDArray[np.float64]
    gaps: list[tuple[str, float, str]]

    @property
    def overlap_m2(self) -> float:
        """Square metres of all overlaps, each pair counted."""
        return float(self.area_m2.sum())


def _gaps(
    shapes: npt.NDArray[np.object_], group: npt.NDArray[np.int64], names: list[str]
) -> list[tuple[str, float, str]]:
    found = []
    for number, name in enumerate(names):
        union = shapely.union_all(shapes[group == number])
        polygons = shapely.get_parts(union)
        rings, _ = shapely.get_rings(polygons, return_index=True)
        outer = set(shapely.to_wkb(shapely.get_exterior_ring(polygons)))
        holes = [shapely.Polygon(ring) for ring in rings if shapely.to_wkb(ring) not in outer]
        found += [
            (name, hole.area, "{:.1f}, {:.1f}".format(*hole.exterior.coords[0]))
            for hole in holes
            if hole.area > TOLERANCE_M2
        ]
    return found


def check_tiling(shapes: npt.ArrayLike, group: pd.Series[Any]) -> Tiling:
    """Overlaps above 1 m², largest first, between areas (lon/lat) of the same group, and gaps enclosed by a group.

    `group` names each area's siblings (level and parent). Missing shapes are left out.
    """
    array = np.asarray(shapes, dtype=object)
    present = np.flatnonzero(~shapely.is_missing(array))
    empty = np.empty(0, dtype=np.int64)
    if not len(present):
        return Tiling(empty, empty, np.empty(0), [])
    codes, names = pd.factorize(group.iloc[present])
    found = overlaps(array[present], group=codes)
    metric, _ = to_metric(array[present])
    return Tiling(
        present[found["a"]],
        present[found["b"]],
        found["area_m2"].to_numpy(),
        _gaps(metric, codes, list(names)),
    )


def tiling_problems(tiling: Tiling, codes: pd.Series[Any]) -> tuple[list[Problem], list[Problem]]:
    """Overlaps and gaps as row problems and notes."""
    shared = [
        Problem(
            int(b) + 1,
            "geometry",
            "overlap",
            f"与 {codes.iloc[a]} 重叠 {area:.1f} 平方米",
            f"overlaps {codes.iloc[a]} by {area:.1f} m²",
            f"{codes.iloc[a]} × {codes.iloc[b]}: {area:.1f} m²",
        )
        for a, b, area in zip(tiling.first, tiling.second, tiling.area_m2, strict=True)
    ]
    gaps = [
        Problem(
            None,
            "geometry",
            "gap",
            f"{name} 内有空隙 {area:.1f} 平方米",
            f"a gap of {area:.1f} m² inside {name}",
            place,
        )
        for name, area, place in tiling.gaps
    ]
    return shared, gaps
