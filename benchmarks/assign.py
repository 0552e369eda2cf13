"""Row `assign`: which grid owns each of a million points, files alone; the tie rule applied to every answer."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from benchmarks import inputs
from benchmarks.harness import Missing, Row, Work, compare, timed
from gis.areas.locate import build_grid_index, locate_many
from gis.areas.model import Method

Ints = npt.NDArray[np.int64]
# Beyond every grid the peers have no answer, so ours is asked without the offer of the nearest grid.
NO_OFFER_M = 0.0


def run(size: str) -> Row:
    """Ours, geopandas.sjoin, a sorted prepared STRtree, DuckDB spatial, SedonaDB and polars-st."""
    grids = inputs.grids(inputs.GRIDS[size])
    points = inputs.points(grids, inputs.POINTS[size])
    lon, lat = points[:, 0].copy(), points[:, 1].copy()
    build_grid_index(*inputs.grids(4))  # compiled before the clock starts
    built_s, index = timed(lambda: build_grid_index(*grids))

    def ours() -> Ints:
        located = locate_many(index, lon, lat, distances=False, reach_m=NO_OFFER_M)
        return np.where(located.method <= Method.BORDER, located.grid, -1)

    setup_s = {"ours": built_s}
    peers: dict[str, Work | Missing] = {}
    for name, prepare in PEERS.items():
        try:
            setup_s[name], work = timed(lambda make=prepare: make(grids, lon, lat))  # type: ignore[misc]
            peers[name] = work
        except Exception as error:  # noqa: BLE001 - whatever keeps a peer from running is said beside the table
            peers[name] = Missing(f"{type(error).__name__}: {str(error).splitlines()[0]}")
    return compare(
        "assign",
        size,
        ours,
        peers,
        agree=same,
        floor=lambda: (lon.copy(), lat.copy(), np.full(lon.size, -1, np.int64)),
        setup_s=setup_s,
        notes=[
            f"{lon.size:,} points, {grids.codes.size:,} grids; distances are not asked for",
            "sedonadb is told to use GEOS: its default (tg) misses some points on borders",
        ],
    )


def same(answers: dict[str, Any]) -> bool:
    """Point by point, after the tie rule, no difference from ours."""
    return all(np.array_equal(answers["ours"], answer) for answer in answers.values())


def lowest(count: int, point: npt.ArrayLike, grid: npt.ArrayLike) -> Ints:
    """The tie rule on pairs: the lowest grid (codes ascend with the position) of each point, -1 none."""
    pairs = pd.Series(np.asarray(grid)).groupby(np.asarray(point)).min()
    answer = np.full(count, -1, dtype=np.int64)
    answer[pairs.index.to_numpy()] = pairs.to_numpy()
    return answer


def _geopandas(grids: inputs.Grids, lon: inputs.Floats, lat: inputs.Floats) -> Work:
    area = gpd.GeoDataFrame(geometry=grids.polygons, crs=4326)
    places = gpd.GeoDataFrame(geometry=shapely.points(lon, lat), crs=4326)

    def join() -> Ints:
        pairs = gpd.sjoin(places, area, predicate="intersects")
        return lowest(lon.size, pairs.index, pairs["index_right"])

    return join


def _strtree(grids: inputs.Grids, lon: inputs.Floats, lat: inputs.Floats) -> Work:
    shapes = grids.polygons.copy()
    shapely.prepare(shapes)
    tree = shapely.STRtree(shapes)
    places = np.asarray(shapely.points(lon, lat), dtype=object)
    # Neighbours in the order of the query keep the tree's nodes and the prepared polygons in cache.
    cell = np.floor((lat - lat.min()) / 0.003).astype(np.int64) * 100_000
    order = np.argsort(cell + np.floor((lon - lon.min()) / 0.0045).astype(np.int64), kind="stable")
    ordered = places[order]

    def query() -> Ints:
        point, grid = tree.query(ordered, predicate="intersects")
        return lowest(lon.size, order[point], grid)

    return query


def _duckdb(grids: inputs.Grids, lon: inputs.Floats, lat: inputs.Floats) -> Work:
    import duckdb

    # From the wheel, never downloaded: without it the peer is missing.
    folder = resources.files("duckdb_extension_spatial") / "extensions" / f"v{duckdb.__version__}"
    base = duckdb.connect()
    base.execute(f"LOAD '{folder / 'spatial.duckdb_extension'}'")
    area = pd.DataFrame({"grid": np.arange(grids.codes.size), "wkb": shapely.to_wkb(grids.polygons)})
    places = pd.DataFrame({"point": np.arange(lon.size), "lon": lon, "lat": lat})
    base.register("area_in", area)
    base.register("places_in", places)
    base.execute("CREATE TABLE area AS SELECT grid, ST_GeomFromWKB(wkb) AS geom FROM area_in")
    base.execute("CREATE TABLE places AS SELECT point, ST_Point(lon, lat) AS geom FROM places_in")

    def join() -> Ints:
        pairs = base.execute(
            "SELECT point, min(grid) AS grid FROM places JOIN area ON ST_Intersects(area.geom, places.geom)"
            " GROUP BY point"
        ).fetchnumpy()
        return lowest(lon.size, pairs["point"], pairs["grid"])

    return join


def _sedonadb(grids: inputs.Grids, lon: inputs.Floats, lat: inputs.Floats) -> Work:
    import pyarrow as pa
    import sedonadb

    base = sedonadb.connect()
    base.sql("SET sedona.spatial_join.spatial_library = 'geos'")  # its default misses some points on borders
    area = pa.table({"grid": np.arange(grids.codes.size), "wkb": shapely.to_wkb(grids.polygons)})
    wkb = shapely.to_wkb(np.asarray(shapely.points(lon, lat), dtype=object))
    places = pa.table({"point": np.arange(lon.size), "wkb": wkb})
    for name, key, table in (("area", "grid", area), ("places", "point", places)):
        base.create_data_frame(table).to_view(f"{name}_in")
        base.sql(f"SELECT {key}, ST_GeomFromWKB(wkb) AS geom FROM {name}_in").to_memtable().to_view(name)

    def join() -> Ints:
        frame = base.sql(
            "SELECT point, min(grid) AS grid FROM places JOIN area ON ST_Intersects(area.geom, places.geom)"
            " GROUP BY point"
        )
        pairs = pa.table(frame)
        return lowest(lon.size, pairs["point"].to_numpy(), pairs["grid"].to_numpy())

    return join


def _polars_st(grids: inputs.Grids, lon: inputs.Floats, lat: inputs.Floats) -> Work:
    import polars as pl
    import polars_st as st

    area = st.GeoDataFrame({"grid": np.arange(grids.codes.size), "geometry": shapely.to_wkb(grids.polygons)})
    places = st.GeoDataFrame(
        {"point": np.arange(lon.size), "geometry": shapely.to_wkb(shapely.points(lon, lat))}
    )

    def join() -> Ints:
        pairs = places.st.sjoin(area, predicate="intersects").group_by("point").agg(pl.col("grid").min())
        return lowest(lon.size, pairs["point"].to_numpy(), pairs["grid"].to_numpy())

    return join


PEERS: dict[str, Callable[[inputs.Grids, inputs.Floats, inputs.Floats], Work]] = {
    "geopandas": _geopandas,
    "strtree": _strtree,
    "duckdb": _duckdb,
    "sedonadb": _sedonadb,
    "polars_st": _polars_st,
}
