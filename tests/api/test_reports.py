"""POST /api/v1/reports and the photos that follow."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.deps import LARGEST_JSON_BYTES
from api.schemas import ReceiptOut, ReportIn
from gis.events.validate import READERS, REQUIRED
from tests.events.reports import LAT, LON, full_report, report, uuid7

pytestmark = pytest.mark.db
URL = "/api/v1/reports"
JSON = {"content-type": "application/json"}


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """The problem document of a response, checked for what every one must have."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["code"] == code
    assert body["status"] == status
    assert body["type"] == f"urn:wangge:problem:{code}"
    assert body["title"]
    assert body["detail"]
    assert body["detail_en"]
    assert body["instance"].startswith("/")
    assert body["trace_id"] == response.headers["x-trace-id"]
    assert not any(word in response.text for word in ("Traceback", "psycopg", "SELECT", "/gis/"))
    return body


def test_a_report_is_answered_with_both_numbers(client: TestClient) -> None:
    raw = full_report()
    response = client.post(URL, json=raw)
    assert response.status_code == 201, response.text
    assert response.headers["content-type"] == "application/json"
    assert "idempotent-replay" not in response.headers
    receipt = ReceiptOut.model_validate_json(response.content)
    assert receipt.id == raw["id"]
    assert receipt.grid is not None


def test_the_same_again_is_a_replay_of_the_same_bytes(client: TestClient) -> None:
    raw = report()
    first, again = client.post(URL, json=raw), client.post(URL, json=raw)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["idempotent-replay"] == "true"
    assert again.content == first.content
    problem(client.post(URL, json=raw | {"text": "别的"}), 409, "idempotency_conflict")


def raw_body(geometry: str) -> bytes:
    plain = report()
    del plain["geometry"]
    return (json.dumps(plain)[:-1] + f', "geometry": {geometry}}}').encode()


def point(ordinates: str) -> bytes:
    return raw_body(f'{{"type": "Point", "coordinates": {ordinates}}}')


BAD_BODIES: list[tuple[str, bytes, int, str]] = [
    ("NaN", point("[NaN, 45.7]"), 422, "bad_number"),
    ("Infinity", point("[Infinity, 45.7]"), 422, "bad_number"),
    ("-Infinity", point("[126.6, -Infinity]"), 422, "bad_number"),
    ("1e999", point("[1e999, 45.7]"), 422, "bad_number"),
    ("many digits", point("[" + "9" * 5000 + ", 45.7]"), 422, "bad_number"),
    ("NaN as text", point('["NaN", 45.7]'), 422, "coordinate_not_number"),
    ("null", point("[null, 45.7]"), 422, "coordinate_null"),
    ("string", point('["126.6", 45.7]'), 422, "coordinate_not_number"),
    ("bool", point("[true, 45.7]"), 422, "coordinate_not_number"),
    ("3D", point("[126.6, 45.7, 0]"), 422, "geometry_3d"),
    ("empty", point("[]"), 422, "geometry_empty"),
    ("deep", point("[" * 40 + "]" * 40), 422, "too_deep"),
    ("very deep", point("[" * 30_000 + "]" * 30_000), 422, "too_deep"),
    ("collection", raw_body('{"type":"GeometryCollection","geometries":[]}'), 422, "geometry_type"),
    ("swapped", point(f"[{LAT}, {LON}]"), 422, "swapped_axes"),
    ("out of area", point("[116.4, 39.9]"), 422, "outside_service_area"),
    ("null island", point("[0, 0]"), 422, "outside_service_area"),
    ("off the earth", point("[999, 999]"), 422, "bad_coordinate"),
    ("repeated key", b'{"id": "1", "id": "2"}', 422, "duplicate_key"),
    ("not JSON", b"{", 422, "bad_json"),
    ("nothing", b"", 422, "bad_json"),
    ("GBK", '{"text": "网格"}'.encode("gbk"), 422, "bad_encoding"),
    ("UTF-16", '{"text": "x"}'.encode("utf-16"), 422, "bad_encoding"),
    ("array", b"[]", 422, "not_object"),
    ("null", b"null", 422, "not_object"),
    ("surrogate", json.dumps(report(text="a\ud800")).encode(), 422, "bad_character"),
    ("NUL", json.dumps(report(text="a\x00")).encode(), 422, "bad_character"),
    ("surrogate key", json.dumps(report() | {"\ud800": 1}).encode(), 422, "unknown_key"),
    ("surrogate datum", json.dumps(report(coord_sys="\ud800")).encode(), 422, "unknown_coord_sys"),
    ("surrogate key in geometry", point('[1, 2], "\\ud800": 3'), 422, "unknown_key"),
    ("surrogate key in address", json.dumps(report(address={"\ud800": 1})).encode(), 422, "unknown_key"),
    ("surrogate key in contact", json.dumps(report(contact={"a\udfff": 1})).encode(), 422, "unknown_key"),
    ("surrogate key twice", b'{"\\ud800": 1, "\\ud800": 2}', 422, "duplicate_key"),
    ("surrogate key twice, nested", point('[1, 2], "a": {"\\udc00": 1, "\\udc00": 2}'), 422, "duplicate_key"),
    ("too big", b'{"text": "' + b"x" * LARGEST_JSON_BYTES + b'"}', 413, "body_too_large"),
]


@pytest.mark.parametrize(
    ("body", "status", "code"), [b[1:] for b in BAD_BODIES], ids=[b[0] for b in BAD_BODIES]
)
def test_a_bad_body_is_refused_by_name(
    client: TestClient, district: Engine, body: bytes, status: int, code: str
) -> None:
    before = stored(district)
    problem(client.post(URL, content=body, headers=JSON), status, code)
    assert stored(district) == before


def stored(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM report")).scalar_one())


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=gbk", "", "*/*"],
)
def test_only_json_in_utf8_is_taken(client: TestClient, content_type: str) -> None:
    response = client.post(URL, content=json.dumps(report()), headers={"content-type": content_type})
    problem(response, 415, "unsupported_media_type")


def test_a_charset_of_utf8_is_fine(client: TestClient) -> None:
    headers = {"content-type": "application/json; charset=UTF-8"}
    assert client.post(URL, content=json.dumps(report()), headers=headers).status_code == 201


def test_a_compressed_body_is_refused(client: TestClient) -> None:
    headers = JSON | {"content-encoding": "gzip"}
    problem(client.post(URL, content=b"\x1f\x8b", headers=headers), 415, "unsupported_encoding")


def test_problems_speak_the_language_asked_for(client: TestClient) -> None:
    bad = report(text="")
    chinese = problem(client.post(URL, json=bad), 422, "text_empty")
    english = problem(
        client.post(URL, json=bad, headers={"accept-language": "en-GB,en;q=0.9"}), 422, "text_empty"
    )
    both = client.post(URL, json=bad, headers={"accept-language": "zh-CN,zh;q=0.9,en;q=0.8"}).json()
    assert "不能为空" in chinese["detail"]
    assert english["detail"] == english["detail_en"]
    assert both["detail"] == chinese["detail"]


def test_several_problems_are_all_listed(client: TestClient) -> None:
    body = problem(client.post(URL, json=report(text="", urgency="red")), 422, "text_empty")
    assert [e["field"] for e in body["errors"]] == ["text", "urgency"]


def test_the_suggestion_comes_with_swapped_axes(client: TestClient) -> None:
    response = client.post(URL, content=point(f"[{LAT}, {LON}]"), headers=JSON)
    assert problem(response, 422, "swapped_axes")["suggestion"] == {"lon": LON, "lat": LAT}


def test_a_query_parameter_is_refused(client: TestClient) -> None:
    problem(client.post(f"{URL}?dry_run=1", json=report()), 422, "unknown_parameter")


def test_a_receipt_is_read_with_its_tracking_code_only(client: TestClient) -> None:
    raw = report()
    first = client.post(URL, json=raw)
    code = first.json()["tracking_code"]
    other = client.post(URL, json=report()).json()["tracking_code"]
    url = f"{URL}/{raw['id']}"
    assert client.get(url, headers={"tracking-code": code.lower()}).content == first.content
    for headers in ({}, {"tracking-code": other}, {"tracking-code": "x"}):
        problem(client.get(url, headers=headers), 404, "no_such_report")
    problem(client.get(f"{URL}/{uuid7()}", headers={"tracking-code": code}), 404, "no_such_report")
    problem(client.get(f"{URL}/1", headers={"tracking-code": code}), 404, "no_such_report")


def test_tracking_tells_the_state_and_no_words(client: TestClient) -> None:
    raw = full_report()
    receipt = client.post(URL, json=raw).json()
    found = client.get(f"/api/v1/track/{receipt['tracking_code'].lower().replace('-', ' ')}")
    assert found.status_code == 200
    assert found.headers["cache-control"] == "no-store"
    body = found.json()
    assert body["event_number"] == receipt["event_number"]
    assert [step["status"] for step in body["history"]] == ["reported"]
    assert body["photos_missing"] == raw["photos"]
    assert raw["text"] not in found.text
    problem(client.get("/api/v1/track/ABCD"), 422, "tracking_code")
    problem(client.get("/api/v1/track/" + "0" * 17), 404, "unknown_tracking_code")


def test_the_described_request_is_the_one_that_is_read() -> None:
    assert set(ReportIn.model_fields) == set(READERS)
    assert {n for n, f in ReportIn.model_fields.items() if f.is_required()} == set(REQUIRED)
    assert ReportIn.model_validate(full_report())
    assert math.isclose(ReportIn.model_validate(report()).geometry.coordinates[0], LON)


fuzz = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


@fuzz
@given(st.dictionaries(st.sampled_from([*READERS, "grid", "\ud800"]), values, min_size=1, max_size=3))
def test_no_value_anywhere_is_a_fault(client: TestClient, changes: dict[str, Any]) -> None:
    body = json.dumps(full_report() | changes)  # with NaN and Infinity, as Python writes them
    response = client.post(URL, content=body, headers=JSON)
    assert response.status_code in {200, 201, 409, 422}, response.text


@fuzz
@given(st.binary(max_size=200), st.integers(0, 400))
def test_no_bytes_are_a_fault(client: TestClient, noise: bytes, place: int) -> None:
    whole = json.dumps(report()).encode()
    response = client.post(URL, content=whole[:place] + noise + whole[place:], headers=JSON)
    assert response.status_code in {201, 422}, response.text
