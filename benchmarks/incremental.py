"""Row `incremental`: one edit of a city with the answer of one stored layer mended, against computing all anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime
from itertools import count
from time import perf_counter
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.circles import streets
from benchmarks.harness import Row, compare, timed
from gis.base.crs import LONLAT, metric_crs, unproject_xy
from gis.coverage.contents import Contents
from gis.coverage.world import World
from gis.walking.edit_kinds import (
    AddStation,
    AddStreet,
    CloseStation,
    Edit,
    MoveStation,
    RemoveStreet,
    SetGate,
)
from gis.walking.model import METRES
from gis.walking.prepare import Layers

NODES = {"town": 900, "district": 8_000, "city": 202_500}
BUILDINGS = {"town": 2_000, "district": 40_000, "city": 1_000_000}
STATIONS = {"town": 20, "district": 150, "city": 3_000}
EDITS = {"town": 70, "district": 105, "city": 105}
BLOCK_M, YARD_M, YARDS_M = 150.0, 120.0, 600.0
ORIGIN_M = np.array([500_000.0, 5_060_000.0])
TYPE = "party_mass_center"
_MERIDIAN = 126.6


def run(size: str) -> Row:
    """Edits of seven kinds in turn; `p95_ms` is of the whole edit, `search_p95_ms` of mending the answer alone."""
    layers = _layers(size)
    world = World(layers, pd.DataFrame(), Contents.of(layers).version, datetime.now(UTC), None)
    setup_s = {}
    setup_s["prepare"], _ = timed(world.prepared)
    setup_s["first answer"], _ = timed(lambda: world.reached((TYPE,), METRES))
    edits = _edits(layers, np.random.default_rng(11))
    setup_s["ours"], world = timed(lambda: _edited(world, next(edits))[0])  # reads once what edits need
    for _ in range(7):
        world = _edited(world, next(edits))[0]  # compiled before the clock starts
    whole, search, kinds = [], [], []
    for _ in range(EDITS[size]):
        edit = next(edits)
        begin = perf_counter()
        world, searching = _edited(world, edit)
        whole.append((perf_counter() - begin) * 1000.0)
        search.append(searching * 1000.0)
        kinds.append(edit.kind)
    held = [world]

    def ours() -> World:
        held[0] = _edited(held[0], next(edits))[0]
        return held[0]

    row = compare(
        "incremental",
        size,
        ours,
        {"full": lambda: _full(held[0])},
        agree=lambda answers: _same(answers["ours"], answers["full"]),
        setup_s=setup_s,
        notes=[
            f"{len(layers.buildings):,} buildings, {world.prepared().network.edges:,} edges, {STATIONS[size]:,} stations;"
            f" {len(whole)} edits in a row after 8",
            *(
                _by_kind(kind, np.array(kinds), np.array(whole), np.array(search))
                for kind in sorted(set(kinds))
            ),
            "after all these edits every array and every distance equals a full computation of the same layers",
        ],
    )
    p95 = {
        name: float(np.percentile(took, 95)) for name, took in (("p95_ms", whole), ("search_p95_ms", search))
    }
    return replace(row, measures=p95)


def _edited(world: World, edit: Edit) -> tuple[World, float]:
    """The place after an edit with its answer, and the seconds that the search took."""
    world = world.edited([edit])
    begin = perf_counter()
    world.reached((TYPE,), METRES)
    searching = perf_counter() - begin
    if world.change is None or world.change.full:
        raise AssertionError(f"{edit.kind} was computed in full")
    world.moved((TYPE,), METRES)
    return world, searching


def _full(world: World) -> World:
    """The same layers prepared and searched from nothing."""
    fresh = World(
        world.layers, world.areas, Contents.of(world.layers).version, world.read_at, None, world.crs
    )
    fresh.reached((TYPE,), METRES)
    return fresh


def _same(ours: World, full: World) -> bool:
    """Bit for bit: network, links, direct pairs, distances, version."""
    pairs: list[tuple[Any, Any]] = [
        (ours.reached((TYPE,), METRES).nearest, full.reached((TYPE,), METRES).nearest)
    ]
    pairs += [
        (getattr(ours.prepared(), part), getattr(full.prepared(), part))
        for part in ("network", "building_links", "station_links", "direct")
    ]
    equal = all(
        np.array_equal(getattr(mine, one.name), getattr(theirs, one.name))
        for mine, theirs in pairs
        for one in fields(mine)
        if one.name != "crs"
    )
    return equal and ours.version == full.version


def _by_kind(kind: str, kinds: Any, whole: Any, search: Any) -> str:
    mine = kinds == kind
    return (
        f"{kind}: median {np.median(whole[mine]):.0f} ms, longest {whole[mine].max():.0f} ms,"
        f" search {np.median(search[mine]):.0f} ms"
    )


def _edits(layers: Layers, rng: np.random.Generator) -> Iterator[Edit]:
    """For ever: a station added, moved and closed, a gate shut and opened, a street added and removed."""
    low, high = layers.streets.total_bounds[:2], layers.streets.total_bounds[2:]
    gates, roads = layers.gates["code"].to_numpy(), layers.streets["code"].to_numpy()  # type: ignore[index]
    ends = shapely.get_point(layers.streets.geometry.to_numpy(), 0)
    for number in count():
        new = f"N{number:06}"
        place, other = rng.uniform(low, high), rng.uniform(low, high)
        yield AddStation(new, TYPE, new, *place)
        yield MoveStation(new, *other)
        gate = str(rng.choice(gates))
        yield SetGate(gate, "closed")
        start = shapely.get_coordinates(ends[rng.integers(len(ends))])[0]
        middle = start + rng.uniform(-1, 1, 2) * [0.0015, 0.001]
        yield AddStreet(new, (tuple(start), tuple(middle), tuple(rng.uniform(-1, 1, 2) * 0.0005 + middle)))
        yield CloseStation(new)
        yield RemoveStreet(new if number % 2 else str(roads[number * 37 % len(roads)]))
        yield SetGate(gate, "public")


def _layers(size: str) -> Layers:
    network, rng = streets(NODES[size], block_m=BLOCK_M), np.random.default_rng(12)
    ends = network.vertex_xy_mm.reshape(-1, 2, 2) / 1000.0
    low, high = network.node_xy_mm.min(axis=0) / 1000.0, network.node_xy_mm.max(axis=0) / 1000.0
    centre = rng.uniform(low, high, (BUILDINGS[size], 2))
    half = rng.uniform(3.0, 9.0, len(centre))[:, None]
    lattice = np.stack(
        np.meshgrid(*(np.arange(a + YARDS_M, b - YARDS_M, YARDS_M) for a, b in zip(low, high, strict=True))),
        -1,
    )
    yards = lattice.reshape(-1, 2)
    doors = np.concatenate([yards + np.array([YARD_M / 2, 0.0]), yards - np.array([0.0, YARD_M / 2])])
    rivers = [(low[0], y, high[0], y + 40.0) for y in np.linspace(low[1], high[1], 5)[1:-1]]
    names = {"type": TYPE, "status": "existing", "building": None, "hours": None, "capacity": None}
    return Layers(
        _frame(shapely.linestrings(ends), "S", kind="residential", foot_forward=True, foot_backward=True, steps=False,
               slope_pct=0.0, level=None, bridge=False, tunnel=False),
        _frame(shapely.box(*(centre - half).T, *(centre + half).T), "B"),
        _frame(shapely.points(rng.uniform(low, high, (STATIONS[size], 2))), "T", name="站", **names),
        barriers=_frame(shapely.box(*np.array(rivers).T), "R", kind="river"),
        compounds=_frame(shapely.box(*(yards - YARD_M / 2).T, *(yards + YARD_M / 2).T), "C", walled=True),
        gates=_frame(shapely.points(doors), "G", compound=None, access="public", hours=None),
    )  # fmt: skip


def _frame(shapes: Any, letter: str, **columns: Any) -> gpd.GeoDataFrame:
    """Plane metres as a layer in lon/lat, sorted by code."""

    def move(xy: Any) -> Any:
        east, north = (xy + ORIGIN_M).T
        return np.column_stack(unproject_xy(east, north, metric_crs(_MERIDIAN)))

    geometry = shapely.transform(np.asarray(shapes, dtype=object), move)
    code = [f"{letter}{i:07}" for i in range(len(geometry))]
    return gpd.GeoDataFrame({"code": code, **columns}, geometry=geometry, crs=LONLAT, index=range(len(code)))
