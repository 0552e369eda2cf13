"""Edits as somebody writes them: values checked one by one, and against the place they are to be made in."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import Any

import numpy as np
from pyproj import Geod

from gis.base.errors import Conflict, Invalid, NotFound, WanggeError
from gis.base.turning import TURNING
from gis.coverage.world import World
from gis.register.opening import check_hours
from gis.register.station_types import refuse_unknown_types
from gis.walking.columns import words
from gis.walking.edit_kinds import (
    AddStation,
    AddStreet,
    Edit,
    RemoveStreet,
    SetGate,
    edit_from_json,
)
from gis.walking.model import GateAccess

MOST_EDITS = 50
MOST_POINTS = 200
_CODE = re.compile(r"[\w.:/-]{1,40}")  # what is stored already may have been called so
_NEW_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]{0,39}", re.ASCII)
LEAST_STREET_M = 1.0
_KIND = re.compile(r"[a-z_]{1,32}", re.ASCII)
_UNPRINTABLE = re.compile(f"[\x00-\x1f\x7f\ud800-\udfff{TURNING}]")
_NOUNS = {
    "station": ("站点", "station_not_found"),
    "gate": ("大门", "gate_not_found"),
    "street": ("道路", "street_not_found"),
}


def read_edits(given: Sequence[Mapping[str, Any]]) -> tuple[Edit, ...]:
    """Edits from their JSON form, values checked.

    Raises Invalid: `too_many_edits`, `unknown_edit`, `bad_edit_value`, `opening_hours`, `gate_access`, `street_line`;
    `field` begins with `edits.<number from 0>`.
    """
    if len(given) > MOST_EDITS:
        raise Invalid(
            "too_many_edits",
            f"一个方案最多 {MOST_EDITS} 项修改",
            f"at most {MOST_EDITS} edits in a scenario",
            field="edits",
        )
    made = []
    for number, one in enumerate(given):
        try:
            made.append(read_edit(one))
        except Invalid as wrong:
            where = f"edits.{number}" + (f".{wrong.field}" if wrong.field not in (None, "edit") else "")
            raise Invalid(wrong.code, wrong.zh, wrong.en, field=where) from None
    return tuple(made)


def read_edit(given: Mapping[str, Any]) -> Edit:
    """One edit from its JSON form, values checked; raises as `read_edits` does."""
    if "line" in given:
        _line(given["line"])
    edit = edit_from_json(given)
    for one in fields(edit):
        if one.name in _CHECKS:
            _CHECKS[one.name](one.name, getattr(edit, one.name))
    if isinstance(edit, AddStation | AddStreet) and not _NEW_CODE.fullmatch(edit.code):
        raise _bad(
            "code",
            "应为 1 至 40 个英文字母、数字或 _-，以字母或数字开头",
            "must be 1 to 40 letters of English, digits or _-, a letter or digit first",
        )
    return edit


def _bad(name: str, zh: str, en: str) -> Invalid:
    return Invalid("bad_edit_value", f"{name}：{zh}", f"{name}: {en}", field=name)


def _text(pattern: re.Pattern[str], zh: str, en: str) -> Callable[[str, Any], None]:
    def check(name: str, value: Any) -> None:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise _bad(name, zh, en)

    return check


def _name(name: str, value: Any) -> None:
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= 200 or _UNPRINTABLE.search(value):
        raise _bad(name, "应为 1 至 200 个字", "must be text of 1 to 200 characters")


def _number(
    least: float, most: float, *, empty: bool = False, whole: bool = False
) -> Callable[[str, Any], None]:
    def check(name: str, value: Any) -> None:
        if empty and value is None:
            return
        kinds = (int,) if whole else (int, float)
        good = isinstance(value, kinds) and not isinstance(value, bool) and math.isfinite(value)
        if not good or not least <= value <= most:
            raise _bad(
                name, f"应为 {least:g} 至 {most:g} 的数", f"must be a number from {least:g} to {most:g}"
            )

    return check


def _truth(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise _bad(name, "应为 true 或 false", "must be true or false")


def _hours(name: str, value: Any) -> None:
    if value is None:
        return
    if not isinstance(value, str) or not value.strip() or _UNPRINTABLE.search(value):
        raise _bad(name, "应为开放时间或空", "must be opening hours or null")
    check_hours(value, name)


def _access(name: str, value: Any) -> None:
    if not isinstance(value, str) or value not in set(GateAccess):
        known = "、".join(GateAccess)
        raise Invalid(
            "gate_access",
            f"大门通行类别应为 {known} 之一",
            f"access of a gate is one of {', '.join(GateAccess)}",
            field=name,
        )


def _line(value: Any) -> None:
    """At least two points, none of them twice in a row, and a metre of street along the ellipsoid."""
    good = isinstance(value, list | tuple) and 2 <= len(value) <= MOST_POINTS
    for point in value if good else ():
        good = good and isinstance(point, list | tuple) and len(point) == 2
        for part, (least, most) in zip(point if good else (), ((-180.0, 180.0), (-90.0, 90.0)), strict=False):
            good = (
                good
                and isinstance(part, int | float)
                and not isinstance(part, bool)
                and least <= part <= most
            )
    if not good or any(list(a) == list(b) for a, b in pairwise(value)):
        raise Invalid(
            "street_line",
            f"道路应为 2 至 {MOST_POINTS} 个经纬度点，相邻点不同",
            f"a street is 2 to {MOST_POINTS} points in longitude and latitude, no two in a row the same",
            field="line",
        )
    lons, lats = zip(*value, strict=True)
    if Geod(ellps="WGS84").line_length(lons, lats) < LEAST_STREET_M:
        raise Invalid(
            "street_line",
            f"道路至少长 {LEAST_STREET_M:g} 米",
            f"a street is at least {LEAST_STREET_M:g} m long",
            field="line",
        )


_CHECKS: dict[str, Callable[[str, Any], None]] = {
    "code": _text(_CODE, "应为 1 至 40 个字母、数字或 _.:/-", "must be 1 to 40 letters, digits or _.:/-"),
    "type": _text(_KIND, "应为站点类型代码", "must be the code of a type of station"),
    "street_kind": _text(_KIND, "应为道路类别代码", "must be a kind of street"),
    "name": _name,
    "lon": _number(-180, 180),
    "lat": _number(-90, 90),
    "capacity": _number(0, 10_000_000, empty=True, whole=True),
    "floor_area_m2": _number(0, 10_000_000, empty=True),
    "level": _number(-20, 100, empty=True),
    "slope_pct": _number(-100, 100, empty=True),
    "hours": _hours,
    "access": _access,
    **dict.fromkeys(("bridge", "tunnel", "steps", "foot_forward", "foot_backward"), _truth),
}


@dataclass(slots=True)
class _Register:
    """Which codes there are of each noun, and which stations are closed, as the edits before leave them."""

    world: World
    added: dict[str, set[str]] = field(default_factory=lambda: {noun: set() for noun in _NOUNS})
    removed: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)

    def row(self, noun: str, code: str) -> int:
        """The row of a code in its layer (sorted by code), -1 where it has none."""
        frame = getattr(self.world.layers, f"{noun}s")
        codes = words(frame, "code") if frame is not None else np.empty(0, dtype=object)
        at = int(np.searchsorted(codes, code)) if len(codes) else 0
        return at if at < len(codes) and codes[at] == code else -1

    def has(self, noun: str, code: str) -> bool:
        """Whether the code is in use now."""
        if code in self.added[noun]:
            return True
        return self.row(noun, code) >= 0 and not (noun == "street" and code in self.removed)

    def is_closed(self, code: str) -> bool:
        """Whether the station is closed for good."""
        row = self.row("station", code)
        return code in self.closed or (row >= 0 and self.world.stations["status"].iloc[row] == "closed")

    def make(self, edit: Edit) -> None:
        """Check one edit, and remember what it does."""
        noun = edit.kind.split("_")[1]
        if isinstance(edit, AddStation | AddStreet):
            if self.has(noun, edit.code):
                code = edit.code
                raise Conflict(
                    "code_taken", f"编码 {code} 已被使用", f"the code {code} is in use already", field="code"
                )
            self.added[noun].add(edit.code)
            if isinstance(edit, AddStation):
                refuse_unknown_types([edit.type], self.world.stations["type"], "type")
            return
        if not self.has(noun, edit.code):
            zh, code = _NOUNS[noun]
            raise NotFound(
                code, f"没有编码为 {edit.code} 的{zh}", f"there is no {noun} {edit.code}", field="code"
            )
        if isinstance(edit, RemoveStreet):
            self.added[noun].discard(edit.code)
            self.removed.add(edit.code)
        elif not isinstance(edit, SetGate):
            if self.is_closed(edit.code):
                raise Conflict(
                    "station_closed",
                    f"站点 {edit.code} 已关闭",
                    f"the station {edit.code} is closed already",
                    field="code",
                )
            if edit.kind == "close_station":
                self.closed.add(edit.code)


def refuse_inapplicable(world: World, edits: Iterable[Edit]) -> None:
    """Conflict `edit_not_applicable` for the first edit that cannot be made in this place any more, and why.

    Its facts: `edit` (number from 0), `kind`, `code_of` (what it is about), `reason` (the code of the refusal:
    `station_not_found`, `gate_not_found`, `street_not_found`, `code_taken`, `station_closed`, `unknown_station_type`).
    """
    register = _Register(world)
    for number, edit in enumerate(edits):
        try:
            register.make(edit)
        except WanggeError as why:
            raise Conflict(
                "edit_not_applicable",
                f"第 {number + 1} 项修改已不适用：{why.zh}",
                f"edit {number + 1} cannot be made any more: {why.en}",
                field=f"edits.{number}",
                edit=number,
                kind=edit.kind,
                code_of=edit.code,
                reason=why.code,
            ) from None


def refuse_edit(world: World, edit: Edit) -> None:
    """The refusal itself of one edit that cannot be made in this place."""
    _Register(world).make(edit)
