"""What a circle must agree with, asked of the search and of plain geometry, and how far a drawing is from it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.walking.circles import Atlas
from gis.walking.cost import graph
from gis.walking.drawing.agree import DISC_M, STRIP_M
from gis.walking.model import METRES, Profile
from gis.walking.path import only_points, only_stations, part_lines
from gis.walking.prepare import Layers, prepare
from gis.walking.profiles import PROFILES
from gis.walking.search import nearest, reached_parts

from .towns import KINDS, frame, layers

SLACK_M = 0.001
LIMITS = (150_000_000, 300_000_000, 600_000_000)


@dataclass
class Place:
    """A place with its atlas, in one profile."""

    layers: Layers
    atlas: Atlas
    profile: Profile
    limits: tuple[int, ...]

    def __post_init__(self) -> None:
        self.prepared = self.atlas.prepared
        self.graph = graph(self.prepared.network, self.profile)
        self.stations = self.prepared.station_links.points


@dataclass
class Truth:
    """Per building whether it is within the limit, and the exact street parts that are."""

    reached: np.ndarray
    streets: np.ndarray


def random_place(seed: int) -> Place:
    """Places of every kind with footprints or points; walls and streams across them in two of three."""
    kind = KINDS[seed % len(KINDS)]
    given = layers(kind, seed, buildings=120, points=seed % 5 == 0, side=7)
    if seed % 3:
        rng = np.random.default_rng(seed)
        size = 660.0
        ends = rng.uniform(0, size, (3, 2, 2))
        wall, stream, railway = shapely.linestrings(ends)
        more = frame(
            [wall, stream.buffer(rng.uniform(0.5, 6)), railway],
            code=["W", "Q", "E"],
            kind=["wall", "river", "railway"],
        )
        known = [more] if given.barriers is None else [given.barriers, more]
        given = replace(given, barriers=gpd.GeoDataFrame(pd.concat(known, ignore_index=True), crs=more.crs))
    profile = METRES if seed % 2 else PROFILES["elderly"]
    limits = LIMITS if profile.is_metres else tuple(limit * 1000 // profile.speed_mm_s for limit in LIMITS)
    step = 25.0 if seed % 7 == 6 else 10.0
    return Place(given, Atlas.of(given, prepare(given), step), profile, limits)


def truth(place: Place, station: int, limit: int) -> Truth:
    """The truth of one station, by a search of its own."""
    ready, rows = place.prepared, np.array([station])
    links = only_points(ready.station_links, rows)
    direct = only_stations(ready.direct, rows, place.stations)
    found = nearest(place.graph, ready.building_links, links, direct, limit)
    parts = reached_parts(place.graph, links, limit)
    lines = part_lines(ready.network, parts.edge, parts.from_um, parts.to_um)
    return Truth(found.covered(limit), lines)


def faults(place: Place, shape: shapely.Geometry, told: Truth) -> dict[str, float]:
    """Every promise of the drawing that `shape` breaks, by name, with how far."""
    homes = place.atlas.footprints
    found: dict[str, float] = {
        "invalid": float(not shapely.is_valid(shape) or shape.geom_type != "MultiPolygon"),
        "street_outside_m": float(shapely.length(shapely.difference(told.streets, shape)).sum()),
        "contradicted": float((shapely.intersects(shape, homes.witness) != told.reached).sum()),
    }
    water = shapely.union_all(homes.water)
    over = shapely.intersection(shapely.union_all(told.streets), water)
    mine = told.reached
    allowed = shapely.union_all(
        [
            shapely.buffer(over, STRIP_M + SLACK_M),
            *shapely.buffer(homes.shape[mine & homes.filled], SLACK_M),
            *shapely.buffer(homes.witness[mine & ~homes.filled], DISC_M + SLACK_M),
        ]
    )
    wet = shapely.difference(shapely.intersection(shape, water), allowed)
    found["over_water_m2"] = float(shapely.area(wet))
    return {name: value for name, value in found.items() if value > 1e-6}
