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

LONGEST_CLOSURE: Final = 500
SLOT_WORDS: Final = {"before": ("处置前", "before"), "after": ("处置后", "after"), "check": ("核查", "check")}


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
        raise Invalid(
            "standard_required",
            "立案须选择一条立案条件",
            "filing needs one of the filing conditions",
            field="data.standard",
            choices=[choice(one) for one in offered],
        )
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


def check_closure(
    session: Session, standard_id: int | None, data: Mapping[str, Any], slots: Collection[str]
) -> str | None:
    """What an event filed under a standard is closed by, for the log; None without a standard.

    `data["closure"]` says that the closing condition is met: true, or in words of one's own. `slots` are the kinds of
    photos the event has by now. Raises Invalid `closure_required` and `evidence_missing`.
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
    missing = [slot for slot in found.evidence if slot not in slots]
    if missing:
        raise Invalid(
            "evidence_missing",
            f"缺少照片：{'、'.join(SLOT_WORDS[slot][0] for slot in missing)}",
            f"photos are missing: {', '.join(SLOT_WORDS[slot][1] for slot in missing)}",
            field="photos",
            slots=missing,
        )
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


def file_under(
    session: Session, event: uuid.UUID, data: Mapping[str, Any], category: int | None = None
) -> int | None:
    """The id of the condition a command names to file an event under (`standard`, or `condition` by its number).

    It has to be in force for the event's category, or the one told, at its place: Invalid `unknown_filing_standard`.
    None when the command names none; whether it must is for the template to say.
    """
    if data.get("standard") is None and data.get("condition") is None:
        return None
    row = session.execute(load(PACKAGE, "event_filing"), {"event": event}).one()
    found = choose_standard(session, category or row.category_id, row.scope_path, data)
    return None if found is None else found.id


def check_closing(
    session: Session, event: uuid.UUID, data: Mapping[str, Any], slots: Collection[str] = ()
) -> None:
    """Refuse to close an event whose standard is not met, as `check_closure`; `slots` come with the command."""
    row = session.execute(load(PACKAGE, "event_filing"), {"event": event}).one()
    check_closure(session, row.standard_id, data, {*row.slots, *slots})
