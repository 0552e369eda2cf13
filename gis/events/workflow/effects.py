"""What a command sets, read from its members: codes become ids, anything unknown is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.base.errors import Invalid
from gis.db.sql import load
from gis.events.duplicates.merging import merge_target
from gis.events.intake_placing import placed
from gis.events.standards.filing import check_closing, file_under, refile_under
from gis.events.workflow.evidence import require_photos
from gis.events.workflow.model import Command

PACKAGE = "gis.events.workflow"
HERE = ZoneInfo("Asia/Shanghai")
LONGEST = timedelta(days=365)
CARDS = ("yellow", "red", "black")
MOST_DEPARTMENTS = 10
Changes = dict[str, Any]


def changes_of(session: Session, command: Command) -> Changes:
    """The columns of the event that the command sets, by name; the database knows which it may set."""
    effect = EFFECTS.get(command.name)
    return {} if effect is None else effect(session, command)


def _unknown(field: str, value: object) -> Invalid:
    return Invalid(
        f"unknown_{field}", f"没有此项：{str(value)[:80]}", f"There is no such {field}: {str(value)[:80]}", field=field
    )  # fmt: skip


def _text(data: Mapping[str, Any], field: str) -> str:
    value = data[field]
    if not isinstance(value, str) or not value.strip():
        raise Invalid("not_text", f"{field}：应为文字", f"{field}: must be text", field=field)
    return value.strip()


def _department(session: Session, value: object) -> int:
    """By its code; a rule names it by its id."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = session.scalar(load(PACKAGE, "department_named"), {"code": str(value)})
    if found is None:
        raise _unknown("department", value)
    return int(found)


def _handler(session: Session, command: Command) -> int:
    name = _text(command.data, "handler")
    found = session.scalar(load(PACKAGE, "handler_named"), {"event": command.event_id, "name": name})
    if found is None:
        raise Invalid(
            "unknown_handler",
            f"没有可承办此事件的账户：{name[:80]}",
            f"Nobody of this name may handle the event: {name[:80]}",
            field="handler",
        )
    return int(found)


def _dispatch(session: Session, command: Command) -> Changes:
    return {"department_id": _department(session, command.data["department"])}


def _assign(session: Session, command: Command) -> Changes:
    return {"handler_id": _handler(session, command)}


def _file(session: Session, command: Command) -> Changes:
    """Where its category has conditions at its place it is filed under one of them."""
    standard = file_under(session, command.event_id, command.data)
    return {} if standard is None else {"standard_id": standard}


def _close(session: Session, command: Command) -> Changes:
    """What was filed under a standard closes by it; what nobody sampled the system closes. Both wait for photos."""
    if session.scalar(text("SELECT told('as_system')")) != "on":
        check_closing(session, command.event_id, command.data, command.id)
    require_photos(session, command.event_id, command.id)
    return {}


def _send_down(session: Session, command: Command) -> Changes:
    code = _text(command.data, "area")
    found = session.scalar(load(PACKAGE, "area_code"), {"code": code})
    if found is None:
        raise _unknown("area", code)
    return {"level_area_id": found}


def _supervise(_: Session, command: Command) -> Changes:
    if command.data["card"] not in CARDS:
        raise _unknown("card", command.data["card"])
    return {"supervised": command.data["card"]}


def _merge(session: Session, command: Command) -> Changes:
    by_system = session.scalar(text("SELECT told('as_system')")) == "on"
    target = merge_target(session, command.event_id, command.data["into"], by_system=by_system)
    return {"merged_into": str(target)}


def _co_handle(session: Session, command: Command) -> Changes:
    codes = command.data["departments"]
    if not isinstance(codes, list | tuple) or not 0 < len(codes) <= MOST_DEPARTMENTS:
        raise _unknown("departments", codes)
    return {"co_departments": sorted({_department(session, code) for code in codes})}


def latest_until(session: Session) -> date:
    """The last day a suspension asked for now may last."""
    now: datetime = session.scalar(text("SELECT workflow_now()"))
    return now.astimezone(HERE).date() + LONGEST


def _until(session: Session, command: Command) -> Changes:
    """A date or an instant, a year ahead at the most; the clocks read it from the details."""
    try:
        until = datetime.fromisoformat(_text(command.data, "until"))
    except ValueError:
        raise Invalid("bad_time", "日期无效", "This is no date", field="until") from None
    last = latest_until(session)
    if (until.astimezone(HERE) if until.tzinfo else until).date() > last:
        raise Invalid(
            "suspended_too_long",
            f"挂账至多一年，截止日不得晚于 {last}；到期后仍需等待的，请另行处理",
            f"A suspension lasts a year at the most, until {last}",
            field="until",
            latest=last.isoformat(),
        )
    return {}


def _correct(session: Session, command: Command) -> Changes:
    changes: Changes = {}
    if (key := command.data.get("category")) is not None:
        parts = str(key).split(":")
        values = dict(zip(("scheme", "kind", "code"), parts, strict=False))
        found = session.scalar(load(PACKAGE, "category_key"), values) if len(parts) == 3 else None
        if found is None:
            raise _unknown("category", key)
        changes["category_id"] = found
    changes |= refile_under(session, command.event_id, command.data, changes.get("category_id"))
    return changes | placed(session, command.event_id, command.data)


EFFECTS: dict[str, Callable[[Session, Command], Changes]] = {
    "dispatch": _dispatch,
    "assign": _assign,
    "file": _file,
    "close": _close,
    "send_down": _send_down,
    "supervise": _supervise,
    "merge": _merge,
    "co_handle": _co_handle,
    "co_release": _co_handle,
    "request_suspension": _until,
    "suspend": _until,
    "correct": _correct,
}
