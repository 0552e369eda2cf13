"""Photos of results: announced with the step, sent when the network allows, kept as those of reports are."""

from __future__ import annotations

import hashlib
import json
import uuid
from pathlib import Path

from sqlalchemy import Engine

from gis.accounts.audit import record
from gis.base.errors import Invalid, NotFound, TooLarge
from gis.db.engine import unit_of_work
from gis.db.sql import load
from gis.events.model import Attachment
from gis.events.photos import LARGEST_BYTES, clean, encoding, keep, path_of
from gis.events.whistle.store import marked

PACKAGE = "gis.events.whistle"


def store_whistle_photo(
    engine: Engine, folder: Path, whistle: uuid.UUID, sha256: str, data: bytes
) -> tuple[Attachment, bool]:
    """Store a photo that a result of the caller's department announced; True beside it when it was new.

    Raises NotFound `attachment_not_announced`, and the errors of `gis.events.photos.store_photo`.
    """
    if len(data) > LARGEST_BYTES:
        raise TooLarge("image_too_large", "照片超过 20 MB", "The photo is larger than 20 MB")
    _told(engine, whistle, sha256)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Invalid(
            "sha256_mismatch", "内容与 SHA-256 不符", "The bytes do not have this SHA-256", field="sha256"
        )
    with encoding(sha256):
        stored = _told(engine, whistle, sha256)  # again: somebody may have stored it since
        attachment = stored or keep(folder, *clean(data))
        if stored is None:
            _write_down(engine, whistle, sha256, attachment)
    return attachment, stored is None


def _told(engine: Engine, whistle: uuid.UUID, sha256: str) -> Attachment | None:
    with unit_of_work(engine) as session:
        told = session.scalar(load(PACKAGE, "photo_told"), {"whistle": whistle, "announced": sha256})
    if told is None:
        raise NotFound(
            "attachment_not_announced",
            "没有反馈提到这张照片；请先反馈结果",
            "No result announces this photo; report the result first",
        )
    return Attachment(**told) if told else None


def _write_down(engine: Engine, whistle: uuid.UUID, announced: str, kept: Attachment) -> None:
    given = {name: getattr(kept, name) for name in ("sha256", "media_type", "size", "width", "height")}
    with unit_of_work(engine) as session:
        values = {"whistle": whistle, "announced": announced, "given": json.dumps(given)}
        area = session.scalar(load(PACKAGE, "photo_stored"), values)
        details = {"photo": announced, "bytes": kept.size}
        record(session, "photo.store", "whistle", whistle, area_id=area, details=details)


def read_whistle_photo(engine: Engine, folder: Path, whistle: uuid.UUID, sha256: str) -> Path:
    """The file of a stored photo of a whistle that is seen; NotFound `no_such_attachment`."""
    with unit_of_work(engine) as session:
        shown = session.scalar(marked("photo_shown"), {"whistle": whistle, "sha256": sha256})
    path = path_of(folder, sha256)
    if not shown or not path.is_file():
        raise NotFound("no_such_attachment", "没有这张照片", "There is no such photo")
    return path
