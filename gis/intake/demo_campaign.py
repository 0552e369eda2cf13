"""A round of door-knocking of the demo: visits over three weeks, problems found and mostly solved; nobody is named."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gis.base.ids import uuid7
from gis.db.engine import unit_of_work
from gis.db.sql import load
from gis.events.campaigns.service import (
    NewCampaign,
    NewProblem,
    Visit,
    note_problem,
    open_campaign,
    solve_problem,
    visit,
)
from gis.intake.demo_desk import PACKAGE, SEED, Desk

GRIDS, EACH = 3, 2
DAYS_BACK, DAYS_ON = 21, 20
RESULTS = (("met", 62), ("absent", 24), ("refused", 4), ("", 10))
"""What came of a hundred doors; of the last nobody has been to yet."""
NOTES = (
    "楼道堆放纸箱，占用疏散通道", "单元门闭门器损坏", "楼梯间照明灯不亮", "天台门未上锁", "消火栓箱内无水带",
    "电动车停放在门厅", "外墙空调支架锈蚀", "污水井返味", "无障碍坡道破损", "燃气软管超期未换",
    "楼顶雨水口堵塞", "信报箱脱落",
)  # fmt: skip
UNSOLVED = 4
ZONE = ZoneInfo("Asia/Shanghai")


def knock(desk: Desk, event: uuid.UUID | None) -> int:
    """Begin a campaign in the secretary's community and keep its visits and problems; how many visits.

    `event` is what the last problem became. Nothing where there is no secretary, or nobody lives there.
    """
    if not desk.has("secretary"):
        return 0
    with unit_of_work(desk.engine) as session:
        found = session.execute(load(PACKAGE, "demo_buildings"), {"grids": GRIDS, "each": EACH}).all()
        area = session.execute(load(PACKAGE, "demo_community")).scalar_one_or_none()
    if not found or area is None:
        return 0
    rng = random.Random(SEED)  # noqa: S311 - a sample
    begins = datetime.now(ZONE).date() - timedelta(days=DAYS_BACK)
    campaign = NewCampaign(
        uuid7(), "door_knocking", "冬季敲门行动", area, begins, begins + timedelta(days=DAYS_BACK + DAYS_ON),
        tuple(row.code for row in found),
    )  # fmt: skip
    open_campaign(desk.of("secretary"), campaign)
    visits = sum(_visit(desk, campaign, row.code, row.households, rng) for row in found)
    _problems(desk, campaign, [row.code for row in found], rng, event)
    return visits


def _visit(desk: Desk, campaign: NewCampaign, building: str, households: int, rng: random.Random) -> int:
    """Knock on the doors of a building; how many."""
    made = 0
    for n in range(households):
        result = rng.choices([name for name, _ in RESULTS], [share for _, share in RESULTS])[0]
        if result:
            door = f"{1 + n // 12}-{1 + n // 2 % 6}0{1 + n % 2}"
            given = Visit(uuid7(), building, door, result, _moment(campaign, rng))
            visit(desk.of("secretary"), campaign.id, given)
            made += 1
    return made


def _problems(
    desk: Desk, campaign: NewCampaign, buildings: list[str], rng: random.Random, event: uuid.UUID | None
) -> None:
    secretary = desk.of("secretary")
    for n, note in enumerate(NOTES):
        seen = _moment(campaign, rng)
        last = n == len(NOTES) - 1
        given = NewProblem(
            uuid7(), note, buildings[n % len(buildings)], event=event if last else None, at=seen
        )
        note_problem(secretary, campaign.id, given)
        if n < len(NOTES) - UNSOLVED:
            solved = min(seen + timedelta(days=rng.randint(1, 6), hours=rng.randint(0, 5)), datetime.now(UTC))
            solve_problem(secretary, campaign.id, given.id, solved)


def _moment(campaign: NewCampaign, rng: random.Random) -> datetime:
    """An evening hour of a day between the first one and yesterday."""
    day = campaign.begins + timedelta(days=rng.randrange(DAYS_BACK))
    return datetime.combine(day, time(17 + rng.randrange(3), rng.randrange(60)), ZONE)
