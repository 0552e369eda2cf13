"""Which community each building is of, and sums by community: worked out once a place, one pass a sum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.coverage import numbers
from gis.coverage.kept import kept
from gis.coverage.world import World
from gis.walking.model import Int64s

Floats = npt.NDArray[np.float64]
LEVEL = "community"


def communities(world: World, area: str | None) -> Int64s:
    """Rows (c) of the areas: the communities in the subtree of an area; all for None."""
    return numbers.areas_listed(world.areas, LEVEL, area)


def number_of(world: World, listed: Int64s) -> Int64s:
    """Per building (b) its community's place in `listed` (c), -1 where its community is not among them."""
    return _numbers(world, listed)[community_of(world)]


def station_number_of(world: World, listed: Int64s, placed: Mapping[str, int | None] | None = None) -> Int64s:
    """The same for every station (s) by where it stands; `placed` are the grids of some, by code."""
    stations = world.stations[["grid_id"]]
    if placed:
        known = world.stations["code"]
        stations = stations.assign(grid_id=known.map(placed).where(known.isin(placed), stations["grid_id"]))
    return _numbers(world, listed)[numbers.area_of(stations, world.areas, LEVEL)]


def community_of(world: World) -> Int64s:
    """Row in the areas of each building's community, -1 for none."""
    return kept(world, ("members", LEVEL), lambda: numbers.area_of(world.buildings, world.areas, LEVEL))


def _numbers(world: World, listed: Int64s) -> Int64s:
    number = np.full(len(world.areas) + 1, -1, np.int64)  # the last one catches the area -1
    number[listed] = np.arange(len(listed))
    return number


def households(world: World) -> Int64s:
    """Households of every building (b), 0 where they were not counted."""
    return kept(world, ("members", "households"), lambda: numbers.people(world.buildings)["households"])


def sums(world: World, listed: Int64s, *columns: npt.NDArray[Any]) -> list[Floats]:
    """Columns (b) summed by the communities `listed` (c)."""
    community = number_of(world, listed)
    mine = community >= 0
    at, count = community[mine], len(listed)
    return [
        np.bincount(at, weights=column[mine], minlength=count).astype(np.float64) for column in columns
    ]  # fmt: skip


def named(world: World, listed: Int64s) -> list[tuple[str, str]]:
    """Code and name of the communities `listed`."""
    rows = world.areas.iloc[listed]
    return list(zip(rows["code"].astype(str), rows["name"].astype(str), strict=True))
