"""Photos that arrive in pieces: what has come is kept on disk and counted, so that a broken line costs one piece.

A piece is appended at the offset the sender names and flushed to the disk before it is answered; a crash in between
leaves a longer or a shorter file, and its length is the offset to go on from. The whole is judged as a photo that
came at once (`photos.store_photo`): its SHA-256 has to be the announced one, wherever the pieces came from.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from gis.base.errors import Conflict, Invalid, TooLarge, Unavailable
from gis.events.model import Attachment
from gis.events.photos import LARGEST_BYTES, announced_photo, store_photo

FOLDER = ".parts"
KEPT_S = 5 * 24 * 3600
"""How long pieces wait for the next one."""
MOST_WAITING_BYTES = 2 << 30
"""What all of them may take together: anybody may announce photos and send a part of each."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of a photo has come, in bytes; `stored` once it is whole, and whether it is new then."""

    offset: int
    stored: Attachment | None = None
    new: bool = False


def upload_offset(engine: Engine, folder: Path, sha256: str) -> Progress:
    """How far an announced photo has come. NotFound `attachment_not_announced`."""
    stored = announced_photo(engine, sha256)
    if stored is not None:
        return Progress(0, stored)
    try:
        return Progress(_part(folder, sha256).stat().st_size)
    except FileNotFoundError:
        return Progress(0)


def append_piece(
    engine: Engine, folder: Path, sha256: str, *, offset: int, length: int, piece: bytes
) -> Progress:
    """Append a piece at `offset` of a photo of `length` bytes; the last one stores the photo.

    Raises NotFound `attachment_not_announced`, TooLarge `image_too_large`, Conflict `wrong_offset` (with the offset
    to go on from), Invalid `piece_too_long` and what `photos.store_photo` raises; after `sha256_mismatch` and other
    refusals of the whole the pieces are gone and it begins anew.
    """
    if length > LARGEST_BYTES:
        raise TooLarge("image_too_large", "照片超过 20 MB", "The photo is larger than 20 MB")
    stored = announced_photo(engine, sha256)
    if stored is not None:
        return Progress(length, stored)
    path = _part(folder, sha256)
    with _opened(path) as file:
        have = os.fstat(file).st_size
        if offset != have:
            raise Conflict(
                "wrong_offset",
                f"应从第 {have} 字节继续",
                f"Go on from byte {have}",
                field="Upload-Offset",
                offset=have,
            )
        if offset + len(piece) > length:
            raise Invalid(
                "piece_too_long",
                "内容超出所声明的长度",
                "The piece reaches beyond the stated length",
                field="Upload-Length",
            )
        _write(file, piece)
        have += len(piece)
        if have < length:
            return Progress(have)
        return _whole(engine, folder, sha256, path)


def _whole(engine: Engine, folder: Path, sha256: str, path: Path) -> Progress:
    data = path.read_bytes()
    try:
        stored, new = store_photo(engine, folder, sha256, data)
    except (Invalid, TooLarge):
        path.unlink(missing_ok=True)
        raise
    path.unlink(missing_ok=True)  # `busy` leaves the pieces: an empty piece at the end asks again
    return Progress(len(data), stored, new)


def _part(folder: Path, sha256: str) -> Path:
    return folder / FOLDER / sha256


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """The file of the pieces, for one sender at a time; made when it is not there, and old ones swept then."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        _sweep(path.parent)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not path.exists() or path.stat().st_ino != os.fstat(file).st_ino:
            raise Conflict(
                "wrong_offset",
                "另一请求刚刚完成，请重试",
                "Another request just finished it; ask anew",
                offset=0,
            )
        yield file
    finally:
        os.close(file)


def _write(file: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(file, view) :]
    os.fsync(file)


def _sweep(folder: Path) -> None:
    """Forget pieces nobody went on with; Unavailable `too_many_pieces` while those of others fill their place."""
    oldest, waiting = time.time() - KEPT_S, 0
    for path in folder.iterdir():
        try:
            found = path.stat()
            if found.st_mtime < oldest:
                path.unlink()
            else:
                waiting += found.st_size
        except FileNotFoundError:
            continue
    if waiting > MOST_WAITING_BYTES:
        raise Unavailable(
            "too_many_pieces",
            "等待续传的照片过多，请稍后整张上传",
            "Too many photos wait for their next piece; send this one whole later",
            retry_after_s=60,
        )
