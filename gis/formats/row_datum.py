"""Files whose rows say themselves which datum they are in: the column `coord_sys`."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.base.datum import CoordSys
from gis.base.errors import Invalid

COLUMN = "coord_sys"

Datums = CoordSys | npt.NDArray[np.object_]


def row_datums(frame: pd.DataFrame, asked: CoordSys | None) -> Datums:
    """The datum of all rows or, where they differ, of each (n,); rows that say nothing are in WGS-84.

    Raises Invalid `coord_sys_conflict` where a row contradicts `asked`, `unknown_coord_sys` for a word that
    names no datum.
    """
    name = next((column for column in frame.columns if str(column).strip().casefold() == COLUMN), None)
    if name is None:
        return asked or CoordSys.WGS84
    words = frame[name].astype("string").str.strip().str.casefold().fillna("")
    if asked is not None:
        refuse_conflict(words, asked)
        return asked
    kinds = {word: CoordSys.parse(word) if word else CoordSys.WGS84 for word in words.unique()}
    if len(set(kinds.values())) == 1:
        return next(iter(kinds.values()))
    return np.array([kinds[word] for word in words], dtype=object)


def refuse_conflict(words: pd.Series[Any], asked: CoordSys | None) -> None:
    """Invalid `coord_sys_conflict` where a row names another datum than the one given for the whole file.

    CGCS2000 and WGS-84 count as one.
    """
    if asked is None:
        return
    said = words.astype("string").str.strip().str.casefold().fillna("").to_numpy(dtype=object)
    same = {"", str(asked)}
    if same & {CoordSys.WGS84, CoordSys.CGCS2000}:
        same |= {CoordSys.WGS84, CoordSys.CGCS2000}
    other = np.flatnonzero(~np.isin(said, [str(word) for word in same]))
    if not other.size:
        return
    row, value = int(other[0]) + 1, str(said[other[0]])
    raise Invalid(
        "coord_sys_conflict",
        f"--coord-sys {asked} 与文件 coord_sys 列不符：{other.size} 行不同，第 {row} 行为 {value}；"
        "不给 --coord-sys 即按各行的坐标系",
        f"--coord-sys {asked} contradicts the column coord_sys in {other.size} rows, first in row {row}: {value}; "
        "without --coord-sys every row is taken in its own",
        field="coord_sys",
        row=row,
        rows=int(other.size),
    )
