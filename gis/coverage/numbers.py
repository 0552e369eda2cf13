"""What is counted of each building, and the area it stands in: sums are over buildings, never over polygons."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis.coverage.model import PEOPLE
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


def below(areas: pd.DataFrame, code: str) -> Bools:
    """Which areas (a,) lie in the subtree of area `code`, itself included; none when there is no such area."""
    found = areas.index[areas["code"] == code]
    if not len(found):
        return np.zeros(len(areas), dtype=np.bool_)
    top = areas["id"].iloc[found[0]]
    return np.array([top in path for path in areas["path"]], dtype=np.bool_)


def inside(grid_ids: pd.Series, areas: pd.DataFrame, code: str) -> Bools | None:
    """Which rows stand in a grid of the subtree of area `code`; None when there is no such current area."""
    under = below(areas, code)
    if not under.any():
        return None
    return np.asarray(grid_ids.isin(areas["id"][under]), dtype=np.bool_)
