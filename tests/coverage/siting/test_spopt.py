"""The values of spopt's exact models on random small instances, uncoverable demand removed as it must be for spopt."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gis.coverage.siting.model import Model, Task
from gis.coverage.siting.solve import solve

from .instances import costs, covers, random_task

INSTANCES = 120
SAMPLE = 15


def optimum(model: Any) -> Any:
    """spopt's solved model; pulp says that parts of its interface will change, which is not ours to heed."""
    import pulp

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"(pulp|spopt)(\.|$)")
        warnings.filterwarnings("ignore", category=FutureWarning, module=r"(pulp|spopt)(\.|$)")
        warnings.filterwarnings("ignore", category=UserWarning, module=r"(pulp|spopt)(\.|$)")
        return model().solve(pulp.PULP_CBC_CMD(msg=False))


def task_of(number: int, model: Model) -> Task:
    rng = np.random.default_rng([number, list(Model).index(model)])
    size = {"sites": int(rng.integers(4, 25)), "buildings": int(rng.integers(20, 120))}
    task = random_task(rng, model, p=int(rng.integers(1, 6)), **size)
    return replace(task, p=min(task.p, task.sites))


def distances(task: Task, buildings: np.ndarray) -> np.ndarray:
    return np.where(covers(task)[:, buildings] == 1, 1.0, 9.0).T


def spopt_value(task: Task) -> int:
    from spopt.locate import LSCP, MCLP, PMedian

    mine = np.flatnonzero((task.held == 0) & task.reached & (task.residents > 0))
    if task.model is Model.P_MEDIAN:
        table = costs(task).T
        return round(
            optimum(lambda: PMedian.from_cost_matrix(table, task.residents, task.p)).problem.objective.value()
        )
    if not len(mine):
        return 0
    table = distances(task, mine)
    if task.model is Model.COVERAGE:
        solved = optimum(lambda: MCLP.from_cost_matrix(table, task.residents[mine], 2.0, task.p))
    else:
        solved = optimum(lambda: LSCP.from_cost_matrix(table, 2.0))
    return round(solved.problem.objective.value())


def check(number: int, model: Model) -> None:
    task = task_of(number, model)
    outcome = solve(task)
    assert outcome.value == spopt_value(task)
    assert outcome.proven
    assert outcome.sense * outcome.bound >= outcome.sense * outcome.value


MODELS = [Model.COVERAGE, Model.SET_COVER, Model.P_MEDIAN]


@pytest.mark.parametrize("number", range(SAMPLE // 3))
@pytest.mark.parametrize("model", MODELS)
def test_the_value_is_spopts_optimum(number: int, model: Model) -> None:
    check(number, model)


@pytest.mark.prove
@pytest.mark.parametrize("number", range(INSTANCES))
@pytest.mark.parametrize("model", MODELS)
def test_the_value_is_spopts_optimum_on_every_instance(number: int, model: Model) -> None:
    check(number, model)


def test_the_comparison_can_fail() -> None:
    """Control: another p gives spopt another value than ours."""
    task = next(
        task for number in range(50)
        if (task := task_of(number, Model.COVERAGE)).p > 1 and len(solve(task).gains) > 1 and solve(task).gains[-1] > 0
    )  # fmt: skip
    assert solve(task).value > spopt_value(replace(task, p=task.p - 1))
