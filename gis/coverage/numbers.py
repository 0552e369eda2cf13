"""Covered and total by area: sums over buildings, never over polygons."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.coverage.model import PEOPLE, AreaShares, Share
from gis.walking.model import Bools, Int64s

LEVELS = ("grid", "community", "subdistrict")


def homes(buildings: pd.DataFrame) -> Bools:
    """The buildings that are counted: where people are registered to live; all where no one was counted at all."""
    lived_in = np.zeros(len(buildings), dtype=np.bool_)
    known = False
    for column in ("actual", "households"):
        count = buildings[column].to_numpy(dtype=np.float64, na_value=np.nan)
        lived_in |= np.nan_to_num(count) > 0
        known |= bool(np.isfinite(count).any())
    return lived_in if known else np.ones(len(buildings), dtype=np.bool_)


def people(buildings: pd.DataFrame) -> dict[str, Int64s]:
    """Per building what is counted of it: buildings (1 for a home), households, residents, age bands."""
    counted = {"buildings": homes(buildings).astype(np.int64)}
    for name, columns in PEOPLE.items():
        parts = [buildings[c].to_numpy(dtype=np.float64, na_value=np.nan) for c in columns]
        counted[name] = np.nan_to_num(np.sum(parts, axis=0)).astype(np.int64)
    return counted


def area_of(buildings: pd.DataFrame, areas: pd.DataFrame, level: str) -> Int64s:
    """Row in `areas` of each building's area of `level`, -1 where its grid is unknown or has none above."""
    row_of = {identifier: row for row, identifier in enumerate(areas["id"])}
    is_level = (areas["level"] == level).to_numpy()
    up = {}
    for row, path in enumerate(areas["path"]):
        above = [row_of[i] for i in path if i in row_of and is_level[row_of[i]]]
        up[areas["id"].iloc[row]] = above[-1] if above else -1
    found: Int64s = buildings["grid_id"].map(up).fillna(-1).to_numpy(dtype=np.int64)
    return found


def areas_listed(areas: pd.DataFrame, level: str, code: str | None) -> Int64s:
    """Rows of the areas of `level` in the subtree of area `code` (None: all), also those nobody lives in."""
    mine = (areas["level"] == level).to_numpy()
    if code is not None:
        top = set(areas.loc[areas["code"] == code, "id"])
        mine = mine & np.array([bool(top & set(path)) for path in areas["path"]], dtype=np.bool_)
    return np.flatnonzero(mine)


def inside(grid_ids: pd.Series, areas: pd.DataFrame, code: str) -> Bools | None:
    """Which rows stand in a grid of the subtree of area `code`; None when there is no such current area."""
    found = areas.index[areas["code"] == code]
    if not len(found):
        return None
    top = areas["id"].iloc[found[0]]
    below = {i for i, path in zip(areas["id"], areas["path"], strict=True) if top in path}
    return np.asarray(grid_ids.isin(below), dtype=np.bool_)


def totals(counted: dict[str, Int64s], covered: Bools, rows: Bools) -> dict[str, Share]:
    """The shares over some buildings."""
    return {
        name: Share(int(count[rows & covered].sum()), int(count[rows].sum()))
        for name, count in counted.items()
    }


def by_area(
    counted: dict[str, Int64s],
    covered: Bools,
    rows: Bools,
    member: Int64s,
    areas: pd.DataFrame,
    listed: Int64s,
) -> list[AreaShares]:
    """The shares of the areas `listed` (rows of `areas`) over the buildings `rows`."""
    mine = rows & (member >= 0)
    at, count = member[mine], len(areas)
    sums: dict[str, tuple[npt.NDArray[Any], npt.NDArray[Any]]] = {}
    for name, number in counted.items():
        total = np.bincount(at, weights=number[mine], minlength=count)
        reached = np.bincount(at, weights=(number * covered)[mine], minlength=count)
        sums[name] = (reached, total)
    codes, names, levels = (areas[column].to_numpy() for column in ("code", "name", "level"))
    return [
        AreaShares(
            codes[row],
            names[row],
            levels[row],
            {n: Share(int(c[row]), int(t[row])) for n, (c, t) in sums.items()},
        )
        for row in listed
    ]
