"""Circles, first version: reached street parts, buffered, minus water. A drawing; nobody counts by it.

Named provisional in every place that stores or shows it: the contour of the exact field replaces it later.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from gis.walking.field import within
from gis.walking.model import Network, Objects
from gis.walking.path import Coordinates, part_coordinates, part_lines
from gis.walking.search import Parts

CIRCLE_VERSION = "0.1"
BESIDE_STREET_M = 30.0
"""How far beside a reached street the drawing extends: the depth of a row of buildings."""

CELL_M = 10.0
BRIDGE_STRIP_M = 1.0
_TOLERANCE_M = 1.0


def circle_polygons(
    network: Network, parts: Parts, places: Coordinates, water: npt.ArrayLike = ()
) -> Objects:
    """One valid MultiPolygon a station in the network's CRS (metres), empty where it reaches no street.

    `places` (s, 2) are the stations' coordinates in the order of `parts.origin`; `water` polygons (rivers,
    lakes) are cut out, except a strip along reached bridges.
    """
    count = len(places)
    xy, begin = part_coordinates(network, parts.edge, parts.from_um, parts.to_um)
    inside = np.ones(max(len(xy) - 1, 0), dtype=bool)
    inside[begin[1:-1] - 1] = False  # from the end of one part to the beginning of the next
    segments = np.concatenate([xy[:-1], xy[1:]], axis=1)[inside]
    pieces = np.add.reduceat(inside, begin[:-1]) if len(parts.edge) else np.empty(0, np.int64)
    owner = np.repeat(parts.origin, pieces)
    bounds = np.searchsorted(owner, np.arange(count + 1))
    drawn = np.full(count, shapely.MultiPolygon(), dtype=object)
    for each in np.flatnonzero(np.diff(bounds)):
        itself = np.concatenate([places[each], places[each]])[None, :]
        mine = np.concatenate([segments[bounds[each] : bounds[each + 1]], itself])
        drawn[each] = within(mine, BESIDE_STREET_M, CELL_M)
    # keeping topology while simplifying costs ten times more than repairing the few that lose it
    smooth = as_multipolygons(shapely.simplify(drawn, _TOLERANCE_M, preserve_topology=False))
    return _without_water(network, parts, smooth, np.asarray(water, dtype=object))


def _without_water(network: Network, parts: Parts, polygons: Objects, water: Objects) -> Objects:
    water = water[shapely.get_dimensions(water) == 2] if len(water) else water
    if not len(water):
        return polygons
    station, wet = shapely.STRtree(water).query(polygons, predicate="intersects")
    dry, strips = polygons.copy(), _bridge_strips(network, parts, len(polygons))
    at_water = np.unique(station)
    for each in at_water:  # few stations stand at the water
        cut = shapely.union_all(water[wet[station == each]])
        dry[each] = shapely.difference(polygons[each], cut)
        if strips[each] is not None:
            dry[each] = shapely.union(dry[each], strips[each])
    dry[at_water] = as_multipolygons(dry[at_water])
    return dry


def _bridge_strips(network: Network, parts: Parts, count: int) -> Objects:
    """Per station the strip along its reached bridges, None without any."""
    strips = np.full(count, None, dtype=object)
    over = network.bridge[parts.edge]
    if not over.any():
        return strips
    lines = part_lines(network, parts.edge[over], parts.from_um[over], parts.to_um[over])
    bridges = shapely.multilinestrings(lines, indices=parts.origin[over], out=strips)
    return np.asarray(shapely.buffer(bridges, BRIDGE_STRIP_M, cap_style="flat"))


def as_multipolygons(geometries: npt.ArrayLike) -> Objects:
    """Valid MultiPolygons of any valid or invalid areas; lines and points that repair leaves over are dropped."""
    array = np.array(geometries, dtype=object, ndmin=1)
    broken = ~shapely.is_valid(array)
    array[broken] = shapely.make_valid(array[broken])
    pieces, owner = shapely.get_parts(array, return_index=True)
    inner, inside = shapely.get_parts(pieces, return_index=True)  # collections that repair makes
    areas = shapely.get_dimensions(inner) == 2
    out = np.full(len(array), shapely.MultiPolygon(), dtype=object)
    return np.asarray(shapely.multipolygons(inner[areas], indices=owner[inside][areas], out=out))
