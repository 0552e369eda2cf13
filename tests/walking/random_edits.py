"""Random edits of a random town: every kind, streets that end on others, cross them, or pass a wall."""

from __future__ import annotations

import numpy as np
import shapely

from gis.base.crs import LONLAT, transformer
from gis.walking.edit_kinds import (
    AddStation,
    AddStreet,
    CloseStation,
    Edit,
    MoveStation,
    RemoveStreet,
    SetGate,
    SetStationHours,
)
from gis.walking.model import GateAccess
from gis.walking.prepare import Layers

from .towns import ORIGIN, PLANE


def lonlat(x: float, y: float) -> tuple[float, float]:
    """A place in metres from the towns' origin."""
    lon, lat = transformer(PLANE, LONLAT).transform(x + ORIGIN[0], y + ORIGIN[1])
    return float(lon), float(lat)


def random_edit(rng: np.random.Generator, layers: Layers, number: int) -> Edit:
    """One edit that these layers allow; `number` makes its code a new one."""
    kind = int(rng.choice(7, p=[0.18, 0.15, 0.09, 0.03, 0.15, 0.2, 0.2]))
    if kind < 4:
        return _station_edit(rng, layers, number, kind)
    if kind == 4 and layers.gates is not None:
        return SetGate(str(rng.choice(layers.gates["code"].to_numpy())), str(rng.choice(list(GateAccess))))
    if kind == 5 and len(layers.streets) > 20:
        return RemoveStreet(str(rng.choice(layers.streets["code"].to_numpy())))
    line = tuple(_on_street(rng, layers) for _ in range(rng.integers(2, 4)))
    if len(set(line)) < 2:
        line = (line[0], _place(rng, layers))
    return AddStreet(
        f"S{rng.integers(10_000):05}x{number}",
        line,
        bridge=bool(rng.random() < 0.3),
        foot_forward=bool(rng.random() < 0.9),
        foot_backward=bool(rng.random() < 0.9),
        steps=bool(rng.random() < 0.1),
        slope_pct=float(rng.choice([0.0, 7.0])),
    )


def _station_edit(rng: np.random.Generator, layers: Layers, number: int, kind: int) -> Edit:
    station = str(rng.choice(layers.stations["code"].to_numpy()))
    if kind == 0:
        return AddStation(f"N{rng.integers(1000):04}x{number}", "a", "n", *_place(rng, layers))
    if kind == 1:
        return MoveStation(station, *_place(rng, layers))
    if kind == 2:
        return CloseStation(station)
    return SetStationHours(station, "Mo-Fr 08:00-18:00")


def _place(rng: np.random.Generator, layers: Layers) -> tuple[float, float]:
    """Anywhere in the town, a little outside of it, or in a building."""
    west, south, east, north = layers.streets.total_bounds - np.tile(ORIGIN, 2)
    if rng.random() < 0.3:
        home = layers.buildings.geometry.iloc[int(rng.integers(len(layers.buildings)))].centroid
        return lonlat(home.x - ORIGIN[0], home.y - ORIGIN[1])
    return lonlat(rng.uniform(west - 20, east + 20), rng.uniform(south - 20, north + 20))


def _on_street(rng: np.random.Generator, layers: Layers) -> tuple[float, float]:
    """A vertex of a street, a place on one, or any place."""
    if rng.random() < 0.4:
        return _place(rng, layers)
    line = layers.streets.geometry.iloc[int(rng.integers(len(layers.streets)))]
    at = line.interpolate(rng.random(), normalized=True)
    if rng.random() < 0.5:
        at = shapely.get_point(line, int(rng.integers(shapely.get_num_points(line))))
    return lonlat(at.x - ORIGIN[0], at.y - ORIGIN[1])
