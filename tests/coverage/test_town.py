from __future__ import annotations

from tests.coverage.golden import GOLDEN, answers, town_answer


def test_the_town_is_answered_as_it_was_checked_in():
    assert answers().splitlines() == GOLDEN.read_text(encoding="utf-8").splitlines()


def test_the_town_has_every_kind_of_answer():
    answer = town_answer("metres", 500.0)
    assert len(answer) == 1500
    assert {"unlinked", "barrier", "distance"} <= set(answer["reason"].dropna())
    assert (answer["covered"] == answer["reason"].isna()).all()
    assert answer["station"].notna().mean() > 0.95
    assert (answer.loc[answer["covered"], "distance_m"] <= 500).all()
    assert (answer.loc[answer["reason"] == "unlinked", "detail"].notna()).all()
