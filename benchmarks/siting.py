"""Rows `siting` and `siting_small`: where the next stations go; the whole way from links to sites, value and bound.

`siting` is ours alone at the size asked for, with the proven `gap`: nobody else can hold a city. `siting_small` is
maximal coverage at a size that spopt and a plain mixed-integer program can do, values compared.
"""

from __future__ import annotations

import resource
from dataclasses import replace
from typing import Any

import highspy
import numpy as np
from scipy import sparse

from benchmarks.circles import streets
from benchmarks.harness import Missing, Row, Work, compare
from gis.coverage.siting import exact
from gis.coverage.siting.model import Model, Outcome, Task
from gis.coverage.siting.solve import solve
from gis.walking.cost import Graph, graph
from gis.walking.model import METRES, Direct, Floats, Int64s, Links, Network
from gis.walking.pairs import Pairs, pairs
from gis.walking.path import only_points
from gis.walking.search import nearest

NODES = {"town": 900, "district": 5_000, "city": 30_000}
BUILDINGS = {"town": 4_000, "district": 60_000, "city": 1_000_000}
CANDIDATES = {"town": 100, "district": 600, "city": 5_000}
EXISTING = {"town": 4, "district": 30, "city": 200}
STATIONS = {"town": (3, 10), "district": (10, 30), "city": (30, 100)}
LIMIT_UM = 1_000_000_000
_CENTRES = 12
_FAR = 9.0


class City:
    """A synthetic city of a size: 250 m blocks, buildings denser round twelve centres, 0 to 79 residents each."""

    def __init__(self, size: str) -> None:
        rng = np.random.default_rng(1)
        network = streets(NODES[size])
        self.walk: Graph = graph(network, METRES)
        dense = _density(network, rng)
        even = network.length_um / network.length_um.sum()
        self.homes = _links(rng, network, BUILDINGS[size], 30.0, dense)
        self.candidates = _links(rng, network, CANDIDATES[size], 0.0, even)
        self.existing = _links(rng, network, EXISTING[size], 10.0, dense)
        self.residents: Int64s = rng.integers(0, 80, BUILDINGS[size]).astype(np.int64)

    def task(self, p: int) -> Task:
        """Who is left to cover, and by whom: the search from the existing stations and from every candidate."""
        near = nearest(self.walk, self.homes, self.existing, Direct.none(), LIMIT_UM)
        held = near.covered(LIMIT_UM).astype(np.int64)
        rows = np.flatnonzero(held == 0)
        found = pairs(self.walk, only_points(self.homes, rows), self.candidates, Direct.none(), LIMIT_UM)
        reach = Pairs(found.start, rows[found.building].astype(np.int32), found.cost)
        return Task(Model.COVERAGE, reach, self.residents, held, p=p)


def _density(network: Network, rng: np.random.Generator) -> Floats:
    middle = (network.node_xy_mm[network.edge_u] + network.node_xy_mm[network.edge_v]) / 2e6
    side = float(middle.max())
    centres, spread = rng.uniform(0, side, (_CENTRES, 2)), rng.uniform(0.05, 0.15, _CENTRES) * side
    weight = np.full(len(middle), 0.15)
    for centre, width in zip(centres, spread, strict=True):
        weight += np.exp(-((middle - centre) ** 2).sum(axis=1) / (2 * width**2))
    weight *= network.length_um
    share: Floats = weight / weight.sum()
    return share


def _links(rng: np.random.Generator, network: Network, count: int, leg_m: float, share: Floats) -> Links:
    edge = rng.choice(network.edges, count, p=share).astype(np.int32)
    return Links(
        np.arange(count, dtype=np.int32),
        edge,
        (network.length_um[edge] * rng.random(count)).astype(np.int64),
        (rng.random(count) * leg_m * 1e6).astype(np.int64),
        np.full(count, -1, np.int32),
        np.ones(count, np.uint8),
        np.zeros(count, np.uint8),
    )


def run(size: str) -> list[Row]:
    """Ours at this size for two numbers of stations, then everybody on the small one."""
    small = City("town")
    solve(small.task(3))  # compiled before the clock starts
    city = City(size)
    few, many = STATIONS[size]
    rows = [_ours(city, size, few, "siting_few"), _ours(city, size, many, "siting")]
    return [*rows, _with_peers(small)]


def _ours(city: City, size: str, p: int, name: str) -> Row:
    answers: list[Outcome] = []

    def work() -> Outcome:
        answers.append(solve(city.task(p)))
        return answers[-1]

    row = compare(name, size, work, {"spopt": Missing("one variable a pair and dense tables: terabytes")},
                  agree=lambda _: True)  # fmt: skip
    found = answers[-1]
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    same = all(answer == found for answer in answers)
    return replace(
        row,
        agree=same,
        measures={
            "gap": found.gap,
            "value": found.value,
            "bound": found.bound,
            "stations": p,
            "peak_gb": peak_gb,
        },
        notes=[
            f"{BUILDINGS[size]:,} buildings, {CANDIDATES[size]:,} candidates, {EXISTING[size]} existing, p = {p}, 1,000 m",
            f"value {found.value:,}, bound {found.bound:,}, proven gap {found.gap:.2%}, {found.method}",
            "search from existing stations and candidates, classes, choice, bound; peak of this process "
            f"{peak_gb:.1f} GB",
            *row.notes,
        ],
    )


def _with_peers(city: City) -> Row:
    p = STATIONS["town"][1]
    task = city.task(p)
    peers: dict[str, Work | Missing] = {"spopt": _spopt(task), "highs": _highs(task)}
    return compare(
        "siting_small", "town", lambda: solve(task).value, peers,
        agree=lambda answers: len(set(answers.values())) == 1,
        notes=[
            f"maximal coverage, {len(task.residents):,} buildings × {task.sites} candidates, p = {p}; "
            "from pairs to the optimum",
            "spopt with CBC, highs the same model row by row, building it included: equal values",
        ],
    )  # fmt: skip


def _open(task: Task) -> Int64s:
    return np.flatnonzero((task.held == 0) & task.reached & (task.residents > 0))


def _spopt(task: Task) -> Work:
    def work() -> Any:
        import pulp  # type: ignore[import-untyped]
        from spopt.locate import MCLP  # type: ignore[import-untyped]

        mine = _open(task)
        number = np.full(len(task.residents), -1)
        number[mine] = np.arange(len(mine))
        table = np.full((len(mine), task.sites), _FAR)
        inside = number[task.reach.building] >= 0
        table[number[task.reach.building[inside]], task.reach.station[inside]] = 1.0
        model = MCLP.from_cost_matrix(table, task.residents[mine], 2.0, task.p)
        return round(model.solve(pulp.PULP_CBC_CMD(msg=False)).problem.objective.value())

    return work


def _highs(task: Task) -> Work:
    def work() -> int:
        mine = _open(task)
        number = np.full(len(task.residents), -1)
        number[mine] = np.arange(len(mine))
        inside = number[task.reach.building] >= 0
        owner, site = number[task.reach.building[inside]], task.reach.station[inside]
        rows = sparse.csr_array((np.ones(len(owner)), (owner, site)), shape=(len(mine), task.sites))
        matrix = sparse.vstack(
            [
                sparse.hstack([-rows, sparse.eye_array(len(mine))]),
                sparse.hstack([sparse.csr_array(np.ones((1, task.sites))), sparse.csr_array((1, len(mine)))]),
            ],
            format="csr",
        )
        worth = np.concatenate([np.zeros(task.sites), task.residents[mine]]).astype(float)
        high = np.append(np.zeros(len(mine)), float(task.p))
        low = np.full(len(high), -highspy.kHighsInf)
        program = exact.Program(worth, np.ones(len(worth)), task.sites, sparse.csr_array(matrix), low, high)
        solved = exact.solve(program)
        assert solved.x is not None
        return round(float(worth @ solved.x))

    return work
