"""From query parameters to the filter of events; every list and count takes the same ones."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Query

from api.numbers import DAY
from gis.accounts.texts import read_text
from gis.base.errors import Invalid
from gis.events.boxes import BOXES, DUE
from gis.events.filters import BBox, EventFilter
from gis.events.model import Source, Status, Urgency
from gis.events.readers import read_category, read_instant, read_natural_code, require_year
from gis.events.store import LOCAL_ZONE

_KIND = re.compile(r"([a-z0-9][a-z0-9.\-]{0,31}):([a-z]{1,16})", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,3}(\.\d{1,20})?", re.ASCII)


def _refuse(field: str, code: str, zh: str, en: str) -> Invalid:
    return Invalid(code, f"{field}：{zh}", f"{field}: {en}", field=field)


def read_bbox(value: str) -> BBox:
    """`left,bottom,right,top` in degrees; Invalid `bad_bbox`."""
    parts = value.split(",")
    if len(parts) == 4 and all(_NUMBER.fullmatch(part.strip()) for part in parts):
        left, bottom, right, top = (float(part) for part in parts)
        in_range = -180 <= left <= right <= 180 and -90 <= bottom <= top <= 90
        if in_range and all(map(math.isfinite, (left, bottom, right, top))):
            return left, bottom, right, top
    raise _refuse(
        "bbox", "bad_bbox", "应为 左,下,右,上（经纬度）", "must be left,bottom,right,top in degrees"
    )


def _words(value: str, field: str, kind: type[StrEnum]) -> tuple[str, ...]:
    found = sorted({word.strip() for word in value.split(",")})
    if any(word not in list(kind) for word in found):
        known = ", ".join(kind)
        raise _refuse(field, f"unknown_{field}", f"应为以下各项：{known}", f"must be of {known}")
    return tuple(found)


def read_moment(value: str, field: str, *, end: bool = False) -> datetime:
    """An instant, or a whole local day: its start, or for the end of a span the start of the day after."""
    if not DAY.fullmatch(value):
        # A plus sign that was not percent-encoded arrives as a space.
        return read_instant(value.replace(" ", "+"), field)
    require_year(int(value[:4]), field)
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise _refuse(field, "bad_time", "没有这一天", "there is no such day") from None
    return datetime.combine(day + timedelta(days=int(end)), time(), ZoneInfo(LOCAL_ZONE))


def _one(value: str | None, field: str, known: Iterable[str]) -> str | None:
    if value is not None and value not in known:
        words = ", ".join(known)
        raise _refuse(field, f"unknown_{field}", f"应为以下之一：{words}", f"must be one of {words}")
    return value


def _category(value: str) -> tuple[str, str, str | None]:
    if kind := _KIND.fullmatch(value):
        return kind[1], kind[2], None
    key = read_category(value, "category")
    return key.scheme, key.kind, key.code


async def event_filter(  # noqa: PLR0917 - FastAPI reads the query parameters from the signature
    bbox: Annotated[str | None, Query(description="left,bottom,right,top", max_length=120)] = None,
    area: Annotated[str | None, Query(description="区域代码，含其下级 / an area's whole subtree")] = None,
    category: Annotated[
        str | None, Query(description="scheme:kind:code; a family includes its leaves", max_length=80)
    ] = None,
    status: Annotated[
        str | None, Query(description="open, finished, or states, comma separated", max_length=200)
    ] = None,
    urgency: Annotated[str | None, Query(max_length=80)] = None,
    source: Annotated[str | None, Query(max_length=200)] = None,
    from_: Annotated[str | None, Query(alias="from", description="RFC 3339 or a day", max_length=40)] = None,
    to: Annotated[
        str | None, Query(description="RFC 3339 (excluded) or a day (included)", max_length=40)
    ] = None,
) -> EventFilter:
    """The filter in the query parameters; each wrong one is refused with its own code."""
    is_open = {"open": True, "finished": False}.get(status or "")
    return EventFilter(
        bbox=None if bbox is None else read_bbox(bbox),
        area=None if area is None else read_natural_code(area, "area"),
        category=None if category is None else _category(category),
        statuses=_words(status, "status", Status) if status is not None and is_open is None else (),
        is_open=is_open,
        urgencies=() if urgency is None else _words(urgency, "urgency", Urgency),
        sources=() if source is None else _words(source, "source", Source),
        opened_from=None if from_ is None else read_moment(from_, "from"),
        opened_to=None if to is None else read_moment(to, "to", end=True),
    )


async def desk_filter(
    wanted: Annotated[EventFilter, Depends(event_filter)],
    box: Annotated[str | None, Query(description=f"of {', '.join(BOXES)}", max_length=20)] = None,
    due: Annotated[str | None, Query(description="overdue, or soon: within a day", max_length=20)] = None,
    handler: Annotated[str | None, Query(description="me: assigned to whoever asks", max_length=20)] = None,
    department: Annotated[str | None, Query(description="its code", max_length=40)] = None,
    sort: Annotated[str | None, Query(description="newest, or due: what is due first", max_length=20)] = None,
) -> EventFilter:
    """The same filter with what a desk asks besides: a box, what is due, whose it is."""
    return replace(
        wanted,
        box=_one(box, "box", BOXES),
        due=_one(due, "due", DUE),
        mine=_one(handler, "handler", ("me",)) is not None,
        department=None if department is None else read_text(department, "department"),
        by_due=_one(sort, "sort", ("newest", "due")) == "due",
    )


FilterDep = Annotated[EventFilter, Depends(desk_filter)]
