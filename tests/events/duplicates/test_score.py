"""The score of likeness: between 0 and 1, more alike is never less, parts that nobody gave do not count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.events.duplicates.score import ALIKE_BITS, WEIGHTS, Seen, likeness, parts_of, total

looks = st.integers(-(2**63), 2**63 - 1)
seens = st.builds(
    Seen,
    distance_m=st.floats(0, 2000),
    age_days=st.floats(-1, 500),
    related=st.sampled_from([True, None, False]),
    text=st.none() | st.floats(0, 1),
    looks=st.lists(looks, max_size=3).map(tuple),
)


@given(seens, st.none() | looks)
def test_a_score_is_a_share(seen: Seen, look: int | None) -> None:
    parts = parts_of(seen, radius_m=250.0, look=look)
    assert all(0.0 <= part.value <= 1.0 for part in parts)
    assert -1e-9 <= total(parts) <= 1.0 + 1e-9
    names = {part.name for part in parts}
    assert ("text" in names) == (seen.text is not None)
    assert ("photo" in names) == (look is not None and bool(seen.looks))


@given(seens, st.floats(0, 2000))
def test_nearer_is_never_less_alike(seen: Seen, nearer: float) -> None:
    if nearer > seen.distance_m:
        return
    other = Seen(nearer, seen.age_days, seen.related, seen.text, seen.looks)
    assert total(parts_of(other, radius_m=250.0)) >= total(parts_of(seen, radius_m=250.0))


def test_the_very_same_thing_scores_one() -> None:
    seen = Seen(0.0, 0.0, True, 1.0, (5, 12345))
    assert total(parts_of(seen, radius_m=250.0, look=12345)) == 1.0


def test_the_weights_are_a_hundred() -> None:
    assert sum(WEIGHTS.values()) == 100


@pytest.mark.parametrize(("bits", "wanted"), [(0, 1.0), (6, 0.75), (12, 0.5), (ALIKE_BITS, 0.0), (64, 0.0)])
def test_photos_by_the_bits_they_differ_in(bits: int, wanted: float) -> None:
    other = -((1 << bits) - 1) - 1 if bits == 64 else (1 << bits) - 1
    assert likeness(0, (other if bits < 64 else -1,)) == pytest.approx(wanted)
