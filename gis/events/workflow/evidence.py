"""Photos that a closing stands on: steps are admitted with announced ones, the closing waits for their bytes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy.orm import Session

from gis.base.errors import Conflict
from gis.db.sql import load
from gis.events.workflow.words import slot_words, step_words

PACKAGE = "gis.events.workflow"
NAMED = 3


@dataclass(frozen=True, slots=True)
class Awaited:
    """A photo that was announced and has not come: by which command, which step that was, in which slot."""

    command: uuid.UUID
    step: str
    slot: str


def awaited_photos(session: Session, event: uuid.UUID, closing: uuid.UUID | None = None) -> list[Awaited]:
    """The photos the template requires of the steps this round goes by, and that have not come.

    Of each step the latest since the last rework counts, and one photo in the slot is enough. `closing` is the command
    that would close the event: what it announces itself has to be here as well.
    """
    rows = session.execute(load(PACKAGE, "photos_awaited"), {"event": event, "closing": closing})
    return [Awaited(row.command, row.step, row.slot) for row in rows]


def require_photos(session: Session, event: uuid.UUID, closing: uuid.UUID) -> None:
    """Refuse a closing before the photos it stands on have come: Conflict `photo_missing`."""
    found = awaited_photos(session, event, closing)
    if found:
        raise photo_missing(found)


def photo_missing(found: Sequence[Awaited]) -> Conflict:
    """The refusal that names what is waited for, and what may be done about it."""
    named = found[:NAMED]
    zh = "、".join(f"“{step_words(one.step)[0]}”的{slot_words(one.slot)[0]}照片" for one in named)
    en = ", ".join(f"the photo “{slot_words(one.slot)[1]}” of “{step_words(one.step)[1]}”" for one in named)
    return Conflict(
        "photo_missing",
        f"照片尚未传到：{zh}。传到后即可结案；若已无法取得，请核查不通过退回重做，或由审批人强制结案",
        f"Not here yet: {en}. Close it once they have come; if they never will, fail the inspection to have it done"
        " again, or let an approver force the closing",
        field="photos",
        missing=[asdict(one) | {"command": str(one.command)} for one in found],
    )
