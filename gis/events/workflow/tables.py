"""Tables of workflow templates and of the commands that were sent."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.orm import Mapped, mapped_column

from gis.db.orm import Base

EMPTY = sql_text("'{}'::text[]")


class Workflow(Base):
    """A template (流程模板): for events in an area (none: everywhere), of some schemes and sources (empty: all).

    A template that was used is never changed: a new version is a new row, and events keep theirs.
    """

    __tablename__ = "workflow"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(24))
    version: Mapped[int] = mapped_column(Integer)
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"))
    name_zh: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    schemes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=EMPTY)
    sources: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=EMPTY)
    priority: Mapped[int] = mapped_column(SmallInteger, server_default=sql_text("0"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (UniqueConstraint("code", "version"),)


class WorkflowState(Base):
    """A state of a template, what it is called there, and what the system does when it has waited too long."""

    __tablename__ = "workflow_state"

    workflow_id: Mapped[int] = mapped_column(ForeignKey("workflow.id"), primary_key=True)
    status: Mapped[str] = mapped_column(String(16), primary_key=True)
    label_zh: Mapped[str] = mapped_column(Text)
    label_en: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(SmallInteger)
    stage: Mapped[str | None] = mapped_column(String(16))
    limit_value: Mapped[float | None]
    limit_kind: Mapped[str | None] = mapped_column(String(16))
    timeout_command: Mapped[str | None] = mapped_column(String(24))

    __table_args__ = (
        CheckConstraint(
            "limit_kind IN ('urgent_hour', 'work_hour', 'work_day', 'natural_day')", name="limit_kind"
        ),
        CheckConstraint("limit_value > 0", name="limit_value"),
        CheckConstraint("num_nulls(stage, limit_value, limit_kind, timeout_command) IN (0, 4)", name="waits"),
    )


class WorkflowEdge(Base):
    """A step a template allows; see `gis.events.workflow.model.Edge`."""

    __tablename__ = "workflow_edge"

    workflow_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    from_status: Mapped[str] = mapped_column(String(16), primary_key=True)
    command: Mapped[str] = mapped_column(String(24), primary_key=True)
    to_status: Mapped[str] = mapped_column(String(16), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    permission: Mapped[str | None] = mapped_column(Text)
    party: Mapped[str | None] = mapped_column(String(16))
    at_level: Mapped[bool] = mapped_column(server_default=sql_text("false"))
    not_by: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=EMPTY)
    needs: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=EMPTY)
    requires: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=EMPTY)
    max_distance_m: Mapped[float | None]
    clock: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=EMPTY)
    notifies: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=EMPTY)
    by_system: Mapped[bool] = mapped_column(server_default=sql_text("false"))
    label_zh: Mapped[str] = mapped_column(Text)
    label_en: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("permission IS NOT NULL OR party IS NOT NULL", name="somebody"),
        ForeignKeyConstraint(
            ["workflow_id", "from_status"], ["workflow_state.workflow_id", "workflow_state.status"]
        ),
        ForeignKeyConstraint(
            ["workflow_id", "to_status"], ["workflow_state.workflow_id", "workflow_state.status"]
        ),
    )


class EventCommand(Base):
    """A command as it was sent: its id is the client's, and the same one again is given the same answer.

    `taken` with its answer, `refused` with why, or `held` until the command `after_id` has been taken.
    """

    __tablename__ = "event_command"

    id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True)
    body_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB(none_as_null=True))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"), index=True)
    command: Mapped[str] = mapped_column(String(24))
    after_id: Mapped[uuid.UUID | None] = mapped_column(UUID(as_uuid=True))
    state: Mapped[str] = mapped_column(String(8))
    occurred_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    seq: Mapped[int | None] = mapped_column(Integer)
    answer: Mapped[str | None] = mapped_column(Text)
    refusal: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    __table_args__ = (
        CheckConstraint(
            "CASE state WHEN 'taken' THEN seq IS NOT NULL AND answer IS NOT NULL AND decided_at IS NOT NULL"
            " WHEN 'refused' THEN refusal IS NOT NULL AND decided_at IS NOT NULL"
            " WHEN 'held' THEN after_id IS NOT NULL WHEN 'new' THEN decided_at IS NULL ELSE false END",
            name="state",
        ),
        Index("ix_event_command_account_id_received_at", "account_id", "received_at"),
        Index("ix_event_command_after_id", "after_id", postgresql_where=sql_text("state = 'held'")),
    )


class CommandPhoto(Base):
    """A photo a command announced by the SHA-256 of its bytes, what it shows, and the stored copy once it has come."""

    __tablename__ = "command_photo"

    command_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event_command.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)
    slot: Mapped[str] = mapped_column(String(8), primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"), index=True)
    attachment_sha256: Mapped[str | None] = mapped_column(ForeignKey("attachment.sha256"), index=True)

    __table_args__ = (CheckConstraint("slot IN ('before', 'after', 'check', 'other')", name="slot"),)


class EventWait(Base):
    """What an event has that waits for somebody's word: a passed inspection, a request that is not answered.

    The log says it as well; here the lists of an inbox find it. A trigger of the log keeps it.
    """

    __tablename__ = "event_wait"

    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    round: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    what: Mapped[str] = mapped_column(String(24), primary_key=True)

    __table_args__ = (
        CheckConstraint(
            "what IN ('pass_inspection', 'request_extension', 'request_suspension')", name="what"
        ),
    )
