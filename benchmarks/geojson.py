"""Row `geojson`: 20,000 stored grids as the bytes of a GeoJSON collection."""

from __future__ import annotations

import json
from typing import Any

import geopandas as gpd
import numpy as np
import psycopg
import shapely
from sqlalchemy.orm import Session

from benchmarks import inputs
from benchmarks.database import bench_engine
from benchmarks.harness import Row, compare, timed
from gis.areas.features import area_features
from gis.db.copy import copy_columns

DIGITS = 9  # a tenth of a millimetre; the product's default is 7
QUERY = "SELECT code AS id, code, name, kind, geom FROM wangge.area WHERE level = 'grid' ORDER BY code"


def run(size: str) -> Row:
    """Ours from the database, as the service answers, against GeoDataFrame.to_json of a frame in memory."""
    grids = inputs.grids(inputs.GRIDS[size])
    with bench_engine() as engine, Session(engine) as session:
        connection: psycopg.Connection[Any] = session.connection().connection.driver_connection  # type: ignore[assignment]
        setup_s, _ = timed(lambda: _load(connection, grids))
        session.commit()
        read_s, frame = timed(lambda: gpd.read_postgis(QUERY, session.connection(), geom_col="geom"))
        return compare(
            "geojson",
            size,
            lambda: area_features(session, digits=DIGITS),
            {
                "geopandas": frame.to_json,
                "geopandas_postgis": lambda: gpd.read_postgis(
                    QUERY, session.connection(), geom_col="geom"
                ).to_json(),
            },
            agree=same,
            floor=lambda: (
                session.connection()
                .exec_driver_sql("SELECT string_agg(ST_AsBinary(geom), ''::bytea) FROM wangge.area")
                .scalar()
            ),
            setup_s={"ours": setup_s, "geopandas": read_s},
            notes=[
                f"{len(grids.codes):,} grids of 28 corners; ours from the database to bytes with {DIGITS} decimals",
                "geopandas: from a frame in memory; geopandas_postgis: from the database as ours",
            ],
        )


def _load(connection: psycopg.Connection[Any], grids: inputs.Grids) -> None:
    columns = {
        "code": ("text", grids.codes),
        "level": ("text", np.full(len(grids.codes), "grid", dtype=object)),
        "name": ("text", np.array([f"第{code[-3:]}网格" for code in grids.codes], dtype=object)),
        "kind": ("text", np.full(len(grids.codes), "comprehensive", dtype=object)),
        "geom": ("geometry", np.array([shapely.MultiPolygon([shape]) for shape in grids.polygons])),
    }
    connection.execute("ALTER TABLE wangge.area ALTER COLUMN path SET DEFAULT '{}'")
    copy_columns(connection, "wangge.area", columns)
    connection.execute("ANALYZE wangge.area")


def same(answers: dict[str, Any]) -> bool:
    """The same codes in the same order, every coordinate within the decimals written."""
    parsed = [json.loads(text)["features"] for text in answers.values()]
    codes = [[feature["properties"]["code"] for feature in features] for features in parsed]
    shapes = [
        shapely.normalize(shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features]))
        for features in parsed
    ]
    near = [shapely.equals_exact(shapes[0], other, 10.0**-DIGITS).all() for other in shapes[1:]]
    return all(other == codes[0] for other in codes) and all(near)
