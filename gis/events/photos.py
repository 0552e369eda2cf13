"""Photos: announced by a report, encoded anew in a child, stored as files named by their SHA-256.

The file comes first (temporary name, fsync, rename), the row after it: a crash between the two leaves a file
without a row, never a row without its file.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Engine

from gis.base.errors import Invalid, NotFound, TooLarge, Unavailable
from gis.db.engine import unit_of_work
from gis.db.scope import have_in_hand
from gis.db.sql import load
from gis.db.visible import scope_of_session
from gis.events.filters import scoped
from gis.events.model import Attachment
from gis.events.reading import track

LARGEST_BYTES = 20 * 1024 * 1024
MEDIA_TYPE = "image/jpeg"
WALL_S = 60
MOST_AT_ONCE = 2
RETRY_AFTER_S = 5
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")
_HEIC = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
Encode = Callable[[bytes], tuple[dict[str, Any], bytes]]
_lock = Lock()
_in_work: set[str] = set()


@contextmanager
def encoding(sha256: str) -> Iterator[None]:
    """A place for encoding this photo; Unavailable `busy` at once when there is none, or it is in work already.

    Nobody waits for a place: each encoding takes a processor for seconds, and waiting would take the threads.
    """
    busy = Unavailable(
        "busy",
        "正在处理其他照片，请稍后重试",
        "Other photos are being worked on; please send this one again soon",
        retry_after_s=RETRY_AFTER_S,
    )
    with _lock:
        if len(_in_work) >= MOST_AT_ONCE or sha256 in _in_work:
            raise busy
        _in_work.add(sha256)
    try:
        yield
    finally:
        with _lock:
            _in_work.discard(sha256)


def store_photo(
    engine: Engine, folder: Path, sha256: str, data: bytes, encode: Encode | None = None
) -> tuple[Attachment, bool]:
    """Store the announced photo with this SHA-256; True beside it when it was new.

    What kind of image it is, its bytes tell. Raises NotFound `attachment_not_announced` when no report names
    it, TooLarge `image_too_large` over 20 MB, Invalid `sha256_mismatch`, `not_an_image`, `image_heic`, `image_unreadable`,
    `image_animated` or `image_too_large` (25 million pixels), Unavailable `busy`. `encode` is for pictures the program
    drew itself: everybody else's are encoded in a child (`clean`).
    """

    def note(kept: Attachment, _: bool) -> None:  # a known one too: another report may announce it
        _write_down(engine, sha256, _announced(engine, sha256).report, kept)

    return take_in(folder, sha256, data, lambda: announced_photo(engine, sha256), note, encode)


def take_in(
    folder: Path,
    sha256: str,
    data: bytes,
    announced: Callable[[], Attachment | None],
    note: Callable[[Attachment, bool], None],
    encode: Encode | None = None,
) -> tuple[Attachment, bool]:
    """Take an announced photo in, whatever announced it; True beside it when it was new.

    `announced` gives its stored copy, None while it has not come, and raises when nothing announces it; `note` writes
    down what is kept, and is told whether that is new.
    """
    if len(data) > LARGEST_BYTES:
        raise TooLarge("image_too_large", "照片超过 20 MB", "The photo is larger than 20 MB")
    announced()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Invalid(
            "sha256_mismatch", "内容与 SHA-256 不符", "The bytes do not have this SHA-256", field="sha256"
        )
    with encoding(sha256):
        stored = announced()  # again: somebody may have stored it since
        attachment = stored or keep(folder, *(encode or clean)(data))
        note(attachment, stored is None)
    return attachment, stored is None


@dataclass(frozen=True, slots=True)
class _Announced:
    """A report that announces a photo, one still without it if there is any, and the photo once it has come."""

    report: uuid.UUID
    stored: Attachment | None


def _announced(engine: Engine, sha256: str) -> _Announced:
    with unit_of_work(engine) as session:
        have_in_hand(session, photo=sha256)
        announced = session.execute(load("gis.events", "photo_announced"), {"sha256": sha256}).one()
    if not announced.reports:
        raise NotFound(
            "attachment_not_announced",
            "没有上报提到这张照片；请先提交上报",
            "No report announces this photo; send the report first",
        )
    return _Announced(announced.report, _known(announced))


def announced_photo(engine: Engine, sha256: str) -> Attachment | None:
    """The stored copy of an announced photo, None while it has not come. NotFound `attachment_not_announced`."""
    return _announced(engine, sha256).stored


def _write_down(engine: Engine, announced: str, report: uuid.UUID, attachment: Attachment) -> None:
    with unit_of_work(engine) as session:
        have_in_hand(session, photo=announced, report=str(report))
        session.execute(
            load("gis.events", "photo_stored"),
            {
                "announced": announced,
                "sha256": attachment.sha256,
                "media_type": attachment.media_type,
                "bytes": attachment.size,
                "width": attachment.width,
                "height": attachment.height,
                "taken_lon": attachment.taken_lon,
                "taken_lat": attachment.taken_lat,
                "look": attachment.look,
            },
        )


def clean(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Decode and encode anew in a child with bounded memory and time; facts and JPEG bytes."""
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC:
        raise Invalid(
            "image_heic",
            "暂不支持 HEIC 照片；请在手机相机设置中选择“兼容性最佳”（JPEG）",
            "HEIC photos cannot be read here; choose “Most Compatible” (JPEG) in the camera settings",
        )
    if not data.startswith(_SIGNATURES):
        raise Invalid("not_an_image", "不是 JPEG、PNG 或 WebP 照片", "Not a JPEG, PNG or WebP photo")
    damaged = Invalid("image_unreadable", "照片损坏，无法读取", "The photo is damaged and cannot be read")
    try:
        done = subprocess.run(
            [sys.executable, "-s", "-m", "gis.events.photo_child"],
            input=data,
            capture_output=True,
            env={
                "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry),
                "LANG": "C.UTF-8",
                "OPENBLAS_NUM_THREADS": "1",  # each thread of it would take memory the child may not have
            },
            timeout=WALL_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise damaged from error
    if done.returncode != 0:
        raise _told(done.stderr) or damaged
    line, _, jpeg = done.stdout.partition(b"\n")
    return json.loads(line), jpeg


def _told(stderr: bytes) -> Invalid | None:
    try:
        reason = json.loads(stderr.decode("utf-8", "replace").strip().splitlines()[-1])
        return Invalid(str(reason["code"]), str(reason["zh"]), str(reason["en"]))
    except (ValueError, KeyError, IndexError, TypeError):
        return None


def _known(announced: Any) -> Attachment | None:
    if announced.sha256 is None:
        return None
    return Attachment(
        announced.sha256, announced.media_type, announced.bytes, announced.width, announced.height
    )


def path_of(folder: Path, sha256: str) -> Path:
    """Where the file with this SHA-256 is kept."""
    return folder / sha256[:2] / f"{sha256}.jpg"


def keep(folder: Path, facts: dict[str, Any], jpeg: bytes) -> Attachment:
    """Write a photo to its place for good: a temporary name, fsync, rename."""
    name = hashlib.sha256(jpeg).hexdigest()
    target = path_of(folder, name)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    temporary = target.with_name(f".{name}.{secrets.token_hex(8)}")
    try:
        with temporary.open("xb") as file:
            file.write(jpeg)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    place = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(place)
    finally:
        os.close(place)
    return Attachment(name, MEDIA_TYPE, len(jpeg), **facts)


def read_photo(engine: Engine, folder: Path, sha256: str) -> Path:
    """The file of a stored photo of an event that is seen; NotFound `no_such_attachment`.

    Photos of confidential reports are for those who may read what these say.
    """
    with unit_of_work(engine) as session:
        query, values = scoped("photo_shown", scope_of_session(session))
        shown = session.scalar(query, values | {"sha256": sha256})
    return file_of(folder, sha256, shown=bool(shown))


def tracked_photo(engine: Engine, folder: Path, typed: str, sha256: str) -> Path:
    """The file of a photo that whoever holds a tracking code is shown; NotFound `no_such_attachment`.

    What is shown is what `track` tells, and is decided there alone.
    """
    told = json.loads(track(engine, typed))["photos"]
    return file_of(folder, sha256, shown=any(one["sha256"] == sha256 for one in told))


def file_of(folder: Path, sha256: str, *, shown: bool) -> Path:
    """The file of a photo that may be shown; NotFound `no_such_attachment` as well when there is none."""
    path = path_of(folder, sha256)
    if not shown or not path.is_file():
        raise NotFound("no_such_attachment", "没有这张照片", "There is no such photo")
    return path
