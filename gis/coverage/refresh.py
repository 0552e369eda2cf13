"""After an import: the network, its counterfactuals, every circle and the planner's first layer, ready to be asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine

from gis.base.progress import Progress, silent
from gis.coverage import store
from gis.coverage.circles import own_circles, store_own_circles
from gis.coverage.drawing import VERSION
from gis.coverage.model import ask
from gis.coverage.service import answer, stored_layer
from gis.coverage.world import AS_IT_IS, GATES_OPEN, NO_BARRIERS, World, current_world
from gis.db.engine import unit_of_work

FIRST_MINUTES = 15
LINKING = "建网挂接 / linking to streets"
CIRCLES = "计算步行圈（个，每站每档一个）/ walking circles (one per station and limit)"
LAYER = "覆盖图层 / coverage layer"


def refresh(engine: Engine, progress: Progress = silent, cache_dir: Path | None = None) -> None:
    """Make what the pages show first; what is current is left as it is. Without streets there is nothing to do."""
    world = current_world(engine, cache_dir)
    if not len(world.layers.streets) or not len(world.stations) or not len(world.buildings):
        return
    link(world, progress)
    if not circles_current(engine, world):
        store_own_circles(engine, lambda done, total: progress(CIRCLES, done, total), cache_dir)
    progress(LAYER, 0, 1)
    question = ask([world.first_type], minutes=FIRST_MINUTES)
    answer(world, question)
    stored_layer(engine, question, cache_dir)
    progress(LAYER, 1, 1)


def link(world: World, progress: Progress) -> None:
    """The kernels are compiled here the first time on a machine: half a minute at most, then cached."""
    scenarios = (AS_IT_IS, GATES_OPEN, NO_BARRIERS)
    for done, scenario in enumerate(scenarios):
        progress(LINKING, done, len(scenarios))
        world.prepared(scenario)
    progress(LINKING, len(scenarios), len(scenarios))


def circles_current(engine: Engine, world: World) -> bool:
    """Whether every station's own circles are stored with the current versions."""
    wanted = sum(len(rows) for *_, rows in own_circles(world))
    with unit_of_work(engine) as session:
        return store.own_circles_stored(session, (world.version, VERSION), _wanted(world)) == wanted


def _wanted(world: World) -> dict[str, list[Any]]:
    """Station ids, costs and limits of all own circles, as columns."""
    ids = world.stations["id"].to_numpy()
    columns: dict[str, list[Any]] = {"station_ids": [], "costs": [], "limit_values": []}
    for profile, limit, rows in own_circles(world):
        columns["station_ids"] += ids[rows].tolist()
        columns["costs"] += [profile.name] * len(rows)
        columns["limit_values"] += np.full(len(rows), limit // 1_000_000).tolist()
    return columns
