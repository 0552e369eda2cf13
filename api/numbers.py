"""Numbers in addresses: written as people write them, without what Python's readers forgive."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

_PLAIN = re.compile(
    r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(nan|inf|infinity)", re.ASCII | re.IGNORECASE
)


def _plain(value: Any) -> Any:
    """The text of a number as it is; underscores, spaces and other scripts' digits are refused,
    and with a code of its own what is not finite.
    """
    if isinstance(value, str) and not _PLAIN.fullmatch(value):
        raise ValueError("not a plain number")
    if isinstance(value, str) and not math.isfinite(float(value)):
        raise PydanticCustomError("finite_number", "must be finite")
    return value


PlainFloat = Annotated[float, BeforeValidator(_plain)]
PlainInt = Annotated[int, BeforeValidator(_plain)]
