"""Circles of stations: drawn once and stored with the versions they were made with; nobody counts by them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Engine

from gis.base.crs import LONLAT
from gis.coverage import store
from gis.coverage.asked import asked
from gis.coverage.drawing import BY_STATION, VERSION, Style, as_table, by_station, drawn, features
from gis.coverage.drawing_turns import kept_limits, turn, work
from gis.coverage.found import situation_of, stations_inside
from gis.coverage.in_scenario import scenario_of
from gis.coverage.kept import kept
from gis.coverage.model import Question
from gis.coverage.world import AS_IT_IS, Situation, World
from gis.db.engine import unit_of_work
from gis.register.opening import open_at
from gis.register.station_types import station_type
from gis.walking.circles import STEP_M, Atlas
from gis.walking.columns import words
from gis.walking.cost import limit_cost
from gis.walking.model import METRES, Int64s, Profile
from gis.walking.profiles import PROFILES

Done = Callable[[int, int], None]
Wanted = list[tuple[Profile, int, Int64s]]
"""Circles to draw ahead: a profile, a limit, and the stations (rows of the place, rising)."""

_UNIT = 1_000_000


def atlas_of(world: World, step_m: float = STEP_M, situation: Situation = AS_IT_IS) -> Atlas:
    """What circles of a place are drawn on, kept with it."""
    gates = world.layers.gates
    usable = None
    if situation.at is not None and gates is not None:
        usable = open_at(words(gates, "hours"), situation.at)
    key = ("atlas", step_m, None if usable is None else usable.tobytes())
    return kept(world, key, lambda: Atlas.of(world.layers, world.prepared(situation), step_m, usable))


def circles(
    engine: Engine, question: Question, cache_dir: Path | None = None, style: Style | None = None
) -> gpd.GeoDataFrame:
    """The circles of a question's existing stations, those open at its time: columns of `drawing.features`.

    Whole circles of each station as the place is are stored when they are drawn first, at the limits of
    `kept_limits`. Stations that reach nothing are left out. Raises as `asked`, and within `answering` as `turn`.
    """
    style = style or Style()
    world, _ = asked(engine, question, cache_dir)
    now = situation_of(world, question)
    rows = _open(world, stations_inside(world, question), question)
    graph = world.graph(question.profile, now)
    # stored circles are of the place as it is
    storable = scenario_of(engine) is None and now == AS_IT_IS and style.step_m == STEP_M

    def each(limit: int) -> pd.DataFrame:
        if storable and not limit % _UNIT:
            return _stored(engine, world, rows, question.profile, limit)
        with turn(work(len(rows), question.profile, limit, style.step_m)):
            atlas = atlas_of(world, style.step_m, now)
            return as_table(atlas, atlas.each(graph, rows, limit))

    if style.shape in BY_STATION:
        table = by_station(question.profile, rows, question.limit, style.shape, each)
    else:
        with turn(work(len(rows), question.profile, question.limit, style.step_m)):
            atlas = atlas_of(world, style.step_m, now)
            table = drawn(atlas, graph, rows, question.limit, style.shape)
    return features(table, world.stations, graph, question.limit, world.version, style.step_m)


def _open(world: World, rows: Int64s, question: Question) -> Int64s:
    """The stations that are open at the time asked about."""
    if question.at is None:
        return rows
    return rows[open_at(words(world.stations, "hours")[rows], question.at)]


def _stored(engine: Engine, world: World, rows: Int64s, profile: Profile, limit: int) -> pd.DataFrame:
    """The circles of stations in their order: read where they are stored, else drawn; those of `kept_limits` stored.

    They are drawn between two transactions: the server ends one that waits for a long drawing. Who waited for a
    turn looks again at what others stored meanwhile.
    """
    ids = world.stations["id"].to_numpy()
    found = _read(engine, world, ids[rows], profile, limit)
    missing = rows[~np.isin(ids[rows], found["station_id"])]
    if len(missing):
        with turn(work(len(missing), profile, limit, STEP_M)):
            found = pd.concat([found, _read(engine, world, ids[missing], profile, limit)])
            missing = rows[~np.isin(ids[rows], found["station_id"])]
            fresh = _fresh(engine, world, missing, profile, limit)
        found = pd.concat([found, fresh])
    table: pd.DataFrame = found.set_index("station_id").loc[ids[rows]].reset_index(drop=True)
    return table


def _read(engine: Engine, world: World, ids: Int64s, profile: Profile, limit: int) -> pd.DataFrame:
    with unit_of_work(engine) as session:
        return pd.DataFrame(store.read_circles(session, profile.name, limit // _UNIT, ids, _versions(world)))


def _fresh(engine: Engine, world: World, rows: Int64s, profile: Profile, limit: int) -> pd.DataFrame:
    """Circles drawn now, stored where they are of `kept_limits`."""
    atlas = atlas_of(world)
    fresh = as_table(atlas, atlas.each(world.graph(profile), rows, limit))
    fresh["station_id"] = world.stations["id"].to_numpy()[rows]
    stay = kept_limits(words(world.stations, "type")[rows], profile, limit)
    if stay.any():
        with unit_of_work(engine) as session:
            store.lock_circles(session)
            store.add_circles(session, _rows(world, profile, limit, fresh[stay]))
    return fresh


def _versions(world: World) -> tuple[str, str]:
    return world.version, VERSION


def _rows(world: World, profile: Profile, limit: int, table: pd.DataFrame) -> pd.DataFrame:
    stored = shapely.set_srid(table["geometry"].to_numpy(), LONLAT)
    network, rule = _versions(world)
    return pd.DataFrame(
        {
            "station_id": table["station_id"],
            "cost": profile.name,
            "limit_value": limit // _UNIT,
            "network_version": network,
            "rule_version": rule,
            "buildings": table["buildings"],
            "corrected": table["corrected"],
            "geom": shapely.to_wkb(stored, hex=True, include_srid=True),
        }
    )


def own_circles(world: World) -> Wanted:
    """Every existing station at its type's radius, and at its tier by the standard profile."""
    wanted: dict[tuple[str, int], list[int]] = {}
    existing = np.flatnonzero((world.stations["status"] == "existing").to_numpy())
    for row, name in zip(existing, world.stations["type"].to_numpy()[existing], strict=True):
        kind = station_type(name)
        if kind.radius_m is not None and kind.tier_min is not None:
            wanted.setdefault((METRES.name, limit_cost(METRES, metres=kind.radius_m)), []).append(int(row))
            standard = PROFILES["standard"]
            wanted.setdefault((standard.name, limit_cost(standard, minutes=kind.tier_min)), []).append(
                int(row)
            )
    named = {METRES.name: METRES, **PROFILES}
    return [(named[name], limit, np.array(rows)) for (name, limit), rows in sorted(wanted.items())]


def asked_circles(world: World, question: Question) -> Wanted:
    """What a question about the whole place, at no certain time, draws: the circles of its existing stations."""
    return [(question.profile, question.limit, stations_inside(world, question))]


def store_circles(engine: Engine, world: World, wanted: Wanted, progress: Done | None = None) -> int:
    """Draw and store those of the wanted circles that are missing; how many are wanted.

    Each limit is one transaction, so that what is drawn stays when the rest is broken off. `progress` hears of the
    missing ones, and nothing where none is.
    """
    missing = _missing(engine, world, wanted)
    done, total = 0, sum(len(rows) for *_, rows in missing)
    tell: Done = progress or (lambda _done, _total: None)
    for profile, limit, rows in missing:
        atlas = atlas_of(world)
        made = atlas.each(world.graph(profile), rows, limit, partial(_tell, tell, done, total))
        table = as_table(atlas, made).assign(station_id=world.stations["id"].to_numpy()[rows])
        with unit_of_work(engine) as session:
            store.lock_circles(session)
            store.add_circles(session, _rows(world, profile, limit, table))
        done += len(rows)
    return sum(len(rows) for *_, rows in wanted)


def _missing(engine: Engine, world: World, wanted: Wanted) -> Wanted:
    """The wanted circles that are not stored with the current versions; what is stored with others is dropped."""
    ids, missing = world.stations["id"].to_numpy(), []
    with unit_of_work(engine) as session:
        store.lock_circles(session)
        store.delete_stale_circles(session, _versions(world))
        for profile, limit, rows in wanted:
            found = store.stored_circles(session, profile.name, limit // _UNIT, ids[rows])
            left = rows[~np.isin(ids[rows], found)]
            if len(left):
                missing.append((profile, limit, left))
    return missing


def _tell(tell: Done, before: int, total: int, number: int) -> None:
    tell(before + number, total)
