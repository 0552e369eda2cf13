"""One pass over an OpenStreetMap file: raw records of what walking and the register need."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import osmium
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis.base.errors import Invalid
from gis.formats import osm_rules
from gis.formats.osm_rules import Foot

KEYS = ("highway", "building", "amenity", "entrance", "barrier", "waterway", "railway", "natural", "landuse")


@dataclass(slots=True)
class Scan:
    """Raw records of one file; ways keep their node ids so that topology is exact.

    `extent` (west, south, east, north) is what the file says it was cut by, None where it says nothing.
    """

    counted: dict[str, int] = field(default_factory=dict)
    ways: list[tuple[str, dict[str, str], Foot]] = field(default_factory=list)
    refs: list[npt.NDArray[np.int64]] = field(default_factory=list)
    places: list[npt.NDArray[np.float64]] = field(default_factory=list)
    buildings: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    doors: dict[int, str] = field(default_factory=dict)
    barriers: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    entrances: list[tuple[int, dict[str, str], float, float]] = field(default_factory=list)
    gates: list[tuple[int, dict[str, str], float, float]] = field(default_factory=list)
    stations: list[tuple[str, dict[str, str], str, Any]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    extent: tuple[float, float, float, float] | None = None

    def lone_plazas(self) -> npt.NDArray[np.bool_]:
        """Which ways are plazas that share no point, not even through other plazas, with a street or a path.

        Their outlines lead nowhere; as islands they would use up the links of the houses around them.
        """
        size = np.array([len(part) for part in self.refs], dtype=np.int64)
        way = np.repeat(np.arange(len(size)), size)
        _, node = np.unique(np.concatenate(self.refs), return_inverse=True)
        total = len(size) + int(node.max(initial=-1)) + 1
        joined = coo_array((np.ones(len(way), np.int8), (way, node + len(size))), shape=(total, total))
        _, part = connected_components(joined, directed=False)
        plaza = np.array([street.plaza for *_, street in self.ways], dtype=np.bool_)
        leads = np.zeros(total, dtype=np.bool_)
        leads[part[: len(size)][~plaza]] = True
        lone: npt.NDArray[np.bool_] = plaza & ~leads[part[: len(size)]]
        return lone

    def count(self, name: str) -> None:
        """One more of `name`."""
        self.counted[name] = self.counted.get(name, 0) + 1


Run = tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]


def _runs(nodes: Any) -> list[Run]:
    """Ids and places (n, 2) of a way's nodes, in pieces where an extract has cut some off."""
    valid = np.array([node.location.valid() for node in nodes], dtype=bool)
    refs = np.array([node.ref for node in nodes], dtype=np.int64)
    xy = np.array(
        [(n.location.lon, n.location.lat) if n.location.valid() else (0, 0) for n in nodes], dtype=np.float64
    )
    edges = np.flatnonzero(np.diff(np.concatenate(([False], valid, [False])).astype(np.int8)))
    pieces = zip(edges[::2], edges[1::2], strict=True)
    return [(refs[a:b], xy[a:b]) for a, b in pieces if b - a > 1]


def _add_way(scan: Scan, code: str, tags: dict[str, str], street: Foot, nodes: Any) -> None:
    runs = _runs(nodes)
    if sum(len(refs) for refs, _ in runs) < len(nodes):
        scan.count("cut_streets")
    for refs, xy in runs:
        scan.ways.append((code, tags, street))
        scan.refs.append(refs)
        scan.places.append(xy)


def _node(scan: Scan, item: Any, tags: dict[str, str]) -> None:
    place = (item.lon, item.lat)
    if "amenity" in tags:
        scan.count("amenities")
    if tags.get("entrance", "no") not in {"no", "emergency"}:
        scan.entrances.append((item.id, tags, *place))
    if tags.get("barrier") in osm_rules.GATES:
        scan.gates.append((item.id, tags, *place))
    kind = osm_rules.station_type(tags)
    if kind:
        scan.stations.append((f"n{item.id}", tags, kind, place))


def _way(scan: Scan, item: Any, tags: dict[str, str]) -> None:
    if "amenity" in tags:
        scan.count("amenities")
    if "highway" in tags:
        scan.count("highways")
        street = osm_rules.foot(tags, closed=item.is_closed())
        if street:
            scan.count("walkable")
            scan.count("plazas" if street.plaza else "lines")
            _add_way(scan, f"w{item.id}", tags, street, item.nodes)
    kind = osm_rules.barrier_kind(tags, area=False)
    if kind:
        lines = [shapely.LineString(xy) for _, xy in _runs(item.nodes)]
        if lines:
            shape = lines[0] if len(lines) == 1 else shapely.MultiLineString(lines)
            scan.barriers.append((f"w{item.id}", kind, tags, shapely.to_wkb(shape)))


def _area(scan: Scan, item: Any, tags: dict[str, str], factory: Any) -> None:
    code = f"{'w' if item.from_way() else 'r'}{item.orig_id()}"
    if "highway" in tags and not item.from_way():
        street = osm_rules.foot(tags, closed=True)
        if street:
            scan.count("plaza_relations")
            for ring in item.outer_rings():
                _add_way(scan, code, tags, street, ring)
    kind = osm_rules.barrier_kind(tags, area=True)
    station = osm_rules.station_type(tags)
    building = "building" in tags
    if not (building or kind or station):
        return
    if building:
        scan.count("building_polygons")
        scan.count("building_relations" if code[0] == "r" else "building_ways")
    try:
        shape = bytes.fromhex(factory.create_multipolygon(item))
    except RuntimeError:
        scan.broken.append(code)
        return
    if building and tags["building"] != "no":
        scan.buildings.append((code, tags, shape))
        scan.doors.update((node.ref, code) for ring in item.outer_rings() for node in ring)
    if kind:
        scan.barriers.append((code, kind, tags, shape))
    if station:
        scan.stations.append((code, tags, station, shape))


def _take(scan: Scan, item: Any, factory: Any) -> None:
    tags = {tag.k: tag.v for tag in item.tags}
    if item.is_node():
        _node(scan, item, tags)
    elif item.is_way():
        _way(scan, item, tags)
    elif item.is_area():
        _area(scan, item, tags, factory)


def scan_file(path: Path) -> Scan:
    """Read a `.pbf` or `.osm` file once; relations become areas. Raises Invalid `file_unreadable`."""
    scan, factory = Scan(), osmium.geom.WKBFactory()
    wanted = osmium.filter.KeyFilter(*sorted({*KEYS, *osm_rules.station_keys()}))
    try:
        reader = osmium.FileProcessor(str(path))
        box = reader.header.box()
        if box.valid():
            scan.extent = (box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat)
        for item in reader.with_areas().with_filter(wanted):
            _take(scan, item, factory)
    except RuntimeError as error:
        raise Invalid(
            "file_unreadable", "不是可读的 OSM 文件", f"not a readable OSM file: {error}"[:200]
        ) from error
    return scan
