"""Indicators to take home: a row for each number, with what it is made of, as CSV or XLSX, in Chinese or English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal, assert_never

import pandas as pd

from gis.base.worktime_calendar import ZONE
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
SHEET = words.Words("指标", "Indicators")
COLUMNS = (
    words.Words("代码", "Code"),
    words.Words("名称", "Name"),
    words.Words("类别", "Kind"),
    words.Words("指标", "Indicator"),
    words.Words("分子", "Numerator"),
    words.Words("分母", "Denominator"),
    words.Words("未计入", "Left out"),
    words.Words("值", "Value"),
    words.Words("口径", "How it is counted"),
    words.Words("起", "From"),
    words.Words("止", "To"),
    words.Words("截至", "As of"),
)
COUNTS = words.Words("件数", "Cases")
FLOWS = words.Words("流程", "Flow")
STAGE = words.Words("环节", "Stage")
ANSWERS = words.Words("三率", "Ratings and call-backs")


def export_indicators(found: Indicators, kind: Format, *, english: bool = False) -> bytes:
    """The file, in one of the two languages."""
    columns = [one.told(english=english) for one in COLUMNS]
    frame = pd.DataFrame(list(_rows(found, english=english)), columns=columns, dtype=object)
    return file_of(SHEET.told(english=english), frame, kind)


def here(moment: datetime) -> str:
    """A moment as a table shows it: the country's time to the second, with its offset."""
    return moment.astimezone(ZONE).isoformat(sep=" ", timespec="seconds")


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


def _rows(found: Indicators, *, english: bool) -> Iterator[tuple[Any, ...]]:
    period = (found.first.isoformat(), found.last.isoformat(), here(found.as_of))
    for line in (found.total, *found.lines):
        name = line.name_en if english else line.name
        for group, word, numbers, attributed in _numbers(line):
            how = attributed.told(english=english)
            if word.of_zh:
                how = f"{word.of_en}; {how}" if english else f"{word.of_zh}；{how}"
            yield (
                line.code,
                name,
                group.told(english=english),
                word.told(english=english),
                *numbers,
                how,
                *period,
            )


Number = tuple[int | None, int | None, int | None, float | int | None]
Told = tuple[words.Words, words.Words, Number, words.Words]


def _numbers(line: Line) -> Iterator[Told]:
    for name, n in line.flow.items():
        yield COUNTS, words.FLOW[name], (None, None, None, n), words.BY_OPENING
    for name, rate in line.rates.items():
        yield FLOWS, words.RATES[name], _rate(rate), words.BY_OPENING
    for stage, five in line.stages.items():
        yield from _stage(words.STAGES[stage], five)
    for name, rate in line.voices.items():
        yield ANSWERS, words.VOICES[name], _rate(rate), words.BY_ANSWER


def _stage(stage: words.Words, five: FiveParts) -> Iterator[Told]:
    for part, word in words.PARTS.items():
        named = words.Words(f"{stage.zh}{word.zh}", f"{stage.en}: {word.en.lower()}", word.of_zh, word.of_en)
        yield STAGE, named, (None, None, None, getattr(five, part)), words.BY_DEADLINE
    done = words.Words(f"{stage.zh}完成率", f"{stage.en}: done rate")
    in_time = words.Words(f"{stage.zh}按时率", f"{stage.en}: in-time rate")
    yield STAGE, done, _rate(five.done_rate()), words.BY_DEADLINE
    yield STAGE, in_time, _rate(five.in_time_rate()), words.BY_DEADLINE


def _rate(rate: Rate) -> Number:
    value = rate.value
    return rate.numerator, rate.denominator, rate.excluded, None if value is None else round(value, 6)
