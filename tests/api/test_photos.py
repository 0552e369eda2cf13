"""Photos: announced first, encoded anew, stripped of what the camera wrote, stored once."""

from __future__ import annotations

import hashlib
import io
import struct
import threading
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from PIL import Image
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from gis.events import photos
from tests.api.test_reports import problem
from tests.clients import client_as
from tests.events.reports import report

pytestmark = pytest.mark.db
URL = "/api/v1/attachments"
JPEG = {"content-type": "image/jpeg"}


def photo(
    kind: str = "JPEG", size: tuple[int, int] = (64, 48), *, gps: bool = False, turned: bool = False
) -> bytes:
    image = Image.new("RGB", size, (200, 30, 30))
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    if turned:
        exif[0x0112] = 6
    if gps:
        exif.get_ifd(0x8825).update({1: "N", 2: (45.0, 45.0, 36.0), 3: "E", 4: (126.0, 37.0, 12.0)})
    out = io.BytesIO()
    image.save(out, kind, exif=exif)
    return out.getvalue()


def announce(client: TestClient, data: bytes, **changes: object) -> str:
    name = hashlib.sha256(data).hexdigest()
    assert client.post("/api/v1/reports", json=report(photos=[name], **changes)).status_code == 201
    return name


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_encoded_anew_without_its_tags(client: TestClient, district: Engine, kind: str) -> None:
    data = photo(kind, gps=True)
    name = announce(client, data)
    first = client.put(f"{URL}/{name}", content=data, headers={"content-type": f"image/{kind.lower()}"})
    assert first.status_code == 201, first.text
    stored = first.json()
    assert stored["sha256"] != name
    shown = client.get(f"{URL}/{stored['sha256']}")
    assert hashlib.sha256(shown.content).hexdigest() == stored["sha256"]
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in shown.headers["content-security-policy"]
    plain = Image.open(io.BytesIO(shown.content))
    assert dict(plain.getexif()) == {}
    assert b"Secret" in data
    assert b"Secret" not in shown.content
    with district.connect() as connection:
        row = connection.execute(
            text("SELECT taken_lon, taken_lat FROM attachment WHERE sha256 = :s"), {"s": stored["sha256"]}
        ).one()
    assert tuple(row) == pytest.approx((126.62, 45.76))


def test_the_same_photo_again_is_stored_once(client: TestClient) -> None:
    data = photo(size=(33, 21))
    name = announce(client, data)
    first = client.put(f"{URL}/{name}", content=data, headers=JPEG)
    again = client.put(f"{URL}/{name}", content=data, headers=JPEG)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


def test_a_turned_photo_is_turned_upright(client: TestClient) -> None:
    data = photo(size=(60, 40), turned=True)
    stored = client.put(f"{URL}/{announce(client, data)}", content=data, headers=JPEG).json()
    assert (stored["width"], stored["height"]) == (40, 60)


def test_a_photo_shows_up_with_its_event_and_leaves_the_missing(client: TestClient) -> None:
    data = photo(size=(31, 22))
    name = hashlib.sha256(data).hexdigest()
    receipt = client.post("/api/v1/reports", json=report(photos=[name])).json()
    track = f"/api/v1/track/{receipt['tracking_code']}"
    assert client.get(track).json()["photos_missing"] == [name]
    stored = client.put(f"{URL}/{name}", content=data, headers=JPEG).json()
    assert client.get(track).json()["photos_missing"] == []
    event = client.get(f"/api/v1/events/{receipt['event']}").json()
    assert event["reports"][0]["photos"] == [stored["sha256"]]


def test_whoever_holds_the_code_of_the_report_sees_its_photos_and_no_other_code_does(
    client: TestClient, anonymous_client: TestClient
) -> None:
    data = photo(size=(36, 25))
    name = hashlib.sha256(data).hexdigest()
    receipt = client.post("/api/v1/reports", json=report(photos=[name])).json()
    stored = client.put(f"{URL}/{name}", content=data, headers=JPEG).json()["sha256"]
    too = client.post(f"/api/v1/events/{receipt['event']}/me-too", json={}).json()
    hidden = announce(client, data, confidential=True)
    own, others = (f"/api/v1/track/{code}" for code in (receipt["tracking_code"], too["tracking_code"]))
    assert anonymous_client.get(own).json()["photos"] == [{"slot": "report", "sha256": stored, "round": None}]
    assert anonymous_client.get(others).json()["photos"] == []
    shown = anonymous_client.get(f"{own}/photos/{stored}")
    assert hashlib.sha256(shown.content).hexdigest() == stored
    assert shown.headers["cache-control"] == "private, no-cache"
    for path in (f"{others}/photos/{stored}", f"{own}/photos/{hidden}", f"{URL}/{stored}"):
        assert anonymous_client.get(path).status_code in {401, 404}, path


def test_a_photo_of_a_confidential_report_is_shown_to_few(app: FastAPI, client: TestClient) -> None:
    data = photo(size=(37, 29))
    name = announce(client, data, confidential=True)
    stored = client.put(f"{URL}/{name}", content=data, headers=JPEG).json()
    with client_as(app, "dispatcher") as dispatcher:
        problem(dispatcher.get(f"{URL}/{stored['sha256']}"), 404, "no_such_attachment")
    assert client.get(f"{URL}/{stored['sha256']}").status_code == 200, "a shift lead may see it"


def test_a_cache_asks_each_time_whether_a_photo_may_be_shown(app: FastAPI, client: TestClient) -> None:
    data = photo(size=(39, 28))
    name = announce(client, data, confidential=True)
    stored = client.put(f"{URL}/{name}", content=data, headers=JPEG).json()["sha256"]
    shown = client.get(f"{URL}/{stored}")
    assert shown.headers["cache-control"] == "private, no-cache"
    assert "cookie" in shown.headers["vary"].lower()
    had = {"if-none-match": shown.headers["etag"]}
    again = client.get(f"{URL}/{stored}", headers=had)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == shown.headers["etag"]
    with client_as(app, "dispatcher") as dispatcher:
        problem(dispatcher.get(f"{URL}/{stored}", headers=had), 404, "no_such_attachment")


def bomb(side: int) -> bytes:
    """A tiny PNG that says it is `side` pixels square."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1 + 3 * side) * min(side, 64), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def animated() -> bytes:
    frames = [Image.new("RGB", (8, 8), (n * 80, 0, 0)) for n in range(3)]
    out = io.BytesIO()
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:])
    return out.getvalue()


BAD = [
    ("bomb", bomb(12_000), "image_too_large"),
    ("huge bomb", bomb(2_000_000), "image_too_large"),
    ("truncated", photo(size=(640, 480))[:-900], "image_unreadable"),
    ("animated", animated(), "image_animated"),
    ("svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "not_an_image"),
    ("html", b"<html><script>alert(1)</script>", "not_an_image"),
    ("only a signature", b"\xff\xd8\xff", "not_an_image"),
    ("riff", b"RIFF\x00\x00\x00\x00WAVE", "not_an_image"),
    ("gif", b"GIF89a\x01\x00\x01\x00", "not_an_image"),
    ("nothing", b"", "not_an_image"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "code"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_what_is_no_harmless_photo_is_refused(client: TestClient, data: bytes, code: str) -> None:
    name = announce(client, data)
    problem(client.put(f"{URL}/{name}", content=data, headers=JPEG), 422, code)


def test_only_announced_photos_are_taken(client: TestClient) -> None:
    data = photo(size=(9, 9))
    name = hashlib.sha256(data).hexdigest()
    problem(client.put(f"{URL}/{name}", content=data, headers=JPEG), 404, "attachment_not_announced")


def test_the_bytes_must_have_the_name(client: TestClient) -> None:
    name = announce(client, photo(size=(10, 10)))
    problem(client.put(f"{URL}/{name}", content=photo(size=(11, 10)), headers=JPEG), 422, "sha256_mismatch")


@pytest.mark.parametrize("name", ["ABC", "0" * 63, "0" * 65, "Z" * 64, "A" * 64, "0" * 63 + "%0A", "..."])
def test_a_name_is_a_hash(client: TestClient, name: str) -> None:
    problem(client.put(f"{URL}/{name}", content=b"x", headers=JPEG), 422, "bad_sha256")
    problem(client.get(f"{URL}/{name}"), 422, "bad_sha256")


def test_no_name_leads_elsewhere(client: TestClient) -> None:
    state: Path = client.app.state.settings.state_dir  # type: ignore[attr-defined]
    (state / "attachments").mkdir(exist_ok=True)
    (state / "outside.jpg").write_bytes(photo())
    for name in ("..%2foutside.jpg", "..%2f..%2fetc%2fpasswd"):
        problem(client.get(f"{URL}/{name}"), 404, "not_found")
    # the control: a name that is a hash passes the same gate and is only not there
    problem(client.get(f"{URL}/{'0' * 64}"), 404, "no_such_attachment")


def two_pictures() -> bytes:
    """An MPO, as a telephone writes for HDR: two JPEGs in one file."""
    first, second = (Image.new("RGB", size, (10, 200, 30)) for size in ((50, 40), (25, 20)))
    out = io.BytesIO()
    first.save(out, "MPO", save_all=True, append_images=[second])
    return out.getvalue()


def corrupt_tags() -> bytes:
    """A JPEG whose EXIF block says 200 tags and ends after the first."""
    block = b"Exif\x00\x00II*\x00\x08\x00\x00\x00" + struct.pack("<HHHII", 200, 0x0112, 3, 1, 6) + b"\x00"
    data = io.BytesIO()
    Image.new("RGB", (44, 33)).save(data, "JPEG")
    plain = data.getvalue()
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + plain[2:]


def transparent_palette() -> bytes:
    out = io.BytesIO()
    image = Image.new("P", (20, 10))
    image.putpalette([0, 0, 0, 255, 255, 255])
    image.save(out, "PNG", transparency=bytes([0, 128]))
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "size"),
    [(two_pictures(), (50, 40)), (corrupt_tags(), (33, 44)), (transparent_palette(), (20, 10))],
    ids=["MPO", "corrupt tags", "palette with transparency"],
)
def test_what_cameras_and_telephones_write_is_taken(
    client: TestClient, data: bytes, size: tuple[int, int]
) -> None:
    name = announce(client, data)
    stored = client.put(f"{URL}/{name}", content=data, headers=JPEG)
    assert stored.status_code == 201, stored.text
    assert (stored.json()["width"], stored.json()["height"]) == size


def test_the_bytes_tell_the_kind(client: TestClient) -> None:
    data = photo(size=(27, 13))
    stored = client.put(
        f"{URL}/{announce(client, data)}", content=data, headers={"content-type": "image/png"}
    )
    assert stored.status_code == 201
    assert client.get(f"{URL}/{stored.json()['sha256']}").headers["content-type"] == "image/jpeg"


def test_at_most_two_are_encoded_and_none_twice(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve times the same and three others at once: two are in work, everybody else is told at once to come again."""
    going, started, encoded = threading.Event(), threading.Semaphore(0), []
    clean = photos.clean

    def slow(data: bytes) -> object:
        encoded.append(hashlib.sha256(data).hexdigest())
        started.release()
        assert going.wait(20)
        return clean(data)

    monkeypatch.setattr(photos, "clean", slow)
    same, *others = (photo(size=(70 + n, 12)) for n in range(4))
    names = {data: announce(client, data) for data in (same, *others)}

    def put(data: bytes) -> Any:
        return client.put(f"{URL}/{names[data]}", content=data, headers=JPEG)

    with ThreadPoolExecutor(8) as pool:
        first = [pool.submit(put, data) for data in (same, others[0])]
        for _ in first:
            assert started.acquire(timeout=10)
        refused = [pool.submit(put, data).result(10) for data in [same] * 11 + others[1:]]
        for answer in refused:
            problem(answer, 503, "busy")
            assert answer.headers["retry-after"] == "5"
        assert client.get("/api/v1/events").status_code == 200
        going.set()
        assert [future.result().status_code for future in first] == [201, 201]
    assert put(same).status_code == 200
    assert [put(data).status_code for data in others[1:]] == [201, 201]
    assert Counter(encoded) == dict.fromkeys(names.values(), 1)


def test_other_media_types_and_sizes_are_refused(client: TestClient) -> None:
    problem(client.put(f"{URL}/{'0' * 64}", content=b"x", headers={"content-type": "image/svg+xml"}), 415,
            "unsupported_media_type")  # fmt: skip
    big = b"\xff\xd8\xff" + bytes(20 * 1024 * 1024)
    problem(client.put(f"{URL}/{'0' * 64}", content=big, headers=JPEG), 413, "body_too_large")


def test_no_row_is_without_its_file(client: TestClient, district: Engine) -> None:
    folder: Path = client.app.state.settings.state_dir / "attachments"  # type: ignore[attr-defined]
    with district.connect() as connection:
        names = connection.execute(text("SELECT sha256 FROM attachment")).scalars().all()
    assert names
    for name in names:
        kept = (folder / name[:2] / f"{name}.jpg").read_bytes()
        assert hashlib.sha256(kept).hexdigest() == name
    assert not list(folder.rglob(".*"))  # no temporary file is left
