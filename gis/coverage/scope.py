"""What of an answer somebody may read: counts of people stay in the areas whose people they may see.

The place is read once for everybody, with all counts, and every answer is cut to its asker here. Nothing is
summed over a part of an area: a number is about a whole area, or it is missing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from gis.base.errors import Forbidden
from gis.coverage.model import AreaShares, CoverageAnswer, Question, Share
from gis.coverage.sums import homes
from gis.coverage.world import World
from gis.db.scope import EVERYWHERE, Roots, Scope, outside_scope
from gis.walking.model import Bools

PEOPLE, COVERAGE, EXPORT = "people.read", "coverage.read", "coverage.export"
NOTHING = Share(None, None)
"""A share that is not told."""


def held(scope: Scope | None, permission: str) -> Roots:
    """The roots of the subtrees a permission is held in; the maintenance of the tables holds all."""
    if scope is None:
        return ()
    return EVERYWHERE if scope.maintenance else scope.areas.get(permission, ())


def areas_seen(areas: pd.DataFrame, roots: Roots) -> Bools:
    """Which rows of `areas` lie in the subtrees of these roots."""
    if isinstance(roots, str):
        return np.ones(len(areas), dtype=np.bool_)
    wanted = set(roots)
    return np.array([not wanted.isdisjoint(path) for path in areas["path"]], dtype=np.bool_)


def buildings_seen(world: World, roots: Roots) -> Bools:
    """Which buildings stand in those subtrees; one outside every grid belongs to the area that owns the rest."""
    if isinstance(roots, str):
        return np.ones(len(world.buildings), dtype=np.bool_)
    ids = world.areas["id"][areas_seen(world.areas, roots)]
    return np.asarray(world.buildings["scope_area_id"].isin(ids), dtype=np.bool_)


def both(world: World, one: Roots, other: Roots) -> Roots:
    """Roots of what lies in the subtrees of both."""
    if isinstance(one, str) or isinstance(other, str):
        return other if isinstance(one, str) else one
    seen = areas_seen(world.areas, one) & areas_seen(world.areas, other)
    wanted = {*one, *other}
    return tuple(int(area) for area in world.areas["id"][seen] if area in wanted)


def refuse_outside(world: World, scope: Scope | None, permission: str, area: str | None) -> None:
    """Forbidden `outside_scope` for a known area that neither lies in a held subtree nor holds one."""
    roots = held(scope, permission)
    if area is None or isinstance(roots, str):
        return
    found = world.areas.index[world.areas["code"] == area]
    if not len(found):
        return
    path = set(world.areas["path"].iloc[found[0]])
    own = world.areas["id"].iloc[found[0]]
    below = world.areas["id"].isin(roots) & np.array(
        [own in up for up in world.areas["path"]], dtype=np.bool_
    )
    if path.isdisjoint(roots) and not below.any():
        raise outside_scope()


def refuse_question(world: World, scope: Scope | None, permission: str, question: Question) -> None:
    """Whether somebody may ask this: Forbidden as `refuse_outside`, and `capacity_needs_people`.

    Who finds room tells how many live next door: a station of a chosen capacity put before a house weighs the house.
    So a question with capacity is for whoever may read the people of every home of the place.
    """
    refuse_outside(world, scope, permission, question.area)
    if question.capacity and not told_whole(world, held(scope, PEOPLE), None):
        raise Forbidden(
            "capacity_needs_people",
            "计入容量需要查看全部人口的权限：谁有位置取决于别处住多少人",
            "Counting capacity needs leave to read the people of the whole place: who finds room depends on how many "
            "live elsewhere",
            field="capacity",
        )


def cut(given: CoverageAnswer, world: World, roots: Roots) -> CoverageAnswer:
    """The answer without the counts of areas that do not lie in the subtrees of `roots` whole."""
    codes = codes_seen(world, roots)
    whole = told_whole(world, roots, given.question.area)
    shown = {
        level: [one if one.code in codes else _without_counts(one) for one in listed]
        for level, listed in given.areas.items()
    }
    if whole:
        return replace(given, areas=shown)
    nothing = dict.fromkeys(given.totals, NOTHING)
    unsaid: dict[str, int | None] = dict.fromkeys(given.borderline)
    return replace(
        given, areas=shown, totals=nothing, overlap=nothing, straight=nothing, borderline=unsaid,
        reasons=[], notes=[note for note in given.notes if not note.of_people], suppressed=True,
    )  # fmt: skip


def told_whole(world: World, roots: Roots, area: str | None) -> bool:
    """Whether sums over an area (None: everything) may be told: it lies in the subtrees of `roots` whole."""
    if area is None:
        return isinstance(roots, str) or bool(buildings_seen(world, roots)[homes(world).rows].all())
    return area in codes_seen(world, roots)


def codes_seen(world: World, roots: Roots) -> set[str]:
    """Codes of the areas that lie in the subtrees of `roots` whole: sums over them may be told."""
    return set(world.areas["code"][areas_seen(world.areas, roots)])


def _without_counts(area: AreaShares) -> AreaShares:
    return replace(area, shares=dict.fromkeys(area.shares, NOTHING), suppressed=True)
