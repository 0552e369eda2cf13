"""Tables of campaigns. No resident is named in any of them; who knocked and who noted is told to nobody."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    String,
    Text,
    false,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from gis.db.orm import Base

MOMENT = DateTime(timezone=True)
KINDS = ("door_knocking", "check", "clean_up", "other")
RESULTS = ("met", "absent", "refused")


class Campaign(Base):
    """What is visited in an area between two days; `named` where its buildings were."""

    __tablename__ = "campaign"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(Text)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    begins: Mapped[date]
    ends: Mapped[date]
    named: Mapped[bool] = mapped_column(server_default=false())
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())

    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint("begins <= ends", name="period"),
        CheckConstraint("length(name) BETWEEN 1 AND 80", name="name"),
    )


class CampaignTarget(Base):
    """A building to visit, with the grid it lies in and the households registered in it when the campaign began."""

    __tablename__ = "campaign_target"

    campaign_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    building_id: Mapped[int] = mapped_column(ForeignKey("building.id"), primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    households: Mapped[int] = mapped_column(Integer)

    __table_args__ = (CheckConstraint("households >= 0", name="households"),)


class CampaignVisit(Base):
    """A knock on a door; a door is a unit and a number, as `2-301`: letters of a name do not fit."""

    __tablename__ = "campaign_visit"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[uuid.UUID] = mapped_column(index=True)
    building_id: Mapped[int]
    door: Mapped[str] = mapped_column(String(12))
    result: Mapped[str] = mapped_column(String(8))
    visited_at: Mapped[datetime] = mapped_column(MOMENT)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    __table_args__ = (
        CheckConstraint(f"result IN {RESULTS}", name="result"),
        CheckConstraint("door ~ '^[0-9A-Z-]{1,12}$'", name="door"),
        ForeignKeyConstraint(
            ["campaign_id", "building_id"], ["campaign_target.campaign_id", "campaign_target.building_id"]
        ),
    )


class CampaignProblem(Base):
    """A problem somebody was told of, perhaps an event by now; solved when it says so, or when the event is closed."""

    __tablename__ = "campaign_problem"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("campaign.id"), index=True)
    building_id: Mapped[int | None] = mapped_column(ForeignKey("building.id"))
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    note: Mapped[str] = mapped_column(String(120))
    event_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("event.id"))
    registered_at: Mapped[datetime] = mapped_column(MOMENT)
    solved_at: Mapped[datetime | None] = mapped_column(MOMENT)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    __table_args__ = (CheckConstraint("solved_at >= registered_at", name="solved"),)
