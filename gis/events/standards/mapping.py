"""From the codes of older editions to the categories of today.

A code means nothing without its edition. GB/T 30428.2-2013 numbers its event majors 01 city appearance, 02
advertising, 03 building sites, 04 street order, 05 emergencies; CJ/T 214-2007 has 04 emergencies and 05 street order,
and other minors as well (its 01-02 is what 2013 calls 01-10). So there is a rule for 2013, tested by others on a
city's table of 56 minors, of which 54 land on the same matter and 2 on numbers retired in 2026, and a table of its
own for 2007 (`data/category_map_1.csv`, transcribed publicly, like the exceptions to the rule). A name, where a file
has one, has to agree: it shows an edition that was told wrongly.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from gis.base.errors import Invalid
from gis.events.model import CategoryKey

CURRENT: Final = "gbt47678.5-2026"
GB_2013: Final = "gbt30428.2-2013"
CJ_2007: Final = "cjt214-2007"
EDITIONS: Final = (CURRENT, GB_2013, CJ_2007)
KINDS: Final = ("component", "event")
"""What the editions divide into; 2026 calls an event a matter (管理事项)."""
EVENT_MAJORS: Final = range(1, 5)
"""Event majors of 2013 that live on, five further down, as 06 to 09."""
LOCAL_FROM: Final = 80
"""Minors from here on were given out by cities, counting down from 99."""
REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "retired": ("该代码在 2026 版中已停用，没有对应项", "the code was retired in 2026 and has no successor"),
    "no_successor": ("2026 版中没有对应项", "nothing in 2026 corresponds to it"),
    "local": ("属地方扩展代码，须由城市自行对应", "a city's own extension, which the city has to map itself"),
    "unknown_code": (
        "该版本没有此代码，或对应关系未知",
        "this edition has no such code, or nobody knows what became of it",
    ),
    "name_disagrees": (
        "名称与代码不符，请核对所用标准的版本",
        "name and code disagree: check which edition the codes are of",
    ),
}
_CODE: Final = re.compile(r"([0-9]{2})[-. ]?([0-9]{2})", re.ASCII)
_CODE_2026: Final = re.compile(r"([0-9]{2})[-. ]?([0-9]{3})", re.ASCII)
_KINDS_ZH: Final = {
    "部件": "component",
    "管理部件": "component",
    "事件": "event",
    "事项": "event",
    "管理事项": "event",
}


@dataclass(frozen=True, slots=True)
class Mapped:
    """What became of an old code: its key, or the code of a reason why it has none."""

    key: CategoryKey | None
    reason: str = ""

    @property
    def zh(self) -> str:
        """The reason in Chinese."""
        return REASONS[self.reason][0] if self.reason else ""

    @property
    def en(self) -> str:
        """The reason in English."""
        return REASONS[self.reason][1] if self.reason else ""


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    data = resources.files("gis.events").joinpath("data", name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(io.StringIO(data)))


@cache
def _names() -> dict[CategoryKey, str]:
    """The components and matters of 2026 by their keys."""
    rows = _rows("categories_1.csv")
    return {CategoryKey(r["scheme"], r["kind"], r["code"]): r["name_zh"] for r in rows if r["parent"]}


@cache
def _table() -> dict[tuple[str, str, str], dict[str, str]]:
    return {(r["edition"], r["kind"], r["code"]): r for r in _rows("category_map_1.csv")}


def read_edition(value: str, field: str = "edition") -> str:
    """The edition a text names, as `GB/T 30428.2-2013` or `gbt30428.2-2013`; Invalid `unknown_edition`."""
    plain = re.sub(r"[\s/／]", "", value).lower().replace("—", "-").replace("–", "-")
    if plain not in EDITIONS:
        known = ", ".join(EDITIONS)
        raise Invalid("unknown_edition", f"应为以下版本之一：{known}", f"must be one of {known}", field=field)
    return plain


def read_kind(value: str, field: str = "kind") -> str:
    """`component` or `event`; also 部件, 事件, 事项, and `matter`. Invalid `unknown_kind`."""
    plain = value.strip().lower()
    plain = _KINDS_ZH.get(plain, "event" if plain == "matter" else plain)
    if plain not in KINDS:
        raise Invalid("unknown_kind", "应为 component 或 event", "must be component or event", field=field)
    return plain


def map_code(edition: str, kind: str, code: str, name: str | None = None) -> Mapped:
    """The category that `code` of an edition is today, or the reason why there is none.

    `kind` is `component` or `event`; `code` has four digits (`0110`, `01-10`), in the edition of 2026 five. A `name`
    that is the name of another category refuses the mapping. Raises Invalid `unknown_edition`, `unknown_kind`,
    `bad_code`.
    """
    edition, kind = read_edition(edition), read_kind(kind)
    found = (_CODE_2026 if edition == CURRENT else _CODE).fullmatch(code.strip())
    if found is None:
        digits = 5 if edition == CURRENT else 4
        raise Invalid("bad_code", f"应为 {digits} 位数字", f"must have {digits} digits", field="code")
    made = _mapped(edition, kind, found[1], found[2])
    if name and made.key is not None and _other_name(made.key, name):
        return Mapped(None, "name_disagrees")
    return made


def today(key: str) -> str:
    """The key of today of `edition:kind:code`; any other key, and one without a successor, as it is."""
    edition, _, rest = key.partition(":")
    kind, _, code = rest.partition(":")
    if edition not in EDITIONS or edition == CURRENT:
        return key
    try:
        made = map_code(edition, kind, code)
    except Invalid:
        return key
    return key if made.key is None else str(made.key)


def _mapped(edition: str, kind: str, major: str, minor: str) -> Mapped:
    said = _table().get((edition, kind, major + minor))
    if said is not None:
        return Mapped(CategoryKey(*said["to"].split(":")) if said["to"] else None, said["reason"])
    if edition == CURRENT:
        return _known(kind, major + minor)
    if int(minor) >= LOCAL_FROM:
        return Mapped(None, "local")
    if edition == GB_2013 and kind == "component":
        return _known(kind, f"{major}0{minor}")
    if edition == GB_2013 and int(major) in EVENT_MAJORS:
        return _known(kind, f"{int(major) + 5:02d}0{minor}")
    return Mapped(None, "unknown_code")


def _known(kind: str, code: str) -> Mapped:
    key = CategoryKey(CURRENT, "component" if kind == "component" else "matter", code)
    return Mapped(key) if key in _names() else Mapped(None, "unknown_code")


def _other_name(key: CategoryKey, name: str) -> bool:
    """Whether a name is that of another category of the same kind: then the code cannot be of this edition."""
    said = name.strip()
    return said != _names().get(key) and any(
        other == said
        for one, other in _names().items()
        if one.kind == key.kind or "request" in (one.kind, key.kind)
    )
