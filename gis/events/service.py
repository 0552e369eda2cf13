"""What a reporter asks of the events room; the transaction begins and ends inside each function."""

from __future__ import annotations

import asyncio

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.accounts.audit import record_refusal
from gis.areas.store import outside_service_area
from gis.base.datum import to_wgs84
from gis.base.errors import Conflict, Forbidden, Invalid, WanggeError
from gis.base.ids import uuid7
from gis.db.asking import Asking
from gis.db.engine import unit_of_work
from gis.db.scope import Scope, scope_of, scoped
from gis.events import store
from gis.events.canonical import report_hash
from gis.events.model import NewReport, Receipt, Source
from gis.events.store import Offered, Taken
from gis.events.tracking import new_tracking_code

# Whoever serves a grid: a report of theirs from the page is a grid worker's.
GRID_ROLES = frozenset({"grid_worker", "grid_lead", "part_time_grid_worker", "substitute"})
# Doors that everybody may come through.
OPEN_SOURCES = frozenset({Source.RESIDENT_CODE, Source.OTHER})
PARTS = {"entrance": "出入口", "building": "楼栋", "compound": "小区"}


def file_report(engine: Engine, report: NewReport) -> Receipt:
    """Take in a report: locate it, open its event, log it, commit, and answer with both numbers.

    The same body under the same id again gives the same receipt with `replay`. Raises `Conflict`
    (`idempotency_conflict`) for another body under the id, or an id of another account's report; `Invalid` for
    a category or code that does not exist (`unknown_category`, `unknown_building`, …), an address whose codes
    contradict each other, or a place outside the service area that no grid owns either; `Forbidden`
    (`source_not_allowed`, `on_behalf_not_allowed`) for what only staff may say. The hash is of the body as it was
    sent, so that a queue may send it again whoever is logged in by then.
    """
    offered = offer(report, scope_of(engine), new_tracking_code())
    with unit_of_work(engine) as session:
        taken = store.take_in(session, [offered])[0]
    return _answered(engine, offered, taken)


async def file_report_alone(asking: Asking, engine: Engine, scope: Scope, report: NewReport) -> Receipt:
    """As `file_report`, on the event loop; a thread of its own has only what is refused or was raced."""
    offered = offer(report, scope, new_tracking_code())
    taken = await store.take_in_alone(asking, scope, offered)
    if taken.receipt is None:
        return await asyncio.to_thread(_answered, scoped(engine, scope), offered, taken)
    return _receipt(offered, taken)


def _answered(engine: Engine, offered: Offered, taken: Taken) -> Receipt:
    """The receipt, or the refusal; one that another's report is the reason of goes on record."""
    try:
        if taken.outcome == "raced":
            with unit_of_work(engine) as session:
                taken = _settled(session, offered)
        return _receipt(offered, taken)
    except Conflict as error:
        record_refusal(engine, "report.create", "report", offered.report.id, details={"code": error.code})
        raise


def file_in(session: Session, offered: Offered) -> Receipt:
    """As `file_report`, in a transaction that came along."""
    taken = store.take_in(session, [offered])[0]
    return _receipt(offered, _settled(session, offered) if taken.outcome == "raced" else taken)


def _settled(session: Session, offered: Offered) -> Taken:
    """Somebody with the same id committed between the look and the write; a new statement sees it."""
    found = store.earlier_receipt(session, offered.report.id, offered.body_sha256)
    return Taken("taken" if found is None else "again", found)


def _receipt(offered: Offered, taken: Taken) -> Receipt:
    if taken.receipt is None:
        raise refusal(offered.report, taken.outcome)
    return Receipt(taken.receipt, replay=taken.outcome == "again")


def offer(report: NewReport, scope: Scope | None, tracking_code: str) -> Offered:
    """A report made ready to be taken in."""
    lon, lat = to_wgs84(report.lon, report.lat, report.coord_sys)
    source = source_of(report, scope)
    return Offered(
        report=report,
        body_sha256=report_hash(report),
        event_id=uuid7(),
        tracking_code=tracking_code,
        lon=lon,
        lat=lat,
        source=None if source is None else str(source),
    )


def source_of(report: NewReport, scope: Scope | None) -> Source | None:
    """The door a report came through: what the sender says, as far as that is the sender's to say; else None.

    The reporter's page always says `resident_code`, for its offline shell does not know who is logged in; of
    somebody who serves a grid it is kept as `grid_worker`. Who sees no events names no door of the staff, and
    writes nothing down for others.
    """
    said = report.source
    is_staff = scope is None or scope.maintenance or scope.permits("events.read")
    if report.on_behalf_of is not None:
        return said if is_staff else None
    if scope is not None and is_staff and said is Source.RESIDENT_CODE and GRID_ROLES & set(scope.roles):
        return Source.GRID_WORKER
    return said if is_staff or said in OPEN_SOURCES else None


def refusal(report: NewReport, outcome: str) -> WanggeError:
    """Why a report is not taken in, by the outcome of the statement."""
    if outcome == "taken":
        return Conflict(
            "idempotency_conflict",
            "该编号下已有另一条上报，内容不同；如为新的上报请换用新的编号",
            "Another report with a different body already has this id; a new report needs a new id",
            field="id",
        )
    if outcome == "source":
        return _not_theirs(report)
    if outcome == "unknown_category":
        return Invalid(
            "unknown_category",
            f"没有此事项类别：{report.category}",
            f"There is no such category: {report.category}",
            field="category",
        )
    if outcome == "outside":
        return outside_service_area(*to_wgs84(report.lon, report.lat, report.coord_sys))
    return _bad_address(report, outcome)


def _not_theirs(report: NewReport) -> Forbidden:
    if report.on_behalf_of is not None:
        return Forbidden(
            "on_behalf_not_allowed",
            "只有登录的工作人员可以代他人上报",
            "Only staff who are logged in may write down a report for somebody else",
            field="on_behalf_of",
        )
    return Forbidden(
        "source_not_allowed",
        f"只有登录的工作人员可以使用此来源：{report.source}",
        f"Only staff who are logged in may name this source: {report.source}",
        field="source",
    )


def _bad_address(report: NewReport, outcome: str) -> Invalid:
    """A code that does not exist (`unknown_building`), or a part that belongs elsewhere (`entrance_of_building`)."""
    first, _, second = outcome.partition("_of_" if "_of_" in outcome else "_")
    if first == "unknown":
        code = getattr(report.address, second)
        return Invalid(
            outcome,
            f"登记中没有此代码：{code}",
            f"Nothing in the register has this code: {code}",
            field=f"address.{second}",
        )
    return Invalid(
        "address_contradiction",
        f"{PARTS[first]}不属于所填的{PARTS[second]}",
        f"The {first} does not belong to the {second}",
        field=f"address.{first}",
    )
