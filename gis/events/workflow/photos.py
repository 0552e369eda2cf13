"""Photos of commands: announced with the command, sent when the network allows, kept as those of reports are."""

from __future__ import annotations

import uuid
from pathlib import Path

from sqlalchemy import Engine

from gis.base.errors import NotFound
from gis.db.engine import unit_of_work
from gis.db.scope import have_in_hand
from gis.db.sql import load
from gis.events.model import Attachment
from gis.events.photos import take_in
from gis.events.rating.following import photo_came

PACKAGE = "gis.events.workflow"


def store_command_photo(
    engine: Engine, folder: Path, command: uuid.UUID, sha256: str, data: bytes
) -> tuple[Attachment, bool]:
    """Store a photo a command of the caller announced; True beside it when it was new.

    Raises NotFound `attachment_not_announced` when no such command of theirs names it, and the errors of
    `gis.events.photos.store_photo`.
    """

    def note(kept: Attachment, fresh: bool) -> None:
        if fresh:
            note_photo(engine, command, sha256, kept)

    return take_in(folder, sha256, data, lambda: _announced(engine, command, sha256), note)


def _announced(engine: Engine, command: uuid.UUID, sha256: str) -> Attachment | None:
    with unit_of_work(engine) as session:
        have_in_hand(session, photo=sha256)
        row = session.execute(
            load(PACKAGE, "photo_announced"), {"command": command, "sha256": sha256}
        ).one_or_none()
    if row is None:
        raise NotFound(
            "attachment_not_announced",
            "没有命令提到这张照片；请先提交命令",
            "No command announces this photo; send the command first",
        )
    return None if row.sha256 is None else Attachment(*row)


def note_photo(engine: Engine, command: uuid.UUID, announced: str, attachment: Attachment) -> None:
    """Note that a photo a command announced is kept, and go on where it was waited for."""
    values = {
        name: getattr(attachment, name)
        for name in ("sha256", "media_type", "width", "height", "taken_lon", "taken_lat", "look")
    }
    with unit_of_work(engine) as session:
        have_in_hand(session, photo=announced)
        event = session.scalar(
            load(PACKAGE, "photo_stored"),
            values | {"bytes": attachment.size, "announced": announced, "command": command},
        )
        if event is not None:
            photo_came(session, event)
