"""Filing and closing by a standard: one condition is chosen when an event is filed, its closing is shown at the end."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from gis.base.errors import Invalid
from gis.db.sql import load
from gis.events.standards import store
from gis.events.standards.model import Standard
from gis.events.standards.store import PACKAGE
from gis.events.workflow.evidence import Awaited, photo_missing
from gis.events.workflow.words import slot_words

LONGEST_CLOSURE: Final = 500
LONGEST_TOLD: Final = 120
TOWARDS = {  # the steps on the way to a closing, and the photos it will ask for that they may bring
    "dispatch": ("before", "after", "check"),
    "assign": ("before", "after"),
    "sign": ("before", "after"),
    "feedback": ("before", "after"),
    "self_handle": ("before", "after"),
    "send_inspection": ("before", "after", "check"),
    "pass_inspection": ("before", "after", "check"),
}


def standard_for(
    session: Session, category_id: int, area_path: Sequence[int] | None, day: date | None = None
) -> list[Standard]:
    """The conditions in force for a category in an area (`area_path`: ids from the top down), by their numbers.

    A city's own set goes before its district's parent's and the default, a category's own conditions before its
    family's; none where nobody has set any.
    """
    return store.standards_for(session, category_id, area_path, day)


def choose_standard(
    session: Session, category_id: int, area_path: Sequence[int], data: Mapping[str, Any]
) -> Standard | None:
    """The condition an event is filed under: `data["standard"]` is its id, or `data["condition"]` its number.

    The only one there is needs no choosing. None where there are no standards for the category. Raises Invalid
    `standard_required` (with the choices) and `unknown_filing_standard`.
    """
    offered = standard_for(session, category_id, area_path)
    asked, number = data.get("standard"), data.get("condition")
    if asked is None and number is None:
        if len(offered) <= 1:
            return offered[0] if offered else None
        raise _to_choose(offered)
    wanted = number if asked is None else asked
    for one in offered:
        told = one.condition_no if asked is None else one.id
        if not isinstance(wanted, bool) and wanted == told:
            return one
    raise Invalid(
        "unknown_filing_standard",
        "该类别在此区域没有这条立案标准",
        "this category has no such filing standard in this area",
        field="data.standard" if asked is not None else "data.condition",
        choices=[choice(one) for one in offered],
    )


def _to_choose(offered: Sequence[Standard]) -> Invalid:
    """The refusal of a filing that names none of several conditions: their numbers and words, and all of each."""
    zh = "；".join(f"{one.condition_no}. {one.condition_text[:LONGEST_TOLD]}" for one in offered)
    en = "; ".join(
        f"{one.condition_no}. {(one.condition_en or one.condition_text)[:LONGEST_TOLD]}" for one in offered
    )
    return Invalid(
        "standard_required",
        f"立案须选择一条立案条件：{zh}",
        f"Filing needs one of the filing conditions: {en}",
        field="data.standard",
        choices=[choice(one) for one in offered],
    )


def check_closure(
    session: Session,
    standard_id: int | None,
    data: Mapping[str, Any],
    slots: Collection[str],
    coming: Sequence[Awaited] = (),
) -> str | None:
    """What an event filed under a standard is closed by, for the log; None without a standard.

    `data["closure"]` says that the closing condition is met: true, or in words of one's own. `slots` are the kinds of
    photos the event has by now, `coming` those announced without their bytes. Raises Invalid `closure_required` and
    `evidence_missing`, Conflict `photo_missing`.
    """
    found = None if standard_id is None else store.standard(session, standard_id)
    if found is None:
        return None
    said = data.get("closure")
    words = said.strip() if isinstance(said, str) else ""
    if said is not True and not 0 < len(words) <= LONGEST_CLOSURE:
        raise Invalid(
            "closure_required",
            f"请确认已达到结案条件：{found.closure_text}",
            f"say that the closing condition is met: {found.closure_en or found.closure_text}",
            field="data.closure",
            closure=found.closure_text,
            closure_en=found.closure_en,
        )
    lacking = [slot for slot in found.evidence if slot not in slots]
    missing = [slot for slot in lacking if slot not in {one.slot for one in coming}]
    if missing:
        raise Invalid(
            "evidence_missing",
            f"缺少立案标准要求的照片：{'、'.join(slot_words(slot)[0] for slot in missing)}；请随结案命令附上",
            f"Photos the filing standard asks for are missing: {', '.join(slot_words(slot)[1] for slot in missing)};"
            " send them with the closing",
            field="photos",
            slots=missing,
        )
    if lacking:
        raise photo_missing([one for one in coming if one.slot in lacking])
    return words or found.closure_text


def choice(one: Standard) -> dict[str, Any]:
    """A condition as a client chooses among."""
    return {
        "id": one.id,
        "condition_no": one.condition_no,
        "condition": one.condition_text,
        "condition_en": one.condition_en,
        "limit": {
            "kind": one.limit_kind,
            "value": one.limit_value,
            "zh": one.limit.zh(),
            "en": one.limit.en(),
        },
    }


def file_under(session: Session, event: uuid.UUID, data: Mapping[str, Any]) -> int | None:
    """The id of the condition an event is filed under: the one named, or the only one for its category at its place.

    None where there is none: the filing goes on, and says so. Raises Invalid `standard_required` (with the choices) and
    `unknown_filing_standard`.
    """
    row = session.execute(load(PACKAGE, "event_filing"), {"event": event, "closing": None}).one()
    found = choose_standard(session, row.category_id, row.scope_path, data)
    return None if found is None else found.id


def refile_under(
    session: Session, event: uuid.UUID, data: Mapping[str, Any], category: int | None
) -> dict[str, int | None]:
    """What a correction makes of the condition: the one named; of a filed event with another category one of that.

    Nothing for any other. Raises as `file_under`.
    """
    row = session.execute(load(PACKAGE, "event_filing"), {"event": event, "closing": None}).one()
    named = data.get("standard") is not None or data.get("condition") is not None
    moved = category is not None and category != row.category_id and row.filed
    if not named and not moved:
        return {}
    found = choose_standard(session, category or row.category_id, row.scope_path, data)
    return {"standard_id": None if found is None else found.id}


def check_closing(session: Session, event: uuid.UUID, data: Mapping[str, Any], closing: uuid.UUID) -> None:
    """Refuse to close an event whose standard is not met, as `check_closure`; `closing` is the command's id."""
    row = session.execute(load(PACKAGE, "event_filing"), {"event": event, "closing": closing}).one()
    check_closure(session, row.standard_id, data, row.slots, _coming(row.coming))


def _coming(told: Sequence[Mapping[str, str]]) -> list[Awaited]:
    return [Awaited(uuid.UUID(one["command"]), one["step"], one["slot"]) for one in told]


def also_required(
    session: Session, event: uuid.UUID, commands: Collection[str]
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """What steps need of this event besides their edges, and what the closing will: of each command, by its name.

    Required are a standard to file, its closing and missing photos to close; expected are photos the closing of the
    event's standard will ask for and that are neither here nor announced, on the way there.
    """
    if not {"file", "close", *TOWARDS} & set(commands):
        return {}, {}
    row = session.execute(load(PACKAGE, "event_filing"), {"event": event, "closing": None}).one()
    asked: dict[str, list[str]] = {}
    if "file" in commands and len(standard_for(session, row.category_id, row.scope_path)) > 1:
        asked["file"] = ["standard"]
    found = store.standard(session, row.standard_id) if row.standard_id else None
    if found is None:
        return asked, {}
    there = {*row.slots, *(one["slot"] for one in row.coming)}
    lacking = [slot for slot in found.evidence if slot not in there]
    if "close" in commands:
        asked["close"] = ["closure", *(f"photo:{slot}" for slot in lacking)]
    told = {
        name: [f"photo:{slot}" for slot in lacking if slot in TOWARDS[name]]
        for name in TOWARDS
        if name in commands
    }
    return asked, {name: slots for name, slots in told.items() if slots}
