"""From the contour to the drawing: minus water, then footprints, street strips and witnesses, each over the last.

Only what stands at the edge of the contour is drawn one by one: a footprint wholly inside it needs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from gis.walking.drawing.footprints import Footprints
from gis.walking.drawing.shapes import as_multipolygons, united
from gis.walking.model import Bools, Floats, Int64s, Objects

STRIP_M = 0.5
"""Half the width of the strip along reached street parts."""
DISC_M = 0.25


@dataclass(frozen=True, slots=True)
class Told:
    """What the drawing has to agree with: buildings (rows of the footprints), which are reached, reached streets."""

    rows: Int64s
    reached: Bools
    streets: Objects


@dataclass(frozen=True, slots=True)
class Drawing:
    """A valid MultiPolygon in metres of the plane, and how far it had to be corrected.

    `buildings` were compared; `corrected` of them were on the wrong side of the bare contour, `contradicted` still
    are: two buildings on one and the same place of which one is reached.
    """

    shape: shapely.MultiPolygon
    buildings: int
    corrected: int
    contradicted: int


EMPTY = Drawing(shapely.MultiPolygon(), 0, 0, 0)


def agreed(contour: shapely.Geometry, told: Told, ground: Footprints) -> Drawing:
    """Bring a contour into agreement, by the priorities of `docs/walking_rules.md`, "The drawing"."""
    water = _near_water(contour, told, ground)
    area = contour if shapely.is_valid(contour) else shapely.make_valid(contour)
    if water is not None:
        area = shapely.difference(area, water)
    there = ~shapely.is_missing(ground.witness[told.rows])
    rows, reached = told.rows[there], told.reached[there]
    witness = ground.witness[rows]
    shapely.prepare(area)
    corrected = int((shapely.intersects(area, witness) != reached).sum())
    area = _with_footprints(area, ground.shape[rows][ground.filled[rows]], reached[ground.filled[rows]])
    area = _with_strips(area, told.streets, water)
    area = _with_discs(area, rows, reached, told.streets, ground)
    shape = as_multipolygons([area])[0]
    shapely.prepare(shape)
    left = int((shapely.intersects(shape, witness) != reached).sum())
    return Drawing(shape, len(rows), corrected, left)


def _near_water(contour: shapely.Geometry, told: Told, ground: Footprints) -> shapely.Geometry | None:
    """The water beside the contour and the reached streets, None without any."""
    if not len(ground.water):
        return None
    bounds = shapely.total_bounds(np.array([contour, *told.streets], dtype=object))
    if not np.isfinite(bounds).all():
        return None
    frame = shapely.buffer(shapely.box(*bounds), 2 * STRIP_M, join_style="mitre")
    near = ground.water[shapely.intersects(frame, ground.water)]
    return shapely.union_all(shapely.clip_by_rect(near, *frame.bounds)) if len(near) else None


def _with_footprints(area: shapely.Geometry, shape: Objects, reached: Bools) -> shapely.Geometry:
    """Reached footprints added, then those not reached taken away."""
    shapely.prepare(area)
    add = shape[reached & ~shapely.covers(area, shape)]
    if len(add):
        area = united(area, add)
        shapely.prepare(area)
    cut = shape[~reached & shapely.intersects(area, shape)]
    return shapely.difference(area, shapely.union_all(cut)) if len(cut) else area


def _with_strips(
    area: shapely.Geometry, streets: Objects, water: shapely.Geometry | None
) -> shapely.Geometry:
    """The strip along every reached street part that is not deep inside already.

    Over water only where the street itself is: whoever walks over water does so on a bridge.
    """
    shapely.prepare(area)
    edge = shapely.boundary(area)
    shapely.prepare(edge)
    lines = streets[~shapely.covers(area, streets) | shapely.dwithin(edge, streets, STRIP_M)]
    if not len(lines):
        return area
    strips = shapely.union_all(shapely.buffer(lines, STRIP_M, quad_segs=2))
    if water is not None and shapely.intersects(water, strips):
        over = shapely.intersection(shapely.union_all(lines), water)
        strips = shapely.union(
            shapely.difference(strips, water),
            shapely.intersection(shapely.buffer(over, STRIP_M, cap_style="flat"), strips),
        )
    return shapely.union(area, strips)


def _with_discs(
    area: shapely.Geometry, rows: Int64s, reached: Bools, streets: Objects, ground: Footprints
) -> shapely.Geometry:
    """Discs round the witnesses that stand on the wrong side of the outline, or nearer to it than a disc is wide."""
    witness = ground.witness[rows]
    shapely.prepare(area)
    edge = shapely.boundary(area)
    shapely.prepare(edge)
    need = (shapely.intersects(area, witness) != reached) | shapely.dwithin(edge, witness, DISC_M)
    if not need.any():
        return area
    radius = _radii(witness, reached, need, streets)
    discs = shapely.buffer(witness[need], radius, quad_segs=4)
    for_in = reached[need]
    at_home = (
        ground.filled[rows[need]] & for_in
    )  # a disc does not leave its footprint, which may stand by water
    discs[at_home] = shapely.intersection(discs[at_home], ground.shape[rows[need]][at_home])
    area = united(area, discs[for_in])
    cut = discs[~for_in]
    return shapely.difference(area, shapely.union_all(cut)) if len(cut) else area


def _radii(witness: Objects, reached: Bools, need: Bools, streets: Objects) -> Floats:
    """At most DISC_M and half the way to a witness of the other kind; to a reached street, where it is cut out."""
    radius = np.full(int(need.sum()), DISC_M)
    for kind in (True, False):
        mine = np.flatnonzero(need & (reached == kind))
        others = witness[reached != kind] if kind else np.concatenate((witness[reached], streets))
        at, far = shapely.STRtree(others).query_nearest(
            witness[mine], max_distance=2 * DISC_M, return_distance=True, all_matches=False
        )
        where = np.cumsum(need)[mine[at[0]]] - 1
        radius[where] = np.minimum(radius[where], far / 2)
    return radius
