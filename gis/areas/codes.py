"""Codes of areas: 2, 4, 6, 9, 12 or 15 digits, each beginning with its parent's.

Province, city and district follow GB/T 2260 (two digits each), the subdistrict adds three (GB/T 10114), the
community three more (the statistical 12-digit code), and the grid three of our own.
"""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.base.errors import Problem

LEVEL_OF_LENGTH = {
    2: "province",
    4: "city",
    6: "district",
    9: "subdistrict",
    12: "community",
    15: "grid",
}
_PARENT_LENGTH = {longer: shorter for shorter, longer in pairwise(LEVEL_OF_LENGTH)}
_DIGITS = re.compile(r"[0-9]+")


def level_of(code: str) -> str | None:
    """The level that the code's length means, None for what is no such code."""
    return LEVEL_OF_LENGTH.get(len(code)) if _DIGITS.fullmatch(code) else None


def parent_of(code: str) -> str | None:
    """The code of the area above, None for a province and for what is no code."""
    return code[: _PARENT_LENGTH[len(code)]] if level_of(code) and len(code) in _PARENT_LENGTH else None


def trimmed(code: str) -> str:
    """A statistical code without the zeros that fill it up to 12 digits: 230103017000 is subdistrict 230103017.

    Only whole trailing parts are dropped, and only from codes of 6 or 12 digits.
    """
    if len(code) not in {6, 12} or not _DIGITS.fullmatch(code):
        return code
    while len(code) in _PARENT_LENGTH:
        shorter = _PARENT_LENGTH[len(code)]
        if code[shorter:].strip("0"):
            break
        code = code[:shorter]
    return code


def check_codes(codes: pd.Series, levels: pd.Series | None = None) -> list[Problem]:
    """What is wrong with a column of codes, row by row from 1: `bad_code`, `level_mismatch`, `duplicate_code`."""
    text = codes.fillna("").astype(str).reset_index(drop=True)
    level = text.map(level_of)
    problems = _named(
        level.isna(),
        text,
        "bad_code",
        "编码应为 2、4、6、9、12 或 15 位数字",
        "a code has 2, 4, 6, 9, 12 or 15 digits",
    )
    if levels is not None:
        given = levels.reset_index(drop=True)
        wrong = level.notna() & given.notna() & (given != level)
        problems += _named(
            wrong,
            text,
            "level_mismatch",
            "编码位数与层级不符",
            "the length of the code does not fit the level",
        )
    twice = text.duplicated(keep="first") & level.notna()
    problems += _named(twice, text, "duplicate_code", "编码重复", "the code is used twice")
    return sorted(problems, key=lambda problem: problem.row or 0)


def _named(mask: pd.Series, text: pd.Series, code: str, zh: str, en: str) -> list[Problem]:
    rows: npt.NDArray[np.intp] = np.flatnonzero(mask.to_numpy(dtype=bool))
    return [Problem(int(row) + 1, "code", code, zh, en, str(text.iloc[row])[:40]) for row in rows]
