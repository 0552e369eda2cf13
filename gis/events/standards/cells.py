"""Tables people send: CSV, XLSX, or JSON as forms do; every cell the text it was; bad rows are all named."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from gis.base.errors import Invalid, InvalidFile, Problem
from gis.formats import jsontext
from gis.formats.sandbox import UPLOAD
from gis.formats.tables import read_table

MOST_ROWS: Final = 5_000
LARGEST_BYTES: Final = 8 * 1024**2
LONGEST: Final = 500
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_YES: Final = {
    "yes": True,
    "true": True,
    "1": True,
    "是": True,
    "no": False,
    "false": False,
    "0": False,
    "否": False,
}


@dataclass(slots=True)
class Row:
    """A row and the problems found in it; `number` counts from 1 without the head."""

    number: int
    cells: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)

    def get(self, name: str) -> str:
        """The cell, "" where there is none."""
        return self.cells.get(name, "")

    def refuse(self, name: str | None, code: str, zh: str, en: str) -> None:
        """Note a problem."""
        shown = self.get(name)[:60] if name else None
        self.problems.append(Problem(self.number, name, code, zh, en, shown or None))

    def refuse_as(self, error: Invalid, name: str) -> None:
        """Note the problem a reader raised."""
        self.refuse(name, error.code, error.zh, error.en)

    def text(self, name: str, *, needed: bool = False) -> str:
        """A text of at most `LONGEST` characters on one line."""
        said = " ".join(self.get(name).split())
        if needed and not said:
            self.refuse(name, "missing", f"缺少 {name}", f"{name} is missing")
        if len(said) > LONGEST or _UNSEEN.search(said):
            self.refuse(
                name,
                "bad_text",
                f"过长或含控制字符，至多 {LONGEST} 字",
                f"at most {LONGEST} plain characters",
            )
        return said

    def day(self, name: str) -> date | None:
        """A day, written 2026-07-01 (a workbook may add a time)."""
        said = self.get(name).strip()
        if not said:
            return None
        try:
            return date.fromisoformat(said[:10].replace("/", "-"))
        except ValueError:
            self.refuse(name, "bad_date", "应写作 2026-07-01", "must be written 2026-07-01")
            return None

    def flag(self, name: str, *, absent: bool) -> bool:
        """Yes or no."""
        said = self.get(name).strip().lower()
        if said and said not in _YES:
            self.refuse(name, "bad_flag", "应为 是 或 否", "must be yes or no")
        return _YES.get(said, absent)


def read_rows(
    data: bytes, suffix: str, heads: Mapping[str, tuple[str, ...]], needed: tuple[str, ...]
) -> list[Row]:
    """The rows of a CSV, XLSX or JSON file (`suffix` with its dot), cells by our names.

    `heads` are our names and other ways to write them; `needed` are names of which the file has to have a column, a
    `|` between names meaning any of them. Empty rows are left out. JSON is `{"rows": [{name: value}]}`, which may hold
    none. Raises InvalidFile, and what reading raises.
    """
    if suffix == ".json":
        return _json_rows(data, heads, needed)
    with tempfile.TemporaryDirectory(prefix="wangge-rules-") as place:
        path = Path(place) / f"table{suffix}"
        path.write_bytes(data)
        frame = read_table(path, limits=UPLOAD).frame
    known = {_plain(word): name for name, words in heads.items() for word in (name, *words)}
    frame = frame.rename(columns={column: known.get(_plain(column), "") for column in frame.columns})
    columns = [column for column in frame.columns if column]
    _refuse_heads(columns, needed)
    if len(frame) > MOST_ROWS:
        raise _whole("too_many_rows", f"至多 {MOST_ROWS} 行", f"at most {MOST_ROWS} rows")
    frame = frame.loc[:, [bool(column) for column in frame.columns]]
    rows = [
        Row(number, {name: str(cell).strip() for name, cell in zip(columns, cells, strict=True)})
        for number, cells in enumerate(frame.itertuples(index=False, name=None), 1)
    ]
    rows = [row for row in rows if any(row.cells.values())]
    if not rows:
        raise no_rows()
    return rows


def _json_rows(data: bytes, heads: Mapping[str, tuple[str, ...]], needed: tuple[str, ...]) -> list[Row]:
    """The rows of a form: lists become words, yes and no their words, what is null is empty."""
    given = jsontext.parse(data, max_bytes=LARGEST_BYTES, max_depth=4)
    rows = given.get("rows") if isinstance(given, dict) and set(given) == {"rows"} else None
    if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
        raise _whole("not_object", '应为 {"rows": [{…}]}', 'must be {"rows": [{…}]}')
    if len(rows) > MOST_ROWS:
        raise _whole("too_many_rows", f"至多 {MOST_ROWS} 行", f"at most {MOST_ROWS} rows")
    jsontext.require_storable(rows, "rows")
    columns = list(dict.fromkeys(name for one in rows for name in one))
    if unknown := [name for name in columns if name not in heads]:
        raise _whole("unknown_column", f"未知的列：{unknown[0][:40]}", f"unknown column: {unknown[0][:40]}")
    if rows:
        _refuse_heads(columns, needed)
    return [
        Row(number, {name: _cell(one.get(name)).strip() for name in columns})
        for number, one in enumerate(rows, 1)
    ]


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(_cell(one) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)


def _plain(head: str) -> str:
    return re.sub(r"[\s_]+", "_", str(head).strip().lower())


def _refuse_heads(columns: list[str], needed: tuple[str, ...]) -> None:
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        said = ", ".join(twice)
        raise _whole("duplicate_column", f"列重复：{said}", f"columns given twice: {said}")
    missing = [name for name in needed if not set(name.split("|")) & set(columns)]
    if missing:
        said = ", ".join(missing)
        raise _whole("missing_columns", f"缺少列：{said}", f"columns missing: {said}")


def no_rows() -> InvalidFile:
    """There is nothing in it."""
    return _whole("no_rows", "没有数据行", "no rows")


def _whole(code: str, zh: str, en: str) -> InvalidFile:
    return InvalidFile([Problem(None, None, code, zh, en)])


def problems_of(rows: list[Row]) -> Iterator[Problem]:
    """Every problem, row by row."""
    for row in rows:
        yield from row.problems


def refuse_bad(rows: list[Row]) -> None:
    """Raise InvalidFile with every problem there is: all rows or none."""
    found = list(problems_of(rows))
    if found:
        raise InvalidFile(found, rows=len(rows))
