"""What a campaign came to: rates with their base, as of a moment, and how long the unsolved have been waiting."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gis.events.kpi.rates import Rate

AGES = (7, 30, 90)
"""Days at which the unsolved pass from one column to the next: up to 7, 30, 90 days, longer."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one grid, or of all together. `households` is None where counts of people may not be told."""

    buildings: int
    households: int | None
    met: int
    absent: int
    refused: int
    problems: int
    solved: int
    ages: tuple[int, ...]

    @property
    def visited(self) -> Rate | None:
        """走访率: doors somebody was met at / households to visit; None where these may not be told."""
        return None if self.households is None else Rate(self.met, self.households)

    @property
    def problem_rate(self) -> Rate:
        """Problems / doors somebody was met at; more than one of a door is more than one."""
        return Rate(self.problems, self.met)

    @property
    def solved_rate(self) -> Rate:
        """解决率: solved by then / registered by then."""
        return Rate(self.solved, self.problems)


def ageing(days: Sequence[int]) -> tuple[int, ...]:
    """How many of the unsolved wait up to 7, 30, 90 days, and longer; a day that is not over does not count."""
    found = [0] * (len(AGES) + 1)
    for age in days:
        found[sum(age > limit for limit in AGES)] += 1
    return tuple(found)


def together(found: Iterable[Figures]) -> Figures:
    """All grids as one."""
    every = list(found)
    homes = [one.households for one in every]
    return Figures(
        sum(one.buildings for one in every),
        None if any(n is None for n in homes) else sum(n or 0 for n in homes),
        sum(one.met for one in every),
        sum(one.absent for one in every),
        sum(one.refused for one in every),
        sum(one.problems for one in every),
        sum(one.solved for one in every),
        tuple(age for one in every for age in one.ages),
    )
