"""Tables with coordinates: CSV, XLSX and JSON records; every value stays the text it was written as.

Codes keep their leading zeros, and a missing coordinate stays missing: nothing is guessed into a number
before the column is known to be one.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.base.errors import Invalid, Problem, TooLarge, Unsupported
from gis.formats import jsontext
from gis.formats.encoding import guess
from gis.formats.sandbox import Limits, run_reader
from gis.formats.vector import open_file

TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".json")
LON_NAMES = ("lon", "lng", "long", "longitude", "经度", "东经", "gps经度", "x", "x坐标", "x coordinate", "lo")
LAT_NAMES = ("lat", "latitude", "纬度", "北纬", "gps纬度", "y", "y坐标", "y coordinate", "la")
XLSX_BYTES = 2 * 1024**3
# Digits with at most one point and an exponent: "NaN", "inf", "1_000" and hexadecimal are not coordinates.
_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?"


@dataclass(frozen=True, slots=True)
class Table:
    """A read table: text columns, "" where a cell is empty; notes say what was decided."""

    frame: pd.DataFrame
    notes: list[Problem] = field(default_factory=list)


def _csv(data: bytes, encoding: str | None) -> Table:
    used = encoding or guess(data[: 4 * 1024 * 1024])
    try:
        text = data.decode(used if used != "utf-8" else "utf-8-sig")
    except (UnicodeDecodeError, LookupError) as error:
        raise Invalid(
            "bad_encoding", f"文件不是 {used} 编码", f"the file is not in {used}", field="encoding"
        ) from error
    if "\x00" in text:
        raise Invalid(
            "file_unreadable",
            "文件含空字符，不是文本表格",
            "the file holds NUL characters; it is no text table",
        )
    head = text[:65536].split("\n", 1)[0]
    delimiter = max(",;\t|", key=head.count)
    try:
        frame = pd.read_csv(
            io.StringIO(text),
            sep=delimiter,
            dtype=str,
            keep_default_na=False,
            index_col=False,
            on_bad_lines="error",
        )
    except pd.errors.EmptyDataError as error:
        raise Invalid("file_empty", "文件没有表头", "the file has no header") from error
    except (pd.errors.ParserError, csv.Error) as error:
        raise Invalid(
            "file_unreadable", f"表格无法解析：{error}"[:200], f"the table cannot be parsed: {error}"[:200]
        ) from error
    guessed = encoding is None and used not in {"utf-8", "utf-8-sig"}
    note = Problem(None, None, "encoding_guessed", f"按 {used} 读取文字", f"text read as {used}", used)
    return Table(frame, [note] if guessed else [])


def _check_zip(path: Path) -> None:
    """Refuse a workbook that unpacks to more than the limit before anything is unpacked."""
    try:
        with zipfile.ZipFile(path) as book:
            members = book.infolist()
    except zipfile.BadZipFile as error:
        raise Unsupported(
            "unsupported_format", "文件内容不是 XLSX 格式", "the content of the file is not XLSX"
        ) from error
    if len(members) > 5000 or sum(member.file_size for member in members) > XLSX_BYTES:
        raise TooLarge("file_too_large", "工作簿解压后过大", "the workbook is too large when unpacked")


def _records(data: bytes, key: str | None) -> Table:
    root = jsontext.parse(data)
    if isinstance(root, dict):
        lists = [name for name, value in root.items() if isinstance(value, list)]
        chosen = key or (lists[0] if len(lists) == 1 else None)
        if chosen not in lists:
            raise Invalid(
                "layer_unknown",
                f"请用 --layer（locate 用 --points-layer）指定数组：{'、'.join(lists)[:200]}",
                f"name a list with --layer (of locate: --points-layer): {', '.join(lists)[:200]}",
            )
        root = root[chosen]
    if not isinstance(root, list) or not all(isinstance(item, dict) for item in root):
        raise Invalid("not_records", "不是对象数组", "the file is not a list of objects")
    frame = pd.DataFrame(root, dtype=object)
    return Table(frame.astype(object).where(frame.notna(), "").astype(str))


def read_table(
    path: str | Path, *, layer: str | None = None, encoding: str | None = None, limits: Limits | None = None
) -> Table:
    """Read a table as text columns; `layer` names the sheet of a workbook or the list of a JSON object.

    CSV may be UTF-8 with or without a mark, UTF-16 or GB18030, separated by comma, semicolon, tab or bar.
    Raises Unsupported, TooLarge, and Invalid (`bad_encoding`, `file_empty`, `file_unreadable`,
    `layer_unknown`, `duplicate_column`).
    """
    path, limits = Path(path), limits or Limits()
    open_file(path, limits=limits)
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        _check_zip(path)
        order = {"reader": "xlsx", "path": str(path.resolve()), "layer": layer}
        table = Table(run_reader(order, limits=limits)[0].to_pandas().astype(str))
    elif suffix == ".json":
        table = _records(path.read_bytes(), layer)
    elif suffix in TABLES:
        table = _csv(path.read_bytes(), encoding)
    else:
        raise Unsupported(
            "unsupported_format", f"不支持的表格格式：{suffix}", f"unsupported table format: {suffix}"
        )
    table.frame.columns = table.frame.columns.map(lambda name: str(name).strip())
    twice = table.frame.columns[table.frame.columns.duplicated()]
    if len(twice):
        raise Invalid(
            "duplicate_column",
            f"列名重复：{twice[0]}",
            f"the column appears twice: {twice[0]}",
            field=twice[0],
        )
    return table


def find_lonlat(columns: list[str]) -> tuple[str, str] | None:
    """The longitude and latitude columns by their names, any case; None where a pair is not found."""
    known = {column.strip().casefold(): column for column in columns}
    for lon_name, lat_name in _PAIRS:
        if lon_name in known and lat_name in known:
            return known[lon_name], known[lat_name]
    return None


_PAIRS = [(lon, lat) for lon in LON_NAMES for lat in LAT_NAMES]


def parse_numbers(
    values: pd.Series[Any],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Text to floats: values (NaN where none), mask of empty cells, mask of cells that are not numbers."""
    text = values.fillna("").astype(str).str.strip()
    empty = (text == "").to_numpy(dtype=bool)
    good = text.str.fullmatch(re.compile(_NUMBER)).to_numpy(dtype=bool)
    numbers = np.full(len(text), np.nan)
    numbers[good] = text[good].to_numpy(dtype=object).astype(np.float64)
    overflow = np.isinf(numbers)
    numbers[overflow] = np.nan
    return numbers, empty, (~empty & ~good) | overflow
