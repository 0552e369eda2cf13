"""What a planner asks of fairness: how far people walk and who is left out, and how many places fall on each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import Engine

from gis.coverage import members, scope
from gis.coverage.asked import asked
from gis.coverage.equity import Spread, spread
from gis.coverage.floating import Floating, Floats, seen_whole, two_steps
from gis.coverage.found import Found, found, residents, rows_inside, situation_of, stations_inside
from gis.coverage.kept import kept
from gis.coverage.model import Question, Share
from gis.coverage.world import World
from gis.walking.model import METRES, REACH_UM, Bools
from gis.walking.pairs import Pairs, pairs

FARTHEST_M = REACH_UM / 1_000_000
"""What counts for who has no station within it, as in the p-median: farther is not searched."""


@dataclass(frozen=True, slots=True)
class CommunityReach:
    """A community: its residents covered of all, the mean walk of all to the nearest station."""

    code: str
    name: str
    share: Share
    mean_distance_m: float | None
    suppressed: bool = False


@dataclass(frozen=True, slots=True)
class EquityAnswer:
    """Inequality of the walked distance between residents, and of the share covered between communities.

    `capped` are the residents without a station within 3,000 m, who count with 3,000 m. `minimum` is the community
    with the smallest share; it and both spreads are for who may read the people of the whole area.
    """

    question: Question
    communities: list[CommunityReach]
    distance: Spread
    shares: Spread
    minimum: CommunityReach | None
    capped: Share
    as_of: datetime
    network_version: str
    rule_version: str
    suppressed: bool


@dataclass(frozen=True, slots=True)
class CommunityScore:
    """A community's mean score: places per resident; None where not told, or nobody lives."""

    code: str
    name: str
    score: float | None
    residents: int | None
    suppressed: bool = False


@dataclass(frozen=True, slots=True)
class StationRatio:
    """A station's capacity over all people within the limit of it; None without a capacity, people, or leave."""

    code: str
    name: str
    type: str
    capacity: int | None
    ratio: float | None


@dataclass(frozen=True, slots=True)
class AccessibilityAnswer:
    """2SFCA scores of the communities, ratios of the stations that stand in the area.

    `known` counts those stations whose capacity is known, of all: the others are left out of every score.
    """

    question: Question
    communities: list[CommunityScore]
    stations: list[StationRatio]
    known: Share
    as_of: datetime
    network_version: str
    rule_version: str
    suppressed: bool


def equity_answer(engine: Engine, question: Question, cache_dir: Path | None = None) -> EquityAnswer:
    """How evenly the stations of a question are spread over residents, as far as the scope may read them.

    Raises as `gis.coverage.answers.answer_for`.
    """
    world, asker = asked(engine, question, cache_dir)
    roots = scope.held(asker, scope.PEOPLE)
    whole = scope.told_whole(world, roots, question.area)
    people, inside = residents(world), rows_inside(world, question.area)
    metres, capped = _metres(world, question)
    covered = found(world, question).covered
    listed = members.communities(world, question.area)
    told = scope.areas_seen(world.areas, roots)[listed]
    sums = members.sums(world, listed, people, people * covered, people * metres)
    communities = [
        CommunityReach(
            code, name, Share(int(c), int(t)), float(far / t) if t else None
        ) if seen else CommunityReach(code, name, Share(None, None), None, suppressed=True)
        for (code, name), t, c, far, seen in zip(members.named(world, listed), *sums, told, strict=True)
    ]  # fmt: skip
    weights = np.where(inside, people, 0)
    total = int(weights.sum())
    alone = int(weights[capped].sum())
    return EquityAnswer(
        question=question,
        communities=communities,
        distance=spread(metres, weights, largest=True) if whole else Spread(),
        shares=_of_shares(sums[1], sums[0]) if whole else Spread(),
        minimum=_minimum(communities) if whole else None,
        capped=Share(alone, total) if whole else Share(None, None),
        as_of=datetime.now(UTC),
        network_version=world.version,
        rule_version=world.versions[1],
        suppressed=not whole,
    )


def _metres(world: World, question: Question) -> tuple[Floats, Bools]:
    """Metres walked to the nearest station (b) whatever the question's cost, and who has none within 3,000 m."""
    near = world.reached(question.types, METRES, situation_of(world, question)).nearest
    return np.minimum(near.cost, REACH_UM) / 1_000_000, ~near.reached


def _of_shares(covered: Floats, total: Floats) -> Spread:
    """Between communities, weighted by their residents: the worst tenth are those with the smallest share."""
    lived = total > 0
    return spread(covered[lived] / total[lived], total[lived], largest=False)


def _minimum(communities: list[CommunityReach]) -> CommunityReach | None:
    rated = [(one.share.rate, one.code, one) for one in communities if one.share.rate is not None]
    return min(rated)[2] if rated else None


def accessibility_answer(
    engine: Engine, question: Question, cache_dir: Path | None = None
) -> AccessibilityAnswer:
    """How many places of the stations of a question fall on a resident, by two-step floating catchments.

    Everybody counts who is within the limit of a station, also from outside the area; so a community is told only
    where the people of all homes that share its stations are for the asker. Raises as `answers.answer_for`.
    """
    world, asker = asked(engine, question, cache_dir)
    asking = replace(question, capacity=False, area=None)
    people = residents(world)
    reach = found(world, asking)
    capacity = world.stations["capacity"].to_numpy(dtype=np.float64, na_value=np.nan)[reach.reached.stations]
    made: Floating = kept(
        world, ("2sfca", asking), lambda: two_steps(people, capacity, _pairs(reach, asking.limit))
    )
    roots = scope.held(asker, scope.PEOPLE)
    seen = scope.buildings_seen(world, roots)
    ratio_told, score_told = np.ones(len(capacity), np.bool_), np.ones(len(people), np.bool_)
    if not seen[people > 0].all():
        ratio_told, score_told = seen_whole(seen, people, _pairs(reach, asking.limit), np.isfinite(capacity))
    listed = members.communities(world, question.area)
    hidden = (~score_told & (people > 0)).astype(np.int64)
    sums = members.sums(world, listed, people, people * made.score, hidden)
    own = scope.areas_seen(world.areas, roots)[listed]
    communities = [
        CommunityScore(code, name, float(s / t) if t else None, int(t))
        if mine and not h else CommunityScore(code, name, None, None, suppressed=True)
        for (code, name), t, s, h, mine in zip(members.named(world, listed), *sums, own, strict=True)
    ]  # fmt: skip
    standing = np.isin(reach.reached.stations, stations_inside(world, question))
    return AccessibilityAnswer(
        question=question,
        communities=communities,
        stations=_ratios(world, reach, np.where(ratio_told, made.ratio, np.nan), standing),
        known=Share(int(np.isfinite(capacity[standing]).sum()), int(standing.sum())),
        as_of=datetime.now(UTC),
        network_version=world.version,
        rule_version=world.versions[1],
        suppressed=any(one.suppressed for one in communities),
    )


def _pairs(reach: Found, limit: int) -> Pairs:
    reached = reach.reached
    return pairs(reached.graph, reach.place.building_links, reached.links, reached.direct, limit)


def _ratios(world: World, reach: Found, ratio: Floats, standing: Bools) -> list[StationRatio]:
    rows = world.stations.iloc[reach.reached.stations[standing]]
    capacity = rows["capacity"].to_numpy(dtype=np.float64, na_value=np.nan)
    columns = (rows["code"], rows["name"], rows["type"], capacity, ratio[standing])
    return [
        StationRatio(
            code, name, kind, None if np.isnan(held) else int(held), None if np.isnan(one) else float(one)
        )
        for code, name, kind, held, one in zip(*columns, strict=True)
    ]
