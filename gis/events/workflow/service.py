"""Taking commands: once, from the version their sender saw, in order, by whoever may, with what each step requires.

`take_command` is one transaction: the command, its step with the row of the log, everybody who follows it, the
audit, the stored answer. A command sent after another that has not come yet is held (at most `HELD_DAYS` days) and
taken when that one has been. `take_as_system` takes a further step inside a transaction that is under way.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.accounts.audit import record
from gis.base.errors import ConditionMissing, Conflict, Invalid, WanggeError
from gis.db.engine import unit_of_work
from gis.db.scope import have_in_hand
from gis.events.workflow import store
from gis.events.workflow.canonical import canonical_command, command_from
from gis.events.workflow.model import Answer, Command, Step
from gis.events.workflow.refusals import no_such_event
from gis.events.workflow.steps import take_as_system, take_in

__all__ = ["expire_held", "take_as_system", "take_command", "take_in", "take_many"]

HELD_DAYS = 5
MOST_AT_ONCE = 200
# Refusals that say nothing of the event, or of a command of somebody else: not kept among one's own.
NOT_KEPT = ("idempotency_conflict", "no_such_event")
NO_STANDARD = {
    "code": "no_standard",
    "detail": "此类事项在此处没有立案标准：按流程默认时限计时，结案不查结案条件",
    "detail_en": "No filing standard is in force for this category here: the workflow's limits count, and nothing is"
    " asked of the closing",
}


def take_command(engine: Engine, command: Command, *, tracking_code: str | None = None) -> Answer:
    """Take a command and answer; the same body under the same id again gives the same bytes.

    Raises Conflict `idempotency_conflict` for another body or another account's id, `no_such_step` and the
    conditions of `gis.events.workflow.refusals`, `predecessor_refused` when the command it is to follow was refused,
    Stale `stale_version`, NotFound `no_such_event`, Forbidden `forbidden`, `not_your_step`, `same_person`, Invalid
    for a missing member or `too_far`, ConditionMissing `version_required`. A refusal is kept for the sender to see;
    sent again, the command is tried again. Whoever has the `tracking_code` of the event takes the reporter's steps.
    """
    body = canonical_command(command)
    digest = hashlib.sha256(body.encode()).digest()
    hand = {} if tracking_code is None else {"tracking_code": tracking_code}
    try:
        with unit_of_work(engine) as session:
            if hand:
                have_in_hand(session, **hand)
            answer = _take(session, command, body, digest)
    except WanggeError as error:
        _keep_refusal(engine, command, error, hand)
        if error.code not in NOT_KEPT:
            _release(engine, command.id, hand)
        raise
    if not (answer.held or answer.replay):
        _release(engine, command.id, hand)
    return answer


def take_many(
    engine: Engine,
    commands: Sequence[Command],
    *,
    around: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> list[Answer | WanggeError]:
    """Take commands in their order, each in a transaction of its own: its answer, or why it was refused.

    Each is taken inside `around`, which may refuse it as well.
    """
    if len(commands) > MOST_AT_ONCE:
        raise Invalid(
            "too_many_commands",
            f"一次最多 {MOST_AT_ONCE} 条命令",
            f"At most {MOST_AT_ONCE} commands at once",
            field="items",
        )
    return [_one_of_many(engine, command, around) for command in commands]


def _one_of_many(
    engine: Engine, command: Command, around: Callable[[], AbstractContextManager[None]]
) -> Answer | WanggeError:
    try:
        with around():
            return take_command(engine, command)
    except WanggeError as error:
        return error


def _take(session: Session, command: Command, body: str, digest: bytes) -> Answer:
    store.lock_command(session, command.id)
    earlier = store.begin(session, command, body, digest)
    if earlier is not None:
        if earlier.body_sha256 != digest:
            raise _other_body()
        if earlier.answer is not None:
            return Answer(earlier.answer, replay=True)
    elif store.event_state(session, command.event_id) is None:
        raise no_such_event()
    store.announce(session, command)
    ready = command
    if command.after is not None:
        before = _before(session, command, command.after)
        if before is None:
            return _hold(session, command)
        ready = before
    if ready.base_version < 1:
        raise ConditionMissing(
            "version_required",
            "请带上所依据的事件版本（If-Match 或 base_version）",
            "Send the version of the event you saw (If-Match or base_version)",
            field="base_version",
        )
    step = take_in(session, ready)
    answer = _answer(session, step)
    store.taken(session, command.id, step.seq, answer, step.at)
    return Answer(answer)


def _before(session: Session, command: Command, after: uuid.UUID) -> Command | None:
    """The command as it is to be taken after another; None while that one has not been taken.

    On the same event it starts from what the other made of it, which its sender could not know. The lock makes one of
    two that come at once wait: either this one sees the other taken, or the other finds this one held.
    """
    store.lock_command(session, after)
    before = store.earlier(session, after)
    if before is None or before.state in {"held", "new"}:
        return None
    if before.state == "refused" or before.answer is None:
        raise Conflict(
            "predecessor_refused",
            "前一条命令未被接受，此命令未执行",
            "The command before was refused, so this one was not taken",
            field="after",
            after=str(after),
        )
    told = json.loads(before.answer)
    same = told["event"] == str(command.event_id)
    return replace(command, base_version=told["version"]) if same else command


def _hold(session: Session, command: Command) -> Answer:
    store.held(session, command.id)
    details = {"command": command.name, "id": str(command.id), "after": str(command.after)}
    record(session, "event.command", "event", command.event_id, details=details | {"state": "held"})
    plain = {
        "command": str(command.id),
        "event": str(command.event_id),
        "state": "held",
        "after": str(command.after),
    }
    return Answer(json.dumps(plain, separators=(",", ":")).encode(), held=True)


def _release(engine: Engine, done: uuid.UUID, hand: dict[str, str]) -> None:
    """Try the commands that waited for this one; what becomes of them their sender sees."""
    with unit_of_work(engine) as session:
        if hand:
            have_in_hand(session, **hand)
        waiting = store.waiting_for(session, done)
    for body in waiting:
        try:
            take_command(engine, command_from(body), **hand)
        except WanggeError:
            continue


def expire_held(engine: Engine) -> bool:
    """Refuse, for all to see, what has waited too long for the command before it; for the worker's duties."""
    told = {
        "code": "predecessor_missing",
        "detail": "前一条命令一直没有收到，此命令未执行",
        "detail_en": "The command before it never came, so this one was not taken",
        "field": "after",
    }
    with unit_of_work(engine) as session:
        return store.expire_held(session, HELD_DAYS, told)


def _answer(session: Session, step: Step) -> bytes:
    """Where the event stands after the step and all who followed it, and what its sender may do next."""
    now = store.event_state(session, step.command.event_id)
    allowed = store.steps(session, step.command.event_id)
    plain: dict[str, Any] = {
        "command": str(step.command.id),
        "event": str(step.command.event_id),
        "version": now.state.version if now else step.version,
        "status": now.state.status if now else step.edge.to_status,
        "seq": step.seq,
        "at": step.at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "allowed": sorted({one.edge.command for one in allowed if one.refusal is None}),
    }
    if step.command.name == "file" and "standard_id" not in step.changes:
        plain["notes"] = [NO_STANDARD]
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()


def _other_body() -> Conflict:
    return Conflict(
        "idempotency_conflict",
        "该编号下已有另一条命令，内容不同；如为新的命令请换用新的编号",
        "Another command with a different body already has this id; a new command needs a new id",
        field="id",
    )


def _keep_refusal(engine: Engine, command: Command, error: WanggeError, hand: dict[str, str]) -> None:
    """Keep a refusal for its sender, and on record, in a transaction of its own."""
    told: dict[str, Any] = {"code": error.code, "detail": error.zh, "detail_en": error.en}
    told |= {"field": error.field} | error.facts
    body = canonical_command(command)
    with unit_of_work(engine) as session:
        if hand:
            have_in_hand(session, **hand)
        if error.code not in NOT_KEPT:
            digest = hashlib.sha256(body.encode()).digest()
            store.refused(session, store.command_values(command, body, digest), told)
        if error.code == "photo_missing":
            store.announce(session, command)  # so that their bytes may come, and the same command again
        details = {"command": command.name, "id": str(command.id), "code": error.code}
        record(session, "event.command", "event", command.event_id, result="refused", details=details)
    error.noted = True
