"""Circles: drawings of what is within a limit of stations, in exact agreement with the distances.

A polygon draws the distances; nobody counts by it (`docs/walking_rules.md`, "The drawing").
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from gis.walking.cost import Graph, leg_cost
from gis.walking.drawing.agree import EMPTY, Drawing, Told, agreed
from gis.walking.drawing.field import BESIDE_M, Field, Goals, area_within, extent, field_of
from gis.walking.drawing.footprints import Footprints
from gis.walking.drawing.ground import Ground
from gis.walking.drawing.split import split
from gis.walking.drawing.survey import survey
from gis.walking.model import Bools, Direct, Int64s, Links, Objects
from gis.walking.path import only_points, part_lines
from gis.walking.prepare import Layers, Prepared
from gis.walking.search import Parts, places, reached_parts

CIRCLE_VERSION = "1.0"
"""The version of the drawing that every stored circle names, beside that of the rules."""
STEP_M, PREVIEW_STEP_M = 10.0, 25.0
_BEYOND_STEPS = 3  # the search goes on so far beyond the limit that nodes outside know their cost


@dataclass(frozen=True)
class Atlas:
    """A place that circles are drawn of, on a grid of one step; its ground is linked where it is first drawn."""

    prepared: Prepared
    ground: Ground
    footprints: Footprints

    @classmethod
    def of(
        cls, layers: Layers, prepared: Prepared, step_m: float = STEP_M, usable_gates: Bools | None = None
    ) -> Atlas:
        """The atlas of the place that `prepared` was made of (with these gates in use)."""
        ground, buildings = survey(layers, prepared, step_m, usable_gates=usable_gates)
        return cls(prepared, ground, buildings)

    def each(
        self, graph: Graph, rows: Int64s, limit: int, done: Callable[[int], None] | None = None
    ) -> list[Drawing]:
        """The circle of each of the stations `rows` (rising) by itself; `done` hears how many are drawn."""
        parts = reached_parts(graph, only_points(self.prepared.station_links, rows), limit)
        bounds = np.searchsorted(parts.origin, np.arange(len(rows) + 1))

        def one(index: int) -> Drawing:
            mine = slice(bounds[index], bounds[index + 1])
            goals = self._goals(graph, rows[index : index + 1], limit)
            return self._draw(goals, _only(parts, mine), limit)[0]

        drawn: list[Drawing] = []

        def add(drawing: Drawing) -> None:
            drawn.append(drawing)
            if done is not None:
                done(len(drawn))

        if len(rows):
            add(one(0))  # kernels are compiled before there are threads
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for drawing in pool.map(one, range(1, len(rows))):
                add(drawing)
        return drawn

    def dissolved(self, graph: Graph, rows: Int64s, limit: int) -> Drawing:
        """One drawing of what is within the limit of any of the stations: the minimum of all, one search."""
        return self._draw(self._goals(graph, rows, limit), self.streets(graph, rows, limit), limit)[0]

    def nearest(self, graph: Graph, rows: Int64s, limit: int) -> tuple[Objects, Drawing]:
        """The dissolved drawing split by the nearest station: a MultiPolygon a station, none overlap."""
        goals = self._goals(graph, rows, limit)
        drawing, field = self._draw(goals, self.streets(graph, rows, limit), limit)
        if field is None:
            return np.full(len(rows), shapely.MultiPolygon(), dtype=object), drawing
        return split(field, drawing.shape, len(rows), self._step_cost(graph)), drawing

    def streets(self, graph: Graph, rows: Int64s, limit: int) -> Parts:
        """The exact street parts from which any of the stations is within the limit; the origin is 0."""
        links = only_points(self.prepared.station_links, rows)
        one = np.zeros(1, np.uint8)
        every = Links(
            np.zeros_like(links.point), links.edge, links.position_um, links.leg_um, links.gate, one, one
        )
        return reached_parts(graph, every, limit)

    def _step_cost(self, graph: Graph) -> int:
        return int(leg_cost(round(self.ground.step_m * 1e6), graph.profile))

    def _goals(self, graph: Graph, rows: Int64s, limit: int) -> Goals:
        reach = limit + _BEYOND_STEPS * self._step_cost(graph)
        return Goals.of(graph, self.prepared.station_links, rows, reach)

    def _draw(self, goals: Goals, parts: Parts, limit: int) -> tuple[Drawing, Field | None]:
        """The drawing of some stations together, and its field; nothing where nothing is reached."""
        long = parts.to_um > parts.from_um
        lines = part_lines(self.prepared.network, parts.edge[long], parts.from_um[long], parts.to_um[long])
        homes = self._homes(goals, limit)
        near = self._near(goals, lines, homes)
        if not len(near):
            return EMPTY, None
        frame = extent(shapely.total_bounds(near).reshape(2, 2), BESIDE_M + 2 * self.ground.step_m)
        field = field_of(self.ground, goals, frame, near)
        contour = area_within(
            field, field.best[..., 0], field.crossed.best[:, 0], limit, self._step_cost(goals.graph)
        )
        rows = np.union1d(self.footprints.within(shapely.box(*frame)), homes)
        told = Told(rows, np.isin(rows, homes), lines)
        return agreed(contour, told, self.footprints), field

    def _homes(self, goals: Goals, limit: int) -> Int64s:
        """The buildings within the limit, rising: of those linked to streets with an end or a station within it,
        and those joined directly.
        """
        start, home = self._homes_of_edge
        ends, at_node = goals.graph.edges, goals.labels[:, 0] <= limit
        edges = np.union1d(np.flatnonzero(at_node[ends.u] | at_node[ends.v]), goals.links.edge)
        near = [home[start[edge] : start[edge + 1]] for edge in edges]
        direct = self.prepared.direct
        straight = direct.point[np.isin(direct.station, goals.rows)]
        chosen = np.unique(np.concatenate([*near, straight.astype(np.int64)]))
        points = places(only_points(self.prepared.building_links, chosen), goals.graph)
        number = np.searchsorted(chosen, direct.point)
        here = np.isin(direct.point, chosen)
        mine = Direct(number[here].astype(np.int32), direct.station[here], direct.leg_um[here])
        return chosen[goals.best(points, mine)[:, 0] <= limit]

    @cached_property
    def _homes_of_edge(self) -> tuple[Int64s, Int64s]:
        """Buildings linked to each edge: row starts (edges + 1), buildings."""
        links = self.prepared.building_links
        start = np.zeros(self.prepared.network.edges + 1, np.int64)
        np.cumsum(np.bincount(links.edge, minlength=self.prepared.network.edges), out=start[1:])
        return start, links.point[np.argsort(links.edge, kind="stable")].astype(np.int64)

    def _near(self, goals: Goals, lines: Objects, homes: Int64s) -> Objects:
        """What everything within the limit lies beside, in metres: streets, buildings, the stations' compounds."""
        inside = self.ground.goals
        yards = np.unique(inside.side[np.isin(inside.point, goals.rows)])
        bounds = shapely.bounds(self.ground.compounds.shape[yards]) / 1000.0
        boxes: Objects = np.asarray(shapely.box(*bounds.T), dtype=object)
        near: Objects = np.concatenate((lines, self.footprints.shape[homes], boxes))
        kept: Objects = near[~(shapely.is_missing(near) | shapely.is_empty(near))]
        return kept


def _only(parts: Parts, rows: slice) -> Parts:
    return Parts(parts.origin[rows], parts.edge[rows], parts.from_um[rows], parts.to_um[rows])


def disks(drawings: Sequence[shapely.Geometry]) -> list[shapely.Geometry]:
    """Drawings of rising limits as disks: each united with the smaller ones, so that they nest."""
    made: list[shapely.Geometry] = []
    for drawing in drawings:
        made.append(shapely.union(drawing, made[-1]) if made else drawing)
    return made
