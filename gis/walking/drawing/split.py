"""A dissolved drawing split by the nearest station: every point belongs to one, none to two."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from gis.walking.drawing.field import Field, area_within, window
from gis.walking.drawing.shapes import as_multipolygons, united
from gis.walking.kernels import UNREACHABLE
from gis.walking.model import Int64s, Objects

_BESIDE = 2  # nodes round a part, for its outline


def split(field: Field, whole: shapely.MultiPolygon, stations: int, cap: int) -> Objects:
    """The part of `whole` that is nearest to each of the `stations`, by the field's costs; they do not overlap.

    What no node decides goes to the part beside it. `cap` as for `area_within`.
    """
    drawn = np.full(stations, shapely.MultiPolygon(), dtype=object)
    left: shapely.Geometry = whole
    for station, about in _surroundings(field, stations):
        nodes, faces = _behind(about.best, station, cap), _behind(about.crossed.best, station, cap)
        mine = shapely.make_valid(area_within(about, nodes, faces, 0, cap, bounded=False))
        drawn[station] = shapely.intersection(left, mine)
        left = shapely.difference(left, mine)
    return as_multipolygons(_with_rest(drawn, left))


def _surroundings(field: Field, stations: int) -> Iterator[tuple[int, Field]]:
    """Each station that is the nearest somewhere, with the part of the field where it is nearest or second."""
    low, high = np.full((stations, 2), np.iinfo(np.int64).max), np.full((stations, 2), -1)
    crossed = field.crossed
    faces = np.diff(crossed.start)
    cells = np.column_stack((np.repeat(crossed.row, faces), np.repeat(crossed.column, faces)))
    row, column = np.nonzero(field.best[..., 0] < UNREACHABLE)
    nodes = np.column_stack((row, column))
    present = np.unique(field.best[row, column, 1])
    for place, best in ((nodes, field.best[row, column]), (cells, crossed.best)):
        for cost, whose in ((0, 1), (2, 3)):
            known = best[:, cost] < UNREACHABLE
            np.minimum.at(low, best[known, whose], place[known])
            np.maximum.at(high, best[known, whose], place[known])
    for station in present:
        (south, west), (north, east) = np.maximum(low[station] - _BESIDE, 0), high[station] + _BESIDE + 1
        yield int(station), window(field, int(south), int(west), int(north), int(east))


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
