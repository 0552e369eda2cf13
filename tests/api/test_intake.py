"""Batches, answers, similar events, sensors and photos in pieces, over HTTP."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from PIL import Image
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.deps import LARGEST_BATCH_BYTES
from api.intake_schemas import BatchOut, SimilarOut, UnplacedPage
from gis.events import photo_parts
from gis.jobs.signing import signature
from tests.api.test_photos import announce
from tests.api.test_reports import problem
from tests.clients import client_as
from tests.database import ROOT
from tests.events.reports import report, uuid7

pytestmark = pytest.mark.db
BATCH, EVENTS = "/api/v1/reports/batch", "/api/v1/events"
THING = "gbt47678.5-2026:component:01001"
PIECE = {"content-type": "application/offset+octet-stream"}


def at(lon: float, lat: float = 45.76, **changes: Any) -> dict[str, Any]:
    return report(geometry={"type": "Point", "coordinates": [lon, lat]}, **changes)


def test_a_batch_answers_item_by_item(client: TestClient) -> None:
    items: list[Any] = [at(126.605), {"id": "x"}, at(126.615), at(116.4, 39.9)]
    first = client.post(BATCH, json={"items": items})
    assert first.status_code == 200, first.text
    told = BatchOut.model_validate_json(first.content)
    assert [item.status for item in told.items] == [201, 422, 201, 422]
    assert (told.new, told.again, told.refused) == (2, 0, 2)
    assert told.items[1].problem is not None
    assert told.items[1].problem.code == "not_uuid7"
    again = client.post(BATCH, json={"items": items}).json()
    assert [item["status"] for item in again["items"]] == [200, 422, 200, 422]
    assert again["items"][0]["receipt"] == first.json()["items"][0]["receipt"]
    alone = client.post("/api/v1/reports", json=items[2])
    assert (alone.status_code, alone.json()) == (200, first.json()["items"][2]["receipt"])


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"[]", 422, "not_object"),
        (b'{"items":[],"x":1}', 422, "unknown_key"),
        (b'{"items":[]}', 422, "batch_empty"),
        (b"{}", 422, "not_list"),
        (b'{"items":[' + b"{}," * 1000 + b"{}]}", 413, "batch_too_large"),
        (b'{"items":["' + b"x" * LARGEST_BATCH_BYTES + b'"]}', 413, "body_too_large"),
    ],
    ids=["list", "key", "empty", "nothing", "1001", "megabytes"],
)
def test_what_is_no_batch(client: TestClient, body: bytes, status: int, code: str) -> None:
    answer = client.post(BATCH, content=body, headers={"content-type": "application/json"})
    problem(answer, status, code)


def test_a_batch_is_for_staff(anonymous_client: TestClient, app: FastAPI) -> None:
    problem(anonymous_client.post(BATCH, json={"items": [report()]}), 401, "login_required")
    with client_as(app, "resident") as resident:
        problem(resident.post(BATCH, json={"items": [report()]}), 403, "permission_denied")


def rows(engine: Engine, ids: list[str]) -> tuple[int, int, int]:
    query = text(
        "SELECT count(*) AS reports, count(DISTINCT r.event_id) AS events, (SELECT count(*) FROM event_log l"
        " WHERE l.event_id = ANY(array_agg(r.event_id))) AS logged FROM report r WHERE r.id = ANY(cast(:ids AS uuid[]))"
    )
    with engine.connect() as connection:
        row = connection.execute(query, {"ids": ids}).one()
    return row.reports, row.events, row.logged


def storm_of_the_same(app: FastAPI, district: Engine, rounds: int) -> None:
    """Fifty threads send the same report, every round another one: a row each, the same bytes to all, no fault."""
    ids = []
    with TestClient(app, raise_server_exceptions=False) as client, ThreadPoolExecutor(50) as pool:
        for _ in range(rounds):
            raw, start = at(126.615), threading.Barrier(50)
            ids.append(raw["id"])

            def send(
                n: int, raw: dict[str, Any] = raw, start: threading.Barrier = start
            ) -> tuple[int, bytes]:
                start.wait()
                while True:
                    answer = client.post("/api/v1/reports", json=raw)
                    if answer.status_code != 503:  # full: told to come back, which is what a queue does
                        return answer.status_code, answer.content

            answers = list(pool.map(send, range(50)))
            assert {status for status, _ in answers} <= {200, 201}
            assert [status for status, _ in answers].count(201) == 1
            assert len({body for _, body in answers}) == 1
    assert rows(district, ids) == (rounds, rounds, rounds)


def test_fifty_threads_with_the_same_report(app: FastAPI, district: Engine) -> None:
    storm_of_the_same(app, district, 3)


@pytest.mark.prove
def test_fifty_threads_with_the_same_report_two_hundred_times(app: FastAPI, district: Engine) -> None:
    storm_of_the_same(app, district, 200)


def two_bodies(app: FastAPI, rounds: int) -> None:
    with TestClient(app, raise_server_exceptions=False) as client, ThreadPoolExecutor(50) as pool:
        for _ in range(rounds):
            raw, start = at(126.615), threading.Barrier(50)

            def send(
                n: int, raw: dict[str, Any] = raw, start: threading.Barrier = start
            ) -> tuple[int, int, bytes]:
                start.wait()
                while True:
                    body = raw | {"text": f"说法 {n % 2}"}
                    answer = client.post("/api/v1/reports", json=body)
                    if answer.status_code != 503:
                        return n % 2, answer.status_code, answer.content

            answers = list(pool.map(send, range(50)))
            won = {kind for kind, status, _ in answers if status in {200, 201}}
            assert len(won) == 1, "one body wins"
            assert {status for kind, status, _ in answers if kind not in won} == {409}
            assert {status for kind, status, _ in answers if kind in won} <= {200, 201}
            assert len({body for kind, _, body in answers if kind in won}) == 1
            assert all("说法" not in body.decode() for kind, _, body in answers if kind not in won)


def test_two_bodies_under_one_id(app: FastAPI) -> None:
    two_bodies(app, 2)


@pytest.mark.prove
def test_two_bodies_under_one_id_two_hundred_times(app: FastAPI) -> None:
    two_bodies(app, 200)


def test_anothers_id_is_a_conflict_without_content(app: FastAPI, client: TestClient) -> None:
    raw = at(126.615, text="只有本人知道的话")
    receipt = client.post("/api/v1/reports", json=raw).json()
    with client_as(app, "grid_worker") as other:
        for body in (raw, raw | {"text": "别的"}):
            answer = other.post("/api/v1/reports", json=body)
            problem(answer, 409, "idempotency_conflict")
            assert not any(
                word in answer.text for word in ("只有本人", receipt["tracking_code"], receipt["event"])
            )
        told = other.post(BATCH, json={"items": [raw]}).json()["items"][0]
        assert (told["status"], told["problem"]["code"]) == (409, "idempotency_conflict")
        assert receipt["tracking_code"] not in json.dumps(told)


def test_the_place_is_confirmed_with_the_code(anonymous_client: TestClient) -> None:
    receipt = anonymous_client.post("/api/v1/reports", json=at(126.6101, accuracy_m=20.0)).json()
    url, code = f"/api/v1/reports/{receipt['id']}/confirm", {"Tracking-Code": receipt["tracking_code"]}
    problem(anonymous_client.post(url, json={"answer": "yes"}), 404, "no_such_report")
    problem(anonymous_client.post(url, json={"answer": "maybe"}, headers=code), 422, "bad_value")
    moved = {"answer": "moved", "geometry": {"type": "Point", "coordinates": [126.609, 45.76]}}
    problem(anonymous_client.post(url, json=moved, headers=code), 422, "missing")
    first = anonymous_client.post(url, json=moved | {"coord_sys": "wgs84"}, headers=code)
    again = anonymous_client.post(url, json=moved | {"coord_sys": "wgs84"}, headers=code)
    assert (first.status_code, first.content) == (200, again.content)
    assert again.headers["idempotent-replay"] == "true"


def test_similar_events_and_me_too(client: TestClient, anonymous_client: TestClient) -> None:
    receipt = client.post(
        "/api/v1/reports", json=at(126.6062, 45.7555, category=THING, text="井盖松动")
    ).json()
    asked: dict[str, Any] = {
        "lon": 126.6062,
        "lat": 45.7555,
        "coord_sys": "wgs84",
        "category": THING,
        "text": "井盖",
    }
    staff = SimilarOut.model_validate_json(client.get(f"{EVENTS}/similar", params=asked).content)
    assert receipt["event"] in {one.id for one in staff.events}
    rough = SimilarOut.model_validate_json(anonymous_client.get(f"{EVENTS}/similar", params=asked).content)
    assert rough.events == []
    ref = rough.nearby[0].ref
    problem(anonymous_client.post(f"{EVENTS}/{ref}/me-too", json={}), 422, "missing")
    said = anonymous_client.post(f"{EVENTS}/{ref}/me-too", json={"device": "0123456789abcdef"})
    assert said.status_code == 200, said.text
    track = anonymous_client.get(f"/api/v1/track/{said.json()['tracking_code']}").json()
    assert track["event_number"] == receipt["event_number"]
    problem(client.get(f"{EVENTS}/similar", params=asked | {"photo": "x"}), 422, "bad_photo")


def test_a_photo_finds_the_event_it_is_of(client: TestClient) -> None:
    """The same picture at another size and quality is alike; another picture is not."""

    def picture(turned: bool, size: tuple[int, int], quality: int) -> bytes:
        image = Image.linear_gradient("L").convert("RGB").resize(size)
        out = io.BytesIO()
        (image.rotate(90) if turned else image).save(out, "JPEG", quality=quality)
        return out.getvalue()

    first = picture(True, (640, 480), 95)
    name = announce(
        client, first, category=THING, geometry={"type": "Point", "coordinates": [126.6033, 45.7522]}
    )
    jpeg = {"content-type": "image/jpeg"}
    assert client.put(f"/api/v1/attachments/{name}", content=first, headers=jpeg).status_code == 201
    asked: dict[str, Any] = {"lon": 126.6033, "lat": 45.7522, "coord_sys": "wgs84", "category": THING}
    for data, alike in ((picture(True, (320, 240), 60), True), (picture(False, (320, 240), 60), False)):
        other = announce(client, data)
        assert client.put(f"/api/v1/attachments/{other}", content=data, headers=jpeg).status_code == 201
        found = client.get(f"{EVENTS}/similar", params=asked | {"photo": other}).json()["events"]
        part = next(part for part in found[0]["parts"] if part["name"] == "photo")
        assert (part["value"] > 0.7) == alike, part


def test_what_waits_for_a_grid_is_listed_for_who_takes_in(client: TestClient, app: FastAPI) -> None:
    receipt = client.post("/api/v1/reports", json=at(126.595)).json()
    page = UnplacedPage.model_validate_json(client.get(f"{EVENTS}/unplaced").content)
    assert receipt["event"] in {one.id for one in page.items}
    assert page.count == len(page.items)
    with client_as(app, "grid_worker") as worker:
        problem(worker.get(f"{EVENTS}/unplaced"), 403, "permission_denied")


def test_a_sensor_over_http(client: TestClient, anonymous_client: TestClient) -> None:
    made = {
        "code": "well-http", "name": "井盖", "category": THING, "coord_sys": "wgs84", "text": "井盖移位",
        "geometry": {"type": "Point", "coordinates": [126.605, 45.755]},
    }  # fmt: skip
    answer = client.post("/api/v1/sensors", json=made)
    assert answer.status_code == 201, answer.text
    key, body, stamp = bytes.fromhex(answer.json()["key"]), b'{"note":"x"}', str(int(time.time()))
    signed = {"Wangge-Timestamp": stamp, "Wangge-Signature": signature(key, int(stamp), body)}
    url = "/api/v1/webhooks/sensors/well-http"
    first = anonymous_client.post(url, content=body, headers=signed)
    again = anonymous_client.post(url, content=body, headers=signed)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["idempotent-replay"] == "true"
    assert again.json()["event_number"] == first.json()["event_number"]
    problem(anonymous_client.post(url, content=body + b" ", headers=signed), 401, "bad_signature")
    problem(client.post("/api/v1/sensors", json=made), 409, "code_taken")
    assert client.patch("/api/v1/sensors/well-http", json={"enabled": False}).status_code == 204
    problem(anonymous_client.post(url, content=body, headers=signed), 401, "bad_signature")
    assert client.get("/api/v1/sensors").json()["items"][0]["alarms"] == 1
    problem(anonymous_client.get("/api/v1/sensors"), 401, "login_required")


def noisy(size: tuple[int, int] = (500, 400)) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(out, "JPEG", quality=95)
    return out.getvalue()


def send(client: TestClient, name: str, piece: bytes, offset: int, length: int) -> Any:
    headers = PIECE | {"Upload-Offset": str(offset), "Upload-Length": str(length)}
    return client.patch(f"/api/v1/attachments/{name}/pieces", content=piece, headers=headers)


def test_a_photo_in_pieces(anonymous_client: TestClient) -> None:
    data = noisy()
    name = announce(anonymous_client, data)
    url = f"/api/v1/attachments/{name}/pieces"
    assert anonymous_client.head(url).headers["upload-offset"] == "0"
    half = len(data) // 2
    assert send(anonymous_client, name, data[:half], 0, len(data)).json() == {
        "offset": half, "stored": False, "sha256": None,
    }  # fmt: skip
    assert anonymous_client.head(url).headers["upload-offset"] == str(half)
    twice = send(anonymous_client, name, data[:half], 0, len(data))
    assert problem(twice, 409, "wrong_offset")["offset"] == half
    problem(send(anonymous_client, name, data + b"x", half, len(data)), 422, "piece_too_long")
    last = send(anonymous_client, name, data[half:], half, len(data))
    assert last.status_code == 201, last.text
    assert last.json()["sha256"] not in {None, name}
    told = anonymous_client.get(url).json()
    assert (told["stored"], told["sha256"]) == (True, None)
    once_more = send(anonymous_client, name, b"", len(data), len(data))
    assert (once_more.status_code, once_more.json()["stored"]) == (200, True)


def test_pieces_that_make_something_else_begin_anew(anonymous_client: TestClient) -> None:
    data = noisy()
    name = announce(anonymous_client, data)
    wrong = bytes(len(data))
    problem(send(anonymous_client, name, wrong, 0, len(wrong)), 422, "sha256_mismatch")
    assert anonymous_client.head(f"/api/v1/attachments/{name}/pieces").headers["upload-offset"] == "0"
    assert send(anonymous_client, name, data, 0, len(data)).status_code == 201


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Upload-Offset": "0"}, 422, "missing_parameter"),
        ({"Upload-Offset": "-1", "Upload-Length": "5"}, 422, "out_of_range"),
        ({"Upload-Offset": "0", "Upload-Length": str(21 << 20)}, 413, "image_too_large"),
    ],
)
def test_pieces_say_where_they_belong(
    anonymous_client: TestClient, headers: dict[str, str], status: int, code: str
) -> None:
    name = announce(anonymous_client, noisy((20, 20)))
    answer = anonymous_client.patch(
        f"/api/v1/attachments/{name}/pieces", content=b"x", headers=PIECE | headers
    )
    problem(answer, status, code)


def test_pieces_nobody_announced(anonymous_client: TestClient) -> None:
    name = hashlib.sha256(uuid7().encode()).hexdigest()
    problem(send(anonymous_client, name, b"x", 0, 1), 404, "attachment_not_announced")
    problem(anonymous_client.get(f"/api/v1/attachments/{name}/pieces"), 404, "attachment_not_announced")


KILLED = """
import os, sys
from pathlib import Path
from gis.events import photo_parts
with photo_parts._opened(Path(sys.argv[1])) as file:
    photo_parts._write(file, sys.stdin.buffer.read())
    print("written", flush=True)
    sys.stdin.close()
    import time; time.sleep(60)
"""


def test_what_came_before_a_kill_is_there_after_it(anonymous_client: TestClient, app: FastAPI) -> None:
    """A process is killed between two pieces, its lock still held: the next goes on from where it was."""
    data = noisy()
    name = announce(anonymous_client, data)
    folder = Path(app.state.settings.state_dir) / "attachments" / photo_parts.FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    third = len(data) // 3
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(folder / name)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(data[:third])
    process.stdin.close()
    assert process.stdout.readline() == b"written\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    offset = int(anonymous_client.head(f"/api/v1/attachments/{name}/pieces").headers["upload-offset"])
    assert offset == third
    assert send(anonymous_client, name, data[third:], third, len(data)).status_code == 201


def test_pieces_nobody_went_on_with_are_swept(anonymous_client: TestClient, app: FastAPI) -> None:
    data = noisy()
    first, second = announce(anonymous_client, data), announce(anonymous_client, noisy())
    send(anonymous_client, first, data[:100], 0, len(data))
    path = Path(app.state.settings.state_dir) / "attachments" / photo_parts.FOLDER / first
    long_ago = time.time() - photo_parts.KEPT_S - 60
    os.utime(path, (long_ago, long_ago))
    send(anonymous_client, second, b"x", 0, 1000)
    assert not path.exists()


def test_many_pieces_at_once_are_one_photo(app: FastAPI, anonymous_client: TestClient) -> None:
    """Eight senders push the same first piece: one is taken, the others are told where to go on."""
    data = noisy()
    name = announce(anonymous_client, data)
    start = threading.Barrier(8)

    def push(_: int) -> int:
        start.wait()
        return int(send(anonymous_client, name, data[:1000], 0, len(data)).status_code)

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(push, range(8)))
    assert statuses == [200] + [409] * 7
    assert send(anonymous_client, name, data[1000:], 1000, len(data)).status_code == 201


def test_a_heic_photo_is_told_what_it_is(anonymous_client: TestClient) -> None:
    data = b"\x00\x00\x00\x18ftypheic" + bytes(100)
    name = announce(anonymous_client, data)
    answer = anonymous_client.put(
        f"/api/v1/attachments/{name}", content=data, headers={"content-type": "image/jpeg"}
    )
    problem(answer, 422, "image_heic")
