"""One place to site on, of the database or of files, turned into a task of whole numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gis.coverage.siting.candidates import LinkedCandidates, only_homes
from gis.coverage.siting.model import Model, Task
from gis.coverage.siting.request import SitingRequest, Wanted
from gis.coverage.siting.room import MOST_DISTANCES, MOST_PAIRS, TooManyPairs, checked, too_large
from gis.coverage.siting.weights import Weight
from gis.walking.cost import Graph, leg_cost
from gis.walking.model import REACH_UM, Bools, Int64s, Objects
from gis.walking.pairs import Pairs, pairs
from gis.walking.path import only_points, only_stations
from gis.walking.prepare import Layers, Prepared
from gis.walking.search import Nearest


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything a task is made of. By building of the place: residents, community (row, -1), whether asked about.

    Where no residents are known, `residents` are households or buildings, as `weight` says.

    `near`: the nearest existing stations of the types asked for, up to 3,000 m. `names` of the communities.
    """

    layers: Layers
    ready: Prepared
    graph: Graph
    near: Nearest
    residents: Int64s
    inside: Bools
    community: Int64s
    names: Objects
    codes: Objects
    version: str
    weight: Weight = Weight.RESIDENTS


def task_of(ground: Ground, request: SitingRequest, candidates: LinkedCandidates) -> tuple[Task, Int64s]:
    """The task, and the rows in the place of its buildings: those asked about where somebody lives."""
    limit, model = request.question.limit, request.model
    rows = np.flatnonzero(ground.inside & (ground.residents > 0))
    near = ground.near
    held = (near.cost[rows] <= limit).astype(np.int64) + (near.second_cost[rows] <= limit)
    farthest = int(leg_cost(REACH_UM, ground.graph.profile))
    base = np.minimum(near.cost[rows], farthest)
    if model is Model.P_MEDIAN:
        reach = _pairs(ground, request.wanted, candidates, rows, (farthest, base))
    else:
        most = 2 if model is Model.BACKUP else 1
        wanted = np.flatnonzero(held < most)
        found = _pairs(ground, request.wanted, candidates, rows[wanted], (limit, None))
        reach = Pairs(found.start, wanted[found.building].astype(np.int32), found.cost)
    task = Task(
        model,
        reach,
        ground.residents[rows],
        held,
        p=request.stations,
        base=base,
        community=ground.community[rows],
        share=request.share,
        capacity=request.capacity,
        theta=request.theta,
    )
    return task, rows


def _pairs(
    ground: Ground,
    wanted: Wanted,
    candidates: LinkedCandidates,
    rows: Int64s,
    within: tuple[int, Int64s | None],
) -> Pairs:
    """Who reaches whom `within` a limit and each building's ceiling. Raises `Invalid` (`siting_too_large`)."""
    limit, ceiling = within
    homes = only_points(ground.ready.building_links, rows)
    direct = only_homes(candidates.direct, rows, len(ground.residents))
    most = MOST_PAIRS if ceiling is None else MOST_DISTANCES
    count = len(candidates.points)

    def of(some: Int64s) -> int:
        links, straight = only_points(candidates.links, some), only_stations(direct, some, count)
        return len(pairs(ground.graph, homes, links, straight, limit, ceiling=ceiling).building)

    try:
        return pairs(
            ground.graph, homes, candidates.links, direct, limit, ceiling=ceiling, check=checked(most)
        )
    except TooManyPairs:
        raise too_large(count, most, wanted, of) from None
