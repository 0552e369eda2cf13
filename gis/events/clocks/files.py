"""A city's list of days from a CSV: `day,works,sessions,name`; every bad row is told, and nothing is kept then."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from typing import Final

from gis.base.errors import Invalid, InvalidFile, Problem
from gis.base.worktime_calendar import Day, read_sessions

COLUMNS: Final = ("day", "works", "sessions", "name")
YES: Final = {
    "yes": True,
    "work": True,
    "班": True,
    "上班": True,
    "no": False,
    "off": False,
    "休": False,
    "放假": False,
}
LARGEST_BYTES: Final = 1 << 20


def read_days(data: bytes, source: str) -> tuple[Day, ...]:
    """The days of a file, in order; InvalidFile with every problem. UTF-8, or GB 18030 as offices save it."""
    if len(data) > LARGEST_BYTES:
        raise InvalidFile([_problem(None, None, "file_too_large", "文件过大", "the file is too large", None)])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030", "replace")
    rows = csv.DictReader(io.StringIO(text))
    missing = [name for name in ("day", "works") if name not in (rows.fieldnames or [])]
    if missing:
        raise InvalidFile(
            [
                _problem(
                    None,
                    missing[0],
                    "missing_column",
                    f"缺少列：{missing[0]}",
                    f"no column {missing[0]}",
                    None,
                )
            ]
        )
    found: dict[date, Day] = {}
    problems: list[Problem] = []
    for number, row in enumerate(rows, 1):
        read = list(_read(number, row, source, found))
        problems += [one for one in read if isinstance(one, Problem)]
        found |= {one.day: one for one in read if isinstance(one, Day)}
    if problems or not found:
        raise InvalidFile(problems or [_problem(None, None, "empty_file", "没有数据行", "no rows", None)])
    return tuple(sorted(found.values(), key=lambda one: one.day))


def _read(
    number: int, row: dict[str, str | None], source: str, before: dict[date, Day]
) -> Iterator[Day | Problem]:
    cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
    works = YES.get(cells["works"].lower())
    if works is None:
        yield _problem(number, "works", "bad_value", "应为 work 或 off", "work or off", cells["works"])
    try:
        day = date.fromisoformat(cells["day"])
    except ValueError:
        yield _problem(number, "day", "bad_date", "应为 2027-01-01", "a date as 2027-01-01", cells["day"])
        return
    if day in before:
        yield _problem(number, "day", "twice", "日期重复", "the day is given twice", cells["day"])
    sessions = None
    if cells["sessions"]:
        try:
            sessions = read_sessions(cells["sessions"])
        except Invalid as error:
            yield _problem(number, "sessions", error.code, error.zh, error.en, cells["sessions"])
            return
        if works is False:
            yield _problem(
                number,
                "sessions",
                "bad_day",
                "休息日没有时段",
                "a day off has no sessions",
                cells["sessions"],
            )
            return
    if works is not None:
        yield Day(day, works, sessions, cells["name"][:100], source)


def _problem(row: int | None, field: str | None, code: str, zh: str, en: str, value: str | None) -> Problem:
    return Problem(row, field, code, zh, en, value)
