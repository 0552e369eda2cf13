"""What a place keeps between edits: buildings, doors, barriers and walls, which no edit moves, and where stations stand."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS

from gis.walking.compounds import Compounds, read_compounds
from gis.walking.incremental.streets import Rows
from gis.walking.leaving import Doors
from gis.walking.model import Floats, Int32s, Int64s, Objects
from gis.walking.network import build_network, declared_crs
from gis.walking.obstacles import Obstacles, obstacles
from gis.walking.places import inside_of, knives_of, to_mm
from gis.walking.prepare import Layers, Place, place_of
from gis.walking.walls import Walled, with_walls


@dataclass(frozen=True, slots=True)
class Ground:
    """What no edit changes. Rows are building rows; `box` (b, 4) are the bounds of the buildings in mm, nan for none.

    `shape` are the footprints as given in `source`; their millimetres are made again where they are needed, so
    that a million of them are not held twice. `inside` is the compound of each building, -1 for none.
    """

    crs: CRS
    source: CRS
    shape: Objects
    box: Floats
    inside: Int32s
    doors: Doors
    door_box: Floats
    barriers: Objects
    knives: Objects
    blocks: Obstacles

    def footprints(self, rows: Int64s) -> Objects:
        """The footprints of some buildings in whole mm, as `places.to_mm` makes them."""
        return to_mm(gpd.GeoDataFrame(geometry=self.shape[rows], crs=self.source), self.crs)

    def near(self, boxes: Floats, reach_mm: float) -> Int64s:
        """The buildings whose footprint's or door's bounds are within reach of one of the boxes (k, 4), rising."""
        if not len(boxes):
            return np.empty(0, dtype=np.int64)
        whole = np.concatenate((boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)))
        some = _near(self.box, whole, reach_mm)
        doors = _near(self.door_box, whole, reach_mm)
        found = [some[_near(self.box[some], box, reach_mm)] for box in boxes]
        found += [self.doors.point[doors[_near(self.door_box[doors], box, reach_mm)]] for box in boxes]
        return np.unique(np.concatenate(found))


@dataclass(frozen=True, slots=True)
class Stations:
    """Where stations stand: the geometry they leave from (mm), their own building and their compound (-1: none)."""

    shape: Objects
    home: Int32s
    inside: Int32s


@dataclass(frozen=True, slots=True)
class State:
    """A place between two edits. `rows` tells which edges come from which street."""

    ground: Ground
    compounds: Compounds
    walled: Walled
    rows: Rows
    stations: Stations

    @classmethod
    def of(cls, layers: Layers, crs: CRS) -> State:
        """Read once in full: as long as a preparation takes without its linking."""
        network, _ = build_network(layers.streets, crs)
        compounds = read_compounds(layers.compounds, layers.gates, crs)
        place = place_of(layers, with_walls(network, compounds), compounds, crs, barriers=True)
        blocks = obstacles(place.barriers, place.is_wall, compounds.shape, place.buildings)
        return cls(
            _ground(layers, place, blocks, crs),
            compounds,
            place.walled,
            Rows.of(layers.streets, place.walled.network),
            Stations(place.stations, place.home_of_station, inside_of(place.stations, compounds.shape)),
        )


def _ground(layers: Layers, place: Place, blocks: Obstacles, crs: CRS) -> Ground:
    order = np.argsort(place.doors.point, kind="stable")
    doors = Doors(place.doors.point[order], place.doors.geometry[order])
    return Ground(
        crs=crs,
        source=declared_crs(layers.buildings),
        shape=np.asarray(layers.buildings.geometry.array, dtype=object),
        box=shapely.bounds(place.buildings).reshape(-1, 4),
        inside=inside_of(place.buildings, place.compounds.shape),
        doors=doors,
        door_box=shapely.bounds(doors.geometry).reshape(-1, 4),
        barriers=place.barriers,
        knives=knives_of(place.barriers),
        blocks=blocks,
    )


def _near(boxes: Floats, box: Floats, reach_mm: float) -> Int64s:
    """Rows of boxes (k, 4) within reach of one box, along each axis; nan is near nothing."""
    found = np.flatnonzero((boxes[:, 0] <= box[2] + reach_mm) & (boxes[:, 2] >= box[0] - reach_mm))
    high = (boxes[found, 1] <= box[3] + reach_mm) & (boxes[found, 3] >= box[1] - reach_mm)
    return np.asarray(found[high], dtype=np.int64)
