"""Random small siting tasks as plain numbers, and every choice of sites tried one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations

import numpy as np

from gis.coverage.siting.model import Model, Task
from gis.walking.pairs import Pairs

LIMIT = 1_000
BEYOND = 3_000


def random_task(
    rng: np.random.Generator, model: Model, *, sites: int = 9, buildings: int = 40, p: int = 3, **more: object
) -> Task:
    """Candidates and buildings on a plane, distances as costs; some buildings nobody reaches, some without people."""
    homes, places = rng.integers(0, 4_500, (buildings, 2)), rng.integers(0, 4_500, (sites, 2))
    cost = np.abs(places[:, None] - homes[None]).sum(axis=2).astype(np.int64)
    most = BEYOND if model is Model.P_MEDIAN else LIMIT
    base = np.where(rng.random(buildings) < 0.3, rng.integers(0, BEYOND, buildings), BEYOND)
    ceiling = base[None] if model is Model.P_MEDIAN else np.full((1, buildings), most)
    site, building = np.nonzero((cost <= most) & (cost <= ceiling))
    start = np.concatenate([[0], np.cumsum(np.bincount(site, minlength=sites))]).astype(np.int64)
    reach = Pairs(start, building.astype(np.int32), cost[site, building])
    values: dict[str, object] = {
        "residents": rng.integers(0, 30, buildings).astype(np.int64),
        "held": rng.choice(3, buildings, p=[0.7, 0.2, 0.1]).astype(np.int64),
        "base": base.astype(np.int64),
        "community": rng.integers(-1, 4, buildings).astype(np.int64),
    }
    return Task(model, reach, p=p, **(values | more))  # type: ignore[arg-type]


def covers(task: Task) -> np.ndarray:
    """Sites × buildings: who reaches whom."""
    table = np.zeros((task.sites, len(task.residents)), dtype=np.int64)
    table[task.reach.station, task.reach.building] = 1
    return table


def costs(task: Task) -> np.ndarray:
    """Sites × buildings: the cost a building has with this one site, never above its base."""
    assert task.base is not None
    table = np.repeat(task.base[None], task.sites, axis=0)
    table[task.reach.station, task.reach.building] = task.reach.cost
    return np.minimum(table, task.base[None])


def choices(task: Task) -> Iterable[list[int]]:
    """Every choice of at most p sites."""
    for count in range(min(task.p, task.sites) + 1):
        for chosen in combinations(range(task.sites), count):
            yield list(chosen)


def best_of(task: Task, worth: Callable[[list[int]], int]) -> int:
    """The highest worth of any choice."""
    return max(worth(chosen) for chosen in choices(task))


def worth_of(task: Task) -> Callable[[list[int]], int]:
    """What a choice is worth by the definition, counted building by building."""
    reach = covers(task)

    def coverage(chosen: list[int]) -> int:
        new = (task.held == 0) & (reach[chosen].sum(axis=0) > 0)
        return int(task.residents[new].sum())

    def backup(chosen: list[int]) -> int:
        times = np.minimum(task.held + reach[chosen].sum(axis=0), 2)
        before = np.minimum(task.held, 2)
        points = np.array([0, 1000, 1000 + task.theta])
        return int((task.residents * (points[times] - points[before])).sum())

    def median(chosen: list[int]) -> int:
        assert task.base is not None
        table = np.concatenate([task.base[None], costs(task)[chosen]])
        return -int((task.residents * table.min(axis=0)).sum())

    return {Model.BACKUP: backup, Model.P_MEDIAN: median}.get(task.model, coverage)
