"""Row `commit`: one edit of a city made for real in the database with one stored layer, against storing it anew."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Engine, text

from benchmarks.database import bench_engine
from benchmarks.harness import Row, compare, timed
from benchmarks.incremental import EDITS, TYPE, _edits, _layers
from gis.areas.tables import Area
from gis.coverage.editing import Committed, commit_edit
from gis.coverage.model import ask
from gis.coverage.service import stored_layer
from gis.coverage.world import current_world
from gis.db.copy import copy_columns
from gis.db.engine import make_engine, unit_of_work
from gis.db.staging import driver
from gis.walking.prepare import Layers

QUESTION = ask([TYPE], metres=500)
STORED = text("SELECT * FROM reach ORDER BY building_id")
COLUMNS = {
    "streets": ("street", {"kind": "text"}),
    "buildings": ("building", {}),
    "stations": ("station", {"type": "text", "name": "text"}),
    "barriers": ("barrier", {"kind": "text"}),
    "compounds": ("compound", {"walled": "bool"}),
    "gates": ("gate", {"access": "text"}),
}


def run(size: str) -> Row:
    """The edits of the row `incremental`, each committed; `p95_ms` is of the whole transaction."""
    layers = _layers(size)
    with bench_engine() as engine:
        setup_s = {}
        setup_s["load"], _ = timed(lambda: _load(engine, layers))
        setup_s["read"], world = timed(lambda: current_world(engine))
        setup_s["first layer"], _ = timed(lambda: stored_layer(engine, QUESTION))
        edits = _edits(world.layers, np.random.default_rng(11))
        for _ in range(9):
            commit_edit(engine, next(edits))  # compiled, and read once what edits need
        took, changed = [], []
        for _ in range(EDITS[size]):
            edit = next(edits)
            begin = perf_counter()
            changed.append(commit_edit(engine, edit).changed_buildings)
            took.append((perf_counter() - begin) * 1000.0)

        same = _same(engine)

        def ours() -> Committed:
            return commit_edit(engine, next(edits))

        row = compare(
            "commit",
            size,
            ours,
            {"anew": lambda: _anew(engine)},
            agree=lambda _: same,
            setup_s=setup_s,
            notes=[
                f"{len(layers.buildings):,} buildings, one stored layer, {len(took)} edits in a row;"
                f" up to {max(changed):,} rows changed by one",
                "anew: the place read, prepared and searched from nothing, and the layer stored",
            ],
            rounds=1,
        )
    return replace(
        row, measures={"p95_ms": float(np.percentile(took, 95)), "median_ms": float(np.median(took))}
    )


def _load(engine: Engine, layers: Layers) -> None:
    with unit_of_work(engine) as session:
        square = shapely.MultiPolygon([shapely.box(0, 0, 1, 1)])
        area = Area(code="23", level="province", name="23", path=[], geom=f"SRID=4326;{square.wkt}")
        session.add(area)
        session.flush()
        area.path = [area.id]
        connection = driver(session)
        for layer, (table, kinds) in COLUMNS.items():
            frame = getattr(layers, layer)
            columns = {name: (kind, frame[name].to_numpy()) for name, kind in kinds.items()}
            shapes = frame.geometry.to_numpy()
            if table == "compound":
                shapes = shapely.multipolygons(shapes, indices=np.arange(len(shapes)))
                columns["name"] = ("text", frame["code"].to_numpy())
            columns |= {"code": ("text", frame["code"].to_numpy()), "geom": ("geometry", shapes)}
            copy_columns(connection, f"wangge.{table}", columns)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
        plain.execute(text("ANALYZE"))


def _anew(engine: Engine) -> int:
    """Everything from nothing, in a pool of its own."""
    fresh = make_engine(engine.url)
    try:
        with fresh.begin() as connection:
            connection.execute(text("DELETE FROM reach_layer"))
        return stored_layer(fresh, QUESTION)[0]
    finally:
        fresh.dispose()


def _same(engine: Engine) -> bool:
    """What the edits left is what a computation from nothing stores."""
    with engine.connect() as connection:
        edited = pd.read_sql(STORED, connection).drop(columns="layer_id")
    _anew(engine)
    with engine.connect() as connection:
        return edited.equals(pd.read_sql(STORED, connection).drop(columns="layer_id"))
