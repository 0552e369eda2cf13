"""The events room's reading and writing of single reports; a hot path is one named statement."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from gis.db.sql import load
from gis.events.locating import Place
from gis.events.model import Address, Contact, NewReport

PACKAGE = "gis.events"
LOCAL_ZONE = "Asia/Shanghai"  # one time zone in the whole country; event numbers carry its calendar day


@dataclass(frozen=True, slots=True)
class Earlier:
    """A report already stored under an id: the hash of its body and the answer it was given.

    `foreign`: another account sent it than the one that asks now.
    """

    body_sha256: bytes
    receipt: bytes
    foreign: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What the codes of a report stand for (null: no such thing), and what is stored under its id already.

    `building_of_entrance`, `compound_of_building` and `compound_of_entrance` are where these belong.
    """

    category_id: int | None
    compound_id: int | None
    building_id: int | None
    entrance_id: int | None
    compound_of_building: int | None
    building_of_entrance: int | None
    compound_of_entrance: int | None
    earlier: Earlier | None


def earlier_report(session: Session, report_id: uuid.UUID) -> Earlier | None:
    """The report already stored under this id."""
    row = session.execute(load(PACKAGE, "earlier_report"), {"id": report_id}).one_or_none()
    return None if row is None else Earlier(bytes(row.body_sha256), row.receipt.encode(), row.foreign)


def intake_facts(session: Session, report: NewReport) -> Facts:
    """Category, compound, building and entrance by their codes; an earlier report under the same id."""
    address = report.address or Address()
    row = session.execute(
        load(PACKAGE, "intake_facts"),
        {
            "id": report.id,
            "scheme": report.category.scheme,
            "kind": report.category.kind,
            "code": report.category.code,
            "compound": address.compound,
            "building": address.building,
            "entrance": address.entrance,
        },
    ).one()
    earlier = None
    if row.earlier_sha256 is not None:
        earlier = Earlier(bytes(row.earlier_sha256), row.earlier_receipt.encode(), row.earlier_foreign)
    return Facts(
        row.category_id,
        row.compound_id,
        row.building_id,
        row.entrance_id,
        row.compound_of_building,
        row.building_of_entrance,
        row.compound_of_entrance,
        earlier,
    )


def take_in(
    session: Session,
    report: NewReport,
    *,
    body_sha256: bytes,
    event_id: uuid.UUID,
    tracking_code: str,
    facts: Facts,
    place: Place,
) -> bytes | None:
    """Write the report, its event, the first log row and the audit; the receipt, or None when the id is taken."""
    row = session.execute(
        load(PACKAGE, "intake"),
        _report_values(report)
        | {
            "zone": LOCAL_ZONE,
            "body_sha256": body_sha256,
            "event_id": event_id,
            "tracking_code": tracking_code,
            "category_id": facts.category_id,
            "compound_id": facts.compound_id,
            "building_id": facts.building_id,
            "entrance_id": facts.entrance_id,
            "lon": place.lon,
            "lat": place.lat,
            "grid_id": place.grid_id,
            "scope_area_id": place.scope_area_id,
            "scope_code": place.scope_code,
            "method": place.method,
            "border_distance_m": place.border_distance_m,
            "confirm": place.confirm,
        },
    ).one_or_none()
    return None if row is None else row.receipt.encode()


def _report_values(report: NewReport) -> dict[str, Any]:
    contact = report.contact or Contact()
    return {
        "id": report.id,
        "source": str(report.source),
        "text": report.text,
        "address": report.address.text if report.address else None,
        "raw_lon": report.lon,
        "raw_lat": report.lat,
        "coord_sys": report.coord_sys,
        "accuracy_m": report.accuracy_m,
        "urgency": str(report.urgency),
        "confidential": report.confidential,
        "occurred_at": report.occurred_at,
        "reported_at": report.reported_at,
        "contact_name": contact.name,
        "contact_phone": contact.phone,
        "photos": list(report.photos),
    }
