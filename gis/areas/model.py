"""What locating answers, and when the reporter is asked again; nothing here needs numpy or a database."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Method(IntEnum):
    """How a point got its grid; `label` is what is stored and printed."""

    INSIDE = 0
    BORDER = 1
    NEAREST = 2
    NONE = 3

    @property
    def label(self) -> str:
        """`inside`, `border`, `nearest` or `none`."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class LocatedPoint:
    """The grid of one point. Grid and distance are None where `method` is `none`.

    The scope area decides who may see what happens there: the grid, or where no grid owns the point the area
    of the installation; None only while no areas are loaded. `in_service_area` is True while none is drawn.
    """

    grid_id: int | None
    grid_code: str | None
    method: str
    border_distance_m: float | None
    scope_area_id: int | None
    scope_code: str | None
    in_service_area: bool

    @property
    def served(self) -> bool:
        """Whether reports from here are taken: inside the service area, or owned by a grid all the same.

        The nearest grid owns what lies within reach of it, wherever somebody drew the line (rule 1).
        """
        return self.in_service_area or self.grid_id is not None


def needs_confirmation(method: str, border_distance_m: float | None, accuracy_m: float | None) -> bool:
    """Whether the reporter should confirm the grid: it is only the nearest, or the fix may lie across its border."""
    if method == Method.NEAREST.label:
        return True
    return accuracy_m is not None and border_distance_m is not None and accuracy_m > border_distance_m
