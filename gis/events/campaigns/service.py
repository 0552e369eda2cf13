"""What people do in campaigns: begin one, knock on doors, note problems and solve them, read what it came to."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, Row
from sqlalchemy.orm import Session

from gis.accounts.audit import record
from gis.base.errors import Conflict, Invalid, NotFound
from gis.db.engine import unit_of_work
from gis.events.campaigns import store
from gis.events.campaigns.figures import Figures, together
from gis.events.campaigns.store import Campaign, Opened, Problem

ZONE = ZoneInfo("Asia/Shanghai")
MOST = 2000
SKEW = timedelta(minutes=5)
LONGEST_DAYS = 366
_DOOR = re.compile(r"[0-9A-Z-]{1,12}", re.ASCII)
_NUMBER = re.compile(r"\d[\d\s-]{5,}\d")


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """What is to be visited; without `buildings` all inhabited ones of the area."""

    id: uuid.UUID
    kind: str
    name: str
    area: str
    begins: date
    ends: date
    buildings: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A knock on a door."""

    id: uuid.UUID
    building: str
    door: str
    result: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewProblem:
    """What somebody was told of, in a building or somewhere in an area; perhaps an event already."""

    id: uuid.UUID
    note: str
    building: str | None = None
    area: str | None = None
    event: uuid.UUID | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A campaign with what it had come to at a moment, as far as the asker answers for it."""

    campaign: Campaign
    as_of: datetime
    total: Figures
    grids: tuple[tuple[str, str, Figures], ...]


def open_campaign(engine: Engine, new: NewCampaign) -> Opened:
    """Begin a campaign: how many buildings it has. The same again is the same campaign (`replay`).

    Raises Invalid (`bad_period`, `unknown_area`, `unknown_building`), Forbidden `outside_scope`, Conflict
    `campaign_exists` for another one of this id.
    """
    if not 0 <= (new.ends - new.begins).days < LONGEST_DAYS:
        raise Invalid("bad_period", "行动应为 1 至 366 天", "a campaign has 1 to 366 days", field="ends")
    with unit_of_work(engine) as session:
        area = _area(session, new.area)
        made = store.open_campaign(
            session,
            {
                "id": new.id, "kind": new.kind, "name": new.name, "area": area, "begins": new.begins,
                "ends": new.ends, "buildings": None if new.buildings is None else sorted(set(new.buildings)),
            },
        )  # fmt: skip
        if new.buildings is not None and made.targets != len(set(new.buildings)):
            raise Invalid(
                "unknown_building",
                "有的楼栋不存在或不在该区域",
                "Some of the buildings do not exist, or not in this area",
                field="buildings",
            )
        if not made.replay:
            details = {"targets": made.targets}
            record(session, "campaign.create", "campaign", new.id, area_id=area, details=details)
    return made


def list_campaigns(engine: Engine, most: int = 100) -> list[Campaign]:
    """Campaigns the asker sees, the latest first."""
    with unit_of_work(engine) as session:
        return store.campaigns(session, None, most)


def read_campaign(engine: Engine, campaign: uuid.UUID, as_of: datetime | None = None) -> Told:
    """A campaign as it stood at a moment, now when none is said. NotFound `no_such_campaign`."""
    with unit_of_work(engine) as session:
        found = _campaign(session, campaign)
        moment = min(as_of or store.now(session), store.now(session))
        grids = store.figures(session, campaign, moment)
    return Told(found, moment, together(one for *_, one in grids), tuple(grids))


def targets(engine: Engine, campaign: uuid.UUID) -> Sequence[Row[Any]]:
    """Buildings to visit where the asker works. NotFound `no_such_campaign`."""
    with unit_of_work(engine) as session:
        _campaign(session, campaign)
        return store.targets(session, campaign, MOST)


def problems(engine: Engine, campaign: uuid.UUID) -> list[Problem]:
    """Problems where the asker works, the oldest unsolved first. NotFound `no_such_campaign`."""
    with unit_of_work(engine) as session:
        _campaign(session, campaign)
        return store.problems(session, campaign, None, MOST)


def visit(engine: Engine, campaign: uuid.UUID, given: Visit) -> bool:
    """Keep a visit; whether it is new.

    Raises NotFound (`no_such_campaign`, `no_such_target`), Invalid (`bad_door`, `bad_moment`), Conflict
    `idempotency_conflict`.
    """
    if _DOOR.fullmatch(given.door) is None:
        raise Invalid(
            "bad_door",
            "门牌写作单元与门号，如 2-301",
            "A door is written as unit and number, as 2-301",
            field="door",
        )
    with unit_of_work(engine) as session:
        found = _campaign(session, campaign)
        place = store.building(session, given.building)
        if place is None:
            raise _no_target()
        at = _moment(session, found, given.at)
        values = {
            "id": given.id, "campaign": campaign, "building": place[0], "door": given.door, "result": given.result,
            "at": at,
        }  # fmt: skip
        new = store.visit(session, values)
        record(session, "campaign.visit", "campaign", campaign, area_id=place[1])
    return new


def note_problem(engine: Engine, campaign: uuid.UUID, given: NewProblem) -> bool:
    """Keep a problem; whether it is new. It says what is wrong, never who: long numbers are refused.

    Raises as `visit`, Invalid (`place_missing`, `personal_number`, `unknown_area`), NotFound `event_not_found`.
    """
    if _NUMBER.search(given.note):
        raise Invalid(
            "personal_number",
            "请勿写入电话、证件号码或居民姓名",
            "Write no phone or identity number, and no resident's name",
            field="note",
        )
    with unit_of_work(engine) as session:
        found = _campaign(session, campaign)
        building, area = _place(session, given)
        if given.event is not None and not store.sees_event(session, given.event):
            raise NotFound("event_not_found", "没有这个事件", "There is no such event", field="event")
        values = {
            "id": given.id, "campaign": campaign, "building": building, "area": area, "note": given.note,
            "event": given.event, "at": _moment(session, found, given.at),
        }  # fmt: skip
        new = store.note(session, values)
        record(session, "campaign.problem", "campaign", campaign, area_id=area)
    return new


def solve_problem(engine: Engine, campaign: uuid.UUID, problem: uuid.UUID, at: datetime | None) -> Problem:
    """Call a problem solved; once it is, nothing changes. NotFound `no_such_problem`, Conflict `not_yours`."""
    with unit_of_work(engine) as session:
        found = _campaign(session, campaign)
        before = _problem(session, campaign, problem)
        if before.solved_at is not None:
            return before
        moment = _moment(session, found, at)
        if moment < before.registered_at:
            raise Invalid(
                "bad_moment", "早于登记时间", "It is before the problem was registered", field="solved_at"
            )
        if not store.solve(session, problem, moment):
            raise Conflict("not_yours", "不在您的工作范围内", "It is not in the areas you work in")
        record(session, "campaign.solve", "campaign", campaign, area_id=before.area_id)
        return _problem(session, campaign, problem)


def _place(session: Session, given: NewProblem) -> tuple[int | None, int]:
    if given.building is not None:
        place = store.building(session, given.building)
        if place is None or place[1] is None:
            raise _no_target()
        return place[0], place[1]
    if given.area is None:
        raise Invalid("place_missing", "请给出楼栋或区域", "Say the building or the area", field="building")
    return None, _area(session, given.area)


def _moment(session: Session, campaign: Campaign, given: datetime | None) -> datetime:
    """When it was: the time of the device between the first day of the campaign and now."""
    now = store.now(session)
    if given is None:
        return now
    begins = datetime.combine(campaign.begins, time(), ZONE)
    if given > now + SKEW or given < begins:
        raise Invalid(
            "bad_moment",
            "时间应在行动开始之后、现在之前",
            "The time is after the campaign begins and not after now",
            field="at",
        )
    return given


def _campaign(session: Session, campaign: uuid.UUID) -> Campaign:
    found = store.campaigns(session, campaign, 1)
    if not found:
        raise NotFound("no_such_campaign", "没有这项行动", "There is no such campaign")
    return found[0]


def _problem(session: Session, campaign: uuid.UUID, problem: uuid.UUID) -> Problem:
    found = store.problems(session, campaign, problem, 1)
    if not found:
        raise NotFound("no_such_problem", "没有这个问题", "There is no such problem")
    return found[0]


def _area(session: Session, code: str) -> int:
    found = store.area_id(session, code)
    if found is None:
        raise Invalid("unknown_area", f"没有此区域：{code}", f"There is no such area: {code}", field="area")
    return found


def _no_target() -> NotFound:
    return NotFound(
        "no_such_target",
        "不在本次行动中，或不在您的范围内",
        "It is not in this campaign, or not in your areas",
    )
