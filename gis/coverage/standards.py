"""Standards of facilities as data: what each type needs, by whom, and how sure we are of every value.

A standard is a table of rows (`data/standards_1.csv`; a city imports its own). The row without a type is about the
standard as a whole: floor area of community rooms per 100 households, and the share of residents within the radius
that counts as reached. Every other row is one type: tier and radius, the population one facility serves, the floor
area of one. A value is `verified` (read in a public source that is named), `defined` (by this project) or `recalled`
(from memory: shown as unverified until somebody reads the standard itself).
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from gis.base.errors import InvalidFile, Problem

CONFIDENCE: Final = ("verified", "defined", "recalled")
"""From the surest on."""
PER: Final = ("residents", "community", "none")
"""What asks for a facility: so many residents, every community, or nobody (its reach alone is told)."""
TIERS: Final = (5, 10, 15)
COMMUNITY_ROOMS: Final = "community_rooms"
"""Not a type of station: the rooms of all types that count towards the area per 100 households."""
_NAME = re.compile(r"[a-z0-9_]{1,40}", re.ASCII)
_VERSION = re.compile(r"[A-Za-z0-9_.-]{1,40}", re.ASCII)
_CITY = re.compile(r"[0-9]{0,15}", re.ASCII)
_NUMBERS: Final = (
    "tier_min", "radius_m", "residents_min", "residents_max", "households_min", "households_max",
    "floor_area_m2_min", "floor_area_m2_max", "m2_per_100_households", "covered_share",
)  # fmt: skip
COLUMNS: Final = (
    "profile", "version", "city", "type", "name_zh", "name_en", *_NUMBERS, "per", "in_total", "confidence",
    "population_confidence", "area_confidence", "source",
)  # fmt: skip
_LONGEST_FILE: Final = 10_000


@dataclass(frozen=True, slots=True)
class TypeStandard:
    """What one type of facility needs. Radius in metres walked; areas in m² of floor; None where nothing is said.

    One facility serves `residents_min` to `residents_max` people (`households_…`): the population of its tier.
    """

    type: str
    tier_min: int | None = None
    radius_m: float | None = None
    per: str = "none"
    residents_min: float | None = None
    residents_max: float | None = None
    households_min: float | None = None
    households_max: float | None = None
    floor_area_m2_min: float | None = None
    floor_area_m2_max: float | None = None
    in_total: bool = False
    confidence: str = "recalled"
    population_confidence: str | None = None
    area_confidence: str | None = None
    source: str = ""

    @property
    def weakest(self) -> str:
        """The least sure of the values of this row."""
        told = (self.confidence, self.population_confidence, self.area_confidence)
        return weakest(value for value in told if value is not None)

    @property
    def m2_per_household(self) -> float | None:
        """The least floor area a household the standard allows: the smaller of both ends of its ranges.

        A facility of the least area serves the least households, the largest the most; a range whose ends
        disagree is read in favour of who builds. None where area or households are not told.
        """
        ends = (
            (self.floor_area_m2_min, self.households_min),
            (self.floor_area_m2_max, self.households_max),
        )
        rates = [area / count for area, count in ends if area is not None and count]
        return min(rates, default=None)


@dataclass(frozen=True, slots=True)
class Standard:
    """One version of one profile; `city` is the code of the area it is of, empty for everywhere."""

    profile: str
    version: str
    city: str
    name_zh: str
    name_en: str
    m2_per_100_households: float | None
    covered_share: float
    confidence: str
    area_confidence: str | None
    source: str
    types: tuple[TypeStandard, ...]

    @property
    def verified(self) -> bool:
        """Whether no value of it is from memory."""
        return "recalled" not in {row.weakest for row in self.types}

    @property
    def judged(self) -> tuple[TypeStandard, ...]:
        """The types with a tier and a radius, lower tiers first; the others only count towards the rooms."""
        rows = [row for row in self.types if row.tier_min is not None and row.radius_m is not None]
        return tuple(sorted(rows, key=lambda row: row.tier_min or 0))


def weakest(values: Iterable[str]) -> str:
    """The least sure of some values."""
    return max(values, key=CONFIDENCE.index)


def read_standards(data: bytes) -> list[Standard]:
    """The standards of a CSV file in UTF-8. Raises `InvalidFile` with every problem in it."""
    problems: list[Problem] = []
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
        rows = [row for _, row in zip(range(_LONGEST_FILE), reader, strict=False)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidFile(
            [Problem(None, None, "file_unreadable", "不是 UTF-8 的 CSV", "not a CSV in UTF-8")]
        ) from error
    missing = sorted(set(COLUMNS) - set(reader.fieldnames or ()))
    if missing:
        said = ", ".join(missing)
        raise InvalidFile(
            [Problem(None, None, "missing_columns", f"缺少列：{said}", f"columns missing: {said}")]
        )
    for number, row in enumerate(rows, 1):
        problems += [Problem(number, *found) for found in _wrong(row)]
    grouped: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for row in rows:
        grouped.setdefault((row["profile"] or "", row["version"] or "", row["city"] or ""), []).append(row)
    for key, group in grouped.items():
        problems += _wrong_group(key, group)
    if problems or not rows:
        raise InvalidFile(problems or [Problem(None, None, "no_rows", "没有数据行", "no rows")])
    return [_standard(group) for group in grouped.values()]


_Found = tuple[str | None, str, str, str, str | None]


def _wrong(row: dict[str, str]) -> list[_Found]:
    """What is wrong with one row: field, code, Chinese, English, value."""
    return [*_wrong_words(row), *_wrong_numbers(row)]


def _wrong_words(row: dict[str, str]) -> Iterator[_Found]:
    shapes = {"profile": _NAME, "version": _VERSION, "city": _CITY, "type": _NAME if row["type"] else _CITY}
    for field, shape in shapes.items():
        if not shape.fullmatch(row[field] or ""):
            yield field, "bad_value", "编码写法有误", "not a valid code", row[field]
    for field in ("confidence", "population_confidence", "area_confidence"):
        if row[field] not in CONFIDENCE and (row[field] or field == "confidence"):
            yield field, "bad_value", f"应为 {'、'.join(CONFIDENCE)}", "unknown word", row[field]
    if row["type"] and (row["per"] or "none") not in PER:
        yield "per", "bad_value", f"应为 {'、'.join(PER)}", "unknown word", row["per"]


def _wrong_numbers(row: dict[str, str]) -> Iterator[_Found]:
    numbers = {field: _number(row[field]) for field in _NUMBERS}
    for field, number in numbers.items():
        if row[field] and number is None:
            yield field, "bad_number", "应为正数", "a positive number is wanted", row[field]
    if numbers["tier_min"] not in {None, *TIERS}:
        yield "tier_min", "out_of_range", "应为 5、10、15", "5, 10 or 15", row["tier_min"]
    if (numbers["covered_share"] or 0) > 1:
        yield "covered_share", "out_of_range", "不超过 1", "at most 1", row["covered_share"]
    if row["per"] == "residents" and not row["residents_max"]:
        yield "residents_max", "missing", "按居民数配置时必填", "required where residents ask for it", None
    for name in ("residents", "households", "floor_area_m2"):
        least, most = numbers[f"{name}_min"], numbers[f"{name}_max"]
        if least is not None and most is not None and least > most:
            yield f"{name}_min", "out_of_range", "下限大于上限", "least above most", row[f"{name}_min"]


def _wrong_group(key: tuple[str, str, str], group: list[dict[str, str]]) -> list[Problem]:
    named = [row["type"] or "" for row in group]
    twice = sorted({name for name in named if named.count(name) > 1})
    found = [
        Problem(
            None, "type", "repeated", f"重复：{key[0]} {name}", f"twice in {key[0]}: {name or 'the whole'}"
        )
        for name in twice
    ]
    if "" not in named:
        found.append(
            Problem(
                None,
                "type",
                "missing",
                f"{key[0]} {key[1]} 缺少 type 为空的总则行",
                f"{key[0]} {key[1]} has no row without a type, about the standard as a whole",
            )
        )
    return found


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and value > 0 else None


def _standard(group: list[dict[str, str]]) -> Standard:
    whole = next(row for row in group if not row["type"])
    return Standard(
        profile=whole["profile"],
        version=whole["version"],
        city=whole["city"] or "",
        name_zh=whole["name_zh"] or whole["profile"],
        name_en=whole["name_en"] or whole["profile"],
        m2_per_100_households=_number(whole["m2_per_100_households"]),
        covered_share=_number(whole["covered_share"]) or 1.0,
        confidence=whole["confidence"],
        area_confidence=whole["area_confidence"] or None,
        source=whole["source"] or "",
        types=tuple(_type(row) for row in group if row["type"]),
    )


def _type(row: dict[str, str]) -> TypeStandard:
    tier = _number(row["tier_min"])
    return TypeStandard(
        type=row["type"],
        tier_min=None if tier is None else int(tier),
        radius_m=_number(row["radius_m"]),
        per=row["per"] or "none",
        residents_min=_number(row["residents_min"]),
        residents_max=_number(row["residents_max"]),
        households_min=_number(row["households_min"]),
        households_max=_number(row["households_max"]),
        floor_area_m2_min=_number(row["floor_area_m2_min"]),
        floor_area_m2_max=_number(row["floor_area_m2_max"]),
        in_total=row["in_total"] == "yes",
        confidence=row["confidence"],
        population_confidence=row["population_confidence"] or None,
        area_confidence=row["area_confidence"] or None,
        source=row["source"] or "",
    )
