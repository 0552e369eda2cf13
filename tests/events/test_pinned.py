"""The bytes that are hashed are pinned, and the database builds the same ones as Python."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from gis.events.canonical import LogRow, canonical_report, log_bytes, log_hash, report_hash
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


def test_who_is_written_down_for_is_pinned_with_what_is_not_said() -> None:
    raw = report(id=ID, source="hotline", on_behalf_of={"name": "李四"})
    assert '"on_behalf_of":{"name":"李四","phone":null},' in canonical_report(validate_report(raw)).decode()


def test_the_same_report_written_otherwise_hashes_the_same() -> None:
    raw = full_report(id=ID)
    other = {k: raw[k] for k in reversed(raw)} | {
        "occurred_at": "2024-11-22T00:00:00Z",
        "reported_at": "2024-11-22T00:05:00.250000Z",
        "text": raw["text"] + "\r\n",
    }
    assert report_hash(validate_report(raw)) == report_hash(validate_report(other))


@pytest.mark.parametrize(
    "change", [{"text": "别的"}, {"accuracy_m": 8.6}, {"confidential": False}, {"photos": []}]
)
def test_another_report_hashes_otherwise(change: dict[str, object]) -> None:
    raw = full_report(id=ID)
    assert report_hash(validate_report(raw)) != report_hash(validate_report(raw | change))


def log_row(**changes: Any) -> LogRow:
    plain: dict[str, Any] = {
        "event_id": uuid.UUID(ID), "seq": 2, "at": AT, "actor": "acceptor_1", "account_id": 7, "action": "accept",
        "from_status": "reported", "to_status": "accepted", "round": 1, "note": None,
        "details": {"reason": "重复", "distance_m": 12.5, "data": {"until": "2026-12-01", "b": [1, None, True]}},
        "command_id": uuid.UUID(ID), "prev_hash": b"\x01\xff",
    }  # fmt: skip
    return LogRow(**(plain | changes))


def test_bytes_of_a_log_row_are_pinned() -> None:
    assert log_bytes(log_row()).split(b"\x1f") == [
        b"wangge-log-2", ID.encode(), b"2", b"1795309323456789", b"acceptor_1", b"7", b"accept", b"reported",
        b"accepted", b"1", b"",
        '{"data": {"b": [1, null, true], "until": "2026-12-01"}, "reason": "重复", "distance_m": 12.5}'.encode(),
        ID.encode(), b"01ff",
    ]  # fmt: skip


@pytest.mark.db
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"from_status": None, "to_status": "reported", "prev_hash": None, "details": {}, "account_id": None},
        {"note": "挂账", "round": 3, "prev_hash": b"\x01\xff" * 16, "command_id": None},
    ],
    ids=["step", "report", "note"],
)
def test_the_database_hashes_the_same_row(session: Session, changes: dict[str, Any]) -> None:
    row = log_row(at=AT.astimezone(timezone(timedelta(hours=8))), **changes)
    values = asdict(row) | {"details": json.dumps(row.details)}
    found = session.scalar(
        text(
            "SELECT log_hash(cast(:event_id AS uuid), :seq, :at, :actor, :account_id, :action, :from_status, :to_status,"
            " :round, :note, cast(:details AS jsonb), cast(:command_id AS uuid), cast(:prev_hash AS bytea))"
        ),
        values,
    )
    assert found == log_hash(row)
    assert found == hashlib.sha256(log_bytes(row)).digest()


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
