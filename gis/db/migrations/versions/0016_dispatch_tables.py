"""Tables of dispatch rules, the duty list, the admission list, and of what was decided."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016t"
down_revision = "0015"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)
NOW = sa.text("now()")
JSON = postgresql.JSONB(astext_type=sa.Text())
NULLABLE_JSON = postgresql.JSONB(none_as_null=True, astext_type=sa.Text())
TABLES = (
    "dispatch_alarm", "dispatch_trace", "admission_approval", "admission_item", "duty_item", "dispatch_rule",
    "dispatch_rule_set",
)  # fmt: skip


def _to(table: str, column: str, other: str, **how: Any) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"wangge.{other}.id"], name=name, **how)


def _index(table: str, column: str) -> None:
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False, schema="wangge")


def _rule_set() -> None:
    op.create_table(
        "dispatch_rule_set",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("city", sa.String(length=32), server_default="", nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.String(length=8), server_default="draft", nullable=False),
        sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", WHEN, server_default=NOW, nullable=False),
        sa.Column("updated_at", WHEN, server_default=NOW, nullable=False),
        sa.Column("activated_at", WHEN, nullable=True),
        sa.Column("retired_at", WHEN, nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'active', 'retired')", name=op.f("ck_dispatch_rule_set_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch_rule_set")),
        sa.UniqueConstraint("city", "version", name=op.f("uq_dispatch_rule_set_city_version")),
        schema="wangge",
    )
    op.create_index(
        "uq_dispatch_rule_set_active",
        "dispatch_rule_set",
        ["city"],
        unique=True,
        schema="wangge",
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "dispatch_rule",
        sa.Column("rule_set_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("body", JSON, nullable=False),
        _to("dispatch_rule", "rule_set_id", "dispatch_rule_set", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("rule_set_id", "code", name=op.f("pk_dispatch_rule")),
        schema="wangge",
    )


def _listed(table: str, *own: sa.Column[object]) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("city", sa.String(length=32), server_default="", nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("categories", postgresql.ARRAY(sa.Text()), nullable=False),
        *own,
        sa.Column("basis", sa.Text(), server_default="", nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f(f"ck_{table}_valid")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("city", "version", "code", name=op.f(f"uq_{table}_city_version_code")),
        schema="wangge",
    )


def _lists() -> None:
    _listed(
        "duty_item",
        sa.Column("lead", sa.String(length=64), nullable=False),
        sa.Column("supporting", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    _listed("admission_item", sa.Column("area", sa.String(length=32), server_default="", nullable=False))
    op.create_table(
        "admission_approval",
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", WHEN, server_default=NOW, nullable=False),
        sa.CheckConstraint("length(btrim(reason)) >= 4", name=op.f("ck_admission_approval_reason")),
        _to("admission_approval", "event_id", "event"),
        _to("admission_approval", "area_id", "area"),
        _to("admission_approval", "account_id", "account"),
        sa.PrimaryKeyConstraint("event_id", "area_id", name=op.f("pk_admission_approval")),
        schema="wangge",
    )
    _index("admission_approval", "area_id")
    _index("admission_approval", "account_id")


def _trace() -> None:
    op.create_table(
        "dispatch_trace",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", WHEN, server_default=NOW, nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("rule_set_id", sa.Integer(), nullable=True),
        sa.Column("rule", sa.String(length=40), nullable=True),
        sa.Column("inputs", JSON, server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("lost", JSON, server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("target", NULLABLE_JSON, nullable=True),
        sa.Column("proposed", NULLABLE_JSON, nullable=True),
        sa.Column("alarm", sa.String(length=20), nullable=True),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('auto', 'proposed', 'none', 'confirmed', 'overridden', 'unruled')",
            name=op.f("ck_dispatch_trace_outcome"),
        ),
        _to("dispatch_trace", "event_id", "event"),
        _to("dispatch_trace", "rule_set_id", "dispatch_rule_set"),
        _to("dispatch_trace", "account_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch_trace")),
        sa.UniqueConstraint("event_id", "seq", name=op.f("uq_dispatch_trace_event_id_seq")),
        schema="wangge",
    )
    _index("dispatch_trace", "rule_set_id")
    _index("dispatch_trace", "account_id")


def _alarm() -> None:
    op.create_table(
        "dispatch_alarm",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("rule_set_id", sa.Integer(), nullable=True),
        sa.Column("rule", sa.String(length=40), server_default="", nullable=False),
        sa.Column("category", sa.String(length=80), server_default="", nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=True),
        sa.Column("times", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("first_at", WHEN, server_default=NOW, nullable=False),
        sa.Column("last_at", WHEN, server_default=NOW, nullable=False),
        sa.Column("acknowledged_at", WHEN, nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "kind IN ('no_rule_set', 'no_rule', 'unknown_department', 'broken_rule', 'refused')",
            name=op.f("ck_dispatch_alarm_kind"),
        ),
        _to("dispatch_alarm", "rule_set_id", "dispatch_rule_set", ondelete="CASCADE"),
        _to("dispatch_alarm", "area_id", "area"),
        _to("dispatch_alarm", "event_id", "event"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch_alarm")),
        schema="wangge",
    )
    for column in ("rule_set_id", "area_id", "event_id"):
        _index("dispatch_alarm", column)
    op.create_index(
        "uq_dispatch_alarm_open",
        "dispatch_alarm",
        ["kind", "rule_set_id", "rule", "category", "area_id", "detail"],
        unique=True,
        schema="wangge",
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("acknowledged_at IS NULL"),
    )


def upgrade() -> None:
    _rule_set()
    _lists()
    _trace()
    _alarm()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table, schema="wangge")
