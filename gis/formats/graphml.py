"""Street graphs in GraphML as OSMnx writes them: directed edges become undirected walkable streets.

Node and edge attributes are text; `x`, `y` (or `lon`, `lat`) place a node, `geometry` is the WKT line of an
edge, straight where it is missing. A vehicle's one-way pair and both directions of a street are one street.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from gis.base.crs import LONLAT
from gis.base.errors import Invalid
from gis.formats import osm_rules
from gis.formats.sandbox import Limits
from gis.formats.vector import open_file, parse_crs

_SPACE = "{http://graphml.graphdrawing.org/xmlns}"
# Lines only, by our own grammar: the library's reader crashes on deeply nested text.
_LINE = re.compile(r"\s*LINESTRING\s*\(([-+\d.eE\s,]+)\)\s*")


@dataclass(frozen=True, slots=True)
class Graph:
    """A read graph: `streets` in its own reference system, its nodes and directed edges, edges not for walkers."""

    streets: gpd.GeoDataFrame
    nodes: int
    edges: int
    left_out: int


def _no_doctype(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(4096)
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise Invalid("xml_doctype", "XML 不允许带 DOCTYPE", "XML with a DOCTYPE is refused")
    if b"graphml" not in head:
        raise Invalid("not_graphml", "不是 GraphML 文件", "not a GraphML file")


def _elements(path: Path) -> Iterator[tuple[str, dict[str, str], dict[str, str]]]:
    """Every graph, node and edge with its XML attributes and its named data values."""
    names: dict[str, str] = {}
    try:
        for _, element in ET.iterparse(path, events=("end",)):  # noqa: S314  # no DOCTYPE, no entities
            tag = element.tag.removeprefix(_SPACE)
            if tag == "key":
                names[element.get("id", "")] = element.get("attr.name", "")
            elif tag in {"node", "edge", "graph"}:
                data = {
                    names.get(d.get("key", ""), ""): d.text or "" for d in element.findall(f"{_SPACE}data")
                }
                yield tag, dict(element.attrib), data
                if tag != "graph":
                    element.clear()
    except ET.ParseError as error:
        raise Invalid(
            "file_unreadable", "GraphML 无法解析", f"the GraphML cannot be parsed: {error}"
        ) from error


def _first(text: str | None) -> str | None:
    """The first value of an attribute that OSMnx wrote as a list."""
    if text and text.startswith("["):
        try:
            values = ast.literal_eval(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return None
        return str(values[0]) if isinstance(values, list) and values else None
    return text or None


def _line(text: str | None, row: int) -> npt.NDArray[np.float64] | None:
    if not text:
        return None
    found = _LINE.fullmatch(text)
    try:
        xy = (
            np.array([pair.split() for pair in found.group(1).split(",")], dtype=np.float64)
            if found
            else None
        )
    except ValueError:
        xy = None
    if xy is None or xy.ndim != 2 or xy.shape[0] < 2:
        raise Invalid(
            "bad_geometry",
            f"第 {row} 条边的几何无法读取",
            f"the geometry of edge {row} is unreadable",
            row=row,
        )
    return np.ascontiguousarray(xy[:, :2])


def _place(data: dict[str, str], number: str) -> tuple[float, float]:
    try:
        return float(data.get("x") or data["lon"]), float(data.get("y") or data["lat"])
    except (KeyError, ValueError) as error:
        raise Invalid(
            "bad_coordinate", f"节点 {number} 没有坐标", f"node {number} has no place", field="x"
        ) from error


def _street(edge: dict[str, str], data: dict[str, str]) -> dict[str, object]:
    tags = {key: value for key in data if (value := _first(data[key])) is not None}
    forward, backward = osm_rules.directions(
        {"highway": "", **{k: v for k, v in tags.items() if k != "oneway"}}
    )
    return {
        "code": f"{edge['source']}-{edge['target']}-{edge.get('id', '0')}"[:40],
        "name": tags.get("name"),
        "kind": tags.get("highway"),
        "foot_forward": forward,
        "foot_backward": backward,
        "steps": tags.get("highway") == "steps",
        "slope_pct": osm_rules.slope_pct(tags.get("incline")),
        "level": None,
        "bridge": tags.get("bridge", "no") != "no",
        "tunnel": tags.get("tunnel", "no") != "no",
    }


class _Builder:
    """Gathers nodes and edges in the order of the file; an edge already seen from its other end is not repeated."""

    def __init__(self) -> None:
        self.places: dict[str, tuple[float, float]] = {}
        self.rows: list[dict[str, object]] = []
        self.lines: list[npt.NDArray[np.float64]] = []
        self.edges = 0
        self.left_out = 0
        self._seen: set[bytes] = set()

    def node(self, element: dict[str, str], data: dict[str, str]) -> None:
        self.places[element["id"]] = _place(data, element["id"])

    def edge(self, element: dict[str, str], data: dict[str, str]) -> None:
        self.edges += 1
        ends = self.places.get(element["source"]), self.places.get(element["target"])
        if None in ends:
            raise Invalid(
                "unknown_node", f"第 {self.edges} 条边的节点不存在", f"edge {self.edges} has an unknown node"
            )
        tags = {key: value for key in data if (value := _first(data[key])) is not None}
        given = _line(data.get("geometry"), self.edges)
        if "highway" in tags and not osm_rules.walkable(tags):
            self.left_out += 1
            return
        xy = np.array(ends, dtype=np.float64) if given is None else given
        mark = min(xy.tobytes(), xy[::-1].tobytes())
        if mark not in self._seen and len(np.unique(xy, axis=0)) > 1:
            self._seen.add(mark)
            self.rows.append(_street(element, tags))
            self.lines.append(xy)


def read_graphml(path: str | Path, *, limits: Limits | None = None) -> Graph:
    """Read a GraphML street graph. The reference system is its own `crs`, else longitude, latitude.

    Raises Invalid `not_graphml`, `xml_doctype`, `file_unreadable`, `bad_coordinate`, `bad_geometry`,
    `unknown_node`.
    """
    path = Path(path)
    open_file(path, limits=limits or Limits())
    _no_doctype(path)
    builder, crs = _Builder(), CRS.from_epsg(LONLAT)
    for tag, element, data in _elements(path):
        if tag == "graph":
            crs = parse_crs(data["crs"]) if data.get("crs") else crs
        elif tag == "node":
            builder.node(element, data)
        else:
            builder.edge(element, data)
    geometries = np.array([shapely.LineString(xy) for xy in builder.lines], dtype=object)
    streets = gpd.GeoDataFrame(pd.DataFrame(builder.rows), geometry=geometries, crs=crs)
    return Graph(streets, len(builder.places), builder.edges, builder.left_out)
