"""Covering everybody who can be covered: rows that follow from others are left out, then prices count sites."""

from __future__ import annotations

import numpy as np

from gis.coverage.siting.cover_kernels import cover_prices, needed_rows
from gis.coverage.siting.forms import form_of_rows
from gis.coverage.siting.model import Form, Progress

_UNIT = 2**20
_BATCH = 100
_ROUNDS = 2_000
_STEP_ENDS = 1e-3


def reduced(form: Form) -> Form:
    """The classes whose cover covers all others, each counted once: who covers these covers everybody."""
    keep = np.ones(len(form.first), dtype=np.bool_)
    needed_rows(form.rows, form.sites, keep)
    size = np.diff(form.rows.start)
    start = np.concatenate([[0], np.cumsum(size[keep])]).astype(np.int64)
    site = form.rows.other[np.repeat(keep, size)]
    one, none = np.ones(len(start) - 1, np.int64), np.zeros(len(start) - 1, np.int64)
    return form_of_rows(start, site, one, none, form.count)


def least_sites(form: Form, reached: int, progress: Progress) -> int:
    """No fewer sites cover all classes: by prices of 1/2**20 each, summed in whole numbers, and rounded up."""
    each = np.maximum(np.diff(form.sites.start), 1)
    price = 1.0 / np.maximum.reduceat(each[form.rows.other], form.rows.start[:-1])
    best, marks = price.copy(), np.array([0.0, float(reached), 1.0, 0.0])
    for done in range(0, _ROUNDS, _BATCH):
        progress(30 + 60 * done // _ROUNDS, 100)
        cover_prices(form.sites, price, best, marks, _BATCH)
        if marks[2] < _STEP_ENDS or marks[0] > reached - 1:
            break
    whole = np.maximum(0, np.floor(best * _UNIT)).astype(np.int64)
    sums = np.concatenate([[0], np.cumsum(whole[form.sites.other])])
    paid = sums[form.sites.start[1:]] - sums[form.sites.start[:-1]]
    bound = int(whole.sum()) + int(np.minimum(0, _UNIT - paid).sum())
    return min(reached, max(0, -(-bound // _UNIT)))
