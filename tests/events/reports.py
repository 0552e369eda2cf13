"""Well-formed reports for the tests, as JSON values."""

from __future__ import annotations

import secrets
import time
import uuid
from typing import Any

LON, LAT = 126.62, 45.76


def uuid7() -> str:
    millis = time.time_ns() // 1_000_000
    value = (millis << 80) | (7 << 76) | (secrets.randbits(12) << 64) | (0b10 << 62) | secrets.randbits(62)
    return str(uuid.UUID(int=value))


def report(**changes: Any) -> dict[str, Any]:
    """A small valid report; a change to None leaves the member out."""
    plain: dict[str, Any] = {
        "id": uuid7(),
        "category": "gov-s:request:S0202",
        "text": "单元门口有人飞线充电",
        "geometry": {"type": "Point", "coordinates": [LON, LAT]},
        "coord_sys": "wgs84",
        "accuracy_m": 8.5,
    }
    return {k: v for k, v in (plain | changes).items() if v is not None}


def full_report(**changes: Any) -> dict[str, Any]:
    """A valid report with every member."""
    return report(
        address={"text": "白桦街道 3 号楼", "compound": "X1", "building": "B1", "entrance": "E1"},
        occurred_at="2024-11-22T08:00:00+08:00",
        reported_at="2024-11-22T08:05:00.25+08:00",
        urgency="urgent",
        source="grid_worker",
        contact={"name": "网格员0317", "phone": "000-12345678"},
        confidential=True,
        photos=["0" * 64],
    ) | changes  # fmt: skip
