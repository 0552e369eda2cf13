"""The fewest sites that cover a share of the residents who can be covered at all."""

from __future__ import annotations

import numpy as np

from gis.coverage.siting import exact, greedy
from gis.coverage.siting.bound import upper_bound
from gis.coverage.siting.cover_kernels import cover
from gis.coverage.siting.forms import classes_of, form_of
from gis.coverage.siting.full_cover import least_sites, reduced
from gis.coverage.siting.model import Form, Outcome, Progress, Task, silent

_ROUNDS = 300
_BOUND_ROUNDS = 500


def cover_share(task: Task, progress: Progress = silent) -> Outcome:
    """Fewest sites; `task.share` permille of all residents that existing stations or candidates can cover.

    Residents out of everybody's reach are left out of the share and listed (`Task.uncoverable`). The value is the
    number of sites, the bound the number below which nobody can go.
    """
    form = form_of(task, classes_of(task))
    coverable = int(form.first.sum())
    before = int(task.residents[task.held > 0].sum())
    need = max(0, -(-(coverable + before) * task.share // 1000) - before)
    if need == 0:
        return Outcome([], [], 0, 0, "greedy")
    whole = need == coverable
    small, enough = form, need
    if whole:
        small = reduced(form)
        enough = len(small.first)
    chosen = _fewer(small, _pruned(small, _greedy(small, enough), enough), enough, progress)
    least = (
        least_sites(small, len(chosen), progress)
        if whole
        else _fewest(form, need, len(chosen), chosen, progress)
    )
    method = "greedy+swap+lagrangian"
    if least < len(chosen) and len(small.rows.other) <= exact.MOST_ENTRIES:
        chosen, least, method = _exactly(small, enough, chosen, least)
    order, gains = greedy.ranked(form, chosen)
    return Outcome(order, gains, len(chosen), least, method, sense=-1)


def _greedy(form: Form, need: int) -> list[int]:
    order = np.full(form.count, -1, np.int32)
    count = cover(form.rows, form.sites, need, order)
    return [int(site) for site in order[:count]]


def _pruned(form: Form, chosen: list[int], need: int) -> list[int]:
    """Without the sites that are not needed any more, those that cover least taken first."""
    state = greedy.start_state(form, chosen, len(chosen))
    left, reached = sorted(chosen), greedy.value(form, chosen)
    while left:
        spare = min(left, key=lambda site: (int(state.gain[site]), site))
        if reached - int(state.gain[spare]) < need:
            break
        left.remove(spare)
        state = greedy.start_state(form, left, max(1, len(left)))
        reached = greedy.value(form, left)
    return left


def _fewer(form: Form, chosen: list[int], need: int, progress: Progress) -> list[int]:
    """One site fewer as long as swaps bring the others to the share."""
    while len(chosen) > 1:
        progress(20, 100)
        state = greedy.start_state(form, chosen, len(chosen))
        spare = min(chosen, key=lambda site: (int(state.gain[site]), site))
        rest = [site for site in chosen if site != spare]
        fewer, reached = greedy.choose(form, len(rest), begin=rest, rounds=_ROUNDS)
        if reached < need:
            return chosen
        chosen = _pruned(form, fewer, need)
    return chosen


def _fewest(form: Form, need: int, reached: int, chosen: list[int], progress: Progress) -> int:
    """The least number of sites that the bound allows: below it no choice reaches `need`."""
    prices = upper_bound(
        form,
        reached - 1,
        need - 1,
        chosen=chosen,
        rounds=_BOUND_ROUNDS,
        progress=lambda d, t: progress(30 + 30 * d // t, 100),
    )
    least = next(p for p in range(reached + 1) if p == reached or prices.of(p) >= need)
    if least in {0, reached}:
        return least
    again = upper_bound(
        form,
        least,
        need - 1,
        chosen=chosen,
        rounds=_BOUND_ROUNDS,
        progress=lambda d, t: progress(60 + 30 * d // t, 100),
    )
    return next(p for p in range(least, reached + 1) if p == reached or again.of(p) >= need)


def _exactly(form: Form, need: int, chosen: list[int], least: int) -> tuple[list[int], int, str]:
    begin = np.zeros(form.count)
    begin[chosen] = 1
    solved = exact.solve(exact.set_cover_program(form, need), begin)
    if solved.x is not None:
        found = exact.sites_of(solved.x, form.count)
        if len(found) < len(chosen) and greedy.value(form, found) >= need:
            chosen = found
    if solved.finished:
        return chosen, len(chosen), "highs"
    bound = int(np.ceil(-solved.bound - 1e-6)) if np.isfinite(solved.bound) else 0
    return chosen, max(least, min(bound, len(chosen))), "greedy+swap+lagrangian+highs"
