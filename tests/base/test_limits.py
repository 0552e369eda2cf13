"""Limits as standards write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.base.errors import Invalid
from gis.base.limits import KINDS, Limit, check_limit, parse_limit


@pytest.mark.parametrize(
    ("written", "kind", "value"),
    [
        ("2紧急工作时", "urgent_hour", 2),
        ("4工作时", "work_hour", 4),
        ("5工作日", "work_day", 5),
        ("15天", "natural_day", 15),
        (" ７ 个工作日 ", "work_day", 7),
        ("0.5工作日", "work_day", 0.5),
        ("2紧急工作日", "natural_day", 2),
        ("1周", "natural_day", 7),
        ("24小时", "urgent_hour", 24),
        ("3 Working Days", "work_day", 3),
        ("1 urgent hour", "urgent_hour", 1),
        ("3 work_day", "work_day", 3),
    ],
)
def test_what_is_written_is_read(written: str, kind: str, value: float) -> None:
    assert parse_limit(written) == Limit(kind, value)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "4",
        "工作日",
        "0工作日",
        "-1工作日",
        "4工作周",
        "1e3天",
        "nan天",
        "99999天",
        "4工作时5",
        "四工作时",
    ],
)
def test_what_is_no_limit_is_refused(written: str) -> None:
    with pytest.raises(Invalid) as told:
        parse_limit(written)
    assert (told.value.code, told.value.field) == ("bad_limit", "limit")


@given(st.sampled_from(KINDS), st.integers(1, 3660))
def test_what_is_said_is_read_again(kind: str, value: int) -> None:
    limit = check_limit(kind, value)
    assert parse_limit(limit.zh()) == parse_limit(limit.en()) == limit
