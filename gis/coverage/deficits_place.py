"""One question of deficits on a place: the pure judgement fed from the world, its rows cut to the asker."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from gis.coverage import deficits, members
from gis.coverage.deficits import Homes, Judged, Standing, Within
from gis.coverage.deficits_known import known_areas, unknown
from gis.coverage.deficits_model import Deficit, Ranked
from gis.coverage.found import residents
from gis.coverage.model import Share
from gis.coverage.standards import COMMUNITY_ROOMS, Standard, TypeStandard
from gis.coverage.world import World
from gis.register.station_types import station_types
from gis.walking.model import METRES, Bools, Int64s


@dataclass(frozen=True, slots=True)
class Ground:
    """What the walk does without: floor area in m² by code of a station, and the grids of those a scenario places."""

    floor: dict[str, float]
    placed: dict[str, int | None]


class Place:
    """One question: the place, the standard, and the communities (rows of the areas) it is about."""

    def __init__(
        self,
        world: World,
        standard: Standard,
        listed: Int64s,
        told: Bools,
        inside: Bools,
        ground: Ground,
    ) -> None:
        self.world, self.standard, self.told = world, standard, told
        named = members.named(world, listed)
        self.codes, self.names = [code for code, _ in named], [name for _, name in named]
        self.count = len(listed)
        self.inside = inside
        self.homes = Homes(
            members.number_of(world, listed), self.count, residents(world), members.households(world)
        )
        self.known = known_areas(world, self.homes.area, self.count)
        self.known_somewhere = bool(known_areas(world, np.where(inside, 0, -1), 1)[0])
        self.station_area = members.station_number_of(world, listed, ground.placed)
        self.floor = (
            world.stations["code"].map(ground.floor).to_numpy(dtype=np.float64, na_value=np.nan)
            if len(world.stations)
            else np.empty(0)
        )

    def judged(self) -> tuple[list[Deficit], list[Deficit]]:
        """Rows by community, and of the whole area, type by type."""
        rows: list[Deficit] = []
        totals: list[Deficit] = []
        for row in self.standard.judged:
            within, standing = self._within(row), self._standing((row.type,))
            share = self.standard.covered_share
            by_community = deficits.judge(row, self.homes, within, standing, share, whole=False)
            rows += self._rows(row, by_community)
            at_once = deficits.judge(row, self._as_one(), within, standing.as_one(), share, whole=True)
            totals.append(self._whole(_total(row, by_community, at_once)))
        rooms, room_total = self._rooms()
        return rows + rooms, totals + room_total

    def _as_one(self) -> Homes:
        """All homes of the area asked about as one, also those outside every community."""
        one = np.where(self.inside, 0, -1)
        return Homes(one, 1, self.homes.residents, self.homes.households)

    def _within(self, row: TypeStandard) -> Within:
        count = len(self.world.buildings)
        if row.type not in station_types() and row.type not in set(self.world.stations["type"]):
            nobody = np.full(count, -1, np.int32)  # a type of a city's own standard that nobody built yet
            return Within(nobody, nobody)
        near = self.world.reached((row.type,), METRES).nearest
        limit = int((row.radius_m or 0) * 1_000_000)
        return Within(
            np.where(near.cost <= limit, near.station, -1),
            np.where(near.second_cost <= limit, near.second_station, -1),
        )

    def _standing(self, types: tuple[str, ...]) -> Standing:
        """The existing stations of these types in the order of `World.reached`, and what is coming by community."""
        stations = self.world.stations
        mine = stations["type"].isin(types).to_numpy()
        here = mine & (stations["status"] == "existing").to_numpy()
        coming = mine & stations["status"].isin(("under_construction", "planned")).to_numpy()
        at = self.station_area[coming]
        return Standing(
            self.station_area[here],
            self.floor[here],
            np.bincount(at[at >= 0], minlength=self.count).astype(np.int64),
        )

    def _rows(self, row: TypeStandard, judged: Judged) -> Iterator[Deficit]:
        for i in range(self.count):
            yield self._told(i, _deficit(row, judged, i, self.codes[i], self.names[i]))

    def _told(self, i: int, made: Deficit) -> Deficit:
        """A community's row as far as people were counted there and the asker may read them."""
        if not self.told[i]:
            return hidden(made)
        return made if self.known[i] else unknown(made)

    def _whole(self, made: Deficit) -> Deficit:
        return made if self.known_somewhere else unknown(made)

    @property
    def unknown(self) -> int:
        """How many of the communities that are told have no count of people."""
        return int((self.told & ~self.known).sum())

    def _rooms(self) -> tuple[list[Deficit], list[Deficit]]:
        """The community rooms against the area per 100 households; none where the standard asks for none."""
        if self.standard.m2_per_100_households is None:
            return [], []
        standing = self._standing(tuple(row.type for row in self.standard.types if row.in_total))
        required, present, silent = deficits.rooms(self.standard, self.homes, standing)
        lacking = np.maximum(required - present, 0.0)
        rows = [
            self._room(code, name, (r, p, m), int(u), int(c))
            for code, name, r, p, m, u, c in zip(
                self.codes, self.names, required, present, lacking, silent, standing.coming, strict=True
            )
        ]
        sums = (required.sum(), present.sum(), lacking.sum())
        total = self._room("", "", sums, int(silent.sum()), int(standing.coming.sum()))
        return [self._told(i, row) for i, row in enumerate(rows)], [self._whole(total)]

    def _room(
        self, code: str, name: str, area: tuple[float, float, float], unknown: int, coming: int
    ) -> Deficit:
        sure = self.standard.area_confidence or self.standard.confidence
        required, present, lacking = map(_area, area)
        return Deficit(
            code, name, COMMUNITY_ROOMS, None, None, None, coming, None, None, None, Share(None, None),
            required, present, lacking, unknown, sure,
        )  # fmt: skip

    def ranked(self, rows: list[Deficit]) -> list[Ranked]:
        """The communities that are told, by facilities missing, then floor area; last those nobody was counted in.

        Rooms that count towards the area per 100 households are missing once: by type or by the whole, whichever is more.
        """
        counted = {row.type for row in self.standard.types if row.in_total}
        missing: dict[str, int] = {}
        apart: dict[str, float] = {}
        shared: dict[str, float] = {}
        rooms: dict[str, float] = {}
        for row in rows:
            lacking = row.area_missing_m2 or 0.0
            into = rooms if row.type == COMMUNITY_ROOMS else shared if row.type in counted else apart
            into[row.code] = into.get(row.code, 0.0) + lacking
            missing[row.code] = missing.get(row.code, 0) + (row.missing or 0)
        people = self.homes.sums(self.homes.residents)
        households = self.homes.sums(self.homes.households)
        found = [
            Ranked(
                code,
                self.names[i],
                missing.get(code, 0),
                round(apart.get(code, 0.0) + max(shared.get(code, 0.0), rooms.get(code, 0.0)), 1),
                int(people[i]),
                int(households[i]),
            )
            if self.known[i]
            else Ranked(code, self.names[i], None, None, None, None)
            for i, code in enumerate(self.codes)
            if self.told[i]
        ]
        return sorted(
            found,
            key=lambda one: (
                one.missing is None,
                -(one.missing or 0),
                -(one.area_missing_m2 or 0.0),
                one.code,
            ),
        )


def _deficit(row: TypeStandard, judged: Judged, i: int, code: str, name: str) -> Deficit:
    asked = judged.required[i] >= 0
    required, present = judged.area_required_m2[i], judged.area_present_m2[i]
    return Deficit(
        code=code,
        name=name,
        type=row.type,
        tier_min=row.tier_min,
        required=int(judged.required[i]) if asked else None,
        present=int(judged.present[i]),
        coming=int(judged.coming[i]),
        missing=int(judged.missing[i]) if asked else None,
        missing_by_number=int(judged.missing_by_number[i]) if asked else None,
        missing_by_reach=int(judged.missing_by_reach[i]) if asked else None,
        residents=Share(int(judged.covered[i]), int(judged.residents[i])),
        area_required_m2=_area(required),
        area_present_m2=_area(present),
        area_missing_m2=_area(judged.area_missing_m2[i]),
        area_unknown=int(judged.area_unknown[i]),
        confidence=row.weakest,
    )


def _total(row: TypeStandard, parts: Judged, whole: Judged) -> Deficit:
    """The whole area: what communities need each is added up, what they share is judged at once."""
    at_once = _deficit(row, whole, 0, "", "")
    if row.per == "none" or not (row.per == "community" or row.tier_min == deficits.COMMUNITY_TIER):
        return at_once
    return replace(
        at_once,
        required=int(parts.required.sum()),
        missing=int(parts.missing.sum()),
        missing_by_number=int(parts.missing_by_number.sum()),
        missing_by_reach=int(parts.missing_by_reach.sum()),
        area_required_m2=_area(float(parts.area_required_m2.sum())),
        area_missing_m2=_area(float(parts.area_missing_m2.sum())),
    )


def hidden(given: Deficit) -> Deficit:
    """The row without anything that people were counted for; the stations and their area are everybody's."""
    return Deficit(
        given.code, given.name, given.type, given.tier_min, None, None, given.coming, None, None, None,
        Share(None, None), None, given.area_present_m2, None, given.area_unknown, given.confidence, suppressed=True,
    )  # fmt: skip


def _area(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 1)
