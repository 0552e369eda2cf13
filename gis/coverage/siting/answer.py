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
from gis.walking.model import Bools, Int64s

LISTED = 1000
UNITS = {
    Model.COVERAGE: ("新增覆盖居民", "residents newly covered", 1),
    Model.MIN_COVERAGE: ("新增覆盖居民", "residents newly covered", 1),
    Model.CAPACITY: ("新增服务居民", "residents newly served", 1),
    Model.BACKUP: ("居民加权覆盖", "residents, twice covered counted θ more", 1000),
    Model.SET_COVER: ("站点数", "stations", 1),
    Model.P_MEDIAN: ("居民 × 米（时间档为秒）", "residents × metres (seconds in a time profile)", 1_000_000),
}


@dataclass(frozen=True, slots=True)
class Site:
    """One chosen site; `gain_residents` is what it adds (covers, or serves) to the sites ranked before it."""

    rank: int
    lon: float
    lat: float
    gain_residents: int
    street: str


@dataclass(frozen=True, slots=True)
class SitingAnswer:
    """`value` and `bound` in the unit of the model (`UNITS`); `gap` is proven. Residents of the area asked about.

    `uncoverable`: residents, buildings and up to 1,000 codes of buildings that no candidate and no station covers.
    """

    request: SitingRequest
    value: float
    bound: float
    gap: float
    proven: bool
    method: str
    residents: int
    covered_before: int
    covered_after: int
    uncoverable: dict[str, Any]
    candidates: dict[str, int]
    sites: list[Site]
    network_version: str
    rule_version: str

    @property
    def has_small(self) -> bool:
        """Whether any count of people is from 1 to 9, the rest that stays uncovered included."""
        left = self.residents - self.covered_after
        counts = [site.gain_residents for site in self.sites]
        counts += [
            self.covered_before,
            self.uncoverable["residents"],
            left,
            left - self.uncoverable["residents"],
        ]
        return any(0 < count < K for count in counts)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values, as the job's result and the command's file have them."""
        zh, en, _ = UNITS[self.request.model]
        question = self.request.question
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
            "residents": self.residents,
            "covered_before": self.covered_before,
            "covered_after": self.covered_after,
            "uncoverable": self.uncoverable,
            "candidates": self.candidates,
            "sites": [
                {
                    "rank": site.rank,
                    "lon": site.lon,
                    "lat": site.lat,
                    "gain_residents": site.gain_residents,
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
            told |= dict.fromkeys(("value", "bound", "gap", "residents", "covered_before", "covered_after"))
            told["uncoverable"] = {**self.uncoverable, "residents": None}
            told["sites"] = [{**site, "gain_residents": None} for site in told["sites"]]
        features = [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [site["lon"], site["lat"]]},
                "properties": {name: site[name] for name in ("rank", "gain_residents", "street")},
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
    value, bound = (n // unit if unit == 1 else n / unit for n in (outcome.value, outcome.bound))
    return SitingAnswer(
        request=request,
        value=value,
        bound=bound,
        gap=outcome.gap,
        proven=outcome.proven,
        method=outcome.method,
        residents=int(task.residents.sum()),
        covered_before=before,
        covered_after=before + sum(gains),
        uncoverable={
            "residents": int(task.residents[alone].sum()),
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
