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
from gis.coverage.found import Found, found, reasons, rows_inside
from gis.coverage.kept import kept
from gis.coverage.model import BuildingAnswer, Question, StationDistance
from gis.coverage.rows import answer_rows
from gis.coverage.world import Reached, World
from gis.db.engine import unit_of_work
from gis.walking.model import Bools, Reason
from gis.walking.path import Walk, path, walk_line
from gis.walking.reasons import ISLAND, Why, on_islands


def building_rows(world: World, question: Question) -> pd.DataFrame:
    """The answer as rows, one a building of the area asked about by code: the columns of `rows.answer_rows`."""
    got = found(world, question)
    reached = got.reached
    ready = replace(got.place, station_links=reached.links, direct=reached.direct)
    codes = world.stations["code"].to_numpy(dtype=object)[reached.stations]
    made = answer_rows(
        world.buildings["code"].to_numpy(dtype=object),
        codes,
        ready,
        reached.nearest,
        reasons(world, question),
        question.profile,
        question.limit,
        link_reason=world.prepared().building_links.reason,
    )
    made["borderline"] = got.borderline(question)
    return made[rows_inside(world, question.area)].reset_index(drop=True)


def building_answer(
    engine: Engine, code: str, question: Question, cache_dir: Path | None = None
) -> BuildingAnswer:
    """One building: verdict, two nearest stations, the walked path. Raises `NotFound` (`building_not_found`).

    Its people and its address are for who may read the people there.
    """
    world, asker = asked(engine, question, cache_dir)
    row = _row_of(world, code)
    got = found(world, question)
    reached = got.reached
    why = Why(int(reasons(world, question)[row]))
    near = walk_of(got, row, int(reached.nearest.station[row]))
    far = walk_of(got, row, int(reached.nearest.second_station[row]))
    with unit_of_work(engine) as session:
        words = store.building_words(session, [code])
    known, seen = world.buildings.iloc[row], scope.buildings_seen(world, scope.held(asker, scope.PEOPLE))[row]
    return BuildingAnswer(
        code=code,
        covered=why is Why.COVERED,
        borderline=bool(got.borderline(question)[row]),
        reason=None if why is Why.COVERED else why.name.lower(),
        nearest=None if near is None else distance(world, question, reached, near),
        second=None if far is None else distance(world, question, reached, far),
        path=None if near is None else walked_line(world, reached, row, near),
        residents=_count(known["actual"]) if seen else None,
        households=_count(known["households"]) if seen else None,
        name=words["name"].iloc[0] if len(words) else None,
        address=words["address"].iloc[0] if len(words) and seen else None,
        suppressed=not seen,
        detail=detail_of(world, question, row, why),
        served_by=_served_by(world, got, row),
    )


def _row_of(world: World, code: str) -> int:
    row = int(np.searchsorted(world.buildings["code"].to_numpy(dtype=str), code))
    if row >= len(world.buildings) or world.buildings["code"].iloc[row] != code:
        raise NotFound(
            "building_not_found", f"没有编码为 {code} 的楼栋", f"there is no building {code}", field="code"
        )
    return row


def _count(value: float | None) -> int | None:
    return None if pd.isna(value) else int(value)


def _served_by(world: World, got: Found, row: int) -> str | None:
    station = int(got.station[row])
    return None if station < 0 else str(world.stations["code"].iloc[got.reached.stations[station]])


def detail_of(world: World, question: Question, row: int, why: Why) -> str | None:
    """More of a reason: why a building has no link when every gate that ever opens is open (the words of `Reason`),
    or `island` where its streets hang together with those of no station.
    """
    if why is Why.UNLINKED:
        return Reason(int(world.prepared().building_links.reason[row])).name.lower()
    return ISLAND if why is Why.DISTANCE and marooned(world, question)[row] else None


def marooned(world: World, question: Question) -> Bools:
    """Per building (b): whether it reaches no station because its streets hang together with those of none."""

    def made() -> Bools:
        got = found(world, question)
        alone = on_islands(got.place.network, got.place.building_links, got.reached.links)
        far: Bools = alone & ~got.reached.nearest.reached
        return far

    return kept(world, ("island", replace(question, area=None)), made)


def walk_of(got: Found, row: int, station: int) -> Walk | None:
    """The walk from a building to its nearest or second station (index), None for -1."""
    if station < 0:
        return None
    near, reached = got.reached.nearest, got.reached
    cost = near.cost[row] if station == near.station[row] else near.second_cost[row]
    return path(
        reached.graph, got.place.building_links, reached.links, reached.direct, row, station, int(cost)
    )


def distance(world: World, question: Question, reached: Reached, walk: Walk) -> StationDistance:
    """A station as seen from a building at the end of a walk."""
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
