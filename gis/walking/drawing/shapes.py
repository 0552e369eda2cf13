"""Areas united and repaired."""

from __future__ import annotations

import numpy as np
import shapely

from gis.walking.model import Objects


def united(area: shapely.Geometry, others: Objects) -> shapely.Geometry:
    """An area and others as one."""
    return shapely.union_all(np.array([area, *others], dtype=object))


def joined(faces: Objects) -> shapely.Geometry:
    """Faces that share their corners as one area; the quick way, as long as they do share all of them."""
    whole = shapely.coverage_union_all(faces)
    return whole if shapely.is_valid(whole) else shapely.union_all(faces)


def as_multipolygons(geometries: object) -> Objects:
    """Valid MultiPolygons of any valid or invalid areas; lines and points that repair leaves over are dropped."""
    array = np.array(geometries, dtype=object, ndmin=1)
    broken = ~shapely.is_valid(array)
    array[broken] = shapely.make_valid(array[broken])
    pieces, owner = shapely.get_parts(array, return_index=True)
    inner, inside = shapely.get_parts(pieces, return_index=True)  # collections that repair makes
    areas = shapely.get_dimensions(inner) == 2
    out = np.full(len(array), shapely.MultiPolygon(), dtype=object)
    if not areas.any():
        return out
    return np.asarray(shapely.multipolygons(inner[areas], indices=owner[inside][areas], out=out))
