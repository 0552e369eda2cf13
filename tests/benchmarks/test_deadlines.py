"""The rows of deadlines: everybody gives the same answers, and a wrong one is seen."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import deadlines


@pytest.mark.prove
def test_everybody_agrees_on_the_town() -> None:
    rows = deadlines.run("town")
    assert [row.name for row in rows] == ["deadlines", "deadlines_days", "deadlines_few"]
    assert all(row.agree for row in rows)
    assert all(seconds is not None for row in rows for seconds in row.peers.values())
    assert "deadlines_per_s" in rows[0].as_json()


def test_a_microsecond_is_a_difference() -> None:
    ours = np.arange(3)
    assert not deadlines._same({"ours": ours, "peer": ours + np.array([0, 0, 1])})
