"""What a reporter asks of the events room; the transaction begins and ends inside each function."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Engine

from gis.accounts.audit import record_refusal
from gis.base.datum import to_wgs84
from gis.base.errors import Conflict, Forbidden, Invalid
from gis.base.ids import uuid7
from gis.db.engine import unit_of_work
from gis.db.scope import Scope, have_in_hand, scope_of
from gis.events import store
from gis.events.canonical import report_hash
from gis.events.locating import locate_report
from gis.events.model import NewReport, Receipt, Source
from gis.events.tracking import new_tracking_code

# Whoever serves a grid: a report of theirs from the page is a grid worker's.
GRID_ROLES = frozenset({"grid_worker", "grid_lead", "part_time_grid_worker", "substitute"})
# Doors that everybody may come through.
OPEN_SOURCES = frozenset({Source.RESIDENT_CODE, Source.OTHER})


def file_report(engine: Engine, report: NewReport) -> Receipt:
    """Take in a report: locate it, open its event, log it, commit, and answer with both numbers.

    The same body under the same id again gives the same receipt with `replay`. Raises `Conflict`
    (`idempotency_conflict`) for another body under the id, or an id of another account's report; `Invalid` for
    a category or code that does not exist (`unknown_category`, `unknown_building`, …), an address whose codes
    contradict each other, or a place outside the service area that no grid owns either; `Forbidden`
    (`source_not_allowed`) for a source that only staff may name. The hash is of the body as it was sent, so that
    a queue may send it again whoever is logged in by then.
    """
    try:
        return _file(engine, report)
    except Conflict as error:
        record_refusal(engine, "report.create", "report", report.id, details={"code": error.code})
        raise


def _file(engine: Engine, report: NewReport) -> Receipt:
    body_sha256, tracking_code = report_hash(report), new_tracking_code()
    with unit_of_work(engine) as session:
        have_in_hand(session, report=str(report.id), tracking_code=tracking_code)
        facts = store.intake_facts(session, report)
        if facts.earlier is not None:
            return _replay(facts.earlier, body_sha256)
        kept = replace(report, source=source_of(report.source, scope_of(engine)))
        lon, lat = to_wgs84(report.lon, report.lat, report.coord_sys)
        _refuse_unknown(report, facts)
        body = store.take_in(
            session,
            kept,
            body_sha256=body_sha256,
            event_id=uuid7(),
            tracking_code=tracking_code,
            facts=facts,
            place=locate_report(session, lon, lat, report.accuracy_m),
        )
        if body is not None:
            return Receipt(body, replay=False)
        # Somebody with the same id committed between the look and the write; a new statement sees it.
        earlier = store.earlier_report(session, report.id)
        assert earlier is not None
        return _replay(earlier, body_sha256)


def source_of(said: Source, scope: Scope | None) -> Source:
    """The door a report came through: what the sender says, as far as that is the sender's to say.

    The reporter's page always says `resident_code`, for its offline shell does not know who is logged in; of
    somebody who serves a grid it is kept as `grid_worker`. Raises `Forbidden` (`source_not_allowed`) when somebody
    who sees no events names a door of the staff.
    """
    is_staff = scope is None or scope.maintenance or scope.permits("events.read")
    if scope is not None and is_staff and said is Source.RESIDENT_CODE and GRID_ROLES & set(scope.roles):
        return Source.GRID_WORKER
    if said in OPEN_SOURCES or is_staff:
        return said
    raise Forbidden(
        "source_not_allowed",
        f"只有登录的工作人员可以使用此来源：{said}",
        f"Only staff who are logged in may name this source: {said}",
        field="source",
    )


def _replay(earlier: store.Earlier, body_sha256: bytes) -> Receipt:
    if earlier.foreign or earlier.body_sha256 != body_sha256:
        raise Conflict(
            "idempotency_conflict",
            "该编号下已有另一条上报，内容不同；如为新的上报请换用新的编号",
            "Another report with a different body already has this id; a new report needs a new id",
            field="id",
        )
    return Receipt(earlier.receipt, replay=True)


def _refuse_unknown(report: NewReport, facts: store.Facts) -> None:
    if facts.category_id is None:
        raise Invalid(
            "unknown_category",
            f"没有此事项类别：{report.category}",
            f"There is no such category: {report.category}",
            field="category",
        )
    if report.address is None:
        return
    for name in ("compound", "building", "entrance"):
        code = getattr(report.address, name)
        if code is not None and getattr(facts, f"{name}_id") is None:
            raise Invalid(
                f"unknown_{name}",
                f"登记中没有此代码：{code}",
                f"Nothing in the register has this code: {code}",
                field=f"address.{name}",
            )
    _refuse_contradiction(facts)


def _refuse_contradiction(facts: store.Facts) -> None:
    """Compound, building and entrance must belong together as far as the register knows where they belong."""
    pairs = (
        ("entrance", "building", facts.building_of_entrance, facts.building_id),
        ("building", "compound", facts.compound_of_building, facts.compound_id),
        ("entrance", "compound", facts.compound_of_entrance, facts.compound_id),
    )
    for part, whole, belongs_to, given in pairs:
        if belongs_to is not None and given is not None and belongs_to != given:
            zh = {"entrance": "出入口", "building": "楼栋", "compound": "小区"}
            raise Invalid(
                "address_contradiction",
                f"{zh[part]}不属于所填的{zh[whole]}",
                f"The {part} does not belong to the {whole}",
                field=f"address.{part}",
            )
