"""Areas in bulk: parents that are missing are named, however many rows there are."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.areas.load_store import save_areas, save_tree

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


def test_a_department_knows_the_way_from_its_root(session: Session) -> None:
    tree = pd.DataFrame({"code": ["D1", "D12", "D123"], "name": list("abc"), "parent": [None, "D1", "D12"]})
    save_tree(session, "department", tree)
    query = text("SELECT code, id, path FROM department ORDER BY code")
    ids = {row.code: row.id for row in session.execute(query)}
    assert session.execute(query).all()[2].path == [ids["D1"], ids["D12"], ids["D123"]]
    save_tree(session, "department", tree.assign(parent=[None, "D1", "D1"]))
    assert session.execute(query).all()[2].path == [ids["D1"], ids["D123"]]
