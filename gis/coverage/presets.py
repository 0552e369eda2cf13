"""Presets: the needs of a circle asked together, each type at its own tier or radius.

Tiers are additive: a station of an upper tier never satisfies a lower need. Every need counts: a type that has no
existing station is uncovered for everybody, and is named as missing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Literal

import numpy as np
from sqlalchemy import Engine

from gis.base.errors import NotFound
from gis.coverage import numbers, scope, sums
from gis.coverage.asked import asked_about
from gis.coverage.found import rows_inside, situation_of, stations_inside
from gis.coverage.kept import kept
from gis.coverage.model import Note, Question, Share, ask
from gis.coverage.notes import notes
from gis.coverage.world import World
from gis.db.scope import Roots
from gis.register.station_types import StationType, station_types
from gis.register.tables import STATION_STATUS
from gis.walking.model import Bools, Int64s, Uint8s
from gis.walking.path import only_points, only_stations
from gis.walking.search import nearest

Unit = Literal["minutes", "metres"]


@dataclass(frozen=True, slots=True)
class Preset:
    """Types asked together under one name."""

    id: str
    zh: str
    en: str
    about_zh: str
    about_en: str
    types: tuple[StationType, ...]


@dataclass(frozen=True, slots=True)
class Need:
    """One type at its own tier: stations in the area by status (only existing ones cover), and who is covered."""

    kind: StationType
    stations: dict[str, int]
    totals: dict[str, Share]


@dataclass(frozen=True, slots=True)
class Tier:
    """Who has every need of one tier, and who has every one that exists at all; `missing` types have no station."""

    tier_min: int
    complete: dict[str, Share]
    of_present: dict[str, Share]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CommunityTiers:
    """Residents of one community who have every need of a tier, by tier."""

    code: str
    name: str
    suppressed: bool
    complete: dict[int, Share]


@dataclass(frozen=True, slots=True)
class PresetAnswer:
    """A preset on a place; `suppressed` says that the sums of needs and tiers are not for the asker."""

    preset: Preset
    needs: list[Need]
    tiers: list[Tier]
    communities: list[CommunityTiers]
    notes: list[Note]
    as_of: datetime
    network_version: str
    rule_version: str
    suppressed: bool = False


@cache
def presets() -> dict[str, Preset]:
    """All presets by id, in the order of the file."""
    source = resources.files("gis.coverage").joinpath("data", "presets.toml")
    known = station_types()
    return {
        name: Preset(
            name,
            row["zh"],
            row["en"],
            row["about_zh"],
            row["about_en"],
            tuple(known[kind] for kind in row["types"]),
        )
        for name, row in tomllib.loads(source.read_text(encoding="utf-8")).items()
    }


def preset(name: str) -> Preset:
    """The preset of that name. Raises `NotFound` (`preset_not_found`)."""
    found = presets().get(name)
    if found is None:
        known = ", ".join(presets())
        raise NotFound(
            "preset_not_found",
            f"没有名为 {name[:40]} 的预设，可用：{known}",
            f"there is no preset {name[:40]}; there are: {known}",
            field="preset",
        )
    return found


def preset_for(
    engine: Engine,
    name: str,
    *,
    unit: Unit = "minutes",
    profile: str = "standard",
    area: str | None = None,
    at: str | None = None,
    cache_dir: Path | None = None,
) -> PresetAnswer:
    """A preset as far as the engine's scope may read it.

    Raises `NotFound` (`preset_not_found`, `area_not_found`), `Forbidden` (`outside_scope`), `Invalid` as `ask`.
    """
    chosen = preset(name)
    questions = needs_of(chosen, unit=unit, profile=profile, area=area, at=at)
    world, asker = asked_about(engine, area, cache_dir)
    return cut(preset_answer(world, chosen, questions), world, scope.held(asker, scope.PEOPLE), area)


def needs_of(chosen: Preset, *, unit: Unit, profile: str, area: str | None, at: str | None) -> list[Question]:
    """One question a type: at its tier in minutes, or at its radius in metres."""
    in_minutes = unit == "minutes"
    return [
        ask(
            [kind.id],
            minutes=kind.tier_min if in_minutes else None,
            metres=None if in_minutes else kind.radius_m,
            profile=profile,
            area=area,
            at=at,
        )
        for kind in chosen.types
    ]


def preset_answer(world: World, chosen: Preset, questions: list[Question]) -> PresetAnswer:
    """The needs and tiers of a preset, all of them: cut them before they leave."""
    area = questions[0].area
    rows_inside(world, area)  # refuses an unknown area
    columns = sums.under(world, area)
    pairs = list(zip(chosen.types, questions, strict=True))
    tiers = sorted({kind.tier_min for kind in chosen.types if kind.tier_min is not None})
    of_tier = {tier: [pair for pair in pairs if pair[0].tier_min == tier] for tier in tiers}
    complete = {tier: sums.summed(world, every(world, (q for _, q in of_tier[tier]))) for tier in tiers}
    return PresetAnswer(
        preset=chosen,
        needs=[
            Need(
                kind,
                {status: len(stations_inside(world, question, status)) for status in STATION_STATUS},
                sums.totals(world, sums.summed(world, covered(world, question)), columns),
            )
            for kind, question in pairs
        ],
        tiers=[
            _tier(world, tier, [q for _, q in of_tier[tier]], sums.totals(world, complete[tier], columns))
            for tier in tiers
        ],
        communities=_communities(world, complete, columns, area),
        notes=_notes(world, questions),
        as_of=datetime.now(UTC),
        network_version=world.version,
        rule_version=world.versions[1],
    )


def covered(world: World, question: Question) -> Bools:
    """Who has a station of the question within its limit (b); searched no farther than that, kept as bits."""
    key = ("covered", replace(question, area=None))
    bits: Uint8s = kept(world, key, lambda: np.packbits(_search(world, question)))
    return np.unpackbits(bits, count=len(world.buildings)).astype(np.bool_)


def _search(world: World, question: Question) -> Bools:
    now = situation_of(world, question)
    place, rows = world.prepared(now), world.chosen(question.types, at=now.at)
    if not len(rows):
        return np.zeros(len(world.buildings), dtype=np.bool_)
    links = only_points(place.station_links, rows)
    direct = only_stations(place.direct, rows, len(world.stations))
    walk = world.graph(question.profile, now)
    return nearest(walk, place.building_links, links, direct, question.limit).covered(question.limit)


def every(world: World, questions: Iterable[Question]) -> Bools:
    """Who is covered in each of these questions (b); nobody where there are none."""
    whole: Bools | None = None
    for question in questions:
        mine = covered(world, question)
        whole = mine if whole is None else whole & mine
    return np.zeros(len(world.buildings), dtype=np.bool_) if whole is None else whole


def _tier(world: World, tier: int, questions: list[Question], complete: dict[str, Share]) -> Tier:
    present = [question for question in questions if len(world.chosen(question.types))]
    missing = tuple(question.types[0] for question in questions if question not in present)
    area = questions[0].area
    of_present = sums.totals(world, sums.summed(world, every(world, present)), sums.under(world, area))
    return Tier(tier, complete, of_present, missing)


def _communities(
    world: World, complete: dict[int, Int64s], columns: Bools, area: str | None
) -> list[CommunityTiers]:
    listed = numbers.areas_listed(world.areas, "community", area)
    by_tier = {
        tier: sums.by_level(world, found, columns, "community", listed) for tier, found in complete.items()
    }
    codes, names = world.areas["code"].to_numpy(), world.areas["name"].to_numpy()
    return [
        CommunityTiers(
            codes[row],
            names[row],
            False,
            {tier: shares[place].shares["residents"] for tier, shares in by_tier.items()},
        )
        for place, row in enumerate(listed)
    ]


def _notes(world: World, questions: list[Question]) -> list[Note]:
    """The notes of all needs together: they are about one place and one time."""
    types = tuple(sorted({question.types[0] for question in questions}))
    return notes(world, replace(questions[0], types=types))


def cut(given: PresetAnswer, world: World, roots: Roots, area: str | None) -> PresetAnswer:
    """The answer without the counts of areas that do not lie in the subtrees of `roots` whole."""
    codes = scope.codes_seen(world, roots)
    communities = [
        one
        if one.code in codes
        else replace(one, suppressed=True, complete=dict.fromkeys(one.complete, scope.NOTHING))
        for one in given.communities
    ]
    if scope.told_whole(world, roots, area):
        return replace(given, communities=communities)
    unsaid = dict.fromkeys(sums.homes(world).names, scope.NOTHING)
    return replace(
        given,
        needs=[replace(need, totals=unsaid) for need in given.needs],
        tiers=[replace(tier, complete=unsaid, of_present=unsaid) for tier in given.tiers],
        communities=communities,
        suppressed=True,
    )
