"""What a planner asks: who is covered, how far a building is, which layer the tiles show."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.base.crs import unproject_xy
from gis.base.errors import NotFound
from gis.coverage import numbers, scope, store
from gis.coverage.model import (
    BuildingAnswer,
    CoverageAnswer,
    Question,
    StationDistance,
    ask,
)
from gis.coverage.rows import answer_rows
from gis.coverage.verdict import margin, why_not
from gis.coverage.world import GATES_OPEN, NO_BARRIERS, Reached, World, current_world
from gis.db.engine import unit_of_work
from gis.db.scope import scope_of
from gis.walking.model import Bools, Int64s, Reason, Uint8s
from gis.walking.path import Walk, path, walk_line
from gis.walking.reasons import Why, borderline

STATUSES = ("existing", "under_construction", "planned")


def coverage_answer(
    engine: Engine,
    station_types: list[str] | tuple[str, ...],
    *,
    minutes: float | None = None,
    metres: float | None = None,
    profile: str = "standard",
    area: str | None = None,
    cache_dir: Path | None = None,
) -> CoverageAnswer:
    """Covered and total by grid, community and subdistrict for stations of these types.

    Tiers add up: only stations of the types asked for count, and only existing ones. Raises `Invalid` for a
    wrong question, `NotFound` (`area_not_found`).
    """
    question = ask(station_types, minutes=minutes, metres=metres, profile=profile, area=area)
    return answer_for(engine, question, cache_dir)


def answer_for(engine: Engine, question: Question, cache_dir: Path | None = None) -> CoverageAnswer:
    """The numbers of a question as far as the engine's scope may read them.

    Raises also `Forbidden` (`outside_scope`) for an area outside it.
    """
    world, asker = current_world(engine, cache_dir), scope_of(engine)
    scope.refuse_outside(world, asker, scope.COVERAGE, question.area)
    return scope.cut(answer(world, question), world, scope.held(asker, scope.PEOPLE))


def answer(world: World, question: Question) -> CoverageAnswer:
    """The numbers of a question on a place already read, all of them: cut them before they leave."""
    reached = world.reached(question.types, question.profile)
    covered = reached.nearest.covered(question.limit)
    counted = numbers.people(world.buildings)
    here = rows_inside(world, question.area)
    rows = here & (counted["buildings"] > 0)
    return CoverageAnswer(
        question=question,
        totals=numbers.totals(counted, covered, rows),
        areas={
            level: numbers.by_area(
                counted,
                covered,
                rows,
                numbers.area_of(world.buildings, world.areas, level),
                world.areas,
                numbers.areas_listed(world.areas, level, question.area),
            )
            for level in numbers.LEVELS
        },
        stations=_station_counts(world, question),
        reasons=_reasons(reasons(world, question, reached), rows & ~covered, counted["residents"]),
        as_of=datetime.now(UTC),
        network_version=world.version,
        rule_version=world.versions[1],
    )


def rows_inside(world: World, area: str | None) -> Bools:
    """Which buildings stand in the subtree of an area; all for None."""
    if area is None:
        return np.ones(len(world.buildings), dtype=np.bool_)
    return _found(numbers.inside(world.buildings["grid_id"], world.areas, area), area)


def _found(rows: Bools | None, area: str) -> Bools:
    if rows is None:
        raise NotFound(
            "area_not_found", f"没有编码为 {area} 的区域", f"there is no area {area}", field="area"
        )
    return rows


def reasons(world: World, question: Question, reached: Reached) -> Uint8s:
    """`Why` of every building; the counterfactuals are computed when an uncovered building asks for them."""
    cost = reached.nearest.cost
    link_reason = world.prepared().building_links.reason
    uncovered = (cost > question.limit) & (link_reason == Reason.LINKED)
    if not len(reached.stations) or not uncovered.any():
        return why_not(cost, question.limit, link_reason, cost, cost)
    other = [
        world.reached(question.types, question.profile, scenario).nearest.cost
        for scenario in (GATES_OPEN, NO_BARRIERS)
    ]
    return why_not(cost, question.limit, link_reason, other[0], other[1])


def _reasons(why: Uint8s, rows: Bools, residents: np.ndarray) -> list[tuple[str, int, int]]:
    found = [
        (kind.name.lower(), int((rows & (why == kind)).sum()), int(residents[rows & (why == kind)].sum()))
        for kind in Why
        if kind is not Why.COVERED
    ]
    return [row for row in found if row[1]]


def building_rows(world: World, question: Question) -> pd.DataFrame:
    """The answer as rows, one a building of the area asked about by code: the columns of `rows.answer_rows`."""
    reached = world.reached(question.types, question.profile)
    ready = replace(world.prepared(), station_links=reached.links, direct=reached.direct)
    codes = world.stations["code"].to_numpy(dtype=object)[reached.stations]
    made = answer_rows(
        world.buildings["code"].to_numpy(dtype=object),
        codes,
        ready,
        reached.nearest,
        reasons(world, question, reached),
        question.profile,
        question.limit,
    )
    return made[rows_inside(world, question.area)].reset_index(drop=True)


def stations_inside(world: World, question: Question, status: str = "existing") -> Int64s:
    """Rows of the stations of the types asked for that stand in the area asked about."""
    rows = world.chosen(question.types, status=status)
    if question.area is None:
        return rows
    here = _found(numbers.inside(world.stations["grid_id"], world.areas, question.area), question.area)
    return rows[here[rows]]


def _station_counts(world: World, question: Question) -> dict[str, int]:
    return {status: len(stations_inside(world, question, status)) for status in STATUSES}


def building_answer(
    engine: Engine, code: str, question: Question, cache_dir: Path | None = None
) -> BuildingAnswer:
    """One building: verdict, two nearest stations, the walked path. Raises `NotFound` (`building_not_found`).

    Its people and its address are for who may read the people there.
    """
    world, asker = current_world(engine, cache_dir), scope_of(engine)
    scope.refuse_outside(world, asker, scope.COVERAGE, question.area)
    row = int(np.searchsorted(world.buildings["code"].to_numpy(dtype=str), code))
    if row >= len(world.buildings) or world.buildings["code"].iloc[row] != code:
        raise NotFound(
            "building_not_found", f"没有编码为 {code} 的楼栋", f"there is no building {code}", field="code"
        )
    reached = world.reached(question.types, question.profile)
    near_limit = borderline(reached.nearest.cost, reached.nearest.reached, question.profile, question.limit)
    why = Why(int(reasons(world, question, reached)[row]))
    near = _walk(world, reached, row, int(reached.nearest.station[row]))
    far = _walk(world, reached, row, int(reached.nearest.second_station[row]))
    with unit_of_work(engine) as session:
        words = store.building_words(session, [code])
    known, seen = world.buildings.iloc[row], scope.buildings_seen(world, scope.held(asker, scope.PEOPLE))[row]
    return BuildingAnswer(
        code=code,
        covered=why is Why.COVERED,
        borderline=bool(near_limit[row]),
        reason=None if why is Why.COVERED else why.name.lower(),
        nearest=None if near is None else _distance(world, question, reached, near),
        second=None if far is None else _distance(world, question, reached, far),
        path=None if near is None else walked_line(world, reached, row, near),
        residents=_count(known["actual"]) if seen else None,
        households=_count(known["households"]) if seen else None,
        name=words["name"].iloc[0] if len(words) else None,
        address=words["address"].iloc[0] if len(words) and seen else None,
        suppressed=not seen,
    )


def _count(value: float | None) -> int | None:
    return None if pd.isna(value) else int(value)


def _walk(world: World, reached: Reached, row: int, station: int) -> Walk | None:
    if station < 0:
        return None
    near = reached.nearest
    cost = near.cost[row] if station == near.station[row] else near.second_cost[row]
    links = world.prepared().building_links
    return path(reached.graph, links, reached.links, reached.direct, row, station, int(cost))


def _distance(world: World, question: Question, reached: Reached, walk: Walk) -> StationDistance:
    station = world.stations.iloc[reached.stations[walk.station]]
    time_s = None if question.profile.is_metres else walk.cost / 1e6
    return StationDistance(station["code"], station["name"], station["type"], walk.length_um / 1e6, time_s)


def walked_line(world: World, reached: Reached, row: int, walk: Walk) -> np.ndarray:
    """Longitude, latitude of a walk: from the building's middle along the streets to the station."""
    place = world.prepared()
    home = shapely.get_coordinates(shapely.centroid(world.buildings.geometry.iloc[row]))
    goal = shapely.get_coordinates(
        shapely.centroid(world.stations.geometry.iloc[reached.stations[walk.station]])
    )
    streets = walk_line(place.network, walk)
    lon, lat = unproject_xy(streets[:, 0], streets[:, 1], place.crs)
    line: np.ndarray = np.concatenate([home, np.column_stack([lon, lat]), goal])
    return line


def stored_layer(engine: Engine, question: Question, cache_dir: Path | None = None) -> tuple[int, int, int]:
    """The stored layer the tiles read for a question, made when it is missing: id, limit, margin (costs)."""
    world = current_world(engine, cache_dir)
    scope.refuse_outside(world, scope_of(engine), scope.COVERAGE, question.area)
    world.refuse_unknown(question.types)
    cost = question.profile.name
    with unit_of_work(engine) as session:
        layer = store.stored_layer(session, question.types, cost, world.versions)
        if layer is None or not _whole(session, world, layer):
            store.lock_layers(session)  # the tiles of one map ask at the same moment: one of them computes
            layer = store.stored_layer(session, question.types, cost, world.versions)
        if layer is None or not _whole(session, world, layer):
            rows = reach_rows(world, world.reached(question.types, question.profile))
            layer = store.replace_layer(
                session, question.types, cost, world.versions, rows, first=world.first_type
            )
    world.verified.add(layer)
    return layer, question.limit, margin(question.limit, question.profile)


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
