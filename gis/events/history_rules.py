"""Rows of a reports file checked column by column; every bad row is named with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.base.datum import CHINA_LAT, CHINA_LON, CoordSys, to_wgs84
from gis.base.errors import Problem
from gis.events.model import FINISHED, Source, Status, Urgency
from gis.events.standards.mapping import today
from gis.events.validate import LARGEST_ACCURACY_M, LONGEST_ADDRESS, LONGEST_TEXT

Mask = npt.NDArray[np.bool_]
REQUIRED = (
    "id",
    "category_scheme",
    "category_kind",
    "category_code",
    "text",
    "lon",
    "lat",
    "coord_sys",
    "reported_at",
)
OPTIONAL = {
    "source": Source.OTHER.value,
    "address": None,
    "accuracy_m": None,
    "urgency": Urgency.NORMAL.value,
    "occurred_at": None,
    "status": Status.REPORTED.value,
    "closed_at": None,
    "department": None,
}
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
# What may be wrong with a cell, in both languages.
WORDS = {
    "missing": ("缺少", "is missing"),
    "bad_uuid": ("不是 UUID", "is not a UUID"),
    "id_twice": ("编号重复", "the id appears twice"),
    "not_number": ("不是数字", "is not a number"),
    "out_of_range": ("超出范围", "is out of range"),
    "bad_coordinate": ("不是地球上的位置", "is not a place on earth"),
    "swapped_axes": ("经纬度写反了，请交换", "longitude and latitude are exchanged; swap them"),
    "unknown_word": ("不是规定的取值", "is not one of the known words"),
    "unknown_category": ("没有此事项类别", "there is no such category"),
    "unknown_department": ("没有此处置部门", "there is no such department"),
    "bad_time": ("应为带时区的时刻", "must be an instant with its offset"),
    "bad_text": ("过长或含有不可用的字符", "is too long or holds characters that are not allowed"),
    "closed_mismatch": ("办结状态与办结时间不一致", "closing time and state do not go together"),
    "id_taken": ("该编号下已有内容不同的上报", "another report has this id already"),
}


@dataclass
class Checked:
    """Typed columns of all rows, which of them are bad, and why."""

    columns: pd.DataFrame
    bad: Mask
    problems: list[Problem] = field(default_factory=list)
    first_row: int = 1

    def refuse(self, wrong: Mask, code: str, name: str | None) -> None:
        """Note `code` for the rows of a mask; a row keeps its first problem only."""
        zh, en = WORDS[code]
        shown = _column(self.columns, name).tolist() if name else [None] * len(self.bad)
        for row in np.flatnonzero(wrong & ~self.bad).tolist():
            value = None if shown[row] is None else str(shown[row])[:80]
            label = f"{name}：" if name else ""
            label_en = f"{name}: " if name else ""
            self.problems.append(
                Problem(int(row) + self.first_row, name, code, label + zh, label_en + en, value)
            )
        self.bad |= wrong


def check_history(
    frame: pd.DataFrame, categories: Iterable[str], departments: Iterable[str] = (), *, first_row: int = 1
) -> Checked:
    """Check a reports frame (rows, columns of the layer file) against the rules of intake.

    `categories` are the keys there are (`scheme:kind:code`), `departments` the codes of those known. A scheme may be
    an older edition, whose codes become those of today. Adds `category`, `x`, `y` (WGS-84 degrees) and turns times
    into microseconds since 1970 (Int64); `lon`, `lat` stay as given, in `coord_sys`.
    """
    table = pd.DataFrame({name: _column(frame, name) for name in (*REQUIRED, *OPTIONAL)})
    checked = Checked(table, np.zeros(len(table), dtype=bool), first_row=first_row)
    for name in REQUIRED:
        checked.refuse(table[name].isna().to_numpy(dtype=bool), "missing", name)
    for name, default in OPTIONAL.items():
        if default is not None:
            table[name] = table[name].where(table[name].notna(), default)
    _check_ids(checked)
    _check_words(checked, categories)
    _check_departments(checked, departments)
    _check_texts(checked)
    _check_times(checked)
    _check_places(checked)
    return checked


def _column(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    if name not in frame:
        return pd.Series([None] * len(frame), dtype=object)
    values = frame[name].reset_index(drop=True).astype(object)
    return values.where(values.notna() & (values != ""), None)


def _matches(values: pd.Series[Any], pattern: re.Pattern[str]) -> Mask:
    return values.fillna("").astype(str).str.fullmatch(pattern).to_numpy(dtype=bool)


def _check_ids(checked: Checked) -> None:
    ids = checked.columns["id"]
    checked.refuse(~_matches(ids, _UUID), "bad_uuid", "id")
    checked.columns["id"] = ids.astype(str).str.lower()
    checked.refuse(checked.columns["id"].duplicated().to_numpy(dtype=bool), "id_twice", "id")


def _check_words(checked: Checked, categories: Iterable[str]) -> None:
    table = checked.columns
    kinds: dict[str, type[StrEnum]] = {
        "source": Source,
        "urgency": Urgency,
        "status": Status,
        "coord_sys": CoordSys,
    }
    for name, kind in kinds.items():
        checked.refuse(
            ~table[name].isin([str(word) for word in kind]).to_numpy(dtype=bool), "unknown_word", name
        )
    parts = [table[f"category_{part}"].fillna("").astype(str) for part in ("scheme", "kind", "code")]
    told = parts[0] + ":" + parts[1] + ":" + parts[2]
    table["category"] = told.map({key: today(key) for key in told.unique()})
    known = table["category"].isin(set(categories)).to_numpy(dtype=bool)
    checked.refuse(~known, "unknown_category", "category_code")


def _check_departments(checked: Checked, departments: Iterable[str]) -> None:
    named = checked.columns["department"]
    known = named.isna() | named.isin(set(departments))
    checked.refuse(~known.to_numpy(dtype=bool), "unknown_department", "department")


def _check_texts(checked: Checked) -> None:
    for name, longest in (("text", LONGEST_TEXT), ("address", LONGEST_ADDRESS)):
        values = checked.columns[name].fillna("").astype(str)
        wrong = (values.str.len() > longest) | values.str.contains(_CONTROL)
        checked.refuse(wrong.to_numpy(dtype=bool), "bad_text", name)


def _check_times(checked: Checked) -> None:
    table = checked.columns
    for name in ("occurred_at", "reported_at", "closed_at"):
        given = table[name].notna().to_numpy(dtype=bool)
        shaped = _matches(table[name].map(_iso, na_action="ignore"), _INSTANT)
        moments = pd.to_datetime(
            table[name].map(_iso, na_action="ignore").where(shaped),
            utc=True,
            errors="coerce",
            format="ISO8601",
        )
        checked.refuse(given & moments.isna().to_numpy(dtype=bool), "bad_time", name)
        micros = moments.astype("datetime64[us, UTC]").astype("int64").astype("Int64")
        table[name] = micros.where(moments.notna())
    finished = table["status"].isin([str(status) for status in FINISHED]).to_numpy(dtype=bool)
    closed = table["closed_at"].notna().to_numpy(dtype=bool)
    early = (table["closed_at"] < table["reported_at"]).fillna(value=False).to_numpy(dtype=bool)
    checked.refuse((finished != closed) | early, "closed_mismatch", "status")


def _iso(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _numbers(checked: Checked, name: str) -> npt.NDArray[np.float64]:
    values = checked.columns[name]
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    given = values.notna().to_numpy(dtype=bool)
    checked.refuse(given & ~np.isfinite(numbers), "not_number", name)
    checked.columns[name] = numbers
    return numbers


def _check_places(checked: Checked) -> None:
    accuracy_m = _numbers(checked, "accuracy_m")
    checked.refuse((accuracy_m < 0) | (accuracy_m > LARGEST_ACCURACY_M), "out_of_range", "accuracy_m")
    lon, lat = _numbers(checked, "lon"), _numbers(checked, "lat")
    swapped = (lon >= CHINA_LAT[0]) & (lon <= CHINA_LAT[1]) & (lat >= CHINA_LON[0]) & (lat <= CHINA_LON[1])
    checked.refuse(swapped, "swapped_axes", "lon")
    checked.refuse(~((np.abs(lon) <= 180) & (np.abs(lat) <= 90)), "bad_coordinate", "lon")
    x, y = np.full(len(lon), np.nan), np.full(len(lat), np.nan)
    for kind in CoordSys:
        rows = ~checked.bad & (checked.columns["coord_sys"] == str(kind)).to_numpy(dtype=bool)
        if rows.any():
            x[rows], y[rows] = to_wgs84(lon[rows], lat[rows], kind)
    checked.columns["x"], checked.columns["y"] = x, y
