"""The bench of siting: everybody's value on one small instance, and a row with its gap."""

from __future__ import annotations

import pytest

from benchmarks import siting
from benchmarks.siting import City


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> City:
    for table, count in (("NODES", 2_000), ("BUILDINGS", 300), ("CANDIDATES", 12), ("EXISTING", 2)):
        monkeypatch.setitem(getattr(siting, table), "town", count)
    monkeypatch.setitem(siting.STATIONS, "town", (2, 3))
    monkeypatch.setattr("benchmarks.harness.ROUNDS", 1)
    return City("town")


@pytest.mark.filterwarnings("ignore::DeprecationWarning:(pulp|spopt)")
def test_every_contestant_finds_the_same_value(tiny: City) -> None:
    task = tiny.task(3)
    values = {siting.solve(task).value, siting._spopt(task)(), siting._highs(task)()}
    assert len(values) == 1
    assert values != {siting.solve(tiny.task(1)).value}


def test_the_row_carries_its_gap(tiny: City) -> None:
    row = siting._ours(tiny, "town", 3, "siting")
    told = row.as_json()
    assert row.agree
    assert told["gap"] == 0.0
    assert told["value"] == told["bound"] > 0
    assert "measures" not in told
