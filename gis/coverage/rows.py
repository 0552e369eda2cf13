"""The answer as plain rows, one a building: what `wangge coverage` writes, from files or from the database."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from gis.formats.whole import whole
from gis.walking.model import METRES, Bools, Int32s, Int64s, Objects, Profile, Reason, Uint8s
from gis.walking.path import only_points, only_stations
from gis.walking.prepare import Prepared
from gis.walking.profiles import PROFILES
from gis.walking.reasons import ISLAND, Why, borderline, on_islands, reach, search
from gis.walking.search import Nearest


def answer_rows(
    ids: Objects,
    codes: Objects,
    ready: Prepared,
    found: Nearest,
    reason: Uint8s,
    profile: Profile,
    limit: int,
    *,
    link_reason: Uint8s | None = None,
) -> pd.DataFrame:
    """One row a building: building, station, distance_m, time_s, covered, borderline, reason, detail.

    `ids` (b,) name the buildings and `codes` (s,) the stations of `ready` that `found` counts in; `reason` (b,)
    is `Why`. Beyond the limit distances are given up to 3,000 m; null where no station is reached. With a
    limit in metres `time_s` is the standard profile's time to the same station, with one in minutes
    `distance_m` the shortest distance to it. `detail` says why an unlinked building has no link:
    `link_reason` (b,), those of `ready` by default; `island` for one that is too far because its streets hang
    together with those of no station.
    """
    other = PROFILES["standard"] if profile.is_metres else METRES
    there = to_station(ready, found.station, other)
    cost = np.where(found.reached, found.cost / 1e6, np.nan)
    also = np.where(there >= 0, there / 1e6, np.nan)
    station = np.full(len(ids), None, dtype=object)
    station[found.reached] = codes[found.station[found.reached]]
    unlinked = reason == Why.UNLINKED
    links = ready.building_links.reason if link_reason is None else link_reason
    detail = np.array([value.name.lower() for value in Reason], dtype=object)[links]
    detail[~unlinked] = None
    far = (reason == Why.DISTANCE) & ~found.reached
    detail[far & on_islands(ready.network, ready.building_links, ready.station_links)] = ISLAND
    return pd.DataFrame(
        {
            "building": ids,
            "station": station,
            "distance_m": cost if profile.is_metres else also,
            "time_s": also if profile.is_metres else cost,
            "covered": reason == Why.COVERED,
            "borderline": borderline(found.cost, found.reached, profile, limit),
            "reason": [None if value == Why.COVERED else Why(value).name.lower() for value in reason],
            "detail": detail,
        }
    )


def to_station(ready: Prepared, station: Int32s, profile: Profile) -> Int64s:
    """The cost in `profile` from every building to a given station (-1: none), -1 where it is out of reach.

    Nearly always the station is among the two nearest of this profile as well; the rest are asked singly.
    """
    limit = 2 * reach(profile, 0)
    found = search(ready, profile, limit)
    cost = np.full(len(station), -1, dtype=np.int64)
    wanted = station >= 0
    for known, value in ((found.second_station, found.second_cost), (found.station, found.cost)):
        same = wanted & (known == station)
        cost[same] = value[same]
    for number in np.unique(station[wanted & (cost < 0)]):
        rows: Bools = wanted & (cost < 0) & (station == number)
        alone = replace(
            ready,
            station_links=only_points(ready.station_links, [number]),
            direct=only_stations(ready.direct, [number], ready.station_links.points),
        )
        single = search(alone, profile, limit)
        rows &= single.reached
        cost[rows] = single.cost[rows]
    return cost


def worst_first(answer: pd.DataFrame, profile: Profile, limit: int) -> pd.DataFrame:
    """The uncovered rows, those that reach no station first, then by `shortfall_m` or `shortfall_s`; equals stay."""
    cost, unit = (answer["distance_m"], "m") if profile.is_metres else (answer["time_s"], "s")
    short = (cost - limit / 1e6).clip(lower=0)
    left = answer.assign(**{f"shortfall_{unit}": short})[~answer["covered"].to_numpy(dtype=np.bool_)]
    order = np.argsort(-left[f"shortfall_{unit}"].fillna(np.inf).to_numpy(), kind="stable")
    return left.iloc[order].drop(columns="covered").reset_index(drop=True)


def write_csv(answer: pd.DataFrame, path: Path) -> None:
    """The answer as CSV, whole or not at all: micrometres and microseconds kept, nulls empty, booleans true and false."""
    text = answer.copy()
    for name in text.columns.intersection(["covered", "borderline"]):
        text[name] = np.where(text[name], "true", "false")
    for name in text.columns.intersection(["distance_m", "time_s", "shortfall_m", "shortfall_s"]):
        text[name] = [None if np.isnan(value) else f"{value:.6f}" for value in text[name]]
    with whole(path) as made:
        text.to_csv(made, index=False, encoding="utf-8")
