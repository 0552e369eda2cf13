"""Readers of single values: from untrusted JSON to a typed value, or a named refusal.

Each takes the value and the field's name and raises `Invalid`; nothing is coerced, rounded or guessed.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from gis.base.datum import CoordSys, refuse_swapped, to_wgs84
from gis.base.errors import Invalid
from gis.base.turning import TURNING
from gis.events.model import CategoryKey

Choice = TypeVar("Choice", bound=StrEnum)
Point = tuple[float, float]

_UUID7 = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII
)
_INSTANT = re.compile(
    r"(\d{4})-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)  # RFC 3339
_FIRST_YEAR, _LAST_YEAR = 2000, 2099
_KEY_PART = re.compile(r"[a-z0-9][a-z0-9.\-]{0,31}", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9]{1,16}", re.ASCII)
_NATURAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/\-]{0,39}", re.ASCII)
_PHONE = re.compile(r"[+]?[0-9][0-9 \-]{1,30}[0-9]", re.ASCII)
_TURNING = re.compile(f"[{TURNING}]")
_UNUSABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # Cc but break and tab, and Cs
_UNSEEN_KINDS = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp", "Mn"})
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and symbols that show nothing
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


def _refuse(field: str, code: str, zh: str, en: str, **facts: Any) -> Invalid:
    return Invalid(code, f"{field}：{zh}", f"{field}: {en}", field=field, **facts)


def read_string(value: object, field: str, *, longest: int, shortest: int = 1) -> str:
    """Text in NFC without surrounding space; control characters except line breaks and tabs are refused.

    So are characters that turn the direction of what follows (`bad_text`): they make a text read otherwise
    than it is. Text of nothing but invisible characters is empty.
    """
    if not isinstance(value, str):
        raise _refuse(field, "not_text", "应为文字", "must be text")
    if len(value) > 4 * longest:  # before normalising, whose cost an attacker would choose
        raise _too_long(field, longest)
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n"))
    if _TURNING.search(text):
        raise _refuse(
            field,
            "bad_text",
            "含有改变书写方向的控制字符",
            "contains characters that turn the writing direction",
        )
    if _UNUSABLE.search(text):
        raise _refuse(field, "bad_character", "含有不可用的字符", "contains a character that is not allowed")
    text = text.strip()  # only now: it would strip some control characters unseen
    if len(text) < shortest or (shortest and not any(map(_visible, text))):
        raise _refuse(field, "text_empty", "不能为空", "must not be empty")
    if len(text) > longest:
        raise _too_long(field, longest)
    return text


def _visible(character: str) -> bool:
    return unicodedata.category(character) not in _UNSEEN_KINDS and character not in _BLANKS


def _too_long(field: str, longest: int) -> Invalid:
    return _refuse(
        field, "text_too_long", f"超过 {longest} 个字", f"is longer than {longest} characters", limit=longest
    )


def read_uuid7(value: object, field: str) -> uuid.UUID:
    """A version 7 UUID in its usual notation, made by the client."""
    if not isinstance(value, str) or not _UUID7.fullmatch(value):
        raise _refuse(field, "not_uuid7", "应为 UUID 第 7 版", "must be a version 7 UUID")
    return uuid.UUID(value)


def read_instant(value: object, field: str) -> datetime:
    """An RFC 3339 instant of this century with its offset; kept as claimed, device clocks are not corrected."""
    try:
        if isinstance(value, str) and (shape := _INSTANT.fullmatch(value)):
            require_year(int(shape[1]), field)
            return datetime.fromisoformat(value.upper())
    except ValueError:
        pass  # a thirteenth month has the shape of an instant and is none
    raise _refuse(
        field, "bad_time", "应为带时区的 RFC 3339 时刻", "must be an RFC 3339 instant with its offset"
    )


def require_year(year: int, field: str) -> None:
    """Refuse (`bad_time`) what is of no year we keep times of."""
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise _refuse(
            field,
            "bad_time",
            f"年份应在 {_FIRST_YEAR} 至 {_LAST_YEAR} 之间",
            f"the year must be {_FIRST_YEAR} to {_LAST_YEAR}",
        )


def read_number(value: object, field: str, *, least: float, most: float) -> float:
    """A finite number between two limits; booleans and numbers in quotation marks are not numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refuse(field, "not_number", "应为数字", "must be a number")
    if not least <= value <= most:
        raise _refuse(
            field, "out_of_range", f"应在 {least:g} 到 {most:g} 之间", f"must be {least:g} to {most:g}"
        )
    return float(value)


def read_bool(value: object, field: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise _refuse(field, "not_bool", "应为 true 或 false", "must be true or false")
    return value


def choice_reader(kind: type[Choice]) -> Callable[[object, str], Choice]:
    """A reader of one of the words of an enumeration."""

    def read(value: object, field: str) -> Choice:
        if not isinstance(value, str) or value not in list(kind):
            known = ", ".join(kind)
            raise _refuse(field, f"unknown_{field}", f"应为以下之一：{known}", f"must be one of {known}")
        return kind(value)

    return read


def read_category(value: object, field: str) -> CategoryKey:
    """`scheme:kind:code`, such as `gov-s:request:S0202`."""
    parts = value.split(":") if isinstance(value, str) and len(value) <= 80 else []
    if len(parts) != 3 or not (
        _KEY_PART.fullmatch(parts[0]) and _KEY_PART.fullmatch(parts[1]) and _CODE.fullmatch(parts[2])
    ):
        raise _refuse(
            field,
            "bad_category",
            "应为“体系:类型:代码”",
            "must be written scheme:kind:code, see /api/v1/categories",
        )
    return CategoryKey(*parts)


def read_natural_code(value: object, field: str) -> str:
    """The code of something in the register."""
    if not isinstance(value, str) or not _NATURAL.fullmatch(value):
        raise _refuse(field, "bad_code", "不是有效的代码", "is not a code")
    return value


def read_phone(value: object, field: str) -> str:
    """A telephone number as typed: digits, spaces, hyphens, a leading plus."""
    if not isinstance(value, str) or not _PHONE.fullmatch(value.strip()):
        raise _refuse(field, "bad_phone", "电话号码有误", "is not a telephone number")
    return value.strip()


def read_photos(value: object, field: str) -> tuple[str, ...]:
    """Up to six different SHA-256 names of the photos that will follow."""
    if not isinstance(value, list) or len(value) > 6:
        raise _refuse(
            field, "bad_photos", "应为至多 6 个 SHA-256", "must be at most six SHA-256 names", limit=6
        )
    if not all(isinstance(item, str) and _SHA256.fullmatch(item) for item in value):
        raise _refuse(
            field, "bad_sha256", "应为小写十六进制 SHA-256", "must be SHA-256 in lower-case hexadecimal"
        )
    if len(set(value)) != len(value):
        raise _refuse(field, "photo_twice", "同一照片出现两次", "names a photo twice")
    return tuple(value)


def read_point(value: object, field: str) -> Point:
    """The longitude and latitude of a GeoJSON Point (RFC 7946), exactly as sent."""
    if not isinstance(value, Mapping) or value.get("type") != "Point":
        raise _refuse(field, "geometry_type", "应为 GeoJSON Point", "must be a GeoJSON Point")
    if "crs" in value:
        raise _refuse(
            field, "geometry_crs", "不接受 crs 成员，请用 coord_sys", "takes no crs member, declare coord_sys"
        )
    if unknown := sorted(set(value) - {"type", "coordinates"}):
        raise _refuse(f"{field}.{unknown[0]}"[:80], "unknown_key", "未知的键", "unknown key")
    return _ordinates(value.get("coordinates"), f"{field}.coordinates")


def _ordinates(value: object, field: str) -> Point:
    if value is None:
        raise _refuse(field, "coordinate_null", "坐标为空", "is null")
    if not isinstance(value, list):
        raise _refuse(field, "coordinate_not_number", "应为 [经度, 纬度]", "must be [longitude, latitude]")
    for item in value:
        if item is None:
            raise _refuse(field, "coordinate_null", "坐标为空", "holds a null")
        if isinstance(item, bool) or not isinstance(item, int | float):
            raise _refuse(field, "coordinate_not_number", "坐标应为数字", "must hold numbers")
    if len(value) < 2:
        code = "geometry_empty" if not value else "geometry_incomplete"
        raise _refuse(field, code, "缺少经度或纬度", "lacks longitude or latitude")
    if len(value) > 2:
        raise _refuse(field, "geometry_3d", "只接受二维坐标", "must have two ordinates, not more")
    return _on_earth(value[0], value[1], field)


def _on_earth(lon: float, lat: float, field: str) -> Point:
    if abs(lon) > 1e9 or abs(lat) > 1e9:  # integers beyond a float's range included
        raise _refuse(field, "bad_coordinate", "不是地球上的位置", "is not a place on earth")
    try:
        refuse_swapped(lon, lat)
        to_wgs84(float(lon), float(lat), CoordSys.WGS84)
    except Invalid as error:
        error.field = field
        raise
    return float(lon), float(lat)
