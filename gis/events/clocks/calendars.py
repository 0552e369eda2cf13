"""What an administrator asks of calendars, and anybody of a deadline before it binds."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from gis.base.errors import Conflict, Invalid, NotFound, Stale
from gis.base.limits import Limit
from gis.base.worktime import due, is_provisional
from gis.base.worktime_calendar import Day
from gis.base.worktime_explain import Counted, counted_days, next_work
from gis.db.engine import unit_of_work
from gis.db.scope import outside_rules
from gis.events.clocks import store
from gis.events.clocks.model import MADE_OUT, NATIONAL, REWORK, CalendarSummary, CalendarVersion, CityCalendar
from gis.events.tables import URGENCIES

MOST_DAYS: Final = 3_000
MOST_LIMITS: Final = 200
_CODE = re.compile(r"[a-z][a-z0-9_-]{0,39}", re.ASCII)
_CITY = re.compile(r"[0-9]{0,15}", re.ASCII)
_STAGE = re.compile(r"[a-z_]{1,16}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Preview:
    """A deadline and why: the calendar it is counted by, when counting begins, and every day it went over."""

    start: datetime
    begins: datetime
    due: datetime
    limit: Limit
    calendar: CityCalendar
    provisional: bool
    days: tuple[Counted, ...]


def list_calendars(engine: Engine) -> list[CalendarSummary]:
    """The version in force of every calendar."""
    with unit_of_work(engine) as session:
        return store.list_calendars(session)


def list_versions(engine: Engine, code: str) -> list[CalendarVersion]:
    """Every version of a calendar, the latest first."""
    with unit_of_work(engine) as session:
        return store.versions(session, code)


def read_calendar(engine: Engine, code: str, version: int | None = None) -> CityCalendar:
    """The version in force, or another one; NotFound `no_such_calendar`."""
    with unit_of_work(engine) as session:
        found = store.read_calendar(session, code, version)
    if found is None:
        raise NotFound(
            "no_such_calendar", f"没有此日历：{code}", f"there is no such calendar: {code}", field="code"
        )
    return found


def put_calendar(engine: Engine, one: CityCalendar) -> CityCalendar:
    """Store a new version, made from version `one.version` (0: a new calendar); what was stored.

    Raises Invalid for what is no calendar and for limits of what there is not (`unknown_stage`), Stale `stale` when
    another version is in force, Conflict `calendar_city` when the city has another calendar already, Forbidden
    `rules_outside_scope`.
    """
    _check(one)
    try:
        with unit_of_work(engine) as session:
            _require_known(one, store.known_stages(session))
            store.put_calendar(session, one)
    except DBAPIError as error:
        raise _told(error) from None
    return read_calendar(engine, one.code)


def check_calendar(engine: Engine, one: CityCalendar) -> None:
    """Refuse what `put_calendar` would refuse, but for what only storing it shows."""
    _check(one)
    with unit_of_work(engine) as session:
        _require_known(one, store.known_stages(session))


def tried(one: CityCalendar, start: datetime, limit: Limit) -> Preview:
    """When a limit that begins at `start` would be due by a calendar, stored or not."""
    end = due(start, limit.kind, limit.value, one.calendar)
    return Preview(
        start,
        next_work(start, one.calendar) if limit.kind in {"work_hour", "work_day"} else start,
        end,
        limit,
        one,
        is_provisional(start, end, limit.kind, one.calendar),
        tuple(counted_days(start, end, limit.kind, one.calendar)),
    )


def import_days(
    engine: Engine,
    days: tuple[Day, ...],
    *,
    code: str,
    city: str = "",
    name: str = "",
    source: str,
    known_to: date | None = None,
) -> CityCalendar:
    """Put days into a calendar in place of what it says of them: its next version, or a new one from the country's."""
    try:
        before = read_calendar(engine, code)
    except NotFound:
        national = read_calendar(engine, NATIONAL)
        before = replace(national, code=code, city=city, name_zh=name, name_en=None, version=0)
    for one in days:
        require_made_out(one.day, "days")
    given = {one.day for one in days}
    kept = tuple(one for one in before.calendar.days if one.day not in given)
    merged = tuple(sorted(kept + days, key=lambda one: one.day))
    calendar = replace(before.calendar, days=merged)
    return put_calendar(engine, with_known(replace(before, calendar=calendar, source=source), known_to))


def preview(
    engine: Engine, start: datetime, limit: Limit, *, code: str | None = None, area: str = ""
) -> Preview:
    """When a limit that begins at `start` would be due, by a calendar or that of an area."""
    found = calendar_of(engine, area) if code is None else read_calendar(engine, code)
    return tried(found, start, limit)


def calendar_of(engine: Engine, area: str) -> CityCalendar:
    """The calendar in force for the code of an area."""
    with unit_of_work(engine) as session:
        nearest = store.calendar_for(session, area)
    return nearest or read_calendar(engine, NATIONAL)


def _check(one: CityCalendar) -> None:
    wrong = [
        name
        for name, held in (
            ("code", _CODE.fullmatch(one.code)),
            ("city", _CITY.fullmatch(one.city)),
            ("name_zh", 0 < len(one.name_zh) <= 100),
            ("name_en", len(one.name_en or "") <= 100),
            ("source", 0 < len(one.source) <= 400),
            ("rework", one.rework in REWORK),
            (
                "days",
                len(one.calendar.days) <= MOST_DAYS and all(len(d.name) <= 100 for d in one.calendar.days),
            ),
            ("limits", len(one.limits) <= MOST_LIMITS and all(_STAGE.fullmatch(x.stage) for x in one.limits)),
        )
        if not held
    ]
    if wrong:
        raise Invalid("bad_calendar", f"日历有误：{wrong[0]}", f"not a calendar: {wrong[0]}", field=wrong[0])
    keys = [(x.workflow, x.urgency, x.stage) for x in one.limits]
    if len(set(keys)) < len(keys):
        raise Invalid("twice", "时限重复", "a limit is given twice", field="limits")


def require_made_out(day: date, field: str) -> None:
    """Refuse (`bad_date`) a day no calendar is made out for."""
    first, last = MADE_OUT
    if not first <= day <= last:
        raise Invalid("bad_date", f"日期须在 {first} 至 {last} 之间", f"from {first} to {last}", field=field)


def _require_known(one: CityCalendar, known: set[tuple[str, str]]) -> None:
    """A limit nobody would ever look up is a mistake: of no workflow, stage or urgency there is."""
    workflows = {code for code, _ in known}
    for x in one.limits:
        stages = {"total"} | {stage for code, stage in known if x.workflow in ("", code)}
        if x.workflow not in {"", *workflows} or x.stage not in stages or x.urgency not in {"", *URGENCIES}:
            named = " ".join(part for part in (x.workflow, x.urgency, x.stage) if part)
            zh, en = f"没有此流程、紧急程度或阶段：{named}", f"no such workflow, urgency or stage: {named}"
            raise Invalid("unknown_stage", zh, en, field="limits")


def _told(error: DBAPIError) -> Exception:
    state = getattr(error.orig, "sqlstate", None)
    if state == "WG412":
        return Stale(
            "stale", "日历已被他人修改，请重新读取", "The calendar was changed meanwhile; read it again", field="based_on"
        )  # fmt: skip
    if state == "WG409":
        return Conflict(
            "calendar_city",
            "一个城市只有一个日历，日历的城市不能更换",
            "a city has one calendar, and a calendar stays with its city",
            field="city",
        )
    if state == "42501":
        return outside_rules()
    return error


def with_known(one: CityCalendar, known_to: date | None) -> CityCalendar:
    """A calendar whose holidays are known to a later day; Invalid beyond what is made out."""
    if known_to is None:
        return one
    require_made_out(known_to, "known_to")
    return replace(one, calendar=replace(one.calendar, known_to=known_to))
