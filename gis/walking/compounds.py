"""Walled compounds and their gates: who may pass where."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS

from gis.walking.columns import booleans, words
from gis.walking.model import Bools, GateAccess, Int32s, Objects
from gis.walking.places import has_area, to_mm

GATE_TO_WALL_MM = 20_000.0
PATH_TO_GATE_MM = 5_000.0

_ACCESS = {
    "public": GateAccess.PUBLIC,
    "yes": GateAccess.PUBLIC,
    "permissive": GateAccess.PUBLIC,
    "公共": GateAccess.PUBLIC,
    "resident": GateAccess.RESIDENT,
    "residents": GateAccess.RESIDENT,
    "private": GateAccess.RESIDENT,
    "居民": GateAccess.RESIDENT,
    "staff": GateAccess.STAFF,
    "职工": GateAccess.STAFF,
    "closed": GateAccess.CLOSED,
    "no": GateAccess.CLOSED,
    "关闭": GateAccess.CLOSED,
}


@dataclass(frozen=True, slots=True)
class Compounds:
    """Walled compounds (polygons, mm) and the gates in their walls (points moved onto the wall, mm).

    `gate_compound` is -1 for a gate farther than 20 m from its wall, which nobody can pass. `outward` and
    `inward` say who may pass: residents' gates are one-way, staff and closed gates are passed by nobody.
    """

    code: Objects
    shape: Objects
    gate_code: Objects
    gate_compound: Int32s
    gate_point: Objects
    outward: Bools
    inward: Bools

    @classmethod
    def none(cls) -> Compounds:
        """No walls at all."""
        nothing, flags = np.empty(0, dtype=object), np.empty(0, dtype=np.bool_)
        return cls(nothing, nothing, nothing, np.empty(0, np.int32), nothing, flags, flags)


def read_compounds(
    compounds: gpd.GeoDataFrame | None,
    gates: gpd.GeoDataFrame | None,
    crs: CRS,
    *,
    open_all_gates: bool = False,
    usable: Bools | None = None,
) -> Compounds:
    """Compounds (code, walled: default true) and gates (code, compound, access: default public) in `crs`.

    A gate belongs to the compound its `compound` names, else to the nearest wall. `usable` can shut gates
    (one boolean a gate row: their hours); `open_all_gates` lets everybody through every gate.
    """
    if compounds is None or not len(compounds):
        return Compounds.none()
    shape = to_mm(compounds, crs)
    walled = booleans(compounds, "walled", True) & has_area(shape)
    code, shape = words(compounds, "code")[walled], shape[walled]
    if not len(shape):
        return Compounds.none()
    if gates is None:
        gates = gpd.GeoDataFrame(geometry=[], crs=compounds.crs)
    point, belongs = _on_walls(gates, code, shape, crs)
    access = [_ACCESS.get((word or "public").lower(), GateAccess.CLOSED) for word in words(gates, "access")]
    public = np.array([item == GateAccess.PUBLIC for item in access], dtype=np.bool_)
    resident = np.array([item == GateAccess.RESIDENT for item in access], dtype=np.bool_)
    fits = belongs >= 0
    if usable is not None:
        fits &= usable
    outward = fits & (public | resident | open_all_gates)
    inward = fits & (public | open_all_gates)
    return Compounds(code, shape, words(gates, "code"), belongs, point, outward, inward)


def _on_walls(gates: gpd.GeoDataFrame, code: Objects, shape: Objects, crs: CRS) -> tuple[Objects, Int32s]:
    point = shapely.centroid(to_mm(gates, crs))
    wall = shapely.boundary(shape)
    named = {name: number for number, name in enumerate(code) if name is not None}
    belongs = np.array([named.get(word, -1) for word in words(gates, "compound")], dtype=np.int32)
    there = ~shapely.is_missing(point) & ~shapely.is_empty(point)
    lost = np.flatnonzero((belongs < 0) & there)
    if len(lost):
        belongs[lost] = shapely.STRtree(wall).nearest(point[lost])
    near = np.zeros(len(point), dtype=np.bool_)
    near[there] = shapely.distance(point[there], wall[belongs[there]]) <= GATE_TO_WALL_MM
    belongs[~near] = -1
    line = shapely.shortest_line(wall[belongs[near]], point[near])
    moved = point.copy()
    moved[near] = shapely.transform(shapely.get_point(line, 0), np.rint)
    return moved, belongs
