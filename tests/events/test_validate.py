"""Every bad report has its own code; nothing is coerced; nothing raises anything but a named refusal."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.base.errors import Invalid
from gis.events.model import NewReport
from gis.events.validate import READERS, validate_report
from tests.events.reports import LAT, LON, full_report, report


def point(*ordinates: Any) -> dict[str, Any]:
    return {"geometry": {"type": "Point", "coordinates": list(ordinates)}}


BAD: list[tuple[str, str, str | None, dict[str, Any]]] = [
    ("null longitude", "coordinate_null", "geometry.coordinates", point(None, LAT)),
    ("null latitude", "coordinate_null", "geometry.coordinates", point(LON, None)),
    ("null pair", "coordinate_null", "geometry.coordinates", {"geometry": {"type": "Point", "coordinates": None}}),
    ("no pair", "coordinate_null", "geometry.coordinates", {"geometry": {"type": "Point"}}),
    ("empty", "geometry_empty", "geometry.coordinates", point()),
    ("one ordinate", "geometry_incomplete", "geometry.coordinates", point(LON)),
    ("three", "geometry_3d", "geometry.coordinates", point(LON, LAT, 120.0)),
    ("null third", "coordinate_null", "geometry.coordinates", point(LON, LAT, None)),
    ("string", "coordinate_not_number", "geometry.coordinates", point("126.6", LAT)),
    ("NaN as text", "coordinate_not_number", "geometry.coordinates", point("NaN", LAT)),
    ("bool", "coordinate_not_number", "geometry.coordinates", point(True, LAT)),
    ("nested", "coordinate_not_number", "geometry.coordinates", point([LON, LAT])),
    ("object", "coordinate_not_number", "geometry.coordinates", {"geometry": {"type": "Point", "coordinates": {}}}),
    ("NaN", "bad_coordinate", "geometry.coordinates", point(math.nan, LAT)),
    ("infinite", "bad_coordinate", "geometry.coordinates", point(math.inf, LAT)),
    ("beyond a float", "bad_coordinate", "geometry.coordinates", point(10**400, LAT)),
    ("off the earth", "bad_coordinate", "geometry.coordinates", point(999.0, 999.0)),
    ("swapped", "swapped_axes", "geometry.coordinates", point(LAT, LON)),
    ("no geometry", "missing", "geometry", {"geometry": None}),
    ("line", "geometry_type", "geometry", {"geometry": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}}),
    ("collection", "geometry_type", "geometry", {"geometry": {"type": "GeometryCollection", "geometries": []}}),
    ("wkt", "geometry_type", "geometry", {"geometry": "POINT(126 45)"}),
    ("crs", "geometry_crs", "geometry", {"geometry": {"type": "Point", "coordinates": [LON, LAT], "crs": {}}}),
    ("key in geometry", "unknown_key", "geometry.z", {"geometry": {"type": "Point", "coordinates": [1, 2], "z": 3}}),
    ("unknown key", "unknown_key", "status", {"status": "closed"}),
    ("key in address", "unknown_key", "address.grid", {"address": {"grid": "1"}}),
    ("no datum", "missing", "coord_sys", {"coord_sys": None}),
    ("datum", "unknown_coord_sys", "coord_sys", {"coord_sys": "wgs72"}),
    ("datum case", "unknown_coord_sys", "coord_sys", {"coord_sys": "WGS84"}),
    ("accuracy negative", "out_of_range", "accuracy_m", {"accuracy_m": -1}),
    ("accuracy NaN", "out_of_range", "accuracy_m", {"accuracy_m": math.nan}),
    ("accuracy bool", "not_number", "accuracy_m", {"accuracy_m": True}),
    ("accuracy text", "not_number", "accuracy_m", {"accuracy_m": "8"}),
    ("id 4", "not_uuid7", "id", {"id": "9f4d2c5e-0d61-4f0c-9a53-4fbe3a9f3c1a"}),
    ("id braces", "not_uuid7", "id", {"id": "{0194fdc2-fa2f-7cc0-81d3-ff12045b73c8}"}),
    ("id short", "not_uuid7", "id", {"id": "0194fdc2"}),
    ("id number", "not_uuid7", "id", {"id": 7}),
    ("no id", "missing", "id", {"id": None}),
    ("category", "bad_category", "category", {"category": "S0202"}),
    ("category object", "bad_category", "category", {"category": {"code": "S0202"}}),
    ("text empty", "text_empty", "text", {"text": " \n "}),
    ("text long", "text_too_long", "text", {"text": "网" * 2001}),
    ("text huge", "text_too_long", "text", {"text": "网" * 20_001}),
    ("text NUL", "bad_character", "text", {"text": "a\x00b"}),
    ("text lone surrogate", "bad_character", "text", {"text": "a\ud800b"}),
    ("text separator", "bad_character", "text", {"text": "a\x1fb"}),
    ("text separator at its end", "bad_character", "text", {"text": "a\x1f"}),
    ("text next line at its beginning", "bad_character", "text", {"text": "\x85a"}),
    ("text override", "bad_text", "text", {"text": "abc\u202edef"}),
    ("text isolate", "bad_text", "text", {"text": "abc\u2066def"}),
    ("name embedding", "bad_text", "contact.name", {"contact": {"name": "王\u202a"}}),
    ("text zero width", "text_empty", "text", {"text": "\u200b\u200d\ufeff"}),
    ("text blanks", "text_empty", "text", {"text": "\u3164\u2800 \u200b"}),
    ("name zero width", "text_empty", "contact.name", {"contact": {"name": "\u200b"}}),
    ("text list", "not_text", "text", {"text": ["a"]}),
    ("time without offset", "bad_time", "occurred_at", {"occurred_at": "2026-11-22T08:00:00"}),
    ("time month", "bad_time", "occurred_at", {"occurred_at": "2026-13-22T08:00:00Z"}),
    ("time number", "bad_time", "reported_at", {"reported_at": 1_700_000_000}),
    ("time far", "bad_time", "reported_at", {"reported_at": "9999-12-31T23:59:59Z"}),
    ("order", "occurred_after_reported", "occurred_at",
     {"occurred_at": "2026-11-22T09:00:00Z", "reported_at": "2026-11-22T08:00:00Z"}),
    ("urgency", "unknown_urgency", "urgency", {"urgency": "red"}),
    ("source", "unknown_source", "source", {"source": "root"}),
    ("confidential", "not_bool", "confidential", {"confidential": "true"}),
    ("contact", "not_object", "contact", {"contact": "000-1234"}),
    ("phone", "bad_phone", "contact.phone", {"contact": {"phone": "call me"}}),
    ("photos", "bad_photos", "photos", {"photos": "0" * 64}),
    ("photos many", "bad_photos", "photos", {"photos": [f"{i:064x}" for i in range(7)]}),
    ("photo name", "bad_sha256", "photos", {"photos": ["../../etc/passwd"]}),
    ("photo twice", "photo_twice", "photos", {"photos": ["0" * 64, "0" * 64]}),
    ("building", "bad_code", "address.building", {"address": {"building": "a b"}}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "field", "changes"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_bad_report_has_its_own_code(code: str, field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        validate_report(report(**changes))
    assert (caught.value.code, caught.value.field) == (code, field)
    assert caught.value.zh
    assert caught.value.en


def test_what_happened_lies_not_in_the_future() -> None:
    now = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)

    def occurred(minutes: float, **more: Any) -> NewReport:
        then = now + timedelta(minutes=minutes)
        return validate_report(report(occurred_at=then.isoformat(), **more), now)

    for minutes in (-10_000, 0, 4.9):
        assert occurred(minutes).occurred_at == now + timedelta(minutes=minutes)
    with pytest.raises(Invalid) as caught:
        occurred(5.1)
    assert (caught.value.code, caught.value.field) == ("occurred_in_future", "occurred_at")
    ahead = (now + timedelta(hours=3)).isoformat()  # a device whose clock is wrong in both
    assert occurred(170, reported_at=ahead).occurred_at == now + timedelta(minutes=170)
    assert occurred(0, reported_at=(now + timedelta(days=2)).isoformat())
    with pytest.raises(Invalid) as caught:
        occurred(0, reported_at=(now + timedelta(days=2, seconds=1)).isoformat())
    assert (caught.value.code, caught.value.field) == ("reported_in_future", "reported_at")


@pytest.mark.parametrize("text", ["می‌خواهم", "👨‍👩‍👧 在楼道里", "e\u0301", "1"])
def test_joiners_within_words_are_fine(text: str) -> None:
    assert validate_report(report(text=text)).text


@pytest.mark.parametrize("raw", [None, 1, "x", [], [report()], True])
def test_a_report_is_an_object(raw: object) -> None:
    with pytest.raises(Invalid, match="not_object"):
        validate_report(raw)


def test_swapped_axes_come_with_the_suggestion() -> None:
    with pytest.raises(Invalid) as caught:
        validate_report(report(**point(LAT, LON)))
    assert caught.value.facts["suggestion"] == {"lon": LON, "lat": LAT}


@pytest.mark.parametrize("far", ["1999-12-31T23:59:59Z", "2100-01-01T00:00:00Z", "9999-12-31T23:59:59+08:00"])
def test_a_time_out_of_range_is_told_the_range(far: str) -> None:
    with pytest.raises(Invalid, match="bad_time") as caught:
        validate_report(report(reported_at=far))
    assert "2000" in caught.value.zh
    assert "2099" in caught.value.en


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        validate_report(report(text="", urgency="red", **point(LON, LAT, 1)))
    assert [e["code"] for e in caught.value.facts["errors"]] == [
        "text_empty",
        "geometry_3d",
        "unknown_urgency",
    ]


def test_a_full_report_keeps_what_was_sent() -> None:
    raw = full_report()
    found = validate_report(raw)
    assert (found.lon, found.lat) == (LON, LAT)
    assert found.address is not None
    assert found.address.building == "B1"
    assert found.photos == ("0" * 64,)
    # The example shows every member there is, but for the one that excludes its contact.
    assert set(raw) == set(READERS) - {"on_behalf_of"}


def test_whole_degrees_are_numbers_too() -> None:
    assert validate_report(report(**point(126, 45))).lon == 126.0


fuzz = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)


@fuzz
@given(st.dictionaries(st.sampled_from([*READERS, "status", "\ud800"]), json_values))
def test_any_value_anywhere_is_taken_or_refused_by_name(changes: dict[str, Any]) -> None:
    try:
        found = validate_report(full_report() | changes)
    except Invalid as error:
        assert error.code.replace("_", "").isalnum()  # noqa: PT017
        assert (error.zh + error.en).encode()  # noqa: PT017 - must be writable as UTF-8
    else:
        assert isinstance(found, NewReport)
        assert -180 <= found.lon <= 180
        assert -90 <= found.lat <= 90


@fuzz
@given(st.lists(json_values, max_size=4))
def test_any_ordinates_are_taken_exactly_or_refused(ordinates: list[Any]) -> None:
    try:
        found = validate_report(report(**point(*ordinates)))
    except Invalid:
        return
    assert [found.lon, found.lat] == ordinates


@fuzz
@given(st.floats(73, 136), st.floats(3, 54))
def test_every_swap_inside_china_is_recognised(lon: float, lat: float) -> None:
    with pytest.raises(Invalid, match="swapped_axes"):
        validate_report(report(**point(lat, lon)))
    assert validate_report(report(**point(lon, lat))).lon == lon
