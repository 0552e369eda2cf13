"""Text that a spreadsheet must not run: cells that would be read as formulas are marked as text."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

# A number is no formula, though it begins with a sign.
_FORMULA = re.compile(r"^\s*[=+\-@\t\r\n]")
_NUMBER = re.compile(r"^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$")


def safe_cell(value: Any) -> Any:
    """The value, or with an apostrophe before it where a spreadsheet would run it."""
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.match(value):
        return f"'{value}"
    return value


def safe_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame whose text cells and column names are safe to open in a spreadsheet."""
    out = frame.copy()
    for name in out.columns:
        if out[name].dtype == object or pd.api.types.is_string_dtype(out[name]):
            out[name] = out[name].map(safe_cell, na_action="ignore")
    out.columns = [safe_cell(str(name)) for name in out.columns]
    return out
