"""The models that choose p sites for the highest saving: maximal coverage, backup, p-median."""

from __future__ import annotations

import math

import numpy as np

from gis.coverage.siting import exact, greedy
from gis.coverage.siting.bound import Bound, upper_bound
from gis.coverage.siting.forms import classes_of, form_of, median_form
from gis.coverage.siting.kernels import Rows
from gis.coverage.siting.model import Form, Model, Outcome, Progress, Task, silent
from gis.walking.model import Bools

_ROUNDS = 600


def choose_sites(task: Task, progress: Progress = silent) -> Outcome:
    """The p sites of the highest saving, a bound, and HiGHS where what is left open is small enough."""
    form = median_form(task) if task.model is Model.P_MEDIAN else form_of(task, classes_of(task))
    chosen, bound, method = best_sites(form, task.p, median=task.model is Model.P_MEDIAN, progress=progress)
    order, gains = greedy.ranked(form, chosen)
    saved = sum(gains)
    if task.model is not Model.P_MEDIAN:
        return Outcome(order, gains, saved, bound, method)
    assert task.base is not None
    without = int((task.residents * task.base).sum())
    return Outcome(order, gains, without - saved, without - bound, method, sense=-1)


def best_sites(
    form: Form, p: int, *, median: bool = False, progress: Progress = silent
) -> tuple[list[int], int, str]:
    """Sites, a bound on what any p save, and the method's name."""
    p = min(p, form.count)
    if p <= 0 or not len(form.first):
        return [], 0, "greedy"
    chosen, saved = greedy.choose(form, p, rounds=_ROUNDS, progress=_part(progress, 0, 40))
    limit = upper_bound(form, p, saved, chosen=chosen, progress=_part(progress, 40, 95))
    top = min(limit.value, int(form.first.sum()) + int(form.second.sum()))
    if top <= saved:
        return chosen, saved, "greedy+swap+lagrangian"
    return _finish(form, p, chosen, saved, limit, median=median)


def _finish(
    form: Form, p: int, chosen: list[int], saved: int, limit: Bound, *, median: bool
) -> tuple[list[int], int, str]:
    """HiGHS on the sites that the prices cannot rule out, when these are few enough."""
    open_sites = possible(limit, p, saved)
    open_sites[chosen] = True
    small = only_sites(form, open_sites)
    size = len(small.rows.other)
    if size > exact.MOST_ENTRIES:
        return chosen, limit.value, "greedy+swap+lagrangian"
    program = exact.median_program(small, p) if median else exact.cover_program(small, p)
    number = np.flatnonzero(open_sites)
    begin = np.zeros(program.whole)
    begin[np.searchsorted(number, chosen)] = 1
    solved = exact.solve(program, begin)
    if solved.x is not None:
        found = sorted(int(number[site]) for site in exact.sites_of(solved.x, small.count))
        if (won := greedy.value(form, found)) > saved:
            chosen, saved = found, won
    if solved.finished:
        return chosen, saved, "highs"
    unit = 1_000_000 if median else 1
    beyond = math.floor(solved.bound * unit * (1 + 1e-9)) + 1
    return chosen, max(saved, min(limit.value, beyond)), "greedy+swap+lagrangian+highs"


def possible(limit: Bound, p: int, saved: int) -> Bools:
    """Sites that a choice better than `saved` may have: put among the p worthiest they leave the bound above."""
    order = np.argsort(-limit.worth, kind="stable")
    least = limit.worth[order[p - 1]]
    forced = limit.classes + int(limit.worth[order[:p]].sum()) - np.maximum(0, least - limit.worth)
    return np.asarray(forced >= (saved + 1) * limit.scale)


def only_sites(form: Form, keep: Bools) -> Form:
    """The form with the kept sites alone, renumbered."""
    number = np.cumsum(keep) - 1
    inside = keep[form.rows.other]
    owner = np.repeat(np.arange(len(form.first)), np.diff(form.rows.start))[inside]
    count = np.bincount(owner, minlength=len(form.first))
    used = count > 0
    start = np.concatenate([[0], np.cumsum(count[used])]).astype(np.int64)
    rows = Rows(start, number[form.rows.other[inside]].astype(np.int32), form.rows.saving[inside])
    kept = keep[np.repeat(np.arange(form.count), np.diff(form.sites.start))]
    renumber = np.cumsum(used) - 1
    sizes = np.diff(form.sites.start)[keep]
    sites = Rows(
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        renumber[form.sites.other[kept]].astype(np.int32),
        form.sites.saving[kept],
    )
    first = np.maximum.reduceat(rows.saving, start[:-1]) if len(start) > 1 else np.empty(0, np.int64)
    return Form(rows, sites, first, form.second[used])


def _part(progress: Progress, low: int, high: int) -> Progress:
    """Progress of one stage as a part of a hundred."""
    return lambda done, total: progress(low + (high - low) * done // max(total, 1), 100)
