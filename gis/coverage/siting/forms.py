"""From buildings to the form of the loops: which residents count, merged where their candidates are the same."""

from __future__ import annotations

import numpy as np

from gis.coverage.siting.classes import Classes, by_site, merge
from gis.coverage.siting.kernels import Rows
from gis.coverage.siting.model import Form, Model, Task
from gis.walking.model import Int64s
from gis.walking.pairs import by_building


def classes_of(task: Task) -> Classes:
    """Classes of the buildings that count: uncovered ones; with backup those covered once as well (label 1)."""
    rows = by_building(task.reach, len(task.residents))
    if task.model is Model.BACKUP:
        return merge(rows, np.where(task.held < 2, task.residents, 0), np.minimum(task.held, 1))
    label = np.zeros(len(task.residents), np.int64)
    if task.model is Model.MIN_COVERAGE and task.community is not None:
        label = task.community
    return merge(rows, np.where(task.held == 0, task.residents, 0), label)


def form_of(task: Task, classes: Classes, weight: Int64s | None = None) -> Form:
    """The form for covering classes; backup counts thousandths of residents. `weight` (c) replaces residents."""
    first = classes.residents if weight is None else weight
    second = np.zeros(len(first), np.int64)
    if task.model is Model.BACKUP:
        twice = classes.residents * task.theta
        first = np.where(classes.label == 0, classes.residents * 1000, twice)
        second = np.where(classes.label == 0, twice, 0)
        keep = first > 0
        return form_of_rows(*_rows(classes, keep), first[keep], second[keep], task.sites)
    return form_of_rows(classes.start, classes.site, first, second, task.sites)


def _rows(classes: Classes, keep: np.ndarray) -> tuple[Int64s, np.ndarray]:
    size = np.diff(classes.start)
    start = np.concatenate([[0], np.cumsum(size[keep])]).astype(np.int64)
    return start, classes.site[np.repeat(keep, size)]


def form_of_rows(start: Int64s, site: np.ndarray, first: Int64s, second: Int64s, sites: int) -> Form:
    """A form with one saving a class."""
    rows = Rows(start, site, np.repeat(first, np.diff(start)))
    return Form(rows, by_site(rows, sites), first, second)


def median_form(task: Task) -> Form:
    """The p-median as savings: residents × (cost without the site - cost with it), a class a building."""
    assert task.base is not None
    rows = by_building(task.reach, len(task.residents))
    size = np.diff(rows.start)
    owner = np.repeat(np.arange(len(size)), size)
    saving = task.residents[owner] * (task.base[owner] - rows.cost)
    keep = saving > 0
    count = np.bincount(owner[keep], minlength=len(size))
    used = count > 0
    start = np.concatenate([[0], np.cumsum(count[used])]).astype(np.int64)
    made = Rows(start, rows.building[keep], saving[keep])
    first = np.maximum.reduceat(made.saving, start[:-1]) if len(start) > 1 else np.empty(0, np.int64)
    return Form(made, by_site(made, task.sites), first, np.zeros(len(first), np.int64))
