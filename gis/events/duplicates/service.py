"""What a reporter is told of events that may be theirs, and “me too”.

Staff see events of their scope whole. Everybody else learns of open matters in public space what they are, how old,
and about how far, and gets a reference that serves for “me too” alone.
"""

from __future__ import annotations

import hashlib
import math
import re
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from gis.accounts.audit import record
from gis.accounts.secret import seal, unseal
from gis.base.datum import to_wgs84
from gis.base.errors import Conflict, Invalid, NotFound
from gis.db.engine import unit_of_work
from gis.db.scope import have_in_hand
from gis.db.sql import load, plan_by_values
from gis.db.visible import put_scope, scope_of_session
from gis.events.cells import cells_of
from gis.events.duplicates.score import LEAST, Part, Seen, parts_of, total
from gis.events.model import CategoryKey
from gis.events.readers import read_string
from gis.events.tracking import new_tracking_code
from gis.settings import Settings

PACKAGE = "gis.events.duplicates"
PURPOSE = "similar event"
REFERENCE_S = 24 * 3600
RADIUS_M = 250.0
WIDEST_M = 1000.0
ROUGH_M = 50
MOST = 10
_LOOK = re.compile(r"[0-9a-f]{16}|[0-9a-f]{64}", re.ASCII)
_DEVICE = re.compile(r"[A-Za-z0-9_\-]{16,80}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody has typed so far. `photo` is a difference hash (16 hex digits) or the SHA-256 of a sent photo."""

    lon: float
    lat: float
    coord_sys: str
    category: CategoryKey
    text: str | None = None
    photo: str | None = None
    radius_m: float = RADIUS_M


@dataclass(frozen=True, slots=True)
class Similar:
    """An event of the asker's scope: what a list tells of it, how like it is and of what parts that is made."""

    facts: dict[str, Any]
    score: float
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class Rough:
    """What everybody may know; `ref` serves for “me too”. `distance_m` is rounded, `age_days` whole."""

    ref: str
    category: str
    category_zh: str
    category_en: str | None
    distance_m: int
    age_days: int


@dataclass(frozen=True, slots=True)
class Voice:
    """The answer to “me too”: a tracking code of one's own, how many people say so, whether this one had before."""

    tracking_code: str
    people: int
    again: bool


def find_similar(engine: Engine, settings: Settings, typed: Typed) -> tuple[list[Similar], list[Rough]]:
    """Open events that may be what is being typed: those of the scope, best first, and rough ones beyond it.

    Raises `Invalid` (`bad_photo`, `unknown_category`).
    """
    if typed.photo is not None and not _LOOK.fullmatch(typed.photo):
        raise Invalid(
            "bad_photo",
            "photo：应为 16 位差异哈希或 64 位 SHA-256（小写十六进制）",
            "photo: must be a difference hash of 16 or a SHA-256 of 64 lower-case hexadecimal digits",
            field="photo",
        )
    values = _values(typed)
    with unit_of_work(engine) as session:
        _refuse_unknown(session, typed.category)
        plan_by_values(session)
        scope = scope_of_session(session)
        staff = scope is not None and (scope.maintenance or scope.permits("events.read"))
        whole = _whole(session, typed, values) if staff else []
        seen = {one.facts["id"] for one in whole}
        rows = session.execute(load(PACKAGE, "similar_public"), values).all()
    told = [one for one in whole if one.score >= LEAST]
    told.sort(key=lambda one: (-one.score, one.facts["distance_m"]))
    rough = [_rough(settings, values, row) for row in rows if str(row.id) not in seen]
    near = sorted((one for one in rough if one.distance_m <= typed.radius_m), key=lambda one: one.distance_m)
    return told[:MOST], near[:MOST]


def say_me_too(engine: Engine, settings: Settings, reference: str, device: object) -> Voice:
    """Say that an event is there, once for an account or else a device; it gives a tracking code of one's own.

    `reference` is what `find_similar` gave, or the id of an event of one's scope. An event that was merged counts
    for what it was merged into. Raises `NotFound` (`no_such_event`), `Invalid` (`bad_device`), `Conflict`
    (`event_finished`).
    """
    with unit_of_work(engine) as session:
        event = _event_of(session, settings, reference)
        row = session.execute(
            load(PACKAGE, "me_too"),
            {"event": event, "who": _who(session, device), "code": new_tracking_code()},
        ).one_or_none()
        if row is None:
            raise _missing()
        if row.finished:
            raise Conflict(
                "event_finished",
                "该事件已办结；如仍存在，请重新上报",
                "This event is finished; if it is still there, please report it anew",
            )
        record(session, "event.echo", "event", row.event_id, area_id=row.area, details={"again": row.again})
    return Voice(row.tracking_code, row.people, row.again)


def _values(typed: Typed) -> dict[str, Any]:
    lon, lat = to_wgs84(typed.lon, typed.lat, typed.coord_sys)
    high = typed.radius_m * 1.02 / 110_570.0
    wide = typed.radius_m * 1.02 / (111_300.0 * max(math.cos(math.radians(lat)), 0.01))
    cells = cells_of(lon - wide, lat - high, lon + wide, lat + high)
    category = typed.category
    return {
        "lon": lon, "lat": lat, "wide_deg": wide, "high_deg": high, "cells": cells, "radius_m": typed.radius_m,
        "scheme": category.scheme, "kind": category.kind, "code": category.code, "typed": typed.text,
    }  # fmt: skip


def _refuse_unknown(session: Session, category: CategoryKey) -> None:
    values = {"scheme": category.scheme, "kind": category.kind, "code": category.code}
    if not session.scalar(load("gis.events", "category_known"), values):
        raise Invalid(
            "unknown_category",
            f"没有此事项类别：{category}",
            f"There is no such category: {category}",
            field="category",
        )


def _whole(session: Session, typed: Typed, values: dict[str, Any]) -> list[Similar]:
    query, bound = put_scope(load(PACKAGE, "similar").text, scope_of_session(session))
    look = _look(session, typed.photo)
    found = []
    for row in session.execute(text(query), values | bound):
        seen = Seen(
            row.distance_m,
            row.age_days,
            row.related,
            row.text_likeness if typed.text else None,
            tuple(row.looks or ()),
        )
        parts = parts_of(seen, radius_m=typed.radius_m, look=look)
        facts = {
            "id": str(row.id), "number": row.number, "status": row.status, "urgency": row.urgency,
            "category": row.category, "category_zh": row.category_zh, "category_en": row.category_en,
            "text": row.text, "address": row.address, "opened_at": row.opened_at, "me_too": row.me_too,
            "distance_m": round(row.distance_m, 1), "photos": row.names or [],
        }  # fmt: skip
        found.append(Similar(facts, round(total(parts), 3), parts))
    return found


def _look(session: Session, photo: str | None) -> int | None:
    if photo is None:
        return None
    if len(photo) == 16:
        return signed(int(photo, 16))
    have_in_hand(session, photo=photo)
    found: int | None = session.scalar(load(PACKAGE, "look_of_photo"), {"sha256": photo})
    return found


def signed(look: int) -> int:
    """64 bits as the database keeps them."""
    return look - (1 << 64) if look >= 1 << 63 else look


def _rough(settings: Settings, values: dict[str, Any], row: Any) -> Rough:
    east = (row.lon - values["lon"]) * 111_300.0 * math.cos(math.radians(values["lat"]))
    north = (row.lat - values["lat"]) * 110_900.0
    about = ROUGH_M * max(1, round(math.hypot(east, north) / ROUGH_M))
    ref = seal(settings, PURPOSE, row.id.bytes).decode()
    return Rough(ref, row.category, row.category_zh, row.category_en, about, int(row.age_days))


def _event_of(session: Session, settings: Settings, reference: str) -> uuid.UUID:
    """The event a reference is of: one that was given out here, or an id of the scope."""
    opened = unseal(settings, PURPOSE, reference.encode("utf-8", "replace"), max_age_s=REFERENCE_S)
    if opened is not None:
        return uuid.UUID(bytes=opened)
    try:
        wanted = uuid.UUID(reference)
    except ValueError:
        raise _missing() from None
    query, bound = put_scope(load(PACKAGE, "event_seen").text, scope_of_session(session))
    if not session.scalar(text(query), bound | {"id": wanted}):
        raise _missing()
    return wanted


def _missing() -> NotFound:
    return NotFound("no_such_event", "没有这个事件", "There is no such event")


def _who(session: Session, device: object) -> bytes:
    scope = scope_of_session(session)
    if scope is not None and scope.account_id is not None:
        return hashlib.sha256(f"account {scope.account_id}".encode()).digest()
    if device is None:
        raise Invalid(
            "missing",
            "缺少 device：未登录者须给出设备自己生成的随机标识",
            "device is missing: without logging in, send a random token the device made",
            field="device",
        )
    token = read_string(device, "device", longest=80)
    if not _DEVICE.fullmatch(token):
        raise Invalid(
            "bad_device",
            "device：应为设备自己生成的随机标识（16 至 80 个字母或数字）",
            "device: must be a random token the device made, 16 to 80 letters or digits",
            field="device",
        )
    return hashlib.sha256(f"device {token}".encode()).digest()
