"""The two numbers of a report: the unguessable tracking code and the event number read out on the phone.

A tracking code (查询码) is a bearer secret: 80 random bits and a check character, written in 32 characters
that cannot be confused (no I, L, O, U). An event number (案件编号) is public: district, day, sequence and a
check digit, such as `230199-261122-000123-4`.
"""

from __future__ import annotations

import secrets
import unicodedata
from datetime import date
from functools import reduce

from gis.base.errors import Invalid

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_SYMBOLS = 16  # 5 bits each: 80 bits
_VALUE = {symbol: value for value, symbol in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_FIELD_POLYNOMIAL = 0b100101  # x^5 + x^2 + 1, primitive over GF(2)
_TIMES_X = tuple((v << 1) ^ (_FIELD_POLYNOMIAL if v & 16 else 0) for v in range(32))  # v * x over GF(32)
# Damm's quasigroup of order 10 (Damm 2004): catches every wrong digit and every swap of neighbours.
_DAMM = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip


def _check_value(values: list[int]) -> int:
    """The sum of values[i] * x^(n-i) over GF(32), by Horner's rule.

    Every position has another non-zero weight, so one wrong character and any two swapped ones are caught.
    """
    total = 0
    for value in values:
        total = _TIMES_X[total ^ value]
    return total


def new_tracking_codes(count: int) -> list[str]:
    """`count` fresh codes of 80 random bits with check character, in groups: `XXXX-XXXX-XXXX-XXXXX`."""
    codes = []
    for _ in range(count):
        values = [byte & 31 for byte in secrets.token_bytes(RANDOM_SYMBOLS)]
        codes.append(_grouped("".join(ALPHABET[v] for v in [*values, _check_value(values)])))
    return codes


def new_tracking_code() -> str:
    """One fresh code, see `new_tracking_codes`."""
    return new_tracking_codes(1)[0]


def _grouped(symbols: str) -> str:
    return f"{symbols[:4]}-{symbols[4:8]}-{symbols[8:12]}-{symbols[12:]}"


def read_tracking_code(typed: str) -> str:
    """The code as stored, from what a person typed: case, spaces, full width and O/0, I/L/1 are forgiven.

    Raises `Invalid` (`tracking_code`) when length, characters or the check character are wrong.
    """
    folded = unicodedata.normalize("NFKC", typed[:100]).upper()
    symbols = [c for c in folded if not (c.isspace() or c in "-_–—‐")]
    values = [_VALUE.get(c, -1) for c in symbols]
    if len(values) != RANDOM_SYMBOLS + 1 or min(values) < 0 or _check_value(values[:-1]) != values[-1]:
        raise Invalid(
            "tracking_code",
            "查询码有误，请逐字核对",
            "This is not a valid tracking code; please check it character by character",
            field="code",
        )
    return _grouped("".join(ALPHABET[v] for v in values))


def check_digit(digits: str) -> str:
    """Damm's check digit of a string of decimal digits."""
    return reduce(lambda row, digit: _DAMM[int(row)][int(digit)], digits, "0")


def event_number(area_code: str, day: date, sequence: int) -> str:
    """The number read out on the phone: the area's first six digits, the local day, the sequence, a check digit.

    The sequence has six digits, more after a million events; it alone makes the number unique.
    """
    body = f"{area_code[:6]}-{day:%y%m%d}-{sequence:06d}"
    return f"{body}-{check_digit(''.join(c for c in body if c in '0123456789'))}"
