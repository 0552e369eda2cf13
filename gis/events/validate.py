"""From untrusted JSON to a report, or every reason why not; a pure function, fuzzed as such."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from gis.base.datum import CoordSys
from gis.base.errors import Invalid
from gis.events.model import Address, Contact, NewReport, Source, Urgency
from gis.events.readers import (
    choice_reader,
    read_bool,
    read_category,
    read_instant,
    read_natural_code,
    read_number,
    read_phone,
    read_photos,
    read_point,
    read_string,
    read_uuid7,
)

Reader = Callable[[object, str], Any]
LONGEST_TEXT = 2000
LONGEST_ADDRESS = 200
LONGEST_NAME = 50
LARGEST_ACCURACY_M = 100_000.0
CLOCK_TOLERANCE = timedelta(minutes=5)
FARTHEST_AHEAD = timedelta(
    days=2
)  # a wrong zone, or a wrong day; beyond it no moment of the report means anything


def _text(longest: int) -> Reader:
    return lambda value, field: read_string(value, field, longest=longest)


def _accuracy(value: object, field: str) -> float:
    return read_number(value, field, least=0.0, most=LARGEST_ACCURACY_M)


def _members(value: object, field: str, readers: Mapping[str, Reader]) -> dict[str, Any]:
    """The members of a nested object; null and absent are the same."""
    if not isinstance(value, Mapping):
        raise Invalid("not_object", f"{field}：应为对象", f"{field}: must be an object", field=field)
    for key in value:
        if key not in readers:
            raise _unknown(f"{field}.{key}")
    return {k: readers[k](v, f"{field}.{k}") for k, v in value.items() if v is not None}


def _address(value: object, field: str) -> Address | None:
    readers: dict[str, Reader] = {
        "text": _text(LONGEST_ADDRESS),
        "compound": read_natural_code,
        "building": read_natural_code,
        "entrance": read_natural_code,
    }
    members = _members(value, field, readers)
    return Address(**members) if members else None


def _contact(value: object, field: str) -> Contact | None:
    members = _members(value, field, {"name": _text(LONGEST_NAME), "phone": read_phone})
    return Contact(**members) if members else None


def _caller(value: object, field: str) -> Contact:
    """Who called or came; an empty object is somebody who did not say."""
    return Contact(**_members(value, field, {"name": _text(LONGEST_NAME), "phone": read_phone}))


def _unknown(field: str) -> Invalid:
    shown = field[:80].encode("utf-8", "replace").decode()
    return Invalid("unknown_key", f"未知的键：{shown}", f"unknown key: {shown}", field=shown)


READERS: dict[str, Reader] = {
    "id": read_uuid7,
    "category": read_category,
    "text": _text(LONGEST_TEXT),
    "geometry": read_point,
    "coord_sys": choice_reader(CoordSys),
    "accuracy_m": _accuracy,
    "address": _address,
    "occurred_at": read_instant,
    "reported_at": read_instant,
    "urgency": choice_reader(Urgency),
    "source": choice_reader(Source),
    "contact": _contact,
    "on_behalf_of": _caller,
    "confidential": read_bool,
    "photos": read_photos,
}
REQUIRED = ("id", "category", "text", "geometry", "coord_sys")


def validate_report(raw: object, now: datetime | None = None) -> NewReport:
    """The report in parsed JSON `raw`; `now` is the server's clock, for claims that lie in the future.

    Raises `Invalid`: the first problem in the order of `READERS` gives code and field, and when there are
    more of them `facts["errors"]` lists all.
    """
    if not isinstance(raw, Mapping):
        raise Invalid("not_object", "上报内容应为 JSON 对象", "A report is a JSON object")
    errors = [_unknown(str(key)) for key in raw if key not in READERS]
    values: dict[str, Any] = {}
    for field, read in READERS.items():
        if raw.get(field) is None:
            if field in REQUIRED:
                errors.append(Invalid("missing", f"缺少 {field}", f"{field} is missing", field=field))
            continue
        try:
            values[field] = read(raw[field], field)
        except Invalid as error:
            errors.append(error)
    if errors:
        raise _joined(errors)
    return _report(values, now or datetime.now(UTC))


def _joined(errors: list[Invalid]) -> Invalid:
    first = errors[0]
    facts = dict(first.facts)
    if len(errors) > 1:
        facts["errors"] = [
            {"field": e.field, "code": e.code, "detail": e.zh, "detail_en": e.en} for e in errors[:50]
        ]
    return Invalid(first.code, first.zh, first.en, field=first.field, **facts)


def _report(values: dict[str, Any], now: datetime) -> NewReport:
    lon, lat = values.pop("geometry")
    reported, occurred = values.get("reported_at"), values.get("occurred_at")
    if reported is not None and occurred is not None and occurred > reported:
        raise Invalid(
            "occurred_after_reported",
            "发生时间晚于上报时间",
            "occurred_at is later than reported_at",
            field="occurred_at",
        )
    if reported is not None and reported > now + FARTHEST_AHEAD:
        raise Invalid(
            "reported_in_future",
            "上报时间比服务器时钟晚两天以上，请校准设备的时钟",
            "reported_at is more than two days ahead of our clock; set the clock of the device",
            field="reported_at",
        )
    # A device whose clock is wrong says so by `reported_at`, against which it was measured; others use ours.
    if reported is None and occurred is not None and occurred > now + CLOCK_TOLERANCE:
        raise Invalid(
            "occurred_in_future",
            "发生时间在未来",
            "occurred_at lies in the future",
            field="occurred_at",
        )
    if values.get("contact") is not None and values.get("on_behalf_of") is not None:
        raise Invalid(
            "contact_twice",
            "代他人上报时，联系方式写在 on_behalf_of 中",
            "On behalf of somebody, the contact belongs into on_behalf_of",
            field="contact",
        )
    values["coord_sys"] = str(values["coord_sys"])
    return NewReport(lon=lon, lat=lat, **values)
