"""Tables of categories, reports, events, their append-only log and attachments."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Sequence,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy import (
    text as sql_text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.orm import Mapped, mapped_column

from gis.base.crs import LONLAT
from gis.db.orm import SCHEMA, Base, one_of

STATUSES = (
    "reported", "accepted", "verifying", "verified", "filed", "dispatched", "handling", "feedback", "inspecting",
    "closed", "rejected", "cancelled", "merged", "suspended", "self_handled",
)  # fmt: skip
FINISHED = ("closed", "rejected", "cancelled", "merged")
URGENCIES = ("normal", "urgent", "emergency")
SOURCES = (
    "grid_worker", "hotline", "resident_code", "property", "department", "patrol", "media", "petition",
    "sensor", "other", "leader", "inspection", "assessment", "video", "letter", "web", "wechat", "sms", "email",
    "phone", "import",
)  # fmt: skip
OPEN = sql_text("closed_at IS NULL")
CELL = (
    "floor((ST_Y(geom) + float8 '90') * float8 '100')::int * 36001"
    " + floor((ST_X(geom) + float8 '180') * float8 '100')::int"
)


class Category(Base):
    """A kind of matter (事项类别): data, keyed by scheme, kind and code; what it was before is in `category_version`.

    `city` is the beginning of area codes it is for, empty for everywhere; `verified` says whether it was compared
    with the text of its source. A retired one (`valid_to`) stays for the events that have it.
    """

    __tablename__ = "category"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    scheme: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(16))
    code: Mapped[str] = mapped_column(String(16))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"), index=True)
    name_zh: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str | None] = mapped_column(Text)
    source_ref: Mapped[str | None] = mapped_column(Text)
    verified: Mapped[bool] = mapped_column(server_default=sql_text("false"))
    valid_from: Mapped[date] = mapped_column(Date, server_default=func.current_date())
    valid_to: Mapped[date | None] = mapped_column(Date)
    city: Mapped[str] = mapped_column(String(15), server_default="")
    version: Mapped[int] = mapped_column(Integer, server_default=sql_text("1"))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))

    __table_args__ = (UniqueConstraint("scheme", "kind", "code"),)


class Event(Base):
    """One matter at one place, opened by one or more reports and followed to its closing.

    `source` is the door of the report that opened it, `reporter_id` the account when one sent it;
    `department_id` is the department it has been dispatched to. `scope_path` is the path of the scope area and
    `cell` the square (gis.events.cells) the place lies in; the database keeps both.

    `workflow_id` is the template it follows, for good; `level_area_id` the area that has it now, which escalation
    moves up. `suspended_from` is where a suspended or merged event goes back to. `co_departments` help the
    department that leads. `promised_at` and `due_at` are the ends of the whole and of the present stage.
    """

    __tablename__ = "event"

    id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True)
    number: Mapped[str] = mapped_column(String(32), unique=True)
    tracking_code: Mapped[str] = mapped_column(String(32), unique=True)
    status: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(Integer, server_default=sql_text("1"))
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"), index=True)
    urgency: Mapped[str] = mapped_column(String(16), server_default="normal")
    source: Mapped[str] = mapped_column(String(24), server_default="other")
    text: Mapped[str] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    confidential: Mapped[bool] = mapped_column(server_default=sql_text("false"))
    geom: Mapped[Any] = mapped_column(Geometry("POINT", LONLAT, spatial_index=False))
    grid_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"), index=True)
    scope_area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    scope_path: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    cell: Mapped[int | None] = mapped_column(Integer, Computed(CELL, persisted=True), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    grid_method: Mapped[str] = mapped_column(String(8))
    border_distance_m: Mapped[float | None]
    confirm: Mapped[bool] = mapped_column(server_default=sql_text("false"))
    opened_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    workflow_id: Mapped[int] = mapped_column(ForeignKey("workflow.id"))
    round: Mapped[int] = mapped_column(SmallInteger, server_default=sql_text("1"))
    level_area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    standard_id: Mapped[int | None] = mapped_column(ForeignKey("filing_standard.id"))
    handler_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    co_departments: Mapped[list[int]] = mapped_column(ARRAY(Integer), server_default=sql_text("'{}'::int[]"))
    bounces: Mapped[int] = mapped_column(SmallInteger, server_default=sql_text("0"))
    reworks: Mapped[int] = mapped_column(SmallInteger, server_default=sql_text("0"))
    supervised: Mapped[str | None] = mapped_column(String(8))
    merged_into: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("event.id"), index=True)
    me_too: Mapped[int] = mapped_column(Integer, server_default=sql_text("0"))
    promised_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    overdue_s: Mapped[int | None] = mapped_column(BigInteger)
    suspended_from: Mapped[str | None] = mapped_column(String(16))
    exempt: Mapped[bool] = mapped_column(server_default=sql_text("false"))

    __table_args__ = (
        CheckConstraint(one_of("status", STATUSES), name="status"),
        CheckConstraint(one_of("grid_method", ("inside", "border", "nearest", "none")), name="grid_method"),
        CheckConstraint("(grid_id IS NULL) = (grid_method = 'none')", name="grid_or_reason"),
        CheckConstraint(
            f"(closed_at IS NOT NULL) = ({one_of('status', FINISHED)})", name="closed_when_finished"
        ),
        CheckConstraint(one_of("urgency", URGENCIES), name="urgency"),
        CheckConstraint(one_of("source", SOURCES), name="source"),
        CheckConstraint(
            "abs(ST_X(geom)) <= float8 '180' AND abs(ST_Y(geom)) <= float8 '90'", name="on_earth"
        ),
        CheckConstraint(
            "CASE status WHEN 'suspended' THEN suspended_from IS NOT NULL WHEN 'merged' THEN true"
            " ELSE suspended_from IS NULL END",
            name="suspended",
        ),
        CheckConstraint(one_of("supervised", ("yellow", "red", "black")), name="supervised"),
        Index("ix_event_geom", "geom", postgresql_using="gist"),
        Index(
            "ix_event_co_departments",
            "co_departments",
            postgresql_using="gin",
            postgresql_where=sql_text("co_departments <> '{}'"),
        ),
        Index("ix_event_opened_at_id", "opened_at", "id"),
        Index("ix_event_open_grid", "grid_id", postgresql_where=OPEN),
        Index("ix_event_open_scope_area", "scope_area_id", postgresql_where=OPEN),
        Index("ix_event_open_department", "department_id", postgresql_where=OPEN),
    )


class Report(Base):
    """What one person sent (上报): the client's UUID is the key, the raw pair and its datum are kept.

    `recorded_by` is who of the staff wrote it down for somebody who called or came; then it has no `reporter_id`.
    `batch_id` is the batch it came in with others.
    """

    __tablename__ = "report"

    id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True)
    body_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"), index=True)
    source: Mapped[str] = mapped_column(String(24))
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    compound_id: Mapped[int | None] = mapped_column(
        ForeignKey("compound.id", ondelete="SET NULL"), index=True
    )
    building_id: Mapped[int | None] = mapped_column(
        ForeignKey("building.id", ondelete="SET NULL"), index=True
    )
    entrance_id: Mapped[int | None] = mapped_column(
        ForeignKey("entrance.id", ondelete="SET NULL"), index=True
    )
    raw_lon: Mapped[float]
    raw_lat: Mapped[float]
    coord_sys: Mapped[str] = mapped_column(String(8))
    accuracy_m: Mapped[float | None]
    geom: Mapped[Any] = mapped_column(Geometry("POINT", LONLAT, spatial_index=False))
    grid_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"), index=True)
    scope_area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    urgency: Mapped[str] = mapped_column(String(16), server_default="normal")
    confidential: Mapped[bool] = mapped_column(server_default=sql_text("false"))
    occurred_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    reported_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    batch_id: Mapped[uuid.UUID | None] = mapped_column(UUID(as_uuid=True))
    receipt: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=sql_text("'{}'::jsonb"))

    __table_args__ = (
        CheckConstraint(one_of("coord_sys", ("wgs84", "gcj02", "bd09", "cgcs2000")), name="coord_sys"),
        CheckConstraint("accuracy_m IS NULL OR accuracy_m >= 0", name="accuracy"),
        CheckConstraint(one_of("urgency", URGENCIES), name="urgency"),
        CheckConstraint(one_of("source", SOURCES), name="source"),
        CheckConstraint("reporter_id IS NULL OR recorded_by IS NULL", name="one_sender"),
        Index("ix_report_geom", "geom", postgresql_using="gist"),
    )


class ReportContact(Base):
    """How to reach a reporter: apart, so that it can be masked, audited and erased.

    The web edge reads the masked columns only; the full ones come from the function `reveal_contact`.
    """

    __tablename__ = "report_contact"

    report_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("report.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    name_masked: Mapped[str | None] = mapped_column(Text, Computed("wangge.mask_name(name)", persisted=True))
    phone_masked: Mapped[str | None] = mapped_column(
        Text, Computed("wangge.mask_phone(phone)", persisted=True)
    )


class EventLog(Base):
    """The append-only log of an event: one row a step, each row hashing the one before.

    `actor` is what people may read, `account_id` who it was (none: the system, or somebody without an account);
    `details` are what the step set and was told, `command_id` the command it came with.
    """

    __tablename__ = "event_log"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"))
    seq: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    actor: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int | None] = mapped_column(Integer)
    action: Mapped[str] = mapped_column(String(24))
    from_status: Mapped[str | None] = mapped_column(String(16))
    to_status: Mapped[str] = mapped_column(String(16))
    round: Mapped[int] = mapped_column(SmallInteger, server_default=sql_text("1"))
    note: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=sql_text("'{}'::jsonb"))
    command_id: Mapped[uuid.UUID | None] = mapped_column(UUID(as_uuid=True))
    prev_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (
        UniqueConstraint("event_id", "seq"),
        CheckConstraint("(seq = 1) = (prev_hash IS NULL)", name="chain"),
        CheckConstraint(
            "(action = 'report') = (seq = 1) AND (seq = 1) = (from_status IS NULL)"
            " AND (seq > 1 OR to_status = 'reported' AND round = 1)",
            name="begins",
        ),
        CheckConstraint("position(chr(31) IN concat(actor, action, note)) = 0", name="separator"),
    )


class Attachment(Base):
    """A file named by its SHA-256; the place a photo was taken is for staff only.

    `look` is a 64-bit difference hash: photos of the same thing differ in few bits.
    """

    __tablename__ = "attachment"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(40))
    bytes: Mapped[int] = mapped_column(Integer)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    taken_lon: Mapped[float | None]
    taken_lat: Mapped[float | None]
    look: Mapped[int | None] = mapped_column(BigInteger)
    stored_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class ReportPhoto(Base):
    """A photo a report announced by the SHA-256 of its bytes, and the stored copy once it has arrived.

    The announcement is part of the report's body, so a photo may follow days later and only announced
    bytes are ever accepted. The stored copy is encoded anew and has a name of its own.
    """

    __tablename__ = "report_photo"

    report_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("report.id", ondelete="CASCADE"), primary_key=True
    )
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    attachment_sha256: Mapped[str | None] = mapped_column(ForeignKey("attachment.sha256"), index=True)


# Numbers the events of all areas and days: without a lock, gaps allowed, never from the start again, so that
# no two events bear the same number, whatever day is written into it. After a million it has seven digits.
EVENT_NUMBER = Sequence("event_number", schema=SCHEMA, metadata=Base.metadata)
