"""Tables of who said “me too”, what a reporter confirmed, and sensors that report by themselves."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0017t"
down_revision = "0016"
branch_labels = None
depends_on = None


def _now(name: str) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def _key(column: str, table: str, *, on: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"wangge.{table}.id"], name=op.f(f"fk_{on}_{column}_{table}"), ondelete=ondelete
    )


def _me_too() -> None:
    op.create_table(
        "me_too",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("who", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("tracking_code", sa.String(length=32), nullable=False),
        sa.Column("times", sa.Integer(), server_default=sa.text("1"), nullable=False),
        _now("first_at"),
        _now("last_at"),
        _key("event_id", "event", on="me_too"),
        _key("account_id", "account", on="me_too"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_me_too")),
        sa.UniqueConstraint("event_id", "who", name=op.f("uq_me_too_event_id_who")),
        sa.UniqueConstraint("tracking_code", name=op.f("uq_me_too_tracking_code")),
        schema="wangge",
    )
    op.create_index(op.f("ix_me_too_account_id"), "me_too", ["account_id"], unique=False, schema="wangge")


def _confirmation() -> None:
    op.create_table(
        "report_confirmation",
        sa.Column("report_id", sa.UUID(), nullable=False),
        sa.Column("answer", sa.String(length=8), nullable=False),
        sa.Column("geom", Geometry("POINT", 4326, dimension=2, spatial_index=False), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        _now("at"),
        sa.CheckConstraint("answer IN ('yes', 'no', 'moved')", name=op.f("ck_report_confirmation_answer")),
        sa.CheckConstraint(
            "(answer = 'moved') = (geom IS NOT NULL)", name=op.f("ck_report_confirmation_place")
        ),
        _key("report_id", "report", on="report_confirmation", ondelete="CASCADE"),
        _key("account_id", "account", on="report_confirmation"),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_report_confirmation")),
        schema="wangge",
    )
    op.create_index(
        op.f("ix_report_confirmation_account_id"),
        "report_confirmation",
        ["account_id"],
        unique=False,
        schema="wangge",
    )


def _sensor() -> None:
    op.create_table(
        "sensor",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("geom", Geometry("POINT", 4326, dimension=2, spatial_index=False), nullable=False),
        sa.Column("scope_area_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("urgency", sa.String(length=16), server_default="normal", nullable=False),
        sa.Column("snooze_s", sa.Integer(), server_default=sa.text("3600"), nullable=False),
        sa.Column("key_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        _now("created_at"),
        sa.CheckConstraint("snooze_s BETWEEN 0 AND 604800", name=op.f("ck_sensor_snooze")),
        sa.CheckConstraint("urgency IN ('normal', 'urgent', 'emergency')", name=op.f("ck_sensor_urgency")),
        _key("category_id", "category", on="sensor"),
        _key("scope_area_id", "area", on="sensor"),
        _key("created_by", "account", on="sensor"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sensor")),
        sa.UniqueConstraint("code", name=op.f("uq_sensor_code")),
        schema="wangge",
    )
    for column in ("category_id", "scope_area_id", "created_by"):
        op.create_index(op.f(f"ix_sensor_{column}"), "sensor", [column], unique=False, schema="wangge")


def _alarms() -> None:
    op.create_table(
        "sensor_storm",
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.Column("alarms", sa.Integer(), server_default=sa.text("1"), nullable=False),
        _now("first_at"),
        _now("last_at"),
        _key("event_id", "event", on="sensor_storm"),
        _key("sensor_id", "sensor", on="sensor_storm"),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_sensor_storm")),
        schema="wangge",
    )
    op.create_index(op.f("ix_sensor_storm_sensor_id"), "sensor_storm", ["sensor_id"], schema="wangge")
    op.create_table(
        "sensor_alarm",
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=True),
        sa.Column("alarms", sa.Integer(), nullable=True),
        _now("at"),
        _key("sensor_id", "sensor", on="sensor_alarm"),
        _key("event_id", "event", on="sensor_alarm"),
        sa.PrimaryKeyConstraint("sensor_id", "mark", name=op.f("pk_sensor_alarm")),
        schema="wangge",
    )
    op.create_index(op.f("ix_sensor_alarm_event_id"), "sensor_alarm", ["event_id"], schema="wangge")


def upgrade() -> None:
    _me_too()
    _confirmation()
    _sensor()
    _alarms()


def downgrade() -> None:
    for table in ("sensor_alarm", "sensor_storm", "sensor", "report_confirmation", "me_too"):
        op.drop_table(table, schema="wangge")
