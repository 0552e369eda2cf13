"""Sites that can serve only so many: chosen by what they serve, then who goes where as a transport problem."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from gis.coverage.siting import exact
from gis.coverage.siting.choice import only_sites
from gis.coverage.siting.cover_kernels import capped_takers, capped_worth, fill_capacity
from gis.coverage.siting.forms import classes_of, form_of
from gis.coverage.siting.kernels import Rows
from gis.coverage.siting.model import Form, Outcome, Progress, Task, silent
from gis.walking.model import Int64s

_LEVELS = 128
_SWAPS = 20
_HARDER = 8  # programs with capacities take far longer than covers of the same size
_TRIED = 3
_BOUND_ROUNDS = 200


def choose_capacity(task: Task, progress: Progress = silent) -> Outcome:
    """p sites of `task.capacity` residents each that serve most; nobody is served twice, no site above capacity.

    `served` has rows class, site, residents. Existing stations keep serving whom they cover, whatever their room.
    """
    form = form_of(task, classes_of(task))
    p = min(task.p, form.count)
    if p <= 0 or not len(form.first):
        return Outcome([], [], 0, 0, "greedy", served=np.empty((0, 3), np.int64))
    chosen = _choose(form, p, task.capacity, progress)
    served = transport(form, chosen, task.capacity)
    progress(40, 100)
    bound = _bound(form, p, task.capacity, int(served[:, 2].sum()), progress)
    method = "greedy+swap+transport+lagrangian"
    if served[:, 2].sum() < bound and len(form.rows.other) <= exact.MOST_ENTRIES // _HARDER:
        served, bound, method = _exactly(form, p, task.capacity, served, chosen, bound)
    each = np.bincount(served[:, 1], weights=served[:, 2], minlength=form.count).astype(np.int64)
    order = sorted(np.flatnonzero(each).tolist(), key=lambda site: (-int(each[site]), site))
    value = int(served[:, 2].sum())
    return Outcome(order, [int(each[site]) for site in order], value, bound, method, served=served)


def _choose(form: Form, p: int, capacity: int, progress: Progress) -> list[int]:
    """Greedy, then the site that serves least is exchanged as long as more are served."""
    ordered = _least_flexible_first(form)
    best, order, given = _serve(form, ordered, [], p, capacity)
    for done in range(_SWAPS):
        progress(40 * done // _SWAPS, 100)
        for place in np.argsort(given[order], kind="stable")[:_TRIED]:
            rest = [site for index, site in enumerate(order) if index != place]
            tried = _serve(form, ordered, rest, len(order), capacity)
            if tried[0] > best:
                best, order, given = tried
                break
        else:
            break
    return order


def _serve(
    form: Form, ordered: Rows, first: list[int], p: int, capacity: int
) -> tuple[int, list[int], Int64s]:
    order = np.full(p, -1, np.int32)
    order[: len(first)] = first
    left, given = form.first.copy(), np.zeros(form.count, np.int64)
    count = fill_capacity(form.rows, ordered, left, given, order, len(first), capacity)
    return int(given.sum()), [int(site) for site in order[:count]], given


def _least_flexible_first(form: Form) -> Rows:
    """The rows of sites with the classes of fewest candidates first, so that the others can go elsewhere."""
    site = np.repeat(np.arange(form.count), np.diff(form.sites.start))
    order = np.lexsort((form.sites.other, np.diff(form.rows.start)[form.sites.other], site))
    return Rows(form.sites.start, form.sites.other[order], form.sites.saving[order])


def transport(form: Form, chosen: list[int], capacity: int) -> Int64s:
    """Who is served where, (n, 3): class, site, residents; their sum is the most that these sites can serve."""
    keep = np.zeros(form.count, dtype=np.bool_)
    keep[chosen] = True
    small = only_sites(form, keep)
    pairs, classes, sites = len(small.rows.other), len(small.first), small.count
    if not pairs:
        return np.empty((0, 3), np.int64)
    owner = np.repeat(np.arange(classes), np.diff(small.rows.start))
    one, number = np.ones(pairs), np.arange(pairs)
    matrix = sparse.csr_array(
        sparse.vstack(
            [
                sparse.csr_array((one, (owner, number)), shape=(classes, pairs)),
                sparse.csr_array((one, (small.rows.other, number)), shape=(sites, pairs)),
            ],
            format="csr",
        )
    )
    high = np.concatenate([small.first, np.full(sites, capacity)]).astype(np.float64)
    program = exact.Program(
        one, small.first[owner].astype(np.float64), 0, matrix, np.full(len(high), -np.inf), high
    )
    solved = exact.solve(program)
    assert solved.x is not None
    sent = np.rint(solved.x).astype(np.int64)  # a transport problem in whole numbers ends in whole numbers
    real = np.flatnonzero(_touched(form, keep))
    flows = np.stack([real[owner], np.flatnonzero(keep)[small.rows.other], sent], axis=1)
    return flows[sent > 0]


def _touched(form: Form, keep: np.ndarray) -> np.ndarray:
    found = np.zeros(len(form.first), dtype=np.bool_)
    owner = np.repeat(np.arange(len(form.first)), np.diff(form.rows.start))
    found[owner[keep[form.rows.other]]] = True
    return found


def _bound(form: Form, p: int, capacity: int, target: int, progress: Progress) -> int:
    """Prices a resident in steps of 1/128: all prices, and what the p worthiest sites can take beyond them."""
    price, best = np.full(len(form.first), 0.3), min(p * capacity, int(form.first.sum()))
    worth, cut = np.empty(form.count, np.int64), np.empty(form.count, np.int64)
    factor, stall = 1.0, 0
    for done in range(_BOUND_ROUNDS):
        if best <= target or factor < 1e-3:
            break
        progress(40 + 50 * done // _BOUND_ROUNDS, 100)
        level = np.clip(np.rint(price * _LEVELS), 0, _LEVELS).astype(np.int64)
        capped_worth(form.sites, level, _LEVELS, capacity, worth, cut)
        top = np.argsort(-worth, kind="stable")[:p]
        limit = (int((form.first * level).sum()) + int(worth[top].sum())) // _LEVELS
        stall = 0 if limit < best else stall + 1
        best = min(best, limit)
        if stall >= 8:
            factor, stall = factor * 0.7, 0
        taken = np.zeros(len(form.first))
        capped_takers(form.sites, level, top, cut, capacity, taken)
        slope = form.first - taken
        slope[(price <= 0) & (slope > 0)] = 0
        slope[(price >= 1) & (slope < 0)] = 0
        norm = float((slope / form.first) @ slope)
        if norm <= 0:
            break
        step = factor * max(1, limit - target) / norm
        price = np.clip(price - step * slope / form.first, 0, 1)
    return max(best, target)


def _exactly(
    form: Form, p: int, capacity: int, served: Int64s, chosen: list[int], bound: int
) -> tuple[Int64s, int, str]:
    program = exact.capacity_program(form, p, capacity)
    begin = np.zeros(program.whole)
    begin[chosen] = 1
    solved = exact.solve(program, begin)
    if solved.x is not None:
        other = transport(form, exact.sites_of(solved.x, form.count), capacity)
        if other[:, 2].sum() > served[:, 2].sum():
            served = other
    value = int(served[:, 2].sum())
    if solved.finished:
        return served, value, "highs"
    return served, max(value, min(bound, int(np.floor(solved.bound + 1e-6)))), "greedy+transport+highs"
