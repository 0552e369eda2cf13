"""What people do with whistles: blow, step by step to the rating, list, look; and the clock's own step.

Who may, from which state and with what, the database decides in one place (migration 0018); here commands are made
exactly once, limits are computed, notices put in and acts recorded.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.accounts.audit import record
from gis.areas.store import locate_served
from gis.base.datum import to_wgs84
from gis.base.errors import Conflict, NotFound, Stale
from gis.base.ids import uuid7
from gis.db.engine import unit_of_work
from gis.events.whistle import store
from gis.events.whistle.limits import due_at, dues
from gis.events.whistle.model import Answer, NewWhistle, WhistleCommand
from gis.events.whistle.notices import tell
from gis.events.whistle.refusals import refusal
from gis.jobs import faults

LAPSES, LAPSES_AT_ONCE = "whistles", 200


@dataclass(frozen=True, slots=True)
class Page:
    """JSON texts of a page of whistles, how many wait in each box, and the id the next page goes on after."""

    items: list[str]
    counts: str
    next: uuid.UUID | None


def blow(engine: Engine, new: NewWhistle) -> Answer:
    """Blow a whistle, on record (`whistle.blow`); the same body under the same id gives the same answer.

    Raises Conflict (`idempotency_conflict`, `already_whistled`, `event_finished`), NotFound (`no_such_event`),
    Invalid (`outside_service_area`, `no_blower_area`, `unknown_department`), Forbidden (`outside_scope`).
    """
    sha256 = _hash({name: getattr(new, name) for name in NewWhistle.__slots__})
    with unit_of_work(engine) as session:
        if (replay := _replay(session, new.id, sha256)) is not None:
            return replay
        return _blow(session, new, sha256)


def _blow(session: Session, new: NewWhistle, sha256: bytes) -> Answer:
    given: dict[str, Any] = {
        "id": str(new.id),
        "reason": new.reason,
        "departments": list(new.departments),
        "urgency": new.urgency,
        "source": new.source,
        "address": new.address,
    }
    place = _place(session, new)
    given |= place
    rule = store.rule(session, area=place.get("area"), event=new.event_id)
    if rule is None:
        raise refusal({"refused": "no_such_event"})
    given["approve_due"] = due_at(rule.at, rule.limits["approve"], rule.calendar).isoformat()
    told = _taken(store.blow(session, given))
    details = {"departments": list(new.departments), "urgency": new.urgency}
    record(session, "whistle.blow", "whistle", new.id, area_id=told["area"], details=details)
    tell(session, "blow", new.id, told)
    body = _body(new.id, WhistleCommand(new.id, new.id, "blow", 0), told)
    store.keep_answer(session, new.id, new.id, sha256, body)
    return Answer(body, replay=False)


def _place(session: Session, new: NewWhistle) -> dict[str, Any]:
    """The event of a whistle, or the scope area and the degrees in WGS-84 of its own place."""
    if new.event_id is not None:
        return {"event": str(new.event_id)}
    assert new.lon is not None
    assert new.lat is not None
    assert new.coord_sys is not None
    lon, lat = to_wgs84(new.lon, new.lat, new.coord_sys)
    _, area = locate_served(session, lon, lat)
    return {"area": area, "lon": lon, "lat": lat}


def take(engine: Engine, command: WhistleCommand) -> Answer:
    """Take one step, on record (`whistle.…`); the same command again gives the same answer.

    Raises what the database refuses (gis.events.whistle.refusals): NotFound `no_such_whistle`, Forbidden
    `not_permitted`, Stale `stale_version`, Conflict `wrong_state`, Invalid `missing`, `too_far`, …, and Conflict
    `idempotency_conflict`.
    """
    sha256 = _hash({name: getattr(command, name) for name in WhistleCommand.__slots__})
    with unit_of_work(engine) as session:
        if (replay := _replay(session, command.id, sha256)) is not None:
            return replay
        body = _step(session, command)
        store.keep_answer(session, command.id, command.whistle_id, sha256, body)
        return Answer(body, replay=False)


def _step(session: Session, command: WhistleCommand) -> str:
    said = dict(command.said)
    if position := said.get("position"):
        lon, lat = to_wgs84(position["lon"], position["lat"], position["coord_sys"])
        said["position"] = {"lon": lon, "lat": lat, "accuracy_m": position.get("accuracy_m")}
    rule = store.rule(session, whistle=command.whistle_id)
    if rule is None:
        raise refusal({"refused": "no_such_whistle"})
    rate = due_at(rule.at, rule.limits["rate"], rule.calendar).isoformat()
    said["due"] = {**dues(rule.at, rule.limits, rule.calendar), "rate": rate}
    told = _taken(
        store.step(session, command.whistle_id, command.name, command.base_version, command.department, said)
    )
    details = {} if command.department is None else {"department": command.department}
    action = f"whistle.{command.name}"
    record(session, action, "whistle", command.whistle_id, area_id=told["area"], details=details)
    tell(session, command.name, command.whistle_id, told, command.department)
    return _body(command.whistle_id, command, told)


def _taken(told: Mapping[str, Any]) -> Mapping[str, Any]:
    if "refused" in told:
        raise refusal(told)
    return told


def _body(whistle: uuid.UUID, command: WhistleCommand, told: Mapping[str, Any]) -> str:
    answer = None
    if command.department is not None:
        answer = {"code": command.department, **told["answer"]}
    body = {
        "id": str(command.id),
        "whistle": str(whistle),
        "command": command.name,
        "status": told["status"],
        "version": told["version"],
        "department": answer,
        "at": told["at"],
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _hash(body: Mapping[str, Any]) -> bytes:
    """SHA-256 of a body whose members stand in a fixed order."""
    told = json.dumps(body, ensure_ascii=False, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).digest()


def _replay(session: Session, command: uuid.UUID, sha256: bytes) -> Answer | None:
    earlier = store.earlier(session, command)
    if earlier is None:
        return None
    if earlier.elsewhere or earlier.answer is None or earlier.body_sha256 != sha256:
        raise Conflict(
            "idempotency_conflict",
            "该编号下已有另一条操作，内容不同；如为新的操作请换用新的编号",
            "Another command with a different body already has this id; a new command needs a new id",
            field="id",
        )
    return Answer(earlier.answer, replay=True)


def list_whistles(
    engine: Engine, box: str, *, limit: int, before: uuid.UUID | None = None, is_open: bool | None = None
) -> Page:
    """A page of a box, the latest first; see `listed.sql` for the boxes."""
    with unit_of_work(engine) as session:
        found = store.listed(session, box, before=before, count=limit + 1, is_open=is_open)
        counts = store.counts(session)
    going_on = found[limit - 1][0] if len(found) > limit else None
    return Page([item for _, item in found[:limit]], counts, going_on)


def read_whistle(engine: Engine, whistle: uuid.UUID) -> str:
    """One whistle whole as JSON text; NotFound `no_such_whistle`, also for one outside the scope."""
    with unit_of_work(engine) as session:
        found = store.one(session, whistle)
    if found is None:
        raise NotFound("no_such_whistle", "没有这个哨件", "There is no such whistle")
    return found


def lapse_ratings(engine: Engine) -> bool:
    """End what nobody rated in time (逾期未评), as the system; whether there may be more.

    One at which this fails steps back, so that it stops no other.
    """
    with unit_of_work(engine) as session:
        late = store.late_ratings(session, LAPSES_AT_ONCE)
    done = 0
    for whistle, department, version in late:
        try:
            take(engine, WhistleCommand(uuid7(), whistle, "lapse", version, department))
            with unit_of_work(engine) as session:
                faults.forget(session, LAPSES, whistle)
        except (Stale, Conflict):
            continue  # somebody was faster
        except Exception as error:  # noqa: BLE001 - it is noted, logged and tried again later
            faults.step_back(engine, LAPSES, whistle, datetime.now(UTC), error)
        done += 1
    return done == LAPSES_AT_ONCE
