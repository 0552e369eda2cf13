"""The events room's writing of reports: one function of the database takes in one or many (`sql/intake.sql`)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from gis.areas.store import locate_parameters
from gis.db.asking import Asking
from gis.db.scope import Scope
from gis.db.sql import driver_text, load
from gis.events.model import Address, Contact, NewReport

PACKAGE = "gis.events"
LOCAL_ZONE = "Asia/Shanghai"  # one time zone in the whole country; event numbers carry its calendar day


@dataclass(frozen=True, slots=True)
class Offered:
    """A report on its way in: the hash of its body, the ids its event would get, and its place in WGS-84 degrees.

    `source` is the door it is kept under; None when its sender may not name that door.
    """

    report: NewReport
    body_sha256: bytes
    event_id: uuid.UUID
    tracking_code: str
    lon: float
    lat: float
    source: str | None


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an offered report: `new` or `again` with the receipt, `raced`, or what is wrong with it."""

    outcome: str
    receipt: bytes | None
    event_id: uuid.UUID | None = None
    scope_area_id: int | None = None


def take_in(session: Session, offered: Sequence[Offered], *, batch: uuid.UUID | None = None) -> list[Taken]:
    """Take in reports, each or none of them: report, event, log, contact, photos and audit; results in order.

    Many carry the id of their `batch`; the audit of it is their caller's to write. They are for staff alone.
    """
    return _taken(session.execute(load(PACKAGE, "take_in"), _values(offered, batch, None)).all())


async def take_in_alone(asking: Asking, scope: Scope | None, offered: Offered) -> Taken:
    """Take in one report, in this scope, by a statement that is the whole transaction.

    Asked twice it takes in one: the second time it answers `again`.
    """
    return _taken(await asking.once(driver_text(PACKAGE, "take_in"), _values([offered], None, scope)))[0]


def _values(offered: Sequence[Offered], batch: uuid.UUID | None, scope: Scope | None) -> dict[str, Any]:
    """What the function is told; the settings of a scope where no transaction has them."""
    return _fixed() | {
        "told": None if scope is None else json.dumps(scope.settings(), ensure_ascii=False),
        "items": json.dumps([_item(one) for one in offered], ensure_ascii=False),
        "most": len(offered),
        "batch": batch,
        "zone": LOCAL_ZONE,
    }


def _taken(rows: Sequence[Any]) -> list[Taken]:
    return [
        Taken(
            "raced" if row.raced else row.outcome,
            None if row.receipt is None else row.receipt.encode(),
            row.event_id,
            row.scope_area_id,
        )
        for row in rows
    ]


def earlier_receipt(session: Session, report_id: uuid.UUID, body_sha256: bytes) -> bytes | None:
    """The receipt stored under this id for this very body of this sender; None for any other."""
    found = session.scalar(load(PACKAGE, "earlier_report"), {"ids": [report_id], "bodies": [body_sha256]})
    return None if found is None else str(found).encode()


@cache
def _fixed() -> dict[str, Any]:
    """What locating is told of every point alike."""
    return {name: locate_parameters(0.0, 0.0)[name] for name in ("lonlat", "reach_m", "same_m")}


def _item(one: Offered) -> dict[str, Any]:
    report = one.report
    contact, address = report.on_behalf_of or report.contact or Contact(), report.address or Address()
    place = locate_parameters(one.lon, one.lat)
    return {
        "id": str(report.id),
        "body": one.body_sha256.hex(),
        "event_id": str(one.event_id),
        "tracking_code": one.tracking_code,
        "source": one.source,
        "scheme": report.category.scheme,
        "kind": report.category.kind,
        "code": report.category.code,
        "text": report.text,
        "address": address.text,
        "compound": address.compound,
        "building": address.building,
        "entrance": address.entrance,
        "raw_lon": report.lon,
        "raw_lat": report.lat,
        "coord_sys": report.coord_sys,
        "accuracy_m": report.accuracy_m,
        **{name: place[name] for name in ("lon", "lat", "plane_srid", "plane_proj", "wide_deg", "high_deg")},
        "urgency": str(report.urgency),
        "confidential": report.confidential,
        "occurred_at": _instant(report.occurred_at),
        "reported_at": _instant(report.reported_at),
        "contact_name": contact.name,
        "contact_phone": contact.phone,
        "on_behalf": report.on_behalf_of is not None,
        "photos": list(report.photos),
    }


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
