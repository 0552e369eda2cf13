"""Each layer to the store of its room, in one session; unknown references become problems of their rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from gis.areas import load_store
from gis.base.errors import Problem
from gis.db.staging import Counts, Unresolved
from gis.intake.model import LayerKind
from gis.register import store as register_store
from gis.register.people import refresh_people
from gis.walking.store import save_streets


def _problem(row: Unresolved, numbers: Any) -> Problem:
    return Problem(
        int(numbers[row.row]) + 1,
        row.column,
        "reference_unknown",
        f"{row.column} 指向不存在的编号 {row.value}",
        f"{row.column} names the unknown code {row.value}",
        row.value,
    )


def store_layer(
    session: Session, kind: LayerKind, columns: Mapping[str, Any], numbers: Any = None
) -> tuple[Counts, list[Problem]]:
    """Write one layer; `numbers` are the file's rows (from 0) of the given rows. Problems mean nothing was written."""
    numbers = np.arange(len(columns["code"])) if numbers is None else numbers
    if not len(numbers):
        return Counts(), []
    if kind is LayerKind.STREETS:
        return save_streets(session, columns), []
    if kind is LayerKind.AREAS:
        counts, lost = load_store.save_areas(session, columns)
        load_store.follow_service_area(session)
    else:
        counts, lost = register_store.save_layer(session, kind, columns)
    return counts, [_problem(row, numbers) for row in lost]


def finish(session: Session) -> None:
    """After any load: the grid of buildings and stations, people by area, and fresh statistics of the planner."""
    register_store.assign_grids(session)
    refresh_people(session)
    register_store.refresh(session)
