"""Columns of street, gate and compound files as arrays: booleans, numbers and words however they were written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gis.walking.model import Bools, Floats, Objects, StreetKind, Uint8s

_TRUE = frozenset({"1", "true", "t", "yes", "y", "是", "1.0"})
_FALSE = frozenset({"0", "false", "f", "no", "n", "否", "0.0"})

_KINDS = {
    "footway": StreetKind.FOOTWAY,
    "sidewalk": StreetKind.FOOTWAY,
    "path": StreetKind.PATH,
    "bridleway": StreetKind.PATH,
    "cycleway": StreetKind.PATH,
    "steps": StreetKind.STEPS,
    "pedestrian": StreetKind.PEDESTRIAN,
    "living_street": StreetKind.PEDESTRIAN,
    "crossing": StreetKind.CROSSING,
    "service": StreetKind.SERVICE,
    "alley": StreetKind.SERVICE,
    "track": StreetKind.TRACK,
    "ice": StreetKind.ICE,
}


def booleans(frame: pd.DataFrame, name: str, default: bool) -> Bools:
    """Column `name` as booleans of shape (rows,); missing columns and cells take `default`."""
    if name not in frame.columns:
        return np.full(len(frame), default)
    column = frame[name]
    if column.dtype == np.bool_:
        return np.array(column, dtype=np.bool_)  # a copy: a column of a frame is read-only
    words = column.astype("string").str.strip().str.lower()
    answer = np.full(len(frame), default)
    answer[np.asarray(words.isin(_TRUE).fillna(False), dtype=np.bool_)] = True
    answer[np.asarray(words.isin(_FALSE).fillna(False), dtype=np.bool_)] = False
    return answer


def numbers(frame: pd.DataFrame, name: str, default: float) -> Floats:
    """Column `name` as float64 of shape (rows,); what is missing or no number takes `default`."""
    if name not in frame.columns:
        return np.full(len(frame), default)
    values = np.array(pd.to_numeric(frame[name], errors="coerce"), dtype=np.float64)
    values[~np.isfinite(values)] = default
    return values


def words(frame: pd.DataFrame, name: str) -> Objects:
    """Column `name` as an object array of str, None where it is missing or blank."""
    answer = np.full(len(frame), None, dtype=object)
    if name not in frame.columns:
        return answer
    values = frame[name]
    present = np.asarray(values.notna(), dtype=np.bool_)
    answer[present] = [_word(value) for value in values.to_numpy(dtype=object)[present]]
    return answer


def _word(value: Any) -> str | None:
    if isinstance(value, float) and value.is_integer():  # codes read from a column with gaps
        value = int(value)
    text = str(value).strip()
    return text or None


def kinds(frame: pd.DataFrame) -> Uint8s:
    """Column `kind` (the words of OpenStreetMap's highway) as `StreetKind` numbers."""
    values = words(frame, "kind")
    return np.array([_KINDS.get(value, StreetKind.STREET) for value in values], dtype=np.uint8)
