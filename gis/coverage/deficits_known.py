"""Where nobody was ever counted, what is missing is unknown: null and a note, never 0."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gis.coverage.deficits_model import Deficit
from gis.coverage.kept import kept
from gis.coverage.model import Note, Share
from gis.coverage.world import World
from gis.walking.model import Bools, Int64s


def known_people(world: World) -> Bools:
    """Per building (b): whether its residents or its households were counted, be it with 0."""

    def made() -> Bools:
        known = np.zeros(len(world.buildings), np.bool_)
        for column in ("actual", "households"):
            known |= np.isfinite(world.buildings[column].to_numpy(dtype=np.float64, na_value=np.nan))
        return known

    return kept(world, "known_people", made)


def known_areas(world: World, area: Int64s, areas: int) -> Bools:
    """Per area (`areas`): whether people were counted in a building of it; `area` (b) is each building's, -1 for none.

    An area without any building has nobody, as long as people were counted anywhere.
    """
    known = known_people(world)
    inside = area >= 0
    counted = np.bincount(area[inside & known], minlength=areas) > 0
    bare = np.bincount(area[inside], minlength=areas) == 0
    found: Bools = counted | (bare & bool(known.any()))
    return found


def unknown(given: Deficit) -> Deficit:
    """The row of an area where nobody was counted: what stands and what is coming there, and nothing people need."""
    return replace(
        given,
        required=None,
        missing=None,
        missing_by_number=None,
        missing_by_reach=None,
        residents=Share(None, None),
        area_required_m2=None,
        area_missing_m2=None,
        unknown=True,
    )


def notes(count: int) -> list[Note]:
    """That so many communities cannot be judged; nothing where there are none."""
    if not count:
        return []
    return [
        Note(
            "residents_unknown",
            "个社区没有居民数据：缺口未知，不是 0；请先导入居民数",
            "communities without any count of people: what is missing there is unknown, not 0; import the people first",
            count,
        )
    ]
