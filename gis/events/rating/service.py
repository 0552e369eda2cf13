"""What people do about inspection and rating besides commands: rate and object by tracking code, review, look."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.accounts.audit import record
from gis.base.errors import Conflict, Forbidden, NotFound, Stale, WanggeError
from gis.db.engine import unit_of_work
from gis.db.visible import scope_of_session
from gis.events.asked import asked_area
from gis.events.duplicates.codes import held_by
from gis.events.filters import EventFilter
from gis.events.rating import store
from gis.events.tracking import read_tracking_code
from gis.events.whistle.scores import Period
from gis.events.workflow import store as workflow
from gis.events.workflow.canonical import canonical_command
from gis.events.workflow.model import Command, Step
from gis.events.workflow.steps import take_in

TRIES = 5
REFUSED: dict[str, tuple[type[WanggeError], str, str]] = {
    "no_such_event": (NotFound, "没有这个事件", "There is no such event"),
    "not_permitted": (Forbidden, "您没有权限执行此操作", "You may not do this"),
    "nothing_asked": (Conflict, "没有待审批的申诉", "No appeal waits here"),
    "same_department": (
        Forbidden,
        "申诉不能由申诉人或承办部门审查",
        "Whoever appealed, and their department, do not review it",
    ),
    "reviewed_already": (Conflict, "已有人初审", "Somebody reviewed it already"),
}


@dataclass(frozen=True, slots=True)
class Given:
    """What a reporter said: the JSON text told back, and whether it had been said before under the same id."""

    body: str
    replay: bool


def rate_by_code(
    engine: Engine, typed: str, command: uuid.UUID, data: Mapping[str, Any], words: str | None
) -> Given:
    """The reporter's rating of the round that ended, for whoever has the tracking code of the event itself.

    Raises NotFound (`unknown_tracking_code`), Forbidden (`me_too_code`, `merged_report`), Conflict (`no_such_step`
    while it is open, `rated_already`, `rating_closed`, `idempotency_conflict`), Invalid (`tracking_code`,
    `unknown_score`, `not_number`, …).
    """
    return _by_code(engine, typed, command, "rate", data=data, words=words)


def object_by_code(engine: Engine, typed: str, command: uuid.UUID, reason: str) -> Given:
    """The reporter's objection (异议): a new round with its own clock; the punctuality of the first stays.

    Whoever reported what was merged into the event objects to the event as well. Raises as `rate_by_code` (but not
    `merged_report`), Conflict (`objection_closed`, `too_many_rounds`).
    """
    return _by_code(engine, typed, command, "object", reason=reason)


def _by_code(
    engine: Engine,
    typed: str,
    command: uuid.UUID,
    name: str,
    *,
    data: Mapping[str, Any] | None = None,
    words: str | None = None,
    reason: str | None = None,
) -> Given:
    code = read_tracking_code(typed)
    for left in reversed(range(TRIES)):
        try:
            return _once(engine, code, Command(command, command, name, 0, words, reason, data=data or {}))
        except Stale:  # somebody else took a step between the look and ours
            if not left:
                raise
    raise AssertionError("unreachable")


def _once(engine: Engine, code: str, asked: Command) -> Given:
    with unit_of_work(engine) as session:
        workflow.lock_command(session, asked.id)
        held = held_by(session, code)
        found = None if held is None else store.tracked(session, held.standing)
        if held is None or found is None:
            raise _unknown_code()
        _refuse_holder(held.holder, asked.name, found.number)
        # The reporter saw no version: what was sent is the same whatever the event has become since.
        sent = replace(asked, event_id=found.id)
        body = canonical_command(sent)
        digest = hashlib.sha256(body.encode()).digest()
        earlier = workflow.begin(session, sent, body, digest)
        if earlier is not None and earlier.body_sha256 != digest:
            raise _other_body()
        if earlier is not None and earlier.answer is not None:
            return Given(earlier.answer.decode(), replay=True)
        step = take_in(session, replace(sent, base_version=found.version))
        told = _told(session, found, step)
        workflow.taken(session, sent.id, step.seq, told.encode(), step.at)
        return Given(told, replay=False)


def _refuse_holder(holder: str, name: str, number: str) -> None:
    """A “me too” shows the progress and says nothing; a round is rated once, by whoever reported the event itself."""
    if holder == "me_too":
        raise Forbidden(
            "me_too_code",
            "这是附议的查询码，只能查进度；评价、异议由上报人提出",
            "This is the code of a “me too”: it shows the progress; to rate or to object is for those who reported",
            field="code",
        )
    if holder == "merged" and name == "rate":
        raise Forbidden(
            "merged_report",
            f"您的上报已并入 {number}，由该件的上报人评价；没有解决的，您可以提出异议",
            f"Your report was merged into {number}, which its own reporter rates; if it is not settled, you may object",
            field="code",
            event_number=number,
        )


def _told(session: Session, found: Any, step: Step) -> str:
    if step.command.name == "rate":
        return store.rating_told(session, found.id, found.round)
    plain = {
        "event_number": found.number,
        "round": step.round,
        "status": step.edge.to_status,
        "at": step.at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
    }
    return json.dumps(plain, separators=(",", ":"))


def _unknown_code() -> NotFound:
    return NotFound(
        "unknown_tracking_code", "没有此查询码对应的上报", "No report has this tracking code", field="code"
    )


def _other_body() -> Conflict:
    return Conflict(
        "idempotency_conflict",
        "该编号下已有另一条命令，内容不同；如为新的命令请换用新的编号",
        "Another command with a different body already has this id; a new command needs a new id",
        field="id",
    )


def review_appeal(engine: Engine, event: uuid.UUID, *, favour: bool, opinion: str) -> dict[str, Any]:
    """The first review of a department's appeal against overdue (超时申诉初审), on record (`appeal.review`).

    Raises NotFound (`no_such_event`), Forbidden (`not_permitted`, `same_department`), Conflict (`nothing_asked`,
    `reviewed_already`). The same review by the same person again changes nothing.
    """
    with unit_of_work(engine) as session:
        told = store.review(session, event, favour=favour, opinion=opinion)
        if "refused" in told:
            kind, zh, en = REFUSED[told["refused"]]
            raise kind(told["refused"], zh, en)
        if not told["replay"]:
            record(session, "appeal.review", "event", event, area_id=told["area"], details={"favour": favour})
    return {"event": str(event), "round": told["round"], "favour": favour, "at": told["at"]}


@dataclass(frozen=True, slots=True)
class Page:
    """JSON texts of a page of tasks, and the number the next page goes on after."""

    items: list[str]
    next: int | None


def list_tasks(engine: Engine, box: str, *, limit: int, before: int | None = None) -> Page:
    """A page of tasks of verification and inspection; see `tasks.sql` for the boxes."""
    with unit_of_work(engine) as session:
        found = store.tasks(session, box, before=before, count=limit + 1)
    going_on = found[limit - 1][0] if len(found) > limit else None
    return Page([item for _, item in found[:limit]], going_on)


def rating_summary(engine: Engine, period: Period, area: str | None = None) -> str:
    """Ratings, objections and call-backs of the rounds that ended in a period, as JSON text.

    Raises Invalid `unknown_area`, Forbidden `outside_scope` for an area in which nothing is held.
    """
    with unit_of_work(engine) as session:
        asked_area(session, scope_of_session(session), EventFilter(area=area))
        return store.summary(session, period.begin, period.end, area)
