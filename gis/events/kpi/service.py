"""What supervisors ask of the indicators: counts and rates of an area, told apart, as of now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.areas.store import refuse_unknown_area
from gis.base.errors import Invalid
from gis.db.engine import unit_of_work
from gis.events.kpi import store
from gis.events.kpi.measures import Flow, Stage
from gis.events.kpi.rates import RATES, VOICES, FiveParts, Rate, five_parts

By = Literal["area", "department", "category"]
LONGEST_DAYS = 3 * 366


@dataclass(frozen=True, slots=True)
class Line:
    """The numbers of one area, department or category; of a department without the flow, which is an area's."""

    code: str
    name: str
    name_en: str
    flow: Mapping[str, int]
    stages: Mapping[str, FiveParts]
    rates: Mapping[str, Rate]
    voices: Mapping[str, Rate]


@dataclass(frozen=True, slots=True)
class Indicators:
    """Numbers of a period, both days included, as of a moment; `total` is the area asked for."""

    area: str
    first: date
    last: date
    as_of: datetime
    by: By
    total: Line
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which numbers: of an area with all below it, between two days, told apart by areas of `level`, or otherwise."""

    area: str
    first: date
    last: date
    by: By = "area"
    level: str | None = None
    department: str | None = None


def indicators(engine: Engine, asked: Asked) -> Indicators:
    """The indicators of an area with all below it.

    Raises `Invalid` (`bad_period`, `bad_value`, `unknown_area`, `unknown_department`) and `Forbidden`
    (`outside_scope`) where kpi.read is held neither in the area nor in the department.
    """
    check_period(asked.first, asked.last)
    if asked.department is not None and asked.by == "category":
        raise Invalid(
            "bad_value",
            "一个部门的指标不按类别分列",
            "the numbers of one department are not told apart by category",
            field="by",
        )
    with unit_of_work(engine) as session:
        places = areas_of(session, asked.area, asked.level if asked.by == "area" else None)
        department = department_asked(session, asked.department)
        as_of = store.now(session)
        top = places[0]
        period = (asked.first, asked.last)
        keys = [one.id for one in places]
        areas = _all(session, top, keys, period, "area", department, as_of)
        flows = department is None
        total, *lines = [_line(one, *areas.get(one.id, ({}, {})), flows=flows) for one in places]
        if asked.by != "area":
            found = _all(session, top, [top.id], period, asked.by, department, as_of)
            named = store.names(session, asked.by, list(found))
            known = sorted((named[key] for key in found if key in named), key=lambda one: one.code)
            lines = [_line(one, *found[one.id], flows=flows and asked.by != "department") for one in known]
    return Indicators(asked.area, asked.first, asked.last, as_of, asked.by, total, tuple(lines))


def areas_of(session: Session, code: str, level: str | None) -> list[store.Named]:
    """The area in force under a code, then those of a level below it; Invalid `unknown_area`, `area_ended`."""
    found = store.areas(session, code, level)
    if not found:
        refuse_unknown_area(session, code)
        raise Invalid("area_ended", f"该区域已撤销：{code}", f"The area is no more: {code}", field="area")
    return found


Found = dict[int, tuple[Mapping[int, int], Mapping[int, int]]]


def _all(
    session: Session,
    top: store.Named,
    keys: list[int],
    period: tuple[date, date],
    by: str,
    department: int | None,
    as_of: datetime,
) -> Found:
    counts = store.counts(session, top.id, keys, period, by, department)
    running = store.running(session, top.id, keys, period[1], by, department, as_of)
    return {key: (counts.get(key, {}), running.get(key, {})) for key in {*counts, *running}}


def _line(named: store.Named, counts: Mapping[int, int], running: Mapping[int, int], *, flows: bool) -> Line:
    return Line(
        named.code,
        named.name,
        named.name_en,
        {one.name.lower(): counts.get(one, 0) for one in Flow} if flows else {},
        {one.name.lower(): five_parts(counts, one, running.get(one, 0)) for one in Stage},
        {name: rate(counts) for name, rate in RATES.items()} if flows else {},
        {name: rate(counts) for name, rate in VOICES.items()},
    )


def check_period(first: date, last: date) -> None:
    """Raise Invalid `bad_period` for one that ends before it begins, or is longer than three years."""
    days = (last - first).days + 1
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid(
            "bad_period",
            f"统计期应为 1 至 {LONGEST_DAYS} 天，首日不晚于末日",
            f"a period has 1 to {LONGEST_DAYS} days, and its first is not after its last",
            field="from",
        )


def department_asked(session: Session, code: str | None) -> int | None:
    """The number of a department that numbers are asked of, None for none; Invalid `unknown_department`."""
    if code is None:
        return None
    found = store.department_id(session, code)
    if found is None:
        raise Invalid(
            "unknown_department",
            f"没有此部门：{code}",
            f"There is no such department: {code}",
            field="department",
        )
    return found
