"""Areas in bulk: parents that are missing are named, however many rows there are."""

from __future__ import annotations

import time

import numpy as np
import pytest
from sqlalchemy.orm import Session

from gis.areas.load_store import save_areas

pytestmark = pytest.mark.db
ROWS = 12_000


def test_missing_parents_among_many_are_found_at_once(session: Session) -> None:
    codes = np.array([f"A{number}" for number in range(ROWS)], dtype=object)
    parents = np.concatenate([["nowhere"], codes[:-1]])
    begun = time.perf_counter()
    counts, lost = save_areas(session, {"code": codes, "parent": parents})
    assert time.perf_counter() - begun < 2
    assert [(row.row, row.value) for row in lost] == [(0, "nowhere")]
    assert counts.inserted == 0
