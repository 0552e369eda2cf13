"""Numbers and days in addresses: written as people write them, without what Python's readers forgive."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

_PLAIN = re.compile(
    r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(nan|inf|infinity)", re.ASCII | re.IGNORECASE
)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _plain(value: Any) -> Any:
    """The text of a number as it is; underscores, spaces and other scripts' digits are refused."""
    if isinstance(value, str) and not _PLAIN.fullmatch(value):
        raise ValueError("not a plain number")
    return value


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise PydanticCustomError("finite_number", "must be finite")
    return value


def _day(value: Any) -> Any:
    """The text of a day; an instant is not one, whose hour would be dropped."""
    if isinstance(value, str) and not DAY.fullmatch(value):
        raise PydanticCustomError("plain_day", "must be a day")
    return value


PlainFloat = Annotated[float, BeforeValidator(_plain)]
FiniteFloat = Annotated[PlainFloat, AfterValidator(_finite)]
PlainInt = Annotated[int, BeforeValidator(_plain)]
PlainDay = Annotated[date, BeforeValidator(_day)]
