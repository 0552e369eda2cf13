"""Stored layers: what the tiles of a question show, made once and kept in the database."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.coverage import store
from gis.coverage.asked import asked
from gis.coverage.found import found, residents, shut
from gis.coverage.kept import kept
from gis.coverage.model import Question
from gis.coverage.verdict import margin
from gis.coverage.world import Reached, World
from gis.db.engine import unit_of_work


def stored_layer(engine: Engine, question: Question, cache_dir: Path | None = None) -> tuple[int, int, int]:
    """The stored layer the tiles read for a question, made when it is missing: id, limit, margin (costs).

    It says what the numbers say, also of a time of the week and of capacity: such layers are stored by what is
    shut then, and by limit and counts of people; only the newest few of them are kept.
    """
    world, _ = asked(engine, question, cache_dir)
    world.refuse_unknown(question.types)
    cost, situation = question.profile.name, _situation(world, question)
    with unit_of_work(engine) as session:
        layer = store.stored_layer(session, question.types, cost, world.versions, situation)
        if layer is None or not _whole(session, world, layer):
            store.lock_layers(session)  # the tiles of one map ask at the same moment: one of them computes
            layer = store.stored_layer(session, question.types, cost, world.versions, situation)
        if layer is None or not _whole(session, world, layer):
            rows = layer_rows(world, question)
            layer = store.replace_layer(
                session,
                question.types,
                cost,
                world.versions,
                rows,
                first=world.first_type,
                situation=situation,
            )
    world.verified.add(layer)
    return layer, question.limit, margin(question.limit, question.profile)


def _situation(world: World, question: Question) -> str:
    """What besides types and cost the rows of a layer depend on; empty for any time and any number of people."""
    parts = []
    if (closed := shut(world, question)) is not None:
        parts.append(f"open-{closed}")
    if question.capacity:
        people = kept(world, "people's digest", lambda: sha256(residents(world).tobytes()).hexdigest()[:12])
        parts.append(f"room-{question.limit}-{people}")
    return " ".join(parts)


def layer_rows(world: World, question: Question) -> pd.DataFrame:
    """The rows of `reach` of a question: with capacity the station that serves, and nobody where none has room."""
    got = found(world, question)
    rows = reach_rows(world, got.reached)
    if not question.capacity:
        return rows
    served, ids = got.covered, world.stations["id"].to_numpy()[got.reached.stations]
    whom = np.where(served, np.append(ids, 0)[got.station], 0)
    nothing = pd.array(np.zeros(len(rows), np.int64), dtype="Int64")
    nothing[:] = pd.NA
    station, cost = pd.array(whom, dtype="Int64"), pd.array(got.cost, dtype="Int64")
    station[~served], cost[~served] = pd.NA, pd.NA
    return rows.assign(station_id=station, cost=cost, second_station_id=nothing, second_cost=nothing)


def _whole(session: Session, world: World, layer: int) -> bool:
    """Whether a layer has a row for every building: an import that replaces buildings takes rows away."""
    return layer in world.verified or store.layer_size(session, layer) == len(world.buildings)


def reach_rows(world: World, reached: Reached) -> pd.DataFrame:
    """The rows of `reach` of one layer, unreachable as missing values."""
    links, near = world.prepared().building_links, reached.nearest
    ids = (
        world.stations["id"].to_numpy()[reached.stations] if len(reached.stations) else np.zeros(1, np.int64)
    )
    first, second = near.station >= 0, near.second_station >= 0
    return pd.DataFrame(
        {
            "building_id": world.buildings["id"].to_numpy(),
            "station_id": pd.array(np.where(first, ids[near.station], 0), dtype="Int64"),
            "cost": pd.array(near.cost, dtype="Int64"),
            "second_station_id": pd.array(np.where(second, ids[near.second_station], 0), dtype="Int64"),
            "second_cost": pd.array(near.second_cost, dtype="Int64"),
            "quality": links.quality,
            "reason": links.reason,
        }
    ).assign(
        station_id=lambda f: f["station_id"].where(first),
        cost=lambda f: f["cost"].where(first),
        second_station_id=lambda f: f["second_station_id"].where(second),
        second_cost=lambda f: f["second_cost"].where(second),
    )
