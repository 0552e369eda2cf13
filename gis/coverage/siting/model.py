"""What siting passes around: the task in numbers, the form its compiled loops work on, and the outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from gis.coverage.siting.kernels import Rows
from gis.walking.model import Bools, Int64s
from gis.walking.pairs import Pairs

Progress = Callable[[int, int], None]
"""Called with (done, total); it may raise, which ends the work: so a job is cancelled."""


class Model(StrEnum):
    """What is asked of the new stations."""

    COVERAGE = "coverage"
    SET_COVER = "set_cover"
    P_MEDIAN = "p_median"
    CAPACITY = "capacity"
    BACKUP = "backup"
    MIN_COVERAGE = "min_coverage"


@dataclass(frozen=True, slots=True)
class Task:
    """Candidates against buildings (b), all whole numbers.

    `reach` has the pairs by candidate; for the p-median up to each building's `base`, the cost it has without new
    stations (µm or µs). `held`: how many existing stations cover a building. `community`: -1 for none. `share`:
    permille of residents that a set cover must reach, or each community's least. `theta`: permille of backup.
    """

    model: Model
    reach: Pairs
    residents: Int64s
    held: Int64s
    p: int = 0
    base: Int64s | None = None
    community: Int64s | None = None
    share: int = 1000
    capacity: int = 0
    theta: int = 0

    @property
    def sites(self) -> int:
        """How many candidates."""
        return len(self.reach.start) - 1

    @property
    def reached(self) -> Bools:
        """Which buildings have a candidate within the limit."""
        found = np.zeros(len(self.residents), dtype=np.bool_)
        found[self.reach.building] = True
        return found

    @property
    def uncoverable(self) -> Bools:
        """Buildings with residents that neither an existing station nor any candidate covers."""
        alone: Bools = (self.held == 0) & ~self.reached & (self.residents > 0)
        return alone


@dataclass(frozen=True, slots=True)
class Form:
    """The same by classes: `rows` by class, `sites` by site; `first` (c) the most a class saves, `second` (c)."""

    rows: Rows
    sites: Rows
    first: Int64s
    second: Int64s

    @property
    def count(self) -> int:
        """How many sites."""
        return len(self.sites.start) - 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """The chosen sites in order of what each adds, the value and a bound nobody can beat.

    `sense` is 1 where more is better (value <= bound), -1 where less is. `gains` add up to what the choice wins.
    `served` (capacity): rows class, site, residents. `notes`: Chinese and English.
    """

    chosen: list[int]
    gains: list[int]
    value: int
    bound: int
    method: str
    sense: int = 1
    served: Int64s | None = None
    notes: list[tuple[str, str]] = field(default_factory=list)

    @property
    def gap(self) -> float:
        """Between the value and the bound, relative to the larger of the two; 0 when nothing can be better."""
        larger = max(self.value, self.bound)
        return abs(self.bound - self.value) / larger if larger else 0.0

    @property
    def proven(self) -> bool:
        """Whether no better choice exists."""
        return self.value == self.bound


def silent(done: int, total: int) -> None:
    """Report progress to nobody."""
