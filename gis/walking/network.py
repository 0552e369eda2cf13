"""Streets in, network out: projected once, integer millimetres, a node where streets share a place.

Streets connect where they share an end, and at every vertex that two streets of one level share, split or
not. An end on the line of another street joins it. Streets that only cross, without a common vertex, do not
connect: that is a bridge over a street.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gis.base.crs import LONLAT, metric_crs, middle_longitude, transform
from gis.base.errors import Invalid
from gis.walking.columns import booleans, kinds, numbers, words
from gis.walking.ends import Vertices, join_ends
from gis.walking.model import Bools, Int32s, Int64s, Network, StreetKind
from gis.walking.parts import Parts, Streets, assemble, place_numbers, split_ranges

_TOP_KEY = 2**31  # the key of a place where some street ends; inner vertices are kept apart by level


@dataclass(frozen=True, slots=True)
class NetworkReport:
    """What became of the rows: how many had no line, how many no length, and what the network looks like.

    `joined` counts the places where a line had to be led through the end of another.
    """

    rows: int
    without_line: int
    without_length: int
    joined: int
    nodes: int
    edges: int
    islands: int
    largest_share: float


def plane(frame: gpd.GeoDataFrame) -> CRS:
    """The plane system for `frame` (any CRS, which must be declared): chosen by its middle longitude."""
    source = declared_crs(frame)
    shown = transform(np.asarray(frame.geometry.array), source, CRS.from_epsg(LONLAT))
    present = shown[~shapely.is_missing(shown) & ~shapely.is_empty(shown)]
    if not len(present):
        raise Invalid(
            "no_streets", "街道文件中没有任何线要素", "there is no line in the streets", field="streets"
        )
    return metric_crs(middle_longitude(present))


def declared_crs(frame: gpd.GeoDataFrame) -> CRS:
    """The declared reference system of `frame`; `crs_missing` where there is none: it is never guessed."""
    if frame.crs is None:
        raise Invalid(
            "crs_missing", "数据没有声明坐标参考系", "the data declares no reference system", field="crs"
        )
    return CRS.from_user_input(frame.crs)


def build_network(frame: gpd.GeoDataFrame, crs: CRS | None = None) -> tuple[Network, NetworkReport]:
    """The walking network of `frame` (lines in any declared CRS) in the plane system `crs` (default: its own).

    Columns, all optional: code, kind, foot_forward, foot_backward (default true), steps, slope_pct (rise
    along the digitised direction), level, bridge, tunnel. A vehicle's `oneway` is not read.
    """
    target = crs or plane(frame)
    streets, xy_mm, owner, without_line = _read(frame, target)
    parts, without_length, joined = _split(streets, xy_mm, owner)
    network, _ = assemble(target, parts, streets)
    label, _ = islands(network)
    by_island = np.bincount(label, minlength=1) if network.nodes else np.zeros(1, np.int64)
    report = NetworkReport(
        rows=len(frame),
        without_line=without_line,
        without_length=without_length,
        joined=joined,
        nodes=network.nodes,
        edges=network.edges,
        islands=int((by_island > 0).sum()),
        largest_share=float(by_island.max() / max(network.nodes, 1)),
    )
    return network, report


def islands(network: Network) -> tuple[Int32s, Int64s]:
    """The connected part each node is in (direction ignored), and the street length of each part in µm."""
    ones = np.ones(network.edges, dtype=np.int8)
    matrix = coo_array((ones, (network.edge_u, network.edge_v)), shape=(network.nodes, network.nodes))
    count, label = connected_components(matrix, directed=False)
    length = np.zeros(count, dtype=np.int64)
    np.add.at(length, label[network.edge_u], network.length_um)
    return label.astype(np.int32), length


def _read(frame: gpd.GeoDataFrame, target: CRS) -> tuple[Streets, Int64s, Int64s, int]:
    lines = np.asarray(frame.geometry.array, dtype=object)
    part, row = shapely.get_parts(lines, return_index=True)
    keep = np.isin(shapely.get_type_id(part), (1, 2)) & ~shapely.is_empty(part)
    part, row = part[keep], row[keep]
    moved = transform(shapely.force_2d(part), declared_crs(frame), target)
    xy, owner = shapely.get_coordinates(moved, return_index=True)
    if not np.isfinite(xy).all():
        raise Invalid(
            "not_in_plane", "有街道坐标无法投影", "a street has coordinates that cannot be projected"
        )
    steps, kind = booleans(frame, "steps", False), kinds(frame)
    steps |= kind == StreetKind.STEPS
    bridge, tunnel = booleans(frame, "bridge", False), booleans(frame, "tunnel", False)
    level = numbers(frame, "level", np.nan)
    usual = np.where(bridge, 1.0, np.where(tunnel, -1.0, 0.0))
    level = np.where(np.isnan(level), usual, level)
    streets = Streets(
        forward=booleans(frame, "foot_forward", True)[row],
        backward=booleans(frame, "foot_backward", True)[row],
        slope_pct=numbers(frame, "slope_pct", 0.0)[row],
        steps=steps[row],
        kind=kind[row],
        bridge=bridge[row],
        level=level[row],
        code=words(frame, "code")[row],
    )
    without_line = len(frame) - len(np.unique(row))
    return streets, np.rint(xy * 1000.0).astype(np.int64), owner.astype(np.int64), without_line


def _split(streets: Streets, xy_mm: Int64s, owner: Int64s) -> tuple[Parts, int, int]:
    """Cut every line at its nodes; also says how many lines had no length, and how many ends joined a line."""
    fresh = np.ones(len(xy_mm), dtype=np.bool_)
    fresh[1:] = (owner[1:] != owner[:-1]) | (xy_mm[1:] != xy_mm[:-1]).any(axis=1)
    xy_mm, owner = xy_mm[fresh], owner[fresh]
    count = np.bincount(owner, minlength=len(streets.code))
    long_enough = count[owner] >= 2
    xy_mm, owner = xy_mm[long_enough], owner[long_enough]
    _, level = np.unique(streets.level, return_inverse=True)
    behind, end = join_ends(Vertices(xy_mm, owner, level[owner], _is_end(owner)))
    # numpy.insert keeps the given order of what goes before one and the same vertex
    xy_mm, owner = (
        np.insert(xy_mm, behind + 1, xy_mm[end], axis=0),
        np.insert(owner, behind + 1, owner[behind]),
    )
    first = _is_first(owner)
    last = np.roll(first, -1)
    key, cut = _node_keys(level, xy_mm, owner, first | last)
    begin = np.flatnonzero(cut & ~last)
    finish = np.flatnonzero(cut & ~first)
    start, vertices = split_ranges(begin, finish)
    parts = Parts(start, xy_mm[vertices], key[begin], key[finish], owner[begin])
    return parts, int((count < 2).sum()), len(end)


def _is_first(owner: Int64s) -> Bools:
    first = np.ones(len(owner), dtype=np.bool_)
    first[1:] = owner[1:] != owner[:-1]
    return first


def _is_end(owner: Int64s) -> Bools:
    first = _is_first(owner)
    return first | np.roll(first, -1)


def _node_keys(level: Int64s, xy_mm: Int64s, owner: Int64s, is_end: Bools) -> tuple[Int64s, Bools]:
    """Which node each vertex would be at its place, and whether it is one.

    A place where streets end is one node for all levels that end there. An inner vertex joins it when its
    own level ends there; other inner vertices make a node of their own where two of a level meet.
    """
    if not len(xy_mm):
        return np.empty(0, np.int64), np.empty(0, np.bool_)
    spot = place_numbers(xy_mm) * (level.max() + 1) + level[owner]  # place and level together
    _, spot = np.unique(spot, return_inverse=True)
    ends = np.bincount(spot[is_end], minlength=spot.max() + 1) > 0
    crowd = np.bincount(spot, minlength=spot.max() + 1) > 1
    with_end = is_end | ends[spot]
    cut = with_end | crowd[spot]
    return np.where(with_end, _TOP_KEY, level[owner].astype(np.int64)), cut
