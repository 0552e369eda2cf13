"""What an edit changes of the stored answers: rows of layers that differ, circles that may."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from gis.base.crs import project_xy
from gis.coverage.world import Reached, World
from gis.walking.edit_kinds import (
    AddStation,
    AddStreet,
    Edit,
    RemoveStreet,
    SetGate,
)
from gis.walking.model import METRES, Int64s, Objects, Profile
from gis.walking.profiles import PROFILES


@dataclass(frozen=True, slots=True)
class LayerChange:
    """A stored layer, the buildings (rows of the place) whose answer differs, and their new answers."""

    layer: int
    rows: Int64s
    reached: Reached


def layer_changes(
    before: World, after: World, layers: Iterable[tuple[int, tuple[str, ...], str]]
) -> list[LayerChange]:
    """The changes of stored layers (id, station types, cost) from one place to the next."""
    return [_layer_change(before, after, *one) for one in layers]


def _layer_change(before: World, after: World, layer: int, types: tuple[str, ...], cost: str) -> LayerChange:
    profile = _profile(cost)
    old, new = before.reached(types, profile), after.reached(types, profile)
    links, new_links = before.prepared().building_links, after.prepared().building_links
    differs = (links.quality != new_links.quality) | (links.reason != new_links.reason)
    differs |= (old.nearest.cost != new.nearest.cost) | (old.nearest.second_cost != new.nearest.second_cost)
    codes = np.append(before.stations["code"].to_numpy(dtype=str)[old.stations], "")
    new_codes = np.append(after.stations["code"].to_numpy(dtype=str)[new.stations], "")
    number = {code: at for at, code in enumerate(new_codes)}
    same = np.array([number.get(code, -2) for code in codes])
    none = len(new_codes) - 1
    for mine, others in (
        (old.nearest.station, new.nearest.station),
        (old.nearest.second_station, new.nearest.second_station),
    ):
        differs |= same[mine] != np.where(others < 0, none, others)
    return LayerChange(layer, np.flatnonzero(differs), new)


def _profile(cost: str) -> Profile:
    return METRES if cost == METRES.name else PROFILES[cost]


def rows_of(world: World, changes: Sequence[LayerChange], ids: Int64s) -> pd.DataFrame:
    """The changed rows as columns of `reach`; `ids` (s,) are the ids of the stations of `world`."""
    links, buildings = world.prepared().building_links, world.buildings["id"].to_numpy()
    parts = []
    for one in changes:
        near, rows = one.reached.nearest, one.rows
        whose = np.append(ids[one.reached.stations], 0)
        parts.append(
            pd.DataFrame(
                {
                    "layer_id": one.layer,
                    "building_id": buildings[rows],
                    "station_id": _known(whose[near.station[rows]], near.station[rows]),
                    "cost": _known(near.cost[rows], near.station[rows]),
                    "second_station_id": _known(whose[near.second_station[rows]], near.second_station[rows]),
                    "second_cost": _known(near.second_cost[rows], near.second_station[rows]),
                    "quality": links.quality[rows],
                    "reason": links.reason[rows],
                }
            )
        )
    columns = [
        "layer_id",
        "building_id",
        "station_id",
        "cost",
        "second_station_id",
        "second_cost",
        "quality",
        "reason",
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _known(values: Int64s, station: np.ndarray) -> pd.api.extensions.ExtensionArray:
    """Whole numbers, missing where there is no station."""
    return pd.arrays.IntegerArray(values.astype(np.int64), station < 0)


def touched_circles(before: World, after: World, edits: Sequence[Edit]) -> pd.DataFrame:
    """Stations (station_id, distance_m) and how far each is from what was changed: 0 for a station changed itself.

    Stations of which nothing can have changed are left out.
    """
    shapes, own = [], set()
    for edit in edits:
        if isinstance(edit, AddStreet | RemoveStreet | SetGate):
            shapes += _places(before, after, edit)
        elif not isinstance(edit, AddStation):
            own.add(edit.code)
    stations = before.stations
    distance = np.full(len(stations), np.inf)
    if shapes:
        there = _plane(np.array(shapes, dtype=object), before)
        place = shapely.union_all(there)
        distance = shapely.distance(_plane(stations.geometry.to_numpy(), before), place)
    distance[stations["code"].isin(own).to_numpy()] = 0.0
    near = np.isfinite(distance)
    return pd.DataFrame({"station_id": stations["id"].to_numpy()[near], "distance_m": distance[near]})


def _places(before: World, after: World, edit: AddStreet | RemoveStreet | SetGate) -> list[shapely.Geometry]:
    """Where an edit changes the ways: its street, or its gate and the compound whose homes may leave by it."""
    if not isinstance(edit, SetGate):
        lines: list[shapely.Geometry] = []
        for world in (before, after):
            streets = world.layers.streets
            lines += streets.geometry.to_numpy()[(streets["code"] == edit.code).to_numpy()].tolist()
        return lines
    gates, compounds = before.layers.gates, before.layers.compounds
    if gates is None:
        return []
    row = (gates["code"] == edit.code).to_numpy()
    found: list[shapely.Geometry] = gates.geometry.to_numpy()[row].tolist()
    if compounds is not None and len(compounds):
        near = shapely.dwithin(compounds.geometry.to_numpy(), found[0], 0.001)
        found += compounds.geometry.to_numpy()[near].tolist()
    return found


def _plane(shapes: Objects, world: World) -> Objects:
    """Shapes in lon/lat in the plane of the walk, in metres."""
    crs = world.prepared().crs
    moved: Objects = shapely.transform(
        shapes, lambda xy: np.column_stack(project_xy(xy[:, 0], xy[:, 1], crs))
    )
    return moved
