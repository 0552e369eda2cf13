"""Strict JSON: what the grammar allows and no more, within stated limits.

Python's reader accepts NaN, Infinity and repeated keys, and turns 1e999 into infinity; a null ordinate then
becomes 0 further on. All of these are refused here with their own code.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from gis.base.errors import Invalid, TooLarge

MAX_BYTES = 512 * 1024 * 1024
MAX_DEPTH = 64
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What no text of the database can hold: NUL, and halves of a pair."""
LARGEST_WHOLE = 2**63 - 1


class _Refused(ValueError):
    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(code)
        self.code, self.zh, self.en = code, zh, en


def _no_constant(text: str) -> NoReturn:
    raise _Refused("bad_number", f"JSON 中不允许出现 {text}", f"{text} is not a JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _Refused("bad_number", f"数值过大：{text[:40]}", f"the number is too large: {text[:40]}")
    return value


def _integer(text: str) -> int:
    if len(text) > 300:
        raise _Refused("bad_number", "整数位数过多", "the integer has too many digits")
    return int(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _Refused("duplicate_key", f"键重复：{twice[:60]}", f"the key appears twice: {twice[:60]}")
    return found


def _depth(value: Any, limit: int) -> bool:
    """True when `value` nests no deeper than `limit`; walks level by level, never recursively."""
    level = [value]
    for _ in range(limit + 1):
        level = [
            child
            for item in level
            if isinstance(item, list | dict)
            for child in (item.values() if isinstance(item, dict) else item)
            if isinstance(child, list | dict)
        ]
        if not level:
            return True
    return False


def decode(data: bytes) -> str:
    """UTF-8 text without its byte order mark; anything else is refused as `bad_encoding`."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(
            "bad_encoding",
            f"文件不是 UTF-8 编码（第 {error.start} 字节）",
            f"the file is not UTF-8 (byte {error.start})",
        ) from error


def parse(data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """Parse JSON bytes strictly.

    Raises `TooLarge` (`file_too_large`) and `Invalid` with one of `bad_encoding`, `bad_json`, `bad_number`,
    `duplicate_key`, `too_deep`.
    """
    if len(data) > max_bytes:
        raise TooLarge(
            "file_too_large", f"文件超过 {max_bytes} 字节", f"the file is larger than {max_bytes} bytes"
        )
    too_deep = Invalid(
        "too_deep", f"嵌套超过 {max_depth} 层", f"nested deeper than {max_depth} levels", limit=max_depth
    )
    try:
        value = json.loads(
            decode(data),
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_integer,
            object_pairs_hook=_unique,
        )
    except _Refused as error:
        raise Invalid(error.code, error.zh, error.en) from error
    except json.JSONDecodeError as error:
        raise Invalid(
            "bad_json",
            f"不是合法的 JSON：第 {error.lineno} 行第 {error.colno} 列",
            f"not valid JSON: {error.msg} at line {error.lineno} column {error.colno}",
            line=error.lineno,
            column=error.colno,
        ) from error
    except RecursionError as error:
        raise too_deep from error
    if not _depth(value, max_depth):
        raise too_deep
    return value


def require_storable(value: Any, field: str = "") -> None:
    """Refuse what no column can hold, all the way down: `bad_character` in a text or key, `out_of_range` whole numbers.

    `field` is where `value` stands; the problem names the member, never what was in it. Walks level by level.
    """
    level = [(field, value)]
    while level:
        below: list[tuple[str, Any]] = []
        for where, item in level:
            if isinstance(item, str):
                require_plain(item, where)
            elif isinstance(item, dict):
                for key in item:
                    require_plain(key, where)
                below += [(f"{where}.{key}" if where else key, child) for key, child in item.items()]
            elif isinstance(item, list):
                below += [(f"{where}.{at}" if where else str(at), child) for at, child in enumerate(item)]
            elif isinstance(item, int) and not -LARGEST_WHOLE <= item <= LARGEST_WHOLE:
                raise Invalid(
                    "out_of_range",
                    f"{where[:80]}：数值超出范围",
                    f"{where[:80]}: the number is out of range",
                    field=where[:80],
                )
        level = below


def require_plain(text: str, field: str) -> None:
    """Refuse a text with a character the database cannot hold (`bad_character`)."""
    if UNSTORABLE.search(text):
        raise Invalid(
            "bad_character",
            f"{field[:80]}：含有不可用的字符",
            f"{field[:80]}: contains a character that is not allowed",
            field=field[:80],
        )
