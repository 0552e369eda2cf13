"""Where points are left: mapped entrances, else the façade, else the point; both sides of a barrier."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from gis.walking.compounds import Compounds
from gis.walking.link import Leaving
from gis.walking.model import Bools, Int32s, Int64s, Objects, Quality, Uint8s
from gis.walking.places import TOUCH_MM, cut_away, has_area, inside_of


@dataclass(frozen=True, slots=True)
class Doors:
    """Mapped entrances (points, mm) and the point (building row) each belongs to."""

    point: Int64s
    geometry: Objects


def leave(shapes: Objects, own: Int32s, doors: Doors, knives: Objects, compounds: Compounds) -> Leaving:
    """The departures of points with the geometries `shapes` (mm, None where unknown) and own buildings `own`."""
    side = inside_of(shapes, compounds.shape)
    with_door = np.zeros(len(shapes), dtype=np.bool_)
    with_door[doors.point] = True
    there = np.flatnonzero(~shapely.is_missing(shapes) & ~with_door)
    body = shapes[there]
    lost = ~has_area(body) & (shapely.get_type_id(body) != 0)
    body[lost] = shapely.centroid(body[lost])
    quality = np.where(has_area(body), Quality.FACADE, Quality.POINT)
    quality[lost] = Quality.CENTROID
    body, back, _ = cut_away(body, knives)
    quality, point = quality[back], there[back]
    body, point, quality = _one_side(body, point, quality, side, compounds)
    door_side = _door_sides(doors, side, compounds)
    point = np.concatenate((point, doors.point))
    return Leaving(
        point=point.astype(np.int32),
        geometry=np.concatenate((body, doors.geometry)),
        own=own[point],
        side=np.concatenate((side[point[: len(body)]], door_side)).astype(np.int32),
        quality=np.concatenate((quality, np.full(len(doors.point), Quality.ENTRANCE))).astype(np.uint8),
    )


def _one_side(
    body: Objects, point: Int64s, quality: Uint8s, side: Int32s, compounds: Compounds
) -> tuple[Objects, Int64s, Uint8s]:
    """Footprints across a wall keep only the part on their own side of it."""
    if not len(compounds.shape):
        return body, point, quality
    mine = side[point]
    inside = np.flatnonzero((mine >= 0) & has_area(body))
    across = inside[~shapely.covers(compounds.shape[mine[inside]], body[inside])]
    part = shapely.intersection(body[across], compounds.shape[mine[across]])
    body[across] = np.where(shapely.area(part) > 0, part, body[across])
    outside = mine < 0
    kept, back, _ = cut_away(body[outside], compounds.shape)
    rows = np.flatnonzero(outside)[back]
    return (
        np.concatenate((body[~outside], kept)),
        np.concatenate((point[~outside], point[rows])),
        np.concatenate((quality[~outside], quality[rows])),
    )


def _door_sides(doors: Doors, side: Int32s, compounds: Compounds) -> Int32s:
    """An entrance on or outside the wall (within 0.1 m of it) leads outside; the others to the gates."""
    mine = side[doors.point].copy()
    rows = np.flatnonzero(mine >= 0)
    yard = compounds.shape[mine[rows]]
    deep = shapely.contains(yard, doors.geometry[rows])
    deep &= shapely.distance(shapely.boundary(yard), doors.geometry[rows]) > TOUCH_MM
    mine[rows[~deep]] = -1
    return mine


def quality_of(leaving: Leaving, points: int, linked: Bools) -> Uint8s:
    """The best quality (lowest number) among the departures of each point, linked ones first; 0 for none."""
    answer = np.full(points, 99, dtype=np.uint8)
    np.minimum.at(
        answer, leaving.point, np.where(linked, leaving.quality, leaving.quality + 20).astype(np.uint8)
    )
    answer[answer == 99] = Quality.NONE
    return np.where(answer >= 20, answer - 20, answer).astype(np.uint8)
