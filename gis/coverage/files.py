"""Coverage from files alone: one row a building, without a database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.base.errors import Invalid, InvalidFile
from gis.formats.source import SourceOptions, is_table, read_source
from gis.formats.vector import read_vector
from gis.walking.columns import words
from gis.walking.model import METRES, Bools, Int32s, Int64s, Objects, Profile, Reason
from gis.walking.path import only_points, only_stations
from gis.walking.prepare import Layers, Prepared, prepare
from gis.walking.profiles import PROFILES
from gis.walking.reasons import Why, borderline, reach, search, why

STATUS_COUNTED = ("existing",)

Step = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Files:
    """Paths of the layers; what is None is absent. `crs` is used where a file declares none."""

    streets: Path
    buildings: Path
    stations: Path
    barriers: Path | None = None
    compounds: Path | None = None
    gates: Path | None = None
    entrances: Path | None = None
    crs: str | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """Which column names a building and a station; absent ones fall back as `cover_files` says."""

    building: str = "id"
    station: str | None = None


def _silent(_zh: str, _en: str) -> None:
    """Say nothing."""


def read_layer(path: Path, crs: str | None = None) -> gpd.GeoDataFrame:
    """One layer in its own declared reference system (tables: lon/lat columns); InvalidFile names bad rows."""
    if is_table(path) or path.suffix.lower() == ".graphml":
        layer = read_source(path, SourceOptions(crs=crs))
    else:
        layer = read_vector(path, crs=crs)
    if layer.problems:
        raise InvalidFile(layer.problems, rows=len(layer.frame))
    return layer.frame.reset_index(drop=True)


def cover_files(
    files: Files, profile: Profile, limit: int, names: Names | None = None, step: Step | None = None
) -> pd.DataFrame:
    """Coverage of every building of `files` in its order: the columns of `cover`.

    `limit` is µm for `METRES`, else µs. A building is named by `names.building`, else its row number from 0;
    a station by `names.station`, else `code`, else `id`, else its row number.
    """
    names, say = names or Names(), step or _silent
    if profile.is_metres != (profile.name == METRES.name) or limit <= 0:
        raise Invalid("limit_out_of_range", "步行限值必须大于 0", "the limit must be above 0", field="limit")
    say("读取文件", "reading files")
    streets, buildings, stations = (
        read_layer(path, files.crs) for path in (files.streets, files.buildings, files.stations)
    )
    rest = {
        name: read_layer(path, files.crs)
        for name in ("barriers", "compounds", "gates", "entrances")
        if (path := getattr(files, name)) is not None
    }
    stations, codes = ordered_stations(stations, names.station)
    ids = _names(buildings, names.building)
    doors = words(buildings, names.building if names.building in buildings.columns else "code")
    layers = Layers(streets, buildings, stations, building_ids=doors, **rest)
    return cover(layers, ids, codes, profile, limit, say)


def _names(frame: gpd.GeoDataFrame, column: str) -> Objects:
    """The values of `column` as text, the row number from 0 where there are none."""
    values = words(frame, column)
    missing = np.array([value is None for value in values], dtype=np.bool_)
    values[missing] = np.arange(len(values)).astype(str)[missing]
    return values


def ordered_stations(stations: gpd.GeoDataFrame, column: str | None) -> tuple[gpd.GeoDataFrame, Objects]:
    """The existing stations sorted by code (numbers as numbers), so that ties go to the lowest code."""
    name = column or next((known for known in ("code", "id") if known in stations.columns), None)
    if column is not None and column not in stations.columns:
        raise Invalid(
            "no_such_column",
            f"站点文件没有“{column}”列",
            f"the stations have no column “{column}”",
            field="station_field",
        )
    if "status" in stations.columns:
        status = words(stations, "status")
        kept = np.array([value is None or value in STATUS_COUNTED for value in status], dtype=np.bool_)
        stations = stations[kept].reset_index(drop=True)
    if name is None:
        return stations, np.arange(len(stations)).astype(str).astype(object)
    codes = _names(stations, name)
    number = pd.to_numeric(pd.Series(codes), errors="coerce")
    key = number if number.notna().all() else pd.Series(codes)
    order = np.asarray(key.sort_values(kind="stable").index)
    return stations.iloc[order].reset_index(drop=True), codes[order]


def cover(
    layers: Layers, ids: Objects, codes: Objects, profile: Profile, limit: int, say: Step | None = None
) -> pd.DataFrame:
    """One row a building: building, station, distance_m, time_s, covered, borderline, reason, detail.

    Beyond the limit distances are given up to 3,000 m; null where no station is reached. With a limit in
    metres `time_s` is the standard profile's time to the same station, with one in minutes `distance_m` the
    shortest distance to it. `detail` says why an unlinked building has no link.
    """
    say = say or _silent
    say("建网与挂接", "building the network, linking")
    ready = prepare(layers)
    say("搜索", "searching")
    found = search(ready, profile, reach(profile, limit))
    covered = found.covered(limit)
    say("查明原因", "finding reasons")
    reason = why(layers, ready, covered, profile, limit)
    other = PROFILES["standard"] if profile.is_metres else METRES
    there = to_station(ready, found.station, other)
    cost = np.where(found.reached, found.cost / 1e6, np.nan)
    also = np.where(there >= 0, there / 1e6, np.nan)
    station = np.full(len(ids), None, dtype=object)
    station[found.reached] = codes[found.station[found.reached]]
    unlinked = reason == Why.UNLINKED
    detail = np.array([Reason(value).name.lower() for value in ready.building_links.reason], dtype=object)
    detail[~unlinked] = None
    return pd.DataFrame(
        {
            "building": ids,
            "station": station,
            "distance_m": cost if profile.is_metres else also,
            "time_s": also if profile.is_metres else cost,
            "covered": covered,
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


def write_csv(answer: pd.DataFrame, path: Path) -> None:
    """The answer as CSV: micrometres and microseconds kept, nulls empty, booleans true and false."""
    text = answer.copy()
    for name in ("covered", "borderline"):
        text[name] = np.where(text[name], "true", "false")
    for name in ("distance_m", "time_s"):
        text[name] = [None if np.isnan(value) else f"{value:.6f}" for value in text[name]]
    text.to_csv(path, index=False, encoding="utf-8")
