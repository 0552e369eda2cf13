"""Reports before they are written down."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from sample_data.subdivide import Ints

Times = npt.NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class Drafts:
    """One row a report: what, when, where in flat centimetres, and what was planted in it."""

    matter: Ints
    at: Times
    xy: npt.NDArray[np.float64]
    label: npt.NDArray[np.object_]
    address: npt.NDArray[np.object_]
    hotspot: Ints  # -1 none
    group: Ints  # group of duplicates, -1 none
    copy: npt.NDArray[np.bool_]  # a later report of the same matter
    plan: npt.NDArray[np.object_]  # ordinary, hotspot, outside, river

    def take(self, rows: Ints) -> Drafts:
        """The reports at `rows`."""
        return Drafts(*(getattr(self, f.name)[rows] for f in fields(self)))


def join_drafts(parts: list[Drafts]) -> Drafts:
    """All reports of `parts` in one."""
    return Drafts(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Drafts)))
