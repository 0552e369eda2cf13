"""When the reporter is asked to confirm the grid."""

from __future__ import annotations

import pytest

from gis.areas.model import needs_confirmation


@pytest.mark.parametrize(
    ("method", "distance_m", "accuracy_m", "expected"),
    [
        ("inside", 30.0, 10.0, False),
        ("inside", 30.0, 30.0, False),
        ("inside", 30.0, 31.0, True),
        ("inside", 30.0, None, False),
        ("border", 0.0, None, False),
        ("border", 0.0, 0.5, True),
        ("nearest", 12.0, 3.0, True),
        ("nearest", 12.0, None, True),
        ("none", None, 3.0, False),
    ],
)
def test_confirmation(
    method: str, distance_m: float | None, accuracy_m: float | None, expected: bool
) -> None:
    assert needs_confirmation(method, distance_m, accuracy_m) is expected
