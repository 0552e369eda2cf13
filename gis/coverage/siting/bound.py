"""What no choice of p sites can exceed: a Lagrangian bound, evaluated in whole numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gis.coverage.siting import kernels
from gis.coverage.siting.kernels import Rows
from gis.coverage.siting.model import Form, Progress, silent
from gis.walking.model import Floats, Int64s

_BATCH = 25
_FINE = 1000  # prices are whole thousandths where the numbers leave room for them
_ROOM = 2**62
_STEP_ENDS = 2e-3


@dataclass(frozen=True, slots=True)
class Bound:
    """The bound, the prices (c) that prove it in units of 1 / `scale`, and every site's worth at them."""

    value: int
    price: Int64s
    worth: Int64s
    classes: int
    scale: int

    def of(self, p: int) -> int:
        """What p sites cannot exceed by the same prices."""
        top = np.sort(self.worth)[::-1][:p]
        return (self.classes + int(top.sum())) // self.scale


def upper_bound(
    form: Form, p: int, target: int, *, chosen: list[int], rounds: int = 900, progress: Progress = silent
) -> Bound:
    """No p sites save more than this. `target` is a value reached by `chosen`, where the prices begin.

    A class's price pays for covering it once: its sites are worth what they save beyond the prices, the bound
    is all prices and the p worthiest sites (and the second cover, where that is worth more than its price).
    Any prices give a valid bound; the subgradient only makes it low.
    """
    price = _first_prices(form, chosen)
    best, way = price.copy(), np.zeros(len(price))
    marks = np.array([np.inf, float(target), 1.0, 0.0])
    for done in range(0, rounds, _BATCH):
        progress(done, rounds)
        kernels.descend(form.sites, form.first, form.second, price, best, way, marks, p, _BATCH)
        if marks[2] < _STEP_ENDS or marks[0] < target + 1:
            break
    return proof(form, p, best)


def proof(form: Form, p: int, price: Floats) -> Bound:
    """The bound that these prices prove, by integers alone."""
    total = float(form.sites.saving.sum(dtype=np.float64)) + float(form.first.sum(dtype=np.float64)) * 2
    scale = _FINE if total * _FINE < _ROOM else 1
    whole = np.clip(np.rint(price * scale).astype(np.int64), 0, form.first * scale)
    worth = np.empty(form.count, np.int64)
    sites = Rows(form.sites.start, form.sites.other, form.sites.saving * scale)
    kernels.site_worth(sites, whole, worth)
    twice = np.where(form.second > 0, np.maximum(0, whole - (form.first - form.second) * scale), 0)
    classes = int(whole.sum()) + int(twice.sum())
    made = Bound(0, whole, worth, classes, scale)
    return Bound(made.of(p), whole, worth, classes, scale)


def _first_prices(form: Form, chosen: list[int]) -> Floats:
    """A class that one chosen site serves is half paid for, one that several serve is paid for more."""
    inside = np.zeros(form.count)
    inside[chosen] = 1
    count = np.zeros(len(form.first))
    owner = np.repeat(np.arange(len(form.first)), np.diff(form.rows.start))
    np.add.at(count, owner, inside[form.rows.other])
    many = np.maximum(count, 1)
    return np.where(count > 0, form.first * (0.3 + 0.5 * (1 - 1 / many)), 0.0)
