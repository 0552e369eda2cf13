"""The two numbers of a report."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.base.errors import Invalid
from gis.events.tracking import (
    ALPHABET,
    check_digit,
    event_number,
    new_tracking_code,
    new_tracking_codes,
    read_tracking_code,
)


def test_codes_are_random_and_read_back() -> None:
    codes = [new_tracking_code() for _ in range(500)]
    assert len(set(codes)) == 500
    assert all(read_tracking_code(code) == code for code in codes)
    used = set("".join(codes)) - {"-"}
    assert used == set(ALPHABET)


def test_many_codes_are_the_same_kind_of_code() -> None:
    codes = new_tracking_codes(300)
    assert len(set(codes)) == 300
    assert [read_tracking_code(c) for c in codes] == codes
    assert new_tracking_codes(0) == []


@pytest.mark.parametrize("change", [str.lower, lambda c: c.replace("-", ""), lambda c: f"  {c} "])
def test_typing_is_forgiven(change: object) -> None:
    code = new_tracking_code()
    assert read_tracking_code(change(code)) == code  # type: ignore[operator]


def test_lookalikes_and_full_width_are_forgiven() -> None:
    code = next(c for c in new_tracking_codes(500) if "0" in c and "1" in c)
    assert read_tracking_code(code.replace("0", "O").replace("1", "l")) == code
    assert read_tracking_code("".join(chr(ord(c) + 0xFEE0) if c != "-" else c for c in code)) == code


@settings(deadline=None)
@given(st.integers(0, 16), st.integers(1, 31))
def test_every_wrong_character_is_caught(place: int, shift: int) -> None:
    symbols = list(new_tracking_code().replace("-", ""))
    symbols[place] = ALPHABET[(ALPHABET.index(symbols[place]) + shift) % 32]
    with pytest.raises(Invalid, match="tracking_code"):
        read_tracking_code("".join(symbols))


@settings(deadline=None)
@given(st.integers(0, 16), st.integers(0, 16))
def test_any_two_exchanged_characters_are_caught(one: int, other: int) -> None:
    symbols = list(new_tracking_code().replace("-", ""))
    if symbols[one] == symbols[other]:
        return
    symbols[one], symbols[other] = symbols[other], symbols[one]
    with pytest.raises(Invalid):
        read_tracking_code("".join(symbols))


@pytest.mark.parametrize("typed", ["", "-", "A" * 16, "A" * 18, "U" * 17, "é" * 17, "0" * 100_000, "'; DROP"])
def test_what_is_no_code_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        read_tracking_code(typed)


def test_check_digit_of_the_published_example() -> None:
    assert check_digit("572") == "4"  # Damm 2004
    assert check_digit("5724") == "0"


@settings(deadline=None)
@given(st.text("0123456789", min_size=2, max_size=18), st.integers(0, 16), st.integers(1, 9))
def test_check_digit_catches_a_wrong_digit_and_swapped_neighbours(
    digits: str, place: int, shift: int
) -> None:
    place %= len(digits) - 1
    check = check_digit(digits)
    wrong = digits[:place] + str((int(digits[place]) + shift) % 10) + digits[place + 1 :]
    assert check_digit(wrong) != check
    swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
    assert digits == swapped or check_digit(swapped) != check


def test_an_event_number_can_be_read_out() -> None:
    number = event_number("230199001", date(2026, 11, 22), 123)
    assert number.startswith("230199-261122-000123-")
    assert check_digit(number.replace("-", "")) == "0"
