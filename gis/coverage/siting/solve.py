"""One door to all models."""

from __future__ import annotations

from collections.abc import Callable

from gis.coverage.siting.capacity import choose_capacity
from gis.coverage.siting.choice import choose_sites
from gis.coverage.siting.minimum import choose_minimum
from gis.coverage.siting.model import Model, Outcome, Progress, Task, silent
from gis.coverage.siting.set_cover import cover_share

_SOLVERS: dict[Model, Callable[[Task, Progress], Outcome]] = {
    Model.COVERAGE: choose_sites,
    Model.BACKUP: choose_sites,
    Model.P_MEDIAN: choose_sites,
    Model.SET_COVER: cover_share,
    Model.CAPACITY: choose_capacity,
    Model.MIN_COVERAGE: choose_minimum,
}


def solve(task: Task, progress: Progress = silent) -> Outcome:
    """The sites by the task's model, their value, a bound and the proven gap.

    Units: residents; backup thousandths of residents; p-median residents × µm (µs); set cover sites. The same task
    gives the same outcome, whatever the machine's cores. Raises `minimum.Infeasible`.
    """
    outcome = _SOLVERS[task.model](task, progress)
    progress(100, 100)
    return outcome
