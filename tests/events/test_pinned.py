"""The bytes that are hashed are pinned, and the database builds the same ones as Python."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from gis.events.canonical import canonical_report, log_bytes, log_hash, report_hash
from gis.events.tracking import check_digit, event_number
from gis.events.validate import validate_report
from tests.events.reports import full_report, report

ID = "0194fdc2-fa2f-7cc0-81d3-ff12045b73c8"
AT = datetime(2026, 11, 22, 1, 2, 3, 456789, UTC)


def test_canonical_bytes_of_a_report_are_pinned() -> None:
    raw = report(id=ID.upper(), address={"text": " 3 号楼 ", "building": None}, photos=[], urgency="normal")
    assert canonical_report(validate_report(raw)).decode() == (
        '{"accuracy_m":8.5,"address":{"text":"3 号楼"},"category":"gov-s:request:S0202","confidential":false,'
        '"coord_sys":"wgs84","id":"0194fdc2-fa2f-7cc0-81d3-ff12045b73c8","lat":45.76,"lon":126.62,"photos":[],'
        '"source":"resident_code","text":"单元门口有人飞线充电","urgency":"normal"}'
    )


def test_the_same_report_written_otherwise_hashes_the_same() -> None:
    raw = full_report(id=ID)
    other = {k: raw[k] for k in reversed(raw)} | {
        "occurred_at": "2026-11-22T00:00:00Z",
        "reported_at": "2026-11-22T00:05:00.250000Z",
        "text": raw["text"] + "\r\n",
    }
    assert report_hash(validate_report(raw)) == report_hash(validate_report(other))


@pytest.mark.parametrize(
    "change", [{"text": "别的"}, {"accuracy_m": 8.6}, {"confidential": False}, {"photos": []}]
)
def test_another_report_hashes_otherwise(change: dict[str, object]) -> None:
    raw = full_report(id=ID)
    assert report_hash(validate_report(raw)) != report_hash(validate_report(raw | change))


def test_bytes_of_a_log_row_are_pinned() -> None:
    row = log_bytes(
        uuid.UUID(ID), 2, AT, "post:网格员0317", "accept", "reported", "accepted", None, b"\x01\xff"
    )
    assert row.split(b"\x1f") == [
        b"wangge-log-1", ID.encode(), b"2", b"1795309323456789", "post:网格员0317".encode(), b"accept",
        b"reported", b"accepted", b"", b"01ff",
    ]  # fmt: skip


@pytest.mark.db
@pytest.mark.parametrize(
    ("before", "note", "prev"), [(None, None, None), ("reported", "挂账", b"\x01\xff" * 16)]
)
def test_the_database_hashes_the_same_row(
    session: Session, before: str | None, note: str | None, prev: bytes | None
) -> None:
    at = AT.astimezone(timezone(timedelta(hours=8)))
    row = (uuid.UUID(ID), 1, at, "post:网格员0317", "accept", before, "accepted", note, prev)
    names = ("event", "seq", "at", "actor", "action", "before", "after", "note", "prev")
    found = session.scalar(
        text(
            "SELECT log_hash(cast(:event AS uuid), :seq, :at, :actor, :action, :before, :after, :note, "
            "cast(:prev AS bytea))"
        ),
        dict(zip(names, row, strict=True)),
    )
    assert found == log_hash(*row)
    assert found == hashlib.sha256(log_bytes(*row)).digest()


@pytest.mark.db
@pytest.mark.parametrize("digits", ["", "0", "572", "230199261122000123", "9" * 18])
def test_the_database_gives_the_same_check_digit(session: Session, digits: str) -> None:
    assert session.scalar(text("SELECT check_digit(:d)"), {"d": digits}) == check_digit(digits)


@pytest.mark.db
@pytest.mark.parametrize(
    ("area", "sequence"), [("230199001001001", 1), ("23", 999_999), ("23", 1_000_000), ("TAZ-12", 77)]
)
def test_the_database_writes_the_same_event_number(session: Session, area: str, sequence: int) -> None:
    day = date(2026, 2, 3)
    found = session.scalar(
        text("SELECT event_number(:area, :day, :sequence)"), {"area": area, "day": day, "sequence": sequence}
    )
    assert found == event_number(area, day, sequence)


@pytest.mark.db
@pytest.mark.parametrize(
    "change", ["UPDATE event_log SET note = 'x'", "DELETE FROM event_log", "TRUNCATE event_log"]
)
def test_the_log_cannot_be_changed(session: Session, change: str) -> None:
    with pytest.raises((IntegrityError, DBAPIError), match="append-only"):
        session.execute(text(change))
