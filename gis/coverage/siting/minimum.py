"""Maximal coverage in which every community must reach a least share of its residents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gis.coverage.siting import exact, greedy, kernels
from gis.coverage.siting.bound import upper_bound
from gis.coverage.siting.classes import Classes
from gis.coverage.siting.cover_kernels import meet_needs
from gis.coverage.siting.forms import classes_of, form_of
from gis.coverage.siting.model import Form, Outcome, Progress, Task, silent
from gis.walking.model import Bools, Int64s

_ROUNDS = 10
_TABU = 300
_BOUND_ROUNDS = 600
_FINE = 1000


class Infeasible(Exception):
    """The least shares cannot be met: by any stations (`hopeless` communities) or by p of them.

    `best` (communities): permille of residents each can reach at all; `reached`: the worst community's permille
    with p sites; `enough`: how many sites were found to do, None where no number does; `proven`.
    """

    def __init__(
        self, hopeless: Int64s, best: Int64s, reached: int, enough: int | None, proven: bool
    ) -> None:
        super().__init__("the least share by community cannot be met")
        self.hopeless, self.best, self.reached, self.enough, self.proven = (
            hopeless,
            best,
            reached,
            enough,
            proven,
        )


@dataclass(frozen=True, slots=True)
class _Needs:
    """Per community residents, covered before, still lacking; the classes' communities (c)."""

    total: Int64s
    before: Int64s
    lacking: Int64s
    label: Int64s

    def short(self, form: Form, chosen: list[int]) -> Int64s:
        """What each community still lacks with these sites."""
        got = np.zeros(len(self.total), np.int64)
        mine = _covered(form, chosen) & (self.label >= 0)
        np.add.at(got, self.label[mine], form.first[mine])
        return self.lacking - got


def choose_minimum(task: Task, progress: Progress = silent) -> Outcome:
    """p sites that cover most among those that give every community its share. Raises `Infeasible`."""
    classes = classes_of(task)
    form = form_of(task, classes)
    needs = _needs(task, classes, form)
    p = min(task.p, form.count)
    start = _meet(form, needs, p)
    chosen, bound = _search(form, needs, p, start, progress)
    method = "greedy+swap+lagrangian"
    value = None if chosen is None else greedy.value(form, chosen)
    if (value is None or value < bound) and len(form.rows.other) <= exact.MOST_ENTRIES:
        chosen, bound, method = _exactly(form, needs, p, chosen, bound)
    if chosen is None:
        raise _not_with(form, needs, start, proven=method == "highs")
    order, gains = greedy.ranked(form, chosen)
    return Outcome(order, gains, sum(gains), max(bound, sum(gains)), method)


def _needs(task: Task, classes: Classes, form: Form) -> _Needs:
    assert task.community is not None
    count = int(task.community.max(initial=-1)) + 1
    known = task.community >= 0
    total, before, reach = (np.zeros(count, np.int64) for _ in range(3))
    np.add.at(total, task.community[known], task.residents[known])
    mine = known & (task.held > 0)
    np.add.at(before, task.community[mine], task.residents[mine])
    labelled = classes.label >= 0
    np.add.at(reach, classes.label[labelled], form.first[labelled])
    lacking = np.maximum(0, -(-total * task.share // 1000) - before)
    hopeless = np.flatnonzero(lacking > reach)
    if len(hopeless):
        best = (before + reach) * 1000 // np.maximum(total, 1)
        raise Infeasible(hopeless, best, int(best[total > 0].min()), None, proven=True)
    return _Needs(total, before, lacking, classes.label)


def _covered(form: Form, chosen: list[int]) -> Bools:
    covered = np.zeros(len(form.first), dtype=np.bool_)
    for site in chosen:
        covered[form.sites.other[form.sites.start[site] : form.sites.start[site + 1]]] = True
    return covered


def _meet(form: Form, needs: _Needs, room: int) -> list[int]:
    order = np.full(room, -1, np.int32)
    covered = np.zeros(len(form.first), dtype=np.bool_)
    count = meet_needs(form.sites, needs.label, needs.lacking.copy(), covered, order, room)
    return [int(site) for site in order[:count]]


def _search(
    form: Form, needs: _Needs, p: int, start: list[int], progress: Progress
) -> tuple[list[int] | None, int]:
    """The best choice that meets the needs and a bound: communities that lack residents count for more and more.

    With a weight of 1 + λ a community's residents, all counted minus λ × needed is above the value of every choice
    that meets the needs, for any λ >= 0.
    """
    best, best_value, bound = None, -1, int(form.first.sum())
    weight = np.zeros(len(needs.total), np.int64)  # λ in thousandths
    tries = [start, _greedy_rest(form, start, p)]
    for done in range(_ROUNDS):
        progress(95 * done // _ROUNDS, 100)
        counted = _weighted(form, needs, weight)
        chosen, reached = greedy.choose(counted, p, rounds=_TABU)
        price = upper_bound(counted, p, reached, chosen=chosen, rounds=_BOUND_ROUNDS)
        bound = min(bound, (price.value - int((weight * needs.lacking).sum())) // _FINE)
        tries += [chosen, greedy.choose(counted, p, begin=start, rounds=0)[0]]
        for tried in tries:
            if (needs.short(form, tried) <= 0).all() and (worth := greedy.value(form, tried)) > best_value:
                best, best_value = tried, worth
        tries = []
        short = needs.short(form, chosen)
        if (short <= 0).all() and not weight.any():
            break
        step = (short * 4 * _FINE) // np.maximum(needs.total, 1) // (done + 1)
        step = np.where((short > 0) & (step == 0), 1 + 200 // (done + 1), step)
        weight = np.where(needs.lacking > 0, np.maximum(0, weight + step), 0)
    return best, max(bound, best_value)


def _greedy_rest(form: Form, start: list[int], p: int) -> list[int]:
    """What meets the needs, and the best of the rest without swaps."""
    state = greedy.start_state(form, start, p)
    kernels.fill(form.rows, form.sites, form.second, state)
    return sorted(int(site) for site in state.chosen if site >= 0)


def _weighted(form: Form, needs: _Needs, weight: Int64s) -> Form:
    more = np.where(needs.label >= 0, weight[np.maximum(needs.label, 0)], 0) if len(weight) else 0
    first = form.first * (_FINE + more)
    owner = np.repeat(np.arange(len(first)), np.diff(form.rows.start))
    rows = form.rows._replace(saving=first[owner])
    return Form(rows, form.sites._replace(saving=first[form.sites.other]), first, form.second)


def _exactly(
    form: Form, needs: _Needs, p: int, chosen: list[int] | None, bound: int
) -> tuple[list[int] | None, int, str]:
    rows = []
    for where in np.flatnonzero(needs.lacking > 0):
        mine = np.flatnonzero(needs.label == where)
        rows.append((mine, form.first[mine], int(needs.lacking[where])))
    program = exact.cover_program(form, p, rows)
    begin = None
    if chosen is not None:
        begin = np.zeros(program.whole)
        begin[chosen] = 1
    solved = exact.solve(program, begin)
    if solved.infeasible and chosen is None:
        return None, 0, "highs"
    value = -1 if chosen is None else greedy.value(form, chosen)
    if solved.x is not None:
        found = exact.sites_of(solved.x, form.count)
        if (needs.short(form, found) <= 0).all() and greedy.value(form, found) > value:
            chosen, value = found, greedy.value(form, found)
    if solved.finished and chosen is not None:
        return chosen, value, "highs"
    limit = int(np.floor(solved.bound + 1e-6)) if np.isfinite(solved.bound) else bound
    return chosen, max(value, min(bound, limit)), "greedy+swap+lagrangian+highs"


def _not_with(form: Form, needs: _Needs, start: list[int], *, proven: bool) -> Infeasible:
    short = np.maximum(0, needs.short(form, start))
    share = (needs.before + needs.lacking - short) * 1000 // np.maximum(needs.total, 1)
    enough = len(_meet(form, needs, form.count))
    return Infeasible(np.flatnonzero(short > 0), share, int(share[needs.total > 0].min()), enough, proven)
