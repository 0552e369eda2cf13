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

    Each is idempotent by its id as if it had been sent alone. An id that comes twice in the list: the same body is
    the same report, another is a conflict. Raises `Invalid` (`not_list`, `batch_empty`), `TooLarge`
    (`batch_too_large`) for the list as a whole.
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
        first, twice = _first_of_each(offered)
        batch = uuid7()
        with unit_of_work(engine) as session:
            taken = _take_in(session, batch, [offered[n] for n in first])
        by_id = {offered[n].report.id: (offered[n], one) for n, one in zip(first, taken, strict=True)}
        for n, (at, report) in enumerate(good):
            results[at] = _result(offered[n], *by_id[report.id], again=n in twice)
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


def _first_of_each(offered: Sequence[Offered]) -> tuple[list[int], set[int]]:
    """The places of the first report under each id, and those of the others."""
    first: dict[uuid.UUID, int] = {}
    for n, one in enumerate(offered):
        first.setdefault(one.report.id, n)
    kept = set(first.values())
    return list(first.values()), {n for n in range(len(offered)) if n not in kept}


def _take_in(session: Session, batch: uuid.UUID, offered: Sequence[Offered]) -> list[Taken]:
    taken = store.take_in(session, offered, batch=batch)
    opened = [one for one in taken if one.outcome == "new"]
    if opened:
        areas = {one.scope_area_id for one in opened}
        record(
            session,
            "report.batch",
            "batch",
            batch,
            area_id=areas.pop() if len(areas) == 1 else None,
            details={"sent": len(offered), "new": len(opened), "first": str(opened[0].event_id)},
        )
    return [_settled(session, one, found) for one, found in zip(offered, taken, strict=True)]


def _settled(session: Session, one: Offered, found: Taken) -> Taken:
    """Who raced another with the same id learns what that left."""
    if found.outcome != "raced":
        return found
    receipt = store.earlier_receipt(session, one.report.id, one.body_sha256)
    return Taken("taken" if receipt is None else "again", receipt)


def _result(one: Offered, first: Offered, taken: Taken, *, again: bool) -> Result:
    if again and one.body_sha256 != first.body_sha256:
        return Result(None, refusal(one.report, "taken"))
    if taken.receipt is None:
        return Result(None, refusal(one.report, taken.outcome))
    return Result(Receipt(taken.receipt, replay=again or taken.outcome == "again"), None)
