"""OpenStreetMap extracts (.osm.pbf, .osm) to layers: walkable streets, buildings, barriers, doors, stations.

Streets are cut where walkable ways share a node, so that edges meet exactly where the map says they do and
bridges do not meet what passes below. Codes are the object's type and number: `w123`, `r45`, `n6`; parts of a
cut way are `w123.1`, `w123.2` …
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.base.crs import LONLAT
from gis.base.errors import Problem, Unsupported
from gis.formats import osm_rules
from gis.formats.osm_scan import Scan, scan_file
from gis.formats.osm_sea import seas
from gis.formats.sandbox import Limits
from gis.formats.vector import open_file

SUFFIXES = (".pbf", ".osm", ".bz2", ".gz")


@dataclass(frozen=True, slots=True)
class Extract:
    """The layers of an extract (EPSG:4326), named as the layer files, what was counted, and what was left out.

    `counted` has `highways` (ways with a highway tag), `building_polygons` (assembled areas with a building
    tag, of ways and relations), `amenities` (nodes and ways with an amenity tag), and of the highways
    `walkable`, with `street_parts` after cutting.
    """

    layers: dict[str, gpd.GeoDataFrame]
    counted: dict[str, int]
    notes: list[Problem]


def cut_positions(refs: npt.NDArray[np.int64], start: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which vertices end an edge: first and last of each way, and those whose node is used more than once.

    `refs`: node ids of all ways, concatenated; way w has `refs[start[w]:start[w + 1]]`.
    """
    _, inverse, uses = np.unique(refs, return_inverse=True, return_counts=True)
    ends = np.zeros(len(refs), dtype=bool)
    ends[start[:-1]] = True
    ends[start[1:] - 1] = True
    # A closed ring's first node is used twice by itself; it is an end already.
    return ends | (uses[inverse] > 1)


def _cut(
    scan: Scan,
) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[np.object_]]:
    """Ways cut at shared nodes: way of each part, part number within the way (from 1), lines."""
    refs, xy = np.concatenate(scan.refs), np.concatenate(scan.places)
    start = np.concatenate(([0], np.cumsum([len(part) for part in scan.refs]))).astype(np.int64)
    way = np.repeat(np.arange(len(scan.refs)), np.diff(start))
    ends = np.flatnonzero(cut_positions(refs, start))
    first, last = ends[:-1], ends[1:]
    inside = way[first] == way[last]
    first, last = first[inside], last[inside]
    sizes = last - first + 1
    offset = np.concatenate(([0], np.cumsum(sizes)))
    at = np.repeat(first - offset[:-1], sizes) + np.arange(offset[-1])
    part = np.repeat(np.arange(len(first)), sizes)
    lines: npt.NDArray[np.object_] = shapely.linestrings(xy[at], indices=part)
    owner = way[first]
    fresh = np.concatenate(([True], owner[1:] != owner[:-1]))
    number = np.arange(len(owner)) - np.maximum.accumulate(np.where(fresh, np.arange(len(owner)), 0)) + 1
    return owner, number, lines


STREET_COLUMNS = (
    "code", "name", "kind", "foot_forward", "foot_backward", "steps", "slope_pct", "level", "bridge", "tunnel",
)  # fmt: skip


def _streets(scan: Scan) -> gpd.GeoDataFrame:
    none = gpd.GeoDataFrame(columns=[*STREET_COLUMNS, "geometry"], geometry="geometry", crs=LONLAT)
    if not scan.ways:
        return none
    owner, number, lines = _cut(scan)
    lone = scan.lone_plazas()
    scan.counted["lone_plazas"] = int(lone.sum())
    good = (shapely.length(lines) > 0) & ~lone[owner]
    if not good.any():
        return none
    owner, number, lines = owner[good], number[good], lines[good]
    rows = pd.DataFrame(
        [
            (code, osm_rules.name(tags), f"{f.kind}_area" if f.plaza else f.kind, f.forward, f.backward, f.steps,
             f.slope_pct, f.level, f.bridge, f.tunnel)
            for code, tags, f in scan.ways
        ],
        columns=list(STREET_COLUMNS),
    )  # fmt: skip
    frame = rows.iloc[owner].reset_index(drop=True)
    parts = np.bincount(owner, minlength=len(scan.ways))[owner]
    frame["code"] = [
        code if total == 1 else f"{code}.{n}"
        for code, total, n in zip(frame["code"], parts, number, strict=True)
    ]
    # Several rings of one relation are several ways of the same code.
    again = frame.groupby("code").cumcount()
    frame["code"] = frame["code"].where(again == 0, frame["code"] + "-" + again.astype(str))
    return gpd.GeoDataFrame(frame, geometry=lines, crs=LONLAT)


def _shapes(raw: list[bytes]) -> npt.NDArray[np.object_]:
    shapes = shapely.from_wkb(np.array(raw, dtype=object))
    single = shapely.get_num_geometries(shapes) == 1
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    return shapes


def _frame(rows: list[dict[str, Any]], columns: tuple[str, ...], geometry: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=list(columns)), geometry=geometry, crs=LONLAT)


def _buildings(scan: Scan) -> gpd.GeoDataFrame:
    rows = [
        {
            "code": code,
            "name": osm_rules.name(tags),
            "use": None if tags["building"] == "yes" else tags["building"][:32],
            "storeys": osm_rules.storeys(tags),
            "address": osm_rules.address(tags),
        }
        for code, tags, _ in scan.buildings
    ]
    frame = _frame(
        rows, ("code", "name", "use", "storeys", "address"), _shapes([b[2] for b in scan.buildings])
    )
    frame["storeys"] = frame["storeys"].astype("Int64")
    return frame


def _points(places: list[tuple[float, float]]) -> npt.NDArray[np.object_]:
    return np.array([shapely.Point(place) for place in places], dtype=object)


def _entrances(scan: Scan) -> gpd.GeoDataFrame:
    known = [entry for entry in scan.entrances if entry[0] in scan.doors]
    rows = [{"code": f"n{number}", "building": scan.doors[number]} for number, *_ in known]
    return _frame(rows, ("code", "building"), _points([(lon, lat) for *_, lon, lat in known]))


def _gates(scan: Scan) -> gpd.GeoDataFrame:
    rows = [
        {"code": f"n{number}", "access": osm_rules.gate_access(tags), "hours": tags.get("opening_hours")}
        for number, tags, *_ in scan.gates
    ]
    return _frame(rows, ("code", "access", "hours"), _points([(lon, lat) for *_, lon, lat in scan.gates]))


def _stations(scan: Scan, buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    rows = [
        {"code": code, "type": kind, "name": osm_rules.name(tags) or kind, "hours": tags.get("opening_hours")}
        for code, tags, kind, _ in scan.stations
    ]
    places = np.array(
        [
            shapely.point_on_surface(shapely.from_wkb(place))
            if isinstance(place, bytes)
            else shapely.Point(place)
            for *_, place in scan.stations
        ],
        dtype=object,
    )
    frame = _frame(rows, ("code", "type", "name", "hours"), places)
    inside, house = shapely.STRtree(buildings.geometry.to_numpy()).query(places, predicate="within")
    owner = pd.Series(buildings["code"].to_numpy()[house], index=inside, dtype=object)
    frame["building"] = owner[~owner.index.duplicated()].reindex(frame.index)
    return frame


def _barriers(scan: Scan) -> gpd.GeoDataFrame:
    rows = [
        {"code": code, "kind": kind, "name": osm_rules.name(tags)} for code, kind, tags, _ in scan.barriers
    ]
    shapes = _shapes([barrier[3] for barrier in scan.barriers])
    shores = np.array([tags.get("natural") == "coastline" for *_, tags, _ in scan.barriers], dtype=bool)
    if shores.any() and scan.extent is not None:
        water, doubtful = seas(shapes[shores], scan.extent)
        scan.counted |= {"seas": len(water), "doubtful_seas": doubtful}
        first = min(code for (code, *_), shore in zip(scan.barriers, shores, strict=True) if shore)
        rows += [
            {"code": f"sea-{first}.{n}", "kind": "water", "name": None} for n in range(1, len(water) + 1)
        ]
        shapes = np.concatenate((shapes, water))
    return _frame(rows, ("code", "kind", "name"), shapes)


def _notes(scan: Scan) -> list[Problem]:
    notes = [
        Problem(
            None,
            None,
            "object_broken",
            f"对象 {code} 不完整，未导入",
            f"{code} is incomplete, left out",
            code,
        )
        for code in scan.broken
    ]
    outside = len(scan.entrances) - sum(entry[0] in scan.doors for entry in scan.entrances)
    for count, code, zh, en in (
        (
            scan.counted.get("cut_streets", 0),
            "cut_streets",
            "条街道在边界处被截断",
            "streets are cut at the edge",
        ),
        (
            outside,
            "loose_entrances",
            "个出入口不在建筑轮廓上，未导入",
            "entrances lie on no building, left out",
        ),
        (
            scan.counted.get("doubtful_seas", 0),
            "doubtful_seas",
            "处海面无法由海岸线定出，只有岸线作阻隔",
            "stretches of sea cannot be told from the shore, which alone is a barrier there",
        ),
        (
            scan.counted.get("lone_plazas", 0),
            "lone_plazas",
            "个广场与任何街道都不相接，未导入",
            "plazas join no street, left out",
        ),
        (
            scan.counted.get("plazas", 0),
            "plazas",
            "个广场以轮廓表示",
            "plazas are walked along their outline",
        ),
    ):
        if count:
            notes.append(Problem(None, None, code, f"{count} {zh}", f"{count} {en}", str(count)))
    return notes


def read_osm(path: str | Path, *, limits: Limits | None = None) -> Extract:
    """Read an OpenStreetMap extract; coordinates as in the file (1e-7 degrees), WGS-84.

    Raises NotFound, TooLarge, Unsupported `unsupported_format`, Invalid `file_unreadable`.
    """
    path = Path(path)
    open_file(path, limits=limits or Limits())
    if path.suffix.lower() not in SUFFIXES:
        raise Unsupported(
            "unsupported_format", "OSM 文件应为 .pbf 或 .osm", "an OSM file ends in .pbf or .osm"
        )
    scan = scan_file(path)
    streets, buildings = _streets(scan), _buildings(scan)
    layers = {
        "buildings": buildings,
        "entrances": _entrances(scan),
        "gates": _gates(scan),
        "stations": _stations(scan, buildings),
        "streets": streets,
        "barriers": _barriers(scan),
    }
    names = ("highways", "building_polygons", "amenities", "walkable", "building_ways", "building_relations")
    counted = dict.fromkeys(names, 0) | scan.counted | {"street_parts": len(streets)}
    return Extract(layers, counted, _notes(scan))
