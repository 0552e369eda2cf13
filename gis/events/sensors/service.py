"""The register of sensors: who may add one, what its key is, how long it is snoozed."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from gis.accounts.audit import record
from gis.accounts.secret import seal
from gis.areas.store import locate_served
from gis.base.datum import to_wgs84
from gis.base.errors import Conflict, Invalid, NotFound
from gis.db.engine import unit_of_work
from gis.db.scope import outside_scope
from gis.db.sql import load
from gis.db.visible import holds_area, scope_of_session
from gis.events.model import CategoryKey
from gis.events.sensors.hearing import PACKAGE, PURPOSE
from gis.settings import Settings

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class NewSensor:
    """A sensor to be registered: what its alarms are about, where it stands, in which words they are told."""

    code: str
    name: str
    category: CategoryKey
    lon: float
    lat: float
    coord_sys: str
    text: str
    urgency: str = "normal"
    snooze_s: int = 3600


@dataclass(frozen=True, slots=True)
class SensorRow:
    """A sensor of the register, with the alarms and events there were."""

    code: str
    name: str
    category: str
    category_zh: str
    category_en: str | None
    lon: float
    lat: float
    scope: str
    scope_name: str
    text: str
    urgency: str
    snooze_s: int
    enabled: bool
    created_at: datetime
    alarms: int
    events: int
    last_at: datetime | None


def add_sensor(engine: Engine, settings: Settings, new: NewSensor) -> str:
    """Register a sensor; its key as 64 hexadecimal digits, which is told this once.

    Raises `Invalid` (`bad_code`, `unknown_category`, `outside_service_area`), `Forbidden` (`outside_scope`) for a
    place whose rules the caller does not edit, `Conflict` (`code_taken`).
    """
    if not _CODE.fullmatch(new.code):
        raise Invalid("bad_code", "code：不是有效的代码", "code: is not a code", field="code")
    key = secrets.token_bytes(32)
    lon, lat = to_wgs84(new.lon, new.lat, new.coord_sys)
    with unit_of_work(engine) as session:
        area = _area_of(session, lon, lat)
        values = asdict(new) | asdict(new.category) | {"lon": lon, "lat": lat, "area": area}
        values |= {
            "category": new.category.code,
            "code": new.code,
            "key_sealed": seal(settings, PURPOSE, key),
        }
        if not session.scalar(load("gis.events", "category_known"), asdict(new.category)):
            raise Invalid(
                "unknown_category",
                f"没有此事项类别：{new.category}",
                f"There is no such category: {new.category}",
                field="category",
            )
        if session.execute(load(PACKAGE, "sensor_add"), values).rowcount != 1:  # type: ignore[attr-defined]
            raise Conflict(
                "code_taken", f"代码已被使用：{new.code}", f"The code is taken: {new.code}", field="code"
            )
        record(session, "sensor.create", "sensor", new.code, area_id=area)
    return key.hex()


def list_sensors(engine: Engine) -> Sequence[SensorRow]:
    """Sensors of the areas whose rules the caller edits, by code."""
    with unit_of_work(engine) as session:
        return [SensorRow(**row._asdict()) for row in session.execute(load(PACKAGE, "sensor_list"))]


def change_sensor(engine: Engine, code: str, *, enabled: bool | None, snooze_s: int | None) -> None:
    """Switch a sensor on or off, or change its snooze. NotFound `no_such_sensor`."""
    with unit_of_work(engine) as session:
        values = {"code": code, "enabled": enabled, "snooze_s": snooze_s}
        area = session.scalar(load(PACKAGE, "sensor_change"), values)
        if area is None:
            raise NotFound("no_such_sensor", "没有这个设备", "There is no such sensor")
        details = {"enabled": enabled, "snooze_s": snooze_s}
        record(session, "sensor.update", "sensor", code, area_id=area, details=details)


def _area_of(session: Session, lon: float, lat: float) -> int:
    _, area = locate_served(session, lon, lat)
    held = holds_area(scope_of_session(session), "rules.edit", "a.path")
    query = text(f"SELECT {held.sql} FROM area AS a WHERE a.id = :area")
    if not session.scalar(query, held.values | {"area": area}):
        raise outside_scope()
    return area
