"""Department scores to take home: a row for each department and period, each rate with what it is made of.

The words of rates and marks are those of the pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from gis.events.kpi.export import Format, file_of, here
from gis.events.kpi.words import Words

SHEET = Words("部门成绩", "Department scores")
RATES: Mapping[str, Words] = {
    "answered": Words("应哨及时", "Accepted in time"),
    "arrived": Words("到场及时", "Arrived in time"),
    "solved": Words("解决", "Solved"),
}
PARTS: Mapping[str, Words] = {
    "numerator": Words("分子", "numerator"),
    "denominator": Words("分母", "denominator"),
    "value": Words("率", "rate"),
    "waiting": Words("未到期", "still in time"),
}
MARKS: Mapping[str, Words] = {
    "timeliness": Words("及时", "Timeliness"),
    "effort": Words("尽力", "Effort"),
    "result": Words("结果", "Result"),
}
COLUMNS = (
    Words("部门代码", "Department code"),
    Words("部门", "Department"),
    Words("周期", "Period"),
    Words("起", "From"),
    Words("止（不含）", "To (not included)"),
    Words("叫到", "Called"),
    *(Words(f"{rate.zh}{part.zh}", f"{rate.en}: {part.en}") for rate in RATES.values() for part in PARTS.values()),
    Words("已评", "Rated"),
    Words("逾期未评", "Not rated in time"),
    *(Words(f"{mark.zh}平均分", f"{mark.en}: mean mark") for mark in MARKS.values()),
    Words("解除", "Released"),
    Words("申诉成立", "Appeals granted"),
    Words("申诉中", "Appeals to be decided"),
    Words("申诉不成立", "Appeals denied"),
    Words("截至", "As of"),
)  # fmt: skip


def export_scores(run: Mapping[str, Any], kind: Format, *, english: bool = False) -> bytes:
    """A run of scores as a file in one of the two languages; a period in which a department was not called has no row."""
    columns = [one.told(english=english) for one in COLUMNS]
    frame = pd.DataFrame(list(_rows(run)), columns=columns, dtype=object)
    return file_of(SHEET.told(english=english), frame, kind)


def _rows(run: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    as_of = "" if run["as_of"] is None else here(datetime.fromisoformat(run["as_of"]))
    for unit in run["departments"]:
        for period, score in zip(run["periods"], unit["scores"], strict=True):
            if score is None:
                continue
            marks, appeals = score["ratings"], score["appeals"]
            yield (
                unit["code"],
                unit["name"],
                *(period[name] for name in ("label", "from", "to")),
                score["called"],
                *(score[rate][part] for rate in RATES for part in PARTS),
                *(marks[name] for name in ("n", "unrated", *MARKS)),
                score["excluded"]["released"],
                *(appeals[name] for name in ("granted", "asked", "denied")),
                as_of,
            )
