"""Where a report belongs, asked of people: the reporter confirms the grid, staff place what no grid owns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from gis.accounts.audit import record
from gis.base.datum import to_wgs84
from gis.base.errors import Conflict, Invalid, NotFound
from gis.db.engine import unit_of_work
from gis.db.sql import load
from gis.db.visible import scope_of_session
from gis.events.filters import Position, scoped
from gis.events.readers import read_point, read_uuid7
from gis.events.tracking import read_tracking_code

ANSWERS = ("yes", "no", "moved")


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The answer as it is kept, since when, and whether it had been given before."""

    answer: str
    at: datetime
    replay: bool


def confirm_place(
    engine: Engine,
    report_id: str,
    tracking_code: str,
    answer: str,
    point: tuple[object, str] | None = None,
) -> Confirmed:
    """Answer “is this the right grid?”: yes, no, or moved with a GeoJSON point and its datum.

    For whoever sent the report, or holds its tracking code. With `yes` the event no longer asks; the rest is for
    staff to judge, who correct the place by command. The same answer again changes nothing. Raises `NotFound`
    (`no_such_report`), `Invalid` (`point_missing`, `point_not_expected`, of the point), `Conflict` (`not_asked`,
    `already_confirmed`).
    """
    place = _place(answer, point)
    missing = NotFound(
        "no_such_report", "没有这条上报，或查询码不符", "There is no such report, or not for this code"
    )
    try:
        wanted = read_uuid7(report_id, "id")
        code = read_tracking_code(tracking_code) if tracking_code else None
    except Invalid:
        raise missing from None
    with unit_of_work(engine) as session:
        row = session.execute(
            load("gis.events", "confirm"),
            {"report": wanted, "code": code, "answer": answer, "lon": place[0], "lat": place[1]},
        ).one_or_none()
        if row is None:
            raise missing
        if row.state == "not_asked":
            raise Conflict(
                "not_asked", "这条上报的位置无需确认", "Nobody asked about the place of this report"
            )
        if row.state == "other":
            raise Conflict(
                "already_confirmed",
                "已经确认过，答复不同",
                "It was answered before, differently",
                answer=row.given,
            )
        if row.state == "new":
            record(session, "report.confirm", "report", wanted, area_id=row.area, details={"answer": answer})
        return Confirmed(row.given, row.given_at, replay=row.state == "same")


def _place(answer: str, point: tuple[object, str] | None) -> tuple[float | None, float | None]:
    if answer != "moved":
        if point is not None:
            raise Invalid(
                "point_not_expected",
                "只有回答 moved 时才带位置",
                "Only with the answer moved there is a point",
                field="geometry",
            )
        return None, None
    if point is None:
        raise Invalid("point_missing", "请给出正确的位置", "Say where it is instead", field="geometry")
    return to_wgs84(*read_point(point[0], "geometry"), point[1])


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A page of what no grid owns (see `gis.events.reading.Page`), and how many there are in all."""

    items: list[str]
    count: int
    next: Position | None


def list_unplaced(engine: Engine, *, limit: int, after: Position | None = None) -> Unplaced:
    """A page of the open events of the scope that no grid owns, oldest first, with the grids nearest to each."""
    with unit_of_work(engine) as session:
        scope = scope_of_session(session)
        query, values = scoped("unplaced", scope)
        rows = session.execute(
            query,
            values
            | {
                "row_limit": limit + 1,
                "after_at": None if after is None else after.opened_at,
                "after_id": None if after is None else after.id,
            },
        ).all()
        count = int(session.execute(*scoped("unplaced_count", scope)).scalar_one())
    going_on = Position(rows[limit - 1].opened_at, rows[limit - 1].id) if len(rows) > limit else None
    return Unplaced([row.item for row in rows[:limit]], count, going_on)
