"""What inspection and rating do after a step, inside its transaction: refuse, draw, hand out, keep.

It follows after the clocks, which have written by then how late a round was.
"""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from gis.base.errors import Conflict, Forbidden, Invalid
from gis.events.rating import store
from gis.events.rating.reading import read_call_back, read_outcome, read_rating
from gis.events.workflow.evidence import awaited_photos
from gis.events.workflow.model import Step
from gis.events.workflow.service import take_as_system
from gis.events.workflow.store import event_state, lock_command
from gis.jobs import outbox

INSPECTS = frozenset({"pass_inspection", "fail_inspection"})
ENDS = frozenset({"close", "force_close"})
SENDS = frozenset({"send_inspection", "send_verification"})
KEPT = (
    INSPECTS | ENDS | SENDS
    | {"verify", "recall", "return", "cancel", "merge", "reject", "rate", "object", "call_back"}
    | {"appeal", "grant_appeal", "deny_appeal"}
)  # fmt: skip
SAMPLED = "按比例抽中核查"
LEFT_OUT = "未抽中核查，自动结案"


def follow(session: Session, step: Step) -> None:
    """Refuse what somebody else has to do, keep what the step says, go on where the sample decides."""
    name = step.command.name
    if name in INSPECTS:
        _refuse_partial(session, step)
    elif name == "rate":
        _refuse_rating(session, step)
    elif name == "object":
        _refuse_late(session, step, "object")
    elif name == "grant_appeal":
        _refuse_alone(session, step)
    elif name == "call_back":
        read_call_back(step.command.data)
    elif name in ENDS or name == "feedback":
        read_outcome(step.command.data)
    if name in KEPT:
        told = store.follow(session, step.before.id, step.seq)
        if (inspector := told.get("inspector")) is not None:
            payload = {"event": str(step.before.id), "number": step.before.number, "command": name}
            outbox.put(
                session,
                "inspection.assigned",
                payload,
                event_id=step.before.id,
                area_id=step.before.scope_area_id,
                accounts=[int(inspector)],
            )
    elif name == "self_handle":
        _sample(session, step.before.id)


def _sample(session: Session, event: uuid.UUID) -> None:
    """Send what was handled on the spot to inspection, or close it; without a rule the desk decides."""
    if store.draw(session, event, "self_handled") is True:
        take_as_system(session, event, "send_inspection", reason=SAMPLED)
    else:
        close_left_out(session, event)


def close_left_out(session: Session, event: uuid.UUID) -> None:
    """Close what was handled on the spot and the sample left out, once its photos have come: without them it stays,
    and is sent to inspection when its time is over.
    """
    if store.draw(session, event, "self_handled") is False and not awaited_photos(session, event):
        take_as_system(session, event, "close", reason=LEFT_OUT, data={"outcome": "fixed"})


def photo_came(session: Session, event: uuid.UUID) -> None:
    """Go on where a photo was waited for. Two that come at once wait for one another, so that the later sees both."""
    lock_command(session, event)
    here = event_state(session, event)
    if here is not None and here.state.status == "self_handled":
        close_left_out(session, event)


def _refuse_partial(session: Session, step: Step) -> None:
    """Forbidden `same_department` (`same_person`) for whoever had a part in the handling."""
    if step.account_id is None:
        return
    found = store.conflict(session, step.before.id, step.account_id)
    if found is not None:
        raise Forbidden(
            found,
            "核查须由承办人及承办部门以外的人员进行",
            "Whoever handled it, and their department, do not inspect it",
            field="command",
        )


def _refuse_rating(session: Session, step: Step) -> None:
    score = read_rating(step.command.data)
    if not store.known_score(session, score):
        raise Invalid("unknown_score", "没有这个分值", "This mark is not on the scale", field="score")
    _refuse_late(session, step, "rate")


def _refuse_late(session: Session, step: Step, what: str) -> None:
    """Conflict `rating_closed`, `objection_closed` after the time for it."""
    ended = store.ended(session, step.before.id, step.before.round)
    if ended is None:
        return
    until = ended.rate_until if what == "rate" else ended.object_until
    if until is not None and until < step.at:
        if what == "rate":
            raise Conflict(
                "rating_closed", "评价期限已过", "The time for rating is over", until=until.isoformat()
            )
        raise Conflict(
            "objection_closed", "异议期限已过", "The time for objecting is over", until=until.isoformat()
        )


def _refuse_alone(session: Session, step: Step) -> None:
    """An exemption takes two: one who reviewed in favour, and somebody else who grants."""
    ended = store.ended(session, step.before.id, step.before.round)
    if ended is None or not ended.favour:
        raise Conflict(
            "not_reviewed",
            "须先由另一人初审同意",
            "Somebody else has to review the appeal in favour first",
            field="command",
        )
    if ended.reviewed_by == step.account_id:
        raise Forbidden(
            "same_reviewer",
            "初审与终审不能为同一人",
            "Two different people decide on an appeal",
            field="command",
        )
