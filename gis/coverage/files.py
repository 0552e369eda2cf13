"""Coverage from files alone: one row a building, without a database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.base.errors import Invalid, InvalidFile
from gis.coverage.model import longest, out_of_range
from gis.coverage.osm_files import is_osm, osm_layer
from gis.coverage.rows import answer_rows
from gis.formats.source import SourceOptions, is_table, read_source
from gis.formats.vector import read_vector
from gis.register.opening import WeekTime, open_at, unreadable
from gis.walking.columns import words
from gis.walking.model import METRES, Objects, Profile
from gis.walking.prepare import Layers, prepare
from gis.walking.reasons import ISLAND, only_open, reach, search, why

STATUS_COUNTED = ("existing",)

Step = Callable[[str, str], None]
Note = tuple[str, str]


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


# Which dimensions (0 points, 1 lines, 2 areas) a layer is of, and how it is called.
SHAPES: dict[str, tuple[tuple[int, ...], str, str, str]] = {
    "streets": ((1,), "no_lines", "街道文件没有线", "the streets hold no lines"),
    "buildings": ((0, 2), "no_buildings", "建筑文件没有面或点", "the buildings hold no polygons or points"),
    "stations": ((0, 2), "no_points", "站点文件没有点或面", "the stations hold no points or polygons"),
    "barriers": ((1, 2), "no_barriers", "阻隔文件没有线或面", "the barriers hold no lines or polygons"),
    "compounds": ((2,), "no_polygons", "小区文件没有面", "the compounds hold no polygons"),
    "gates": ((0,), "no_points", "大门文件没有点", "the gates hold no points"),
    "entrances": ((0,), "no_points", "出入口文件没有点", "the entrances hold no points"),
}


def read_layer(name: str, path: Path, crs: str | None = None) -> gpd.GeoDataFrame:
    """One layer in its own declared reference system (tables: lon/lat columns); InvalidFile names bad rows.

    `name` is one of `SHAPES`, and says which layer of an OpenStreetMap extract is meant. Raises Invalid (`no_lines`,
    `no_points` and so on) for a file of which no shape is of the layer's kind: streets without a line, other layers
    that have rows.
    """
    frame = _read(name, path, crs)
    wanted, code, zh, en = SHAPES[name]
    shapes = frame.geometry.to_numpy()
    fits = np.isin(shapely.get_dimensions(shapes), wanted) & ~shapely.is_empty(shapes)
    if not fits.any() and (name == "streets" or len(frame)):
        kinds = sorted(set(frame.geometry.geom_type.dropna())) or ["–"]
        raise Invalid(
            code,
            f"{zh}：{path.name} 含 {len(frame)} 行 {'、'.join(kinds)}",
            f"{en}: {path.name} has {len(frame)} rows of {', '.join(kinds)}",
            field=name,
        )
    return frame


def _read(name: str, path: Path, crs: str | None) -> gpd.GeoDataFrame:
    if is_osm(path):
        return osm_layer(name, path)
    if is_table(path) or path.suffix.lower() == ".graphml":
        layer = read_source(path, SourceOptions(crs=crs))
    else:
        layer = read_vector(path, crs=crs)
    if layer.problems:
        raise InvalidFile(layer.problems, rows=len(layer.frame))
    return layer.frame.reset_index(drop=True)


def cover_files(
    files: Files,
    profile: Profile,
    limit: int,
    names: Names | None = None,
    step: Step | None = None,
    *,
    at: WeekTime | None = None,
) -> pd.DataFrame:
    """Coverage of every building of `files` in its order: the columns of `cover`.

    `limit` is µm for `METRES`, else µs. A building is named by `names.building`, else its row number from 0;
    a station by `names.station`, else `code`, else `id`, else its row number. `attrs["notes"]` say what was decided.
    """
    names, say = names or Names(), step or _silent
    unit = 1_000_000 if profile.is_metres else 60_000_000
    if profile.is_metres != (profile.name == METRES.name) or not 0 < limit <= longest(profile) * unit:
        raise out_of_range(profile)
    say("读取文件", "reading files")
    streets, buildings, stations = (
        read_layer(name, path, files.crs)
        for name, path in (
            ("streets", files.streets),
            ("buildings", files.buildings),
            ("stations", files.stations),
        )
    )
    rest = {
        name: read_layer(name, path, files.crs)
        for name in ("barriers", "compounds", "gates", "entrances")
        if (path := getattr(files, name)) is not None
    }
    notes = [*number_note(buildings, names.building), *left_out_note(stations)]
    notes += [
        note for frame in (buildings, stations, *rest.values()) for note in frame.attrs.get("notes", [])
    ]
    stations, codes = ordered_stations(stations, names.station)
    ids = _names(buildings, names.building)
    doors = words(buildings, names.building if names.building in buildings.columns else "code")
    layers = Layers(streets, buildings, stations, building_ids=doors, **rest)
    answer = cover(layers, ids, codes, profile, limit, say, at=at)
    notes += island_note(int((answer["detail"] == ISLAND).sum()))
    answer.attrs["notes"] = [*notes, *(hours_note(layers) if at is not None else [])]
    return answer


def number_note(buildings: gpd.GeoDataFrame, column: str) -> list[Note]:
    """That the buildings are named by row numbers, where the column is absent."""
    if column in buildings.columns:
        return []
    return [
        (
            f"建筑没有“{column}”列，按行编号（从 0 起）；另选请用 --id-field",
            f"the buildings have no column {column!r}: they are numbered by row from 0, --id-field chooses one",
        )
    ]


def left_out_note(stations: gpd.GeoDataFrame) -> list[Note]:
    """How many stations do not count, by their status."""
    if "status" not in stations.columns:
        return []
    status = pd.Series(words(stations, "status"))
    left = status[status.notna() & ~status.isin(STATUS_COUNTED)].value_counts()
    if left.empty:
        return []
    why = "、".join(f"{name} {count}" for name, count in left.items())
    return [
        (
            f"{int(left.sum())} 个站点不计入，只计现有（status = existing）：{why}",
            f"{int(left.sum())} stations are left out, only status = existing counts: {why}",
        )
    ]


def island_note(count: int) -> list[Note]:
    """How many buildings reach no station because their streets hang together with those of none."""
    if not count:
        return []
    return [
        (
            f"{count} 栋建筑只接到孤立的道路，与站点的道路不连通（detail = island），请核对道路数据",
            "buildings that link only to islands of streets, which join no station's (detail = island; check the "
            f"street data): {count}",
        )
    ]


def hours_note(layers: Layers) -> list[Note]:
    """How many stations and gates have hours that nobody can read: they count as open."""
    frames = [frame for frame in (layers.stations, layers.gates) if frame is not None]
    strange = sum(int(unreadable(words(frame, "hours")).sum()) for frame in frames)
    if not strange:
        return []
    return [
        (
            f"{strange} 个站点或大门的开放时间无法识别，按开放计",
            f"opening hours of {strange} stations or gates cannot be read and count as open",
        )
    ]


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
    layers: Layers,
    ids: Objects,
    codes: Objects,
    profile: Profile,
    limit: int,
    say: Step | None = None,
    *,
    at: WeekTime | None = None,
) -> pd.DataFrame:
    """One row a building: the columns of `rows.answer_rows`; `at` a time only open stations and gates count."""
    say = say or _silent
    gates = None if at is None or layers.gates is None else open_at(words(layers.gates, "hours"), at)
    stations = None if at is None else open_at(words(layers.stations, "hours"), at)
    say("建网与挂接", "building the network, linking")
    ready = prepare(layers)
    rows = None if stations is None else np.flatnonzero(stations)
    shut = gates is not None and not gates.all()
    then = only_open(prepare(layers, crs=ready.crs, usable_gates=gates) if shut else ready, rows)
    say("搜索", "searching")
    found = search(then, profile, reach(profile, limit))
    say("查明原因", "finding reasons")
    reason = why(
        layers, ready, found.covered(limit), profile, limit, usable_gates=gates, open_stations=stations
    )
    counted = codes if rows is None else codes[rows]
    links = ready.building_links.reason
    return answer_rows(ids, counted, then, found, reason, profile, limit, link_reason=links)
