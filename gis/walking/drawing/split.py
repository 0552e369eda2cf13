"""A dissolved drawing split by the nearest station: every point belongs to one, none to two."""

from __future__ import annotations

import numpy as np
import shapely

from gis.walking.drawing.field import Field, area_within
from gis.walking.drawing.shapes import as_multipolygons, united
from gis.walking.kernels import UNREACHABLE
from gis.walking.model import Int64s, Objects


def split(field: Field, whole: shapely.MultiPolygon, stations: int, cap: int) -> Objects:
    """The part of `whole` that is nearest to each of the `stations`, by the field's costs; they do not overlap.

    What no node decides goes to the part beside it. `cap` as for `area_within`.
    """
    drawn = np.full(stations, shapely.MultiPolygon(), dtype=object)
    present = np.unique(field.best[..., 1][field.best[..., 0] < UNREACHABLE])
    left: shapely.Geometry = whole
    for station in present:
        nodes, faces = _behind(field.best, station, cap), _behind(field.crossed.best, station, cap)
        mine = shapely.make_valid(area_within(field, nodes, faces, 0, cap, bounded=False))
        drawn[station] = shapely.intersection(left, mine)
        left = shapely.difference(left, mine)
    return as_multipolygons(_with_rest(drawn, left))


def _behind(best: Int64s, station: int, cap: int) -> Int64s:
    """How much farther a station is than the nearest other one: negative where it is the nearest itself."""
    lead = np.minimum(best[..., 2] - best[..., 0], cap)
    first, second = best[..., 1] == station, best[..., 3] == station
    answer: Int64s = np.where(first, -lead - 1, np.where(second, lead, cap))
    return answer


def _with_rest(drawn: Objects, rest: shapely.Geometry) -> Objects:
    pieces = shapely.get_parts(rest)
    pieces = pieces[shapely.get_dimensions(pieces) == 2]
    if not len(pieces) or shapely.is_empty(drawn).all():
        return drawn
    piece, owner = shapely.STRtree(drawn).query_nearest(pieces, all_matches=False)
    for number in np.unique(owner):
        drawn[number] = united(drawn[number], pieces[piece[owner == number]])
    return drawn
