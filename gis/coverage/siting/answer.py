"""What siting answers: value, bound, proven gap, coverage before and after, the sites, and who is out of reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gis.base.suppress import K
from gis.coverage.siting.candidates import LinkedCandidates
from gis.coverage.siting.ground import Ground
from gis.coverage.siting.model import Model, Outcome, Task
from gis.coverage.siting.request import SitingRequest
from gis.coverage.siting.weights import WORDS, Weight, note
from gis.walking.model import Bools, Int64s

LISTED = 1000
UNITS = {
    Model.COVERAGE: ("新增覆盖{zh}", "{en} newly covered", 1),
    Model.MIN_COVERAGE: ("新增覆盖{zh}", "{en} newly covered", 1),
    Model.CAPACITY: ("新增服务{zh}", "{en} newly served", 1),
    Model.BACKUP: ("{zh}加权覆盖", "{en}, twice covered counted θ more", 1000),
    Model.SET_COVER: ("站点数", "stations", 1),
    Model.P_MEDIAN: ("{zh} × 米（时间档为秒）", "{en} × metres (seconds in a time profile)", 1_000_000),
}


@dataclass(frozen=True, slots=True)
class Site:
    """One chosen site; `gain` is what it adds (covers, or serves) to the sites ranked before it."""

    rank: int
    lon: float
    lat: float
    gain: int
    street: str


@dataclass(frozen=True, slots=True)
class SitingAnswer:
    """`value` and `bound` in the unit of the model (`UNITS`); `gap` is proven. All are of the area asked about.

    `total`, `covered_before`, `covered_after` and the gains are residents, or what stands in for them by `weight`.
    `uncoverable`: residents (None where they are not known), buildings and up to 1,000 codes of buildings
    that no candidate and no station covers; `alone` is what they count for.
    """

    request: SitingRequest
    value: float
    bound: float
    gap: float
    proven: bool
    method: str
    total: int
    covered_before: int
    covered_after: int
    uncoverable: dict[str, Any]
    candidates: dict[str, int]
    sites: list[Site]
    network_version: str
    rule_version: str
    weight: Weight = Weight.RESIDENTS
    alone: int = 0

    @property
    def has_small(self) -> bool:
        """Whether any count of people is from 1 to 9, the rest that stays uncovered included."""
        if self.weight is Weight.BUILDINGS:
            return False
        left = self.total - self.covered_after
        counts = [site.gain for site in self.sites]
        counts += [
            self.covered_before,
            self.alone,
            left,
            left - self.alone,
        ]
        return any(0 < count < K for count in counts)

    @property
    def unit(self) -> tuple[str, str]:
        """What the value counts, in Chinese and English."""
        zh, en = WORDS[self.weight]
        words = UNITS[self.request.model]
        return words[0].format(zh=zh), words[1].format(en=en)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values, as the job's result and the command's file have them."""
        zh, en = self.unit
        question = self.request.question
        people = self.weight is Weight.RESIDENTS
        return {
            "model": self.request.model.value,
            "types": list(question.types),
            "minutes": question.minutes,
            "metres": question.metres,
            "profile": question.profile.name,
            "area": question.area,
            "value": self.value,
            "bound": self.bound,
            "gap": self.gap,
            "proven": self.proven,
            "unit_zh": zh,
            "unit_en": en,
            "method": self.method,
            "weight": self.weight.value,
            "total": self.total,
            "note": note(self.weight),
            "residents": self.total if people else None,
            "covered_before": self.covered_before,
            "covered_after": self.covered_after,
            "uncoverable": self.uncoverable,
            "candidates": self.candidates,
            "sites": [
                {
                    "rank": site.rank,
                    "lon": site.lon,
                    "lat": site.lat,
                    "gain": site.gain,
                    "gain_residents": site.gain if people else None,
                    "street": site.street,
                }
                for site in self.sites
            ],
            "network_version": self.network_version,
            "rule_version": self.rule_version,
        }

    def as_geojson(self, *, hide_small: bool = False) -> dict[str, Any]:
        """The sites as points, the rest of the answer beside them.

        With `hide_small` every count of people is null as soon as one of them is from 1 to 9: sums would tell it.
        """
        told = self.as_json()
        if hide_small and self.has_small:
            told |= dict.fromkeys(
                ("value", "bound", "gap", "total", "residents", "covered_before", "covered_after")
            )
            told["uncoverable"] = {**self.uncoverable, "residents": None}
            told["sites"] = [{**site, "gain": None, "gain_residents": None} for site in told["sites"]]
        features = [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [site["lon"], site["lat"]]},
                "properties": {name: site[name] for name in ("rank", "gain", "gain_residents", "street")},
            }
            for site in told.pop("sites")
        ]
        return {"type": "FeatureCollection", "features": features, "siting": told}


def answer_of(
    ground: Ground,
    request: SitingRequest,
    candidates: LinkedCandidates,
    found: tuple[Task, Int64s, Outcome],
    rule_version: str,
) -> SitingAnswer:
    """Everything in the units people read."""
    task, rows, outcome = found
    unit = UNITS[request.model][2]
    before = int(task.residents[task.held > 0].sum())
    gains = _residents_gained(task, outcome, request.question.limit)
    points = candidates.points
    alone = task.uncoverable
    lost = int(task.residents[alone].sum())
    value, bound = (n // unit if unit == 1 else n / unit for n in (outcome.value, outcome.bound))
    return SitingAnswer(
        request=request,
        value=value,
        bound=bound,
        gap=outcome.gap,
        proven=outcome.proven,
        method=outcome.method,
        total=int(task.residents.sum()),
        covered_before=before,
        covered_after=before + sum(gains),
        uncoverable={
            "residents": lost if ground.weight is Weight.RESIDENTS else None,
            "buildings": int(alone.sum()),
            "codes": [str(code) for code in ground.codes[rows[alone]][:LISTED]],
        },
        candidates={"used": len(points), "unlinked": candidates.unlinked},
        sites=[
            Site(rank, float(points.lon[site]), float(points.lat[site]), gain, str(points.street[site] or ""))
            for rank, (site, gain) in enumerate(zip(outcome.chosen, gains, strict=True), start=1)
        ],
        network_version=ground.version,
        rule_version=rule_version,
        weight=ground.weight,
        alone=lost,
    )


def _residents_gained(task: Task, outcome: Outcome, limit: int) -> list[int]:
    """What each site adds within the limit to existing stations and the sites before it; served with a capacity."""
    if outcome.served is not None:
        return outcome.gains
    covered: Bools = task.held > 0
    gains = []
    for site in outcome.chosen:
        buildings, cost = task.reach.of(site)
        new = np.zeros(len(covered), dtype=np.bool_)
        new[buildings[cost <= limit]] = True
        gains.append(int(task.residents[new & ~covered].sum()))
        covered = covered | new
    return gains
