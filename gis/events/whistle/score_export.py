"""Department scores to take home: a row for each department and period, each rate with what it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from gis.events.kpi.export import Format, file_of

RATES = {"answered": "应哨", "arrived": "到场", "solved": "解决"}
PARTS = {"numerator": "分子", "denominator": "分母", "value": "率", "waiting": "未到期"}
COLUMNS = (
    "部门代码", "部门", "周期", "起", "止（不含）", "叫到",
    *(f"{rate}{part}" for rate in RATES.values() for part in PARTS.values()),
    "已评", "逾期未评", "及时平均分", "力度平均分", "效果平均分",
    "解除", "申诉成立", "申诉中", "申诉不成立", "截至",
)  # fmt: skip


def export_scores(run: Mapping[str, Any], kind: Format) -> bytes:
    """A run of scores as a file; a period in which a department was not called has no row."""
    frame = pd.DataFrame(list(_rows(run)), columns=list(COLUMNS), dtype=object)
    return file_of("部门成绩", frame, kind)


def _rows(run: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
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
                *(marks[name] for name in ("n", "unrated", "timeliness", "effort", "result")),
                score["excluded"]["released"],
                *(appeals[name] for name in ("granted", "asked", "denied")),
                run["as_of"],
            )
