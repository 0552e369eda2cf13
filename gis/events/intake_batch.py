"""Many reports at once: each is judged by the rules of one alone, and one that is bad never costs the others."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.accounts.audit import record
from gis.base.errors import Invalid, TooLarge, WanggeError
from gis.base.ids import uuid7
from gis.db.engine import unit_of_work
from gis.db.scope import scope_of
from gis.events import store
from gis.events.model import NewReport, Receipt
from gis.events.service import offer, refusal
from gis.events.store import Offered, Taken
from gis.events.tracking import new_tracking_codes
from gis.events.validate import validate_report

MOST = 1000


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one item: its receipt, or why there is none."""

    receipt: Receipt | None
    error: WanggeError | None


def file_reports(engine: Engine, raw: object) -> list[Result]:
    """Take in a list of at most a thousand reports, set-based and in one transaction; results in order.

    Each is idempotent by its id as if it had been sent alone, in this order. An id that comes twice in the list: the
    same body is the same report, another a conflict with what is kept; one that was refused keeps nothing. Raises
    `Invalid` (`not_list`, `batch_empty`), `TooLarge` (`batch_too_large`) for the list as a whole.
    """
    items = _items(raw)
    now = datetime.now(UTC)
    read = [_read(item, now) for item in items]
    results: list[Result | None] = [
        Result(None, found) if isinstance(found, WanggeError) else None for found in read
    ]
    good = [(at, found) for at, found in enumerate(read) if isinstance(found, NewReport)]
    if good:
        offered = _offered(engine, [report for _, report in good])
        with unit_of_work(engine) as session:
            told = _take_in(session, uuid7(), offered)
        for (at, report), taken in zip(good, told, strict=True):
            results[at] = _result(report, taken)
    return [result for result in results if result is not None]


def _items(raw: object) -> Sequence[object]:
    if not isinstance(raw, list):
        raise Invalid("not_list", "items：应为数组", "items: must be an array", field="items")
    if not raw:
        raise Invalid("batch_empty", "items：没有内容", "items: holds nothing", field="items")
    if len(raw) > MOST:
        raise TooLarge(
            "batch_too_large",
            f"一次至多 {MOST} 条",
            f"At most {MOST} reports at once",
            field="items",
            limit=MOST,
        )
    return raw


def _read(item: object, now: datetime) -> NewReport | WanggeError:
    try:
        return validate_report(item, now)
    except WanggeError as error:
        return error


def _offered(engine: Engine, reports: Sequence[NewReport]) -> list[Offered]:
    scope = scope_of(engine)
    codes = new_tracking_codes(len(reports))
    return [offer(report, scope, code) for report, code in zip(reports, codes, strict=True)]


def _take_in(session: Session, batch: uuid.UUID, offered: Sequence[Offered]) -> list[Taken]:
    """What became of each, as if they had come in this order: under an id that comes twice the first is asked first."""
    told: dict[int, Taken] = {}
    waiting = list(range(len(offered)))
    while waiting:
        first: dict[uuid.UUID, int] = {}
        for n in waiting:
            first.setdefault(offered[n].report.id, n)
        asked = list(first.values())
        taken = store.take_in(session, [offered[n] for n in asked], batch=batch)
        told |= {n: _settled(session, offered[n], found) for n, found in zip(asked, taken, strict=True)}
        for n in waiting:
            before = first[offered[n].report.id]
            if n not in told and (known := _known(offered[n], offered[before], told[before])):
                told[n] = known
        waiting = [n for n in waiting if n not in told]
    _record(session, batch, [told[n] for n in range(len(offered))])
    return [told[n] for n in range(len(offered))]


def _known(one: Offered, before: Offered, taken: Taken) -> Taken | None:
    """What becomes of a report after another under its id; None where that was refused, so that it must be asked."""
    if one.body_sha256 == before.body_sha256:
        return taken if taken.receipt is None else Taken("again", taken.receipt)
    return None if taken.receipt is None else Taken("taken", None)


def _record(session: Session, batch: uuid.UUID, told: Sequence[Taken]) -> None:
    opened = [one for one in told if one.outcome == "new"]
    if opened:
        areas = {one.scope_area_id for one in opened}
        record(
            session,
            "report.batch",
            "batch",
            batch,
            area_id=areas.pop() if len(areas) == 1 else None,
            details={"sent": len(told), "new": len(opened), "first": str(opened[0].event_id)},
        )


def _settled(session: Session, one: Offered, found: Taken) -> Taken:
    """Who raced another with the same id learns what that left."""
    if found.outcome != "raced":
        return found
    receipt = store.earlier_receipt(session, one.report.id, one.body_sha256)
    return Taken("taken" if receipt is None else "again", receipt)


def _result(report: NewReport, taken: Taken) -> Result:
    if taken.receipt is None:
        return Result(None, refusal(report, taken.outcome))
    return Result(Receipt(taken.receipt, replay=taken.outcome == "again"), None)
