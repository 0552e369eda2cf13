"""Siting on the database and on files: candidates, the task, the solution, the answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from gis.areas.locate import locate_many
from gis.areas.store import grid_index
from gis.base.errors import Conflict, Forbidden
from gis.base.progress import Progress, silent
from gis.coverage import members, numbers, scope
from gis.coverage.files import Files
from gis.coverage.found import residents, rows_inside
from gis.coverage.in_scenario import world_for
from gis.coverage.siting import candidates as places
from gis.coverage.siting.answer import SitingAnswer, answer_of
from gis.coverage.siting.candidates import Candidates
from gis.coverage.siting.files import read_files
from gis.coverage.siting.ground import Ground, task_of
from gis.coverage.siting.minimum import Infeasible
from gis.coverage.siting.model import Model
from gis.coverage.siting.request import SitingRequest
from gis.coverage.siting.room import refuse_number
from gis.coverage.siting.solve import solve
from gis.coverage.siting.weights import Weight, no_residents, weigh
from gis.coverage.world import World
from gis.db.engine import unit_of_work
from gis.db.scope import Scope, scope_of
from gis.walking.cost import graph, leg_cost
from gis.walking.model import REACH_UM, RULES_VERSION
from gis.walking.prepare import prepare
from gis.walking.search import nearest

PLAN = "coverage.plan"
LINKING, REACHING, CHOOSING = (
    "挂接候选点 / linking candidates",
    "求覆盖集 / who reaches whom",
    "选址 / choosing sites",
)
Cancelled = Callable[[], bool]


class SitingCancelled(Exception):
    """The asker does not want the answer any more."""


def never() -> bool:
    """Work that nobody cancels."""
    return False


def site(
    engine: Engine,
    request: SitingRequest,
    progress: Progress = silent,
    cancelled: Cancelled = never,
    cache_dir: Path | None = None,
) -> SitingAnswer:
    """Choose sites in the place as it is now, or in the engine's scenario.

    Raises `Forbidden` (`outside_scope`) unless planning and the people's counts of the whole area are the asker's,
    `Invalid` (`siting_…`, `unknown_station_type`), `Conflict` (`siting_infeasible`), `SitingCancelled`.
    """
    world = world_for(engine, cache_dir)
    refuse_part(world, scope_of(engine), request.question.area)
    world.refuse_unknown(request.question.types)
    ground = _ground(world, request)
    found = places.without(places.find(request, ground.ready.network), request.exclude)
    return _sited(ground, request, _inside_area(engine, world, request, found), progress, cancelled)


def refuse_part(world: World, asker: Scope | None, area: str | None) -> None:
    """Forbidden `outside_scope` unless `coverage.plan` and `people.read` hold in the whole of an area."""
    for permission in (PLAN, scope.PEOPLE):
        roots = scope.held(asker, permission)
        scope.refuse_outside(world, asker, permission, area)
        known = area is None or bool((world.areas["code"] == area).any())
        if known and not scope.told_whole(world, roots, area):
            raise Forbidden(
                "outside_scope",
                "选址需要整个区域的规划与人口权限",
                "siting needs planning and the people of the whole area",
                field="area",
            )


def _ground(world: World, request: SitingRequest) -> Ground:
    question = request.question
    reached = world.reached(question.types, question.profile)
    levels = numbers.areas_listed(world.areas, "community", None)
    row = np.full(len(world.areas) + 1, -1, dtype=np.int64)
    row[levels] = np.arange(len(levels))
    inside = rows_inside(world, question.area)
    weight, counted = weigh(residents(world), members.households(world), inside)
    return Ground(
        layers=world.layers,
        ready=world.prepared(),
        graph=reached.graph,
        near=reached.nearest,
        residents=counted,
        inside=inside,
        community=row[numbers.area_of(world.buildings, world.areas, "community")],
        names=world.areas["code"].to_numpy(dtype=object)[levels],
        codes=world.buildings["code"].to_numpy(dtype=object),
        version=world.version,
        weight=weight,
    )


def _inside_area(engine: Engine, world: World, request: SitingRequest, found: Candidates) -> Candidates:
    """The candidates that stand in a grid of the area asked about; all for none."""
    area = request.question.area
    if area is None or not len(found):
        return found
    with unit_of_work(engine) as session:
        grids = grid_index(session)
    grid = locate_many(grids.index, found.lon, found.lat, distances=False, reach_m=0.0).grid
    ids = pd.Series(np.where(grid >= 0, grids.ids[grid], -1))
    here = numbers.inside(ids, world.areas, area)
    assert here is not None
    return found.take(here)


def site_files(
    files: Files,
    request: SitingRequest,
    residents_field: str | None = None,
    community_field: str | None = None,
    progress: Progress = silent,
    cancelled: Cancelled = never,
) -> SitingAnswer:
    """Choose sites by files alone: every station of the file is kept, whatever its type.

    `residents_field` names the column of residents (without one, and where it holds nobody, each building counts
    one), `community_field` that of the community. Raises as `site`, and what reading the files raises.
    """
    read = read_files(files)
    ready = prepare(read.layers)
    walk = graph(ready.network, request.question.profile)
    limit = int(leg_cost(REACH_UM, request.question.profile))
    near = nearest(walk, ready.building_links, ready.station_links, ready.direct, limit)
    community, names = read.communities(community_field)
    inside = np.ones(len(read.layers.buildings), dtype=np.bool_)
    weight, counted = weigh(read.residents(residents_field), None, inside)
    ground = Ground(
        layers=read.layers,
        ready=ready,
        graph=walk,
        near=near,
        residents=counted,
        inside=inside,
        community=community,
        names=names,
        codes=read.codes,
        version="files",
        weight=weight,
    )
    found = places.without(places.find(request, ready.network), request.exclude)
    return _sited(ground, request, found, progress, cancelled)


def _sited(
    ground: Ground, request: SitingRequest, found: Candidates, progress: Progress, cancelled: Cancelled
) -> SitingAnswer:
    def told(step: str, done: int, total: int) -> None:
        if cancelled():
            raise SitingCancelled
        progress(step, done, total)

    if request.model is Model.CAPACITY and ground.weight is not Weight.RESIDENTS:
        raise no_residents()
    refuse_number(len(found), request.wanted)
    told(LINKING, 0, 1)
    linked = places.link(found, ground.layers, ground.ready)
    told(LINKING, 1, 1)
    refuse_number(len(linked.points), request.wanted)
    task, rows = task_of(ground, request, linked)
    told(REACHING, 1, 1)
    try:
        outcome = solve(task, lambda done, total: told(CHOOSING, done, total))
    except Infeasible as refused:
        raise infeasible(ground, refused) from refused
    return answer_of(ground, request, linked, (task, rows, outcome), RULES_VERSION)


def infeasible(ground: Ground, refused: Infeasible) -> Conflict:
    """`siting_infeasible`: which communities stay below the share, and the best that can be reached."""
    short = [
        {"community": str(ground.names[where]), "reachable": int(refused.best[where]) / 1000}
        for where in refused.hopeless[:50]
    ]
    zh, en = "没有找到", "no choice was found"
    if refused.enough is None:
        zh, en = "即使用上全部候选点也无法", "even all candidates together cannot"
    elif refused.proven:
        zh, en = "已证明无法", "it is proven that they cannot"
    more = "" if refused.enough is None else f"；约需 {refused.enough} 个站点"
    needed = "" if refused.enough is None else f"; about {refused.enough} stations would do"
    return Conflict(
        "siting_infeasible",
        f"最低覆盖率不可行：{zh}使每个社区达到要求，最差社区可达 {refused.reached / 10:.1f}%{more}",
        f"the least share cannot be met: {en} give every community its share, the worst reaches "
        f"{refused.reached / 10:.1f} %{needed}",
        field="min_coverage",
        best_reachable=refused.reached / 1000,
        stations_needed=refused.enough,
        proven=refused.proven,
        communities=short,
    )
