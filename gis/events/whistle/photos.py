"""Photos of results: announced with the step, sent when the network allows, kept as those of reports are."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

from sqlalchemy import Engine

from gis.accounts.audit import record
from gis.base.errors import NotFound
from gis.db.engine import unit_of_work
from gis.db.sql import load
from gis.events.model import Attachment
from gis.events.photos import file_of, take_in
from gis.events.whistle.store import marked

PACKAGE = "gis.events.whistle"


def store_whistle_photo(
    engine: Engine, folder: Path, whistle: uuid.UUID, sha256: str, data: bytes
) -> tuple[Attachment, bool]:
    """Store a photo that a result of the caller's department announced; True beside it when it was new.

    Raises NotFound `attachment_not_announced`, and the errors of `gis.events.photos.store_photo`.
    """

    def note(kept: Attachment, fresh: bool) -> None:
        if fresh:
            _write_down(engine, whistle, sha256, kept)

    return take_in(folder, sha256, data, lambda: _told(engine, whistle, sha256), note)


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
    return file_of(folder, sha256, shown=bool(shown))
