"""Hearing a sensor: who signed, when, whether it was heard before, and which event its alarm belongs to."""

from __future__ import annotations

import hashlib
import json
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.accounts.audit import record
from gis.accounts.secret import unseal
from gis.base.errors import Invalid, Unauthenticated
from gis.base.ids import uuid7
from gis.db.engine import unit_of_work
from gis.db.scope import Scope, scoped
from gis.db.sql import load
from gis.events.model import CategoryKey, NewReport, Source, Urgency
from gis.events.readers import read_instant, read_string
from gis.events.service import file_in, offer
from gis.events.tracking import new_tracking_code
from gis.jobs.signing import is_fresh, is_signed
from gis.settings import Settings

PACKAGE = "gis.events.sensors"
PURPOSE = "sensor key"
LONGEST_NOTE = 500
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Signed:
    """A request as it came: the code of the sensor, its clock (Unix seconds, as sent), signature and raw body."""

    code: str
    timestamp: str
    signature: str
    body: bytes
    address: str | None = None
    trace_id: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """The event an alarm belongs to: its number, its alarms by now, whether it is new, whether it was heard before."""

    event_number: str
    alarms: int
    new: bool
    replay: bool


def hear(engine: Engine, settings: Settings, signed: Signed, now: float | None = None) -> Heard:
    """Take an alarm. One storm is one event with a counter; the same request again changes nothing.

    It is signed under the key of the sensor as `gis.jobs.signing` does: a recording of it is soon worth nothing.
    `engine` has no scope of its own need. Raises `Unauthenticated` (`bad_signature`) for whatever proves nothing, an
    unknown sensor included, `Unauthenticated` (`stale_signature`) outside the window, and what a report raises.
    """
    with unit_of_work(scoped(engine, _nobody(signed))) as session:
        row = session.execute(load(PACKAGE, "sensor_told"), {"code": signed.code[:40]}).one_or_none()
    key = None if row is None else unseal(settings, PURPOSE, bytes(row.key_sealed))
    told_at = _verify(key, signed, time.time() if now is None else now)
    assert row is not None
    note, occurred_at = _read(signed.body)
    mark = hashlib.sha256(f"{told_at} {signed.signature}".encode()).digest()
    with unit_of_work(scoped(engine, _of_sensor(signed, row.scope_area_id))) as session:
        found = session.execute(load(PACKAGE, "sensor_alarm"), {"sensor": row.id, "mark": mark}).one_or_none()
        if found is None:
            return _begin(session, signed, row, mark, note, occurred_at)
        if not found.heard:
            details = {"alarms": found.alarms, "event": str(found.event_id)}
            record(session, "sensor.alarm", "sensor", signed.code, area_id=row.scope_area_id, details=details)
        return Heard(found.number, found.alarms, new=False, replay=found.heard)


def _verify(key: bytes | None, signed: Signed, now: float) -> int:
    """When it was signed; whoever cannot prove it is refused."""
    told_at = int(signed.timestamp) if _SECONDS.fullmatch(signed.timestamp) else None
    # A sensor nobody knows costs the same work and gets the same answer.
    good = is_signed(key or bytes(32), told_at or 0, signed.body, signed.signature)
    if key is None or told_at is None or not good:
        raise Unauthenticated(
            "bad_signature",
            "签名有误、设备未登记或已停用",
            "The signature is wrong, or the sensor is not registered or is disabled",
        )
    if not is_fresh(told_at, now):
        raise Unauthenticated(
            "stale_signature",
            "时间戳超出五分钟，请校准设备时钟",
            "The timestamp is more than five minutes off; set the clock of the sensor",
            field="Wangge-Timestamp",
        )
    return told_at


def _read(body: bytes) -> tuple[str | None, datetime | None]:
    """The note and the time in a body: an object of `note` and `occurred_at`, both optional; or nothing."""
    if not body:
        return None, None
    try:
        told: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise Invalid("bad_json", "不是合法的 JSON", "not valid JSON") from None
    if not isinstance(told, dict):
        raise Invalid("not_object", "应为 JSON 对象", "must be a JSON object")
    if unknown := sorted(set(told) - {"note", "occurred_at"}):
        shown = unknown[0][:80]
        raise Invalid("unknown_key", f"未知的键：{shown}", f"unknown key: {shown}", field=shown)
    note, at = told.get("note"), told.get("occurred_at")
    return (
        None if note is None else read_string(note, "note", longest=LONGEST_NOTE),
        None if at is None else read_instant(at, "occurred_at"),
    )


def _begin(
    session: Session, signed: Signed, row: Any, mark: bytes, note: str | None, occurred_at: datetime | None
) -> Heard:
    report = NewReport(
        id=uuid7(),
        category=CategoryKey(*row.category.split(":")),
        text=row.text if note is None else f"{row.text}：{note}",
        lon=row.lon,
        lat=row.lat,
        coord_sys="wgs84",
        reported_at=datetime.fromtimestamp(int(signed.timestamp), UTC),
        occurred_at=occurred_at,
        urgency=Urgency(row.urgency),
        source=Source.SENSOR,
    )
    scope = _of_sensor(signed, row.scope_area_id)
    receipt = json.loads(file_in(session, offer(report, scope, new_tracking_code())).body)
    session.execute(
        load(PACKAGE, "sensor_begins"), {"sensor": row.id, "mark": mark, "event": receipt["event"]}
    )
    return Heard(receipt["event_number"], 1, new=True, replay=False)


def _nobody(signed: Signed) -> Scope:
    return Scope("anonymous", address=signed.address, trace_id=signed.trace_id)


def _of_sensor(signed: Signed, area: int) -> Scope:
    """A sensor comes through a door of the staff, for the area it stands in alone."""
    return Scope(
        f"sensor:{signed.code}",
        address=signed.address,
        trace_id=signed.trace_id,
        areas={"events.read": (area,)},
    )
