"""The frozen scope comes back as it was, and is never the owner's."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.base.errors import TooMany
from gis.db.scope import EVERYWHERE, MAINTENANCE, Scope
from gis.jobs.model import problem_of, scope_as_json, scope_from_json

ROOTS = st.one_of(st.just(EVERYWHERE), st.lists(st.integers(1, 2**31 - 1), max_size=4).map(tuple))
HELD = st.dictionaries(st.sampled_from(["people.read", "coverage.plan", "events.read"]), ROOTS)


@given(
    HELD, HELD, st.lists(st.tuples(st.just("events.read"), st.integers(1, 9), st.integers(1, 9)), max_size=3)
)
def test_a_scope_comes_back_as_it_was(areas: dict, departments: dict, limited: list) -> None:  # type: ignore[type-arg]
    scope = Scope("anna", 7, ("planner",), "::1", "0" * 32, areas, departments, tuple(limited))
    assert scope_from_json(json.loads(json.dumps(scope_as_json(scope)))) == scope


@pytest.mark.parametrize("scope", [MAINTENANCE, Scope("anonymous"), Scope("x", 1, maintenance=True)])
def test_only_a_persons_scope_is_kept(scope: Scope) -> None:
    with pytest.raises(ValueError, match="person"):
        scope_as_json(scope)


def test_maintenance_cannot_be_read_from_a_row() -> None:
    kept = scope_as_json(Scope("anna", 7)) | {"maintenance": True}
    assert scope_from_json(kept).maintenance is False


def test_a_refusal_is_plain_json() -> None:
    told = problem_of(TooMany("too_many", "多", "many", field="x", limit=5, odd={1}))
    assert json.loads(json.dumps(told))["facts"] == {"limit": 5, "odd": "{1}"}
    assert (told["kind"], told["code"], told["field"]) == ("TooMany", "too_many", "x")
