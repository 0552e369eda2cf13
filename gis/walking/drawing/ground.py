"""The open ground of a place: how any point of it is linked to the streets, by the rules for buildings.

A point of the ground is linked as a building that is known only as a point, with one difference: no footprint
stands in its way, because footprints are drawn by their own costs afterwards.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
import shapely

from gis.walking.compounds import Compounds
from gis.walking.drawing.faces import Faces, crossed_faces
from gis.walking.gateways import mapped, through_gates, within_compound
from gis.walking.kernels import Places
from gis.walking.link import Leaving, Ways, as_links, link_all
from gis.walking.link_arrays import World
from gis.walking.model import Direct, Floats, Int32s, Int64s, Objects
from gis.walking.places import inside_of
from gis.walking.walls import Walled

TILE = 64
"""Nodes of the grid along one side of a tile."""
_KEPT_TILES = 512


@dataclass(frozen=True, slots=True)
class Links:
    """Links of ground points in rows (`start`, points + 1): edge, position µm, leg µm; and the direct pairs.

    `connector_m` is the shortest connector of each point: NaN without any, 0 inside a compound, where the length
    of a connector is not limited.
    """

    start: Int64s
    edge: Int32s
    position_um: Int64s
    leg_um: Int64s
    direct: Direct
    connector_m: Floats

    def places(self, speed_mm_s: int) -> Places:
        """The links as the kernels want them: legs as costs at a profile's speed (mm/s)."""
        return Places(self.start, self.edge, self.position_um, self.leg_um * 1000 // speed_mm_s)


@dataclass(frozen=True, slots=True)
class Tile:
    """TILE × TILE nodes, row by row from the south-west, then the faces' own points: the links of all of them.

    `faces` are the pieces of the cells (to the north-east of each node) that a wall or a barrier crosses.
    """

    links: Links
    faces: Faces


@dataclass(slots=True)
class Ground:
    """What linking a point of the ground needs, and the tiles of the grid that were linked so far.

    `step_m` is the distance of the grid's nodes, which stand on its multiples. `lines` is an index of the
    segments of walls and barriers, `goals` are the departures of stations inside compounds with their ways.
    """

    step_m: float
    world: World
    walled: Walled
    compounds: Compounds
    barriers: Objects
    gate_ways: Ways
    goals: Leaving
    goal_ways: Ways
    lines: shapely.STRtree
    _tiles: OrderedDict[tuple[int, int], Tile] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def tile(self, column: int, row: int) -> Tile:
        """The tile whose first node stands at column · TILE · step, row · TILE · step; linked once, then kept."""
        with self._lock:
            if (found := self._tiles.get((column, row))) is not None:
                self._tiles.move_to_end((column, row))
                return found
        made = self._make(column, row)  # two threads may make the same tile: both are right
        with self._lock:
            self._tiles[column, row] = made
            while len(self._tiles) > _KEPT_TILES:
                self._tiles.popitem(last=False)
        return made

    def _make(self, column: int, row: int) -> Tile:
        step = self.step_m * 1000.0
        origin = np.array([column, row]) * (TILE * step)
        across, upward = np.meshgrid(np.arange(TILE) * step, np.arange(TILE) * step)
        nodes = np.column_stack((across.ravel(), upward.ravel())) + origin
        faces, inner = crossed_faces(self.lines, origin, step, TILE)
        return Tile(self.link(np.concatenate((nodes, inner))), faces)

    def link(self, xy_mm: Floats) -> Links:
        """Link points (k, 2) in mm of the plane; the numbers of stations in `direct` are those of the place."""
        points = np.asarray(shapely.points(np.rint(xy_mm)), dtype=object)
        count = len(points)
        number, nobody = np.arange(count, dtype=np.int32), np.full(count, -1, dtype=np.int32)
        side = inside_of(points, self.compounds.shape)
        leaving = Leaving(number, points, nobody, side, np.zeros(count, dtype=np.uint8))
        ways, why = link_all(leaving, self.world, threads=1)
        direct = Direct.none()
        if (side >= 0).any():
            direct = within_compound(
                leaving, self.goals, ways, self.goal_ways, self.walled, self.compounds, self.barriers
            )
            on_path = mapped(leaving, ways, self.walled, self.walled.leads_out)
            rows = np.flatnonzero((side >= 0) & ~on_path)
            ways = ways.plus(
                through_gates(
                    leaving, rows, self.compounds, self.compounds.outward, self.gate_ways, self.barriers
                )
            )
        links = as_links(ways, why, why)
        start = np.zeros(count + 1, np.int64)
        np.cumsum(np.bincount(links.point, minlength=count), out=start[1:])
        connector = np.full(count, np.nan)
        linked = start[1:] > start[:-1]
        connector[linked] = links.leg_um[start[:-1][linked]] / 1e6  # the shortest comes first
        connector[side >= 0] = 0.0
        return Links(start, links.edge, links.position_um, links.leg_um, direct, connector)
