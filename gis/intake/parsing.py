"""Columns of a file to typed columns, vectorised; cells that do not fit become problems of their rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.base.errors import Problem
from gis.formats.tables import parse_numbers

Mask = npt.NDArray[np.bool_]
Parsed = tuple["pd.Series[Any]", Mask]

TRUE = frozenset({"true", "t", "yes", "y", "1", "是", "有", "1.0"})
FALSE = frozenset({"false", "f", "no", "n", "0", "否", "无", "0.0"})


def _cell(value: Any) -> str | None:
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating) and float(value).is_integer() and abs(float(value)) < 1e15:
        return str(int(value))
    if isinstance(value, list | tuple | np.ndarray):
        return ";".join(str(item) for item in value)
    return str(value).strip() or None


def as_text(series: pd.Series[Any]) -> pd.Series[Any]:
    """Any column as text, None where empty; whole floats lose their `.0` (codes kept as numbers), lists join by `;`."""
    if len(series) and series.map(lambda cell: isinstance(cell, str)).all():
        text = series.astype(object).str.strip()
        return text.where(text != "", None)
    return series.astype(object).map(_cell).astype(object).where(lambda cells: cells.notna(), None)


def parse_text(values: pd.Series[Any]) -> Parsed:
    """Text as it is; PostgreSQL cannot hold NUL."""
    return values, values.fillna("").str.contains("\x00", regex=False).to_numpy(dtype=bool)


def parse_float(values: pd.Series[Any]) -> Parsed:
    """Finite decimal numbers."""
    numbers, _, bad = parse_numbers(values)
    return pd.Series(numbers, index=values.index), bad


def parse_int(values: pd.Series[Any]) -> Parsed:
    """Whole numbers of 32 bits."""
    numbers, _, bad = parse_numbers(values)
    with np.errstate(invalid="ignore"):
        bad |= (numbers % 1 != 0) & ~np.isnan(numbers)
        bad |= np.abs(numbers) > 2**31 - 1
    numbers = np.where(bad, np.nan, numbers)
    return pd.Series(numbers, index=values.index).astype("Int64"), bad


def parse_bool(values: pd.Series[Any]) -> Parsed:
    """true/false, yes/no, 1/0, 是/否, 有/无."""
    low = values.fillna("").str.casefold()
    truth = low.map(dict.fromkeys(TRUE, True) | dict.fromkeys(FALSE, False))
    return truth.astype("boolean"), (truth.isna() & (low != "")).to_numpy(dtype=bool)


def parse_list(values: pd.Series[Any]) -> Parsed:
    """Lists written with `;`, `；` or `、`."""
    split = values.fillna("").str.split(r"[;；、]", regex=True)
    lists = split.map(lambda items: [item.strip() for item in items if item.strip()])
    return lists, np.zeros(len(values), dtype=bool)


PARSERS: dict[str, Callable[[pd.Series[Any]], Parsed]] = {
    "text": parse_text,
    "int": parse_int,
    "float": parse_float,
    "bool": parse_bool,
    "list": parse_list,
}
WHAT = {
    "text": ("文字", "text"),
    "int": ("整数", "a whole number"),
    "float": ("数字", "a number"),
    "bool": ("是/否", "true or false"),
    "list": ("列表", "a list"),
}


def row_problems(
    mask: npt.ArrayLike, field: str, code: str, zh: str, en: str, values: pd.Series[Any] | None = None
) -> list[Problem]:
    """One problem a masked row, rows counted from 1."""
    rows = np.flatnonzero(np.asarray(mask, dtype=bool))
    shown = [None if values is None or pd.isna(v := values.iloc[row]) else str(v)[:80] for row in rows]
    return [Problem(int(row) + 1, field, code, zh, en, value) for row, value in zip(rows, shown, strict=True)]
