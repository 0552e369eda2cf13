"""Indicators to take home: a row for each number, with what it is made of, as CSV or XLSX."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, assert_never

import pandas as pd

from gis.coverage.workbook import workbook_bytes
from gis.events.kpi import words
from gis.events.kpi.rates import FiveParts, Rate
from gis.events.kpi.service import Indicators, Line
from gis.formats.safe_text import safe_cells

Format = Literal["csv", "xlsx"]
MEDIA: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
COLUMNS = (
    "代码", "名称", "类别", "指标", "indicator", "分子", "分母", "未计入", "值", "口径", "起", "止", "截至",
)  # fmt: skip


def export_indicators(found: Indicators, kind: Format) -> bytes:
    """The file."""
    frame = pd.DataFrame(list(_rows(found)), columns=list(COLUMNS), dtype=object)
    return file_of("指标", frame, kind)


def file_of(sheet: str, frame: pd.DataFrame, kind: Format) -> bytes:
    """A table as a file of a kind; text in it is never run as a formula."""
    match kind:
        case "csv":
            plain = frame.map(lambda value: "" if value is None else str(value))
            return safe_cells(plain).to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")
        case "xlsx":
            return workbook_bytes({sheet: frame})
        case _:
            assert_never(kind)


def _rows(found: Indicators) -> Iterator[tuple[Any, ...]]:
    period = (
        found.first.isoformat(),
        found.last.isoformat(),
        found.as_of.isoformat(timespec="seconds"),
    )
    for line in (found.total, *found.lines):
        for group, word, numbers, how in _numbers(line):
            yield (line.code, line.name, group, word.zh, word.en, *numbers, how, *period)


Number = tuple[int | None, int | None, int | None, float | int | None]


def _numbers(line: Line) -> Iterator[tuple[str, words.Words, Number, str]]:
    for name, n in line.flow.items():
        yield "件数", words.FLOW[name], (None, None, None, n), words.BY_OPENING.zh
    for name, rate in line.rates.items():
        yield "流程", words.RATES[name], _rate(rate), f"{words.RATES[name].of_zh}；{words.BY_OPENING.zh}"
    for stage, five in line.stages.items():
        yield from _stage(words.STAGES[stage], five)
    for name, rate in line.voices.items():
        yield "三率", words.VOICES[name], _rate(rate), f"{words.VOICES[name].of_zh}；{words.BY_ANSWER.zh}"


def _stage(stage: words.Words, five: FiveParts) -> Iterator[tuple[str, words.Words, Number, str]]:
    how = words.BY_DEADLINE.zh
    for part, word in words.PARTS.items():
        named = words.Words(f"{stage.zh}{word.zh}", f"{stage.en}: {word.en.lower()}")
        yield "环节", named, (None, None, None, getattr(five, part)), f"{word.of_zh}；{how}"
    done = words.Words(f"{stage.zh}完成率", f"{stage.en}: done rate")
    in_time = words.Words(f"{stage.zh}按时率", f"{stage.en}: in-time rate")
    yield "环节", done, _rate(five.done_rate()), how
    yield "环节", in_time, _rate(five.in_time_rate()), how


def _rate(rate: Rate) -> Number:
    value = rate.value
    return rate.numerator, rate.denominator, rate.excluded, None if value is None else round(value, 6)
