"""Row `load`: building polygons into PostGIS, ours by binary COPY against GeoDataFrame.to_postgis and ogr2ogr.

Everybody starts from the same rows and ends with a committed table without an index; the index is built
afterwards, the same for all, and its time is printed beside. ogr2ogr reads a FlatGeobuf file (its fastest
source), so that what GDAL needs to read that file alone is printed beside as well.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import pyogrio
import shapely
from geoalchemy2 import Geometry
from sqlalchemy import Engine, text

from benchmarks.database import SCHEMA, bench_engine
from benchmarks.harness import Missing, Row, Work, compare, timed
from gis.base.crs import LONLAT
from gis.db.copy import copy_columns

ROWS = {"town": 10_000, "district": 100_000, "city": 1_000_000}
COLUMNS = "code text, use text, storeys int4, households int4, geom geometry(Polygon, 4326)"


def buildings(count: int, *, seed: int = 3) -> gpd.GeoDataFrame:
    """`count` footprints as drawn: turned rectangles and L shapes of 5 or 7 positions, with attributes."""
    rng = np.random.default_rng(seed)
    corners = np.array([[0, 0], [1, 0], [1, 0.5], [0.5, 0.5], [0.5, 1], [0, 1], [0, 0]], dtype=np.float64)
    shape = np.repeat(corners[None], count, axis=0)
    plain = rng.random(count) < 0.7
    shape[plain, 2:5] = [1, 1]
    size = rng.uniform(1e-4, 6e-4, (count, 1, 2))
    turn = rng.uniform(0, np.pi / 2, count)
    spin = np.stack([np.cos(turn), -np.sin(turn), np.sin(turn), np.cos(turn)], axis=1).reshape(count, 2, 2)
    xy = (shape * size) @ spin + rng.uniform([126.3, 45.5], [127.0, 46.0], (count, 1, 2))
    keep = np.ones((count, 7), dtype=bool)
    keep[plain, 3:5] = False
    rings = shapely.linearrings(xy[keep], indices=np.repeat(np.arange(count), keep.sum(axis=1)))
    values = {
        "code": [f"B{number:09d}" for number in range(count)],
        "use": rng.choice(["residential", "commercial", "garage"], count),
        "storeys": rng.integers(1, 33, count, dtype=np.int32),
        "households": rng.integers(0, 200, count, dtype=np.int32),
    }
    return gpd.GeoDataFrame(pd.DataFrame(values), geometry=shapely.polygons(rings), crs=4326).rename_geometry(
        "geom"
    )


def _execute(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def _ours(engine: Engine, frame: gpd.GeoDataFrame) -> Work:
    def work() -> str:
        _execute(engine, "DROP TABLE IF EXISTS bench.load_ours", f"CREATE TABLE bench.load_ours ({COLUMNS})")
        with engine.begin() as connection:
            driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
            copy_columns(
                driver,
                "bench.load_ours",
                {
                    "code": ("text", frame["code"]),
                    "use": ("text", frame["use"]),
                    "storeys": ("int4", frame["storeys"]),
                    "households": ("int4", frame["households"]),
                    "geom": ("geometry", frame.geometry.to_numpy()),
                },
            )
        return "load_ours"

    return work


def _to_postgis(engine: Engine, frame: gpd.GeoDataFrame) -> Work:
    # Left to itself geopandas makes the index before the rows, which only costs it time.
    column = Geometry("POLYGON", LONLAT, spatial_index=False)

    def work() -> str:
        frame.to_postgis(
            "load_to_postgis", engine, schema=SCHEMA, if_exists="replace", dtype={"geom": column}
        )
        return "load_to_postgis"

    return work


def _ogr2ogr(engine: Engine, source: Path) -> Work | Missing:
    program = shutil.which("ogr2ogr")
    if program is None:
        return Missing("ogr2ogr is not installed (package gdal-bin)")
    url = engine.url
    parts = {
        "host": url.query.get("host"),
        "port": url.query.get("port"),
        "dbname": url.database,
        "user": url.username,
    }
    target = "PG:" + " ".join(f"{key}='{value}'" for key, value in parts.items() if value)

    def work() -> str:
        _execute(engine, "DROP TABLE IF EXISTS bench.load_ogr2ogr")
        subprocess.run(
            [program, "-f", "PostgreSQL", target, str(source), "-nln", "load_ogr2ogr",
             "-lco", "SPATIAL_INDEX=NONE", "-lco", f"SCHEMA={SCHEMA}", "-lco", "GEOMETRY_NAME=geom", "-lco", "FID=fid",
             "-gt", "200000", "--config", "PG_USE_COPY", "YES"],
            check=True, capture_output=True,
        )  # fmt: skip
        return "load_ogr2ogr"

    return work


def _content(engine: Engine, table: str) -> tuple[Any, ...]:
    """Rows, vertices and a digest of every code, attribute and coordinate in order of the codes."""
    query = (
        "SELECT count(*), sum(ST_NPoints(geom)), md5(string_agg(md5(concat(code, use, storeys, households) || "
        f"encode(ST_AsBinary(geom), 'hex')), '' ORDER BY code)) FROM {SCHEMA}.{table}"
    )
    with engine.connect() as connection:
        return tuple(connection.execute(text(query)).one())


def run(size: str) -> Row:
    """Load `size` rows by each in turn; answers agree when every table holds the same bytes."""
    frame = buildings(ROWS[size])
    with bench_engine() as engine, tempfile.TemporaryDirectory() as place:
        source = Path(place) / "buildings.fgb"
        frame.to_file(source, SPATIAL_INDEX="NO")
        reading_s, _ = timed(lambda: pyogrio.raw.read(source))
        peers: dict[str, Work | Missing] = {
            "to_postgis": _to_postgis(engine, frame),
            "ogr2ogr": _ogr2ogr(engine, source),
        }
        contents: dict[str, Any] = {}

        def agree(answers: dict[str, Any]) -> bool:
            contents.update({name: _content(engine, table) for name, table in answers.items()})
            return len(set(contents.values())) == 1

        row = compare("load", size, _ours(engine, frame), peers, agree=agree)
        index_s, _ = timed(lambda: _execute(engine, "CREATE INDEX ON bench.load_ours USING gist (geom)"))
        row.setup_s.update({"index afterwards": index_s, "GDAL reading the file alone": reading_s})
        row.notes.append(
            f"{ROWS[size]:,} polygons, no index; building it afterwards takes {index_s:.2f} s for everybody; "
            f"GDAL reads ogr2ogr's file alone in {reading_s:.2f} s"
        )
        _execute(
            engine,
            *(f"DROP TABLE IF EXISTS bench.load_{name}" for name in ("ours", "to_postgis", "ogr2ogr")),
        )
    return row
