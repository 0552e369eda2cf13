"""One building, or all of them: verdict, nearest stations, the walked path."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Engine

from gis.base.crs import unproject_xy
from gis.base.errors import NotFound
from gis.coverage import scope, store
from gis.coverage.asked import asked
from gis.coverage.found import reasons, rows_inside
from gis.coverage.model import BuildingAnswer, Question, StationDistance
from gis.coverage.rows import answer_rows
from gis.coverage.world import Reached, World
from gis.db.engine import unit_of_work
from gis.walking.path import Walk, path, walk_line
from gis.walking.reasons import Why, borderline


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


def building_answer(
    engine: Engine, code: str, question: Question, cache_dir: Path | None = None
) -> BuildingAnswer:
    """One building: verdict, two nearest stations, the walked path. Raises `NotFound` (`building_not_found`).

    Its people and its address are for who may read the people there.
    """
    world, asker = asked(engine, question.area, cache_dir)
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
