"""Every uncovered building, worst first: page by page, with its nearest station, its shortfall and the reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Engine

from gis.coverage import scope, store, sums
from gis.coverage.asked import asked
from gis.coverage.buildings import detail_of
from gis.coverage.found import Found, found, reasons, rows_inside
from gis.coverage.kept import kept
from gis.coverage.model import Question, StationDistance
from gis.coverage.world import World
from gis.db.engine import unit_of_work
from gis.walking.kernels import UNREACHABLE
from gis.walking.model import Direct, Int64s
from gis.walking.path import only_points, path
from gis.walking.reasons import Why


@dataclass(frozen=True, slots=True)
class Position:
    """The last building of a page: the cost of its walk (UNREACHABLE for none) and its code."""

    cost: int
    code: str


@dataclass(frozen=True, slots=True)
class UncoveredBuilding:
    """One uncovered home. The shortfall is in the unit of the limit, 0 where only room is missing, None for no walk.

    `residents` and `address` are None where they are not for the asker; `lon`, `lat` are its middle.
    """

    code: str
    name: str | None
    address: str | None
    residents: int | None
    nearest: StationDistance | None
    shortfall_m: float | None
    shortfall_s: float | None
    reason: str
    detail: str | None
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class UncoveredPage:
    """A page; `total` is None where sums over the area are not for the asker, `following` None on the last page."""

    items: list[UncoveredBuilding]
    following: Position | None
    total: int | None


def uncovered_for(
    engine: Engine,
    question: Question,
    *,
    most: int,
    after: Position | None = None,
    cache_dir: Path | None = None,
) -> UncoveredPage:
    """The next `most` uncovered homes after a position, people and addresses as far as the engine's scope may read.

    Worst first: those that reach no station, then by the shortfall; equals by code. Raises as `answer_for`.
    """
    world, asker = asked(engine, question, cache_dir)
    rows = _after(world, question, uncovered_rows(world, question), after)
    page = rows[:most]
    with unit_of_work(engine) as session:
        words = store.building_words(session, world.buildings["code"].iloc[page].tolist())
    roots = scope.held(asker, scope.PEOPLE)
    items = _described(world, question, page, words, scope.buildings_seen(world, roots)[page])
    whole = scope.told_whole(world, roots, question.area)
    total = len(uncovered_rows(world, question)) if whole else None
    following = None
    if len(rows) > most:
        following = Position(int(_costs(world, question, page[-1:])[0]), items[-1].code)
    return UncoveredPage(items, following, total)


def uncovered_rows(world: World, question: Question) -> Int64s:
    """Rows of the uncovered homes of the area asked about, worst first."""
    rows = kept(world, ("uncovered", question), lambda: _ordered(world, question).astype(np.int32))
    return rows.astype(np.int64)


def _ordered(world: World, question: Question) -> Int64s:
    homes = sums.homes(world).rows
    got = found(world, question)
    rows = homes[(rows_inside(world, question.area) & ~got.covered)[homes]]
    ordered: Int64s = rows[np.lexsort((rows, -got.cost[rows]))]
    return ordered


def _costs(world: World, question: Question, rows: Int64s) -> Int64s:
    cost: Int64s = found(world, question).cost[rows]
    return cost


def _after(world: World, question: Question, rows: Int64s, position: Position | None) -> Int64s:
    """The rest of the list behind a position, also when the building of the position is covered by now."""
    if position is None:
        return rows
    cost = _costs(world, question, rows)
    row = int(np.searchsorted(world.buildings["code"].to_numpy(dtype=str), position.code, side="right"))
    behind = (cost < position.cost) | ((cost == position.cost) & (rows >= row))
    rest: Int64s = rows[behind]
    return rest


def _described(
    world: World, question: Question, rows: Int64s, words: pd.DataFrame, seen: np.ndarray
) -> list[UncoveredBuilding]:
    got, why = found(world, question), reasons(world, question)
    known = world.buildings.iloc[rows]
    said = words.set_index("code").reindex(known["code"])
    middle = shapely.get_coordinates(shapely.centroid(known.geometry.to_numpy()))
    walks = _walks(world, question, got, rows)
    items = []
    for place, row in enumerate(rows):
        short = None if walks[place] is None else max(0, int(got.cost[row]) - question.limit) / 1e6
        kind, residents = Why(int(why[row])), known["actual"].iloc[place]
        items.append(
            UncoveredBuilding(
                code=known["code"].iloc[place],
                name=said["name"].iloc[place],
                address=said["address"].iloc[place] if seen[place] else None,
                residents=int(residents) if seen[place] and not pd.isna(residents) else None,
                nearest=walks[place],
                shortfall_m=short if question.profile.is_metres else None,
                shortfall_s=None if question.profile.is_metres else short,
                reason=kind.name.lower(),
                detail=detail_of(world, question, int(row), kind),
                lon=float(middle[place, 0]),
                lat=float(middle[place, 1]),
            )
        )
    return items


def _walks(world: World, question: Question, got: Found, rows: Int64s) -> list[StationDistance | None]:
    """The nearest station of each of these rows, with the length of the walk to it."""
    reached, near = got.reached, got.reached.nearest
    few = np.sort(rows)
    links, direct = only_points(got.place.building_links, few), _of_buildings(reached.direct, few)
    made: list[StationDistance | None] = []
    for row in rows:
        number, cost = int(near.station[row]), int(near.cost[row])
        if number < 0 or cost == UNREACHABLE:
            made.append(None)
            continue
        station = world.stations.iloc[reached.stations[number]]
        length = cost
        if not question.profile.is_metres:
            home = int(np.searchsorted(few, row))
            walk = path(reached.graph, links, reached.links, direct, home, number, cost)
            assert walk is not None
            length = walk.length_um
        time_s = None if question.profile.is_metres else cost / 1e6
        made.append(StationDistance(station["code"], station["name"], station["type"], length / 1e6, time_s))
    return made


def _of_buildings(direct: Direct, rows: Int64s) -> Direct:
    """The direct pairs of these buildings (rising), renumbered."""
    keep = np.isin(direct.point, rows)
    point = np.searchsorted(rows, direct.point[keep]).astype(np.int32)
    return replace(direct, point=point, station=direct.station[keep], leg_um=direct.leg_um[keep])
