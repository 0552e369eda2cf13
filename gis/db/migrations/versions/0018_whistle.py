"""The whistle (社区吹哨、部门报到): its machine and rules as data, whistles, answers, appeals, history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)
# subject, command, from, to, party, requires, labels. Every way a whistle, an answer or an appeal may go.
EDGES = (
    ("whistle", "approve", "blown", "approved", "approver", (), "批准吹哨", "approve"),
    ("whistle", "deny", "blown", "denied", "approver", ("reason",), "不予批准", "deny"),
    ("whistle", "withdraw", "blown", "withdrawn", "blower", ("reason",), "撤回", "withdraw"),
    ("whistle", "complete", "approved", "closed", "whole", (), "办结", "complete"),
    ("answer", "approve", "named", "called", "whole", (), "派哨", "call"),
    ("answer", "deny", "named", "void", "whole", (), "不予派哨", "not called"),
    ("answer", "withdraw", "named", "void", "whole", (), "不予派哨", "not called"),
    ("answer", "accept", "called", "accepted", "department", (), "应哨", "accept"),
    ("answer", "arrive", "accepted", "arrived", "department", ("position",), "到场确认", "confirm arrival"),
    ("answer", "witness", "accepted", "arrived", "blower", (), "社区确认到场", "community confirms arrival"),
    ("answer", "plan", "arrived", "planned", "department", ("text", "until"), "提交方案", "give a plan"),
    ("answer", "resolve", "arrived", "resolved", "department", ("outcome", "evidence"), "反馈结果", "report result"),
    ("answer", "resolve", "planned", "resolved", "department", ("outcome", "evidence"), "反馈结果", "report result"),
    ("answer", "return", "resolved", "arrived", "blower", ("reason",), "退回重办", "give back"),
    ("answer", "rate", "resolved", "rated", "blower", ("ratings",), "评哨", "rate"),
    ("answer", "lapse", "resolved", "unrated", "system", (), "逾期未评", "not rated in time"),
    ("answer", "release", "called", "released", "approver", ("reason",), "解除", "release"),
    ("answer", "release", "accepted", "released", "approver", ("reason",), "解除", "release"),
    ("answer", "release", "arrived", "released", "approver", ("reason",), "解除", "release"),
    ("answer", "release", "planned", "released", "approver", ("reason",), "解除", "release"),
    ("appeal", "appeal", "none", "asked", "department", ("reason",), "申诉", "appeal"),
    ("appeal", "grant_appeal", "asked", "granted", "decider", ("reason",), "申诉成立", "grant the appeal"),
    ("appeal", "deny_appeal", "asked", "denied", "decider", ("reason",), "申诉不成立", "deny the appeal"),
)  # fmt: skip
EDGE = sa.text("""
INSERT INTO wangge.whistle_edge VALUES (:subject, :command, :from, :to, :party, :requires, :zh, :en, :position)
""")
# The project's own defaults; a city writes rows of its own.
RULE = """
WITH made AS (INSERT INTO wangge.whistle_rule (area_id) VALUES (NULL) RETURNING id)
INSERT INTO wangge.whistle_limit (rule_id, stage, kind, value)
SELECT made.id, l.stage, l.kind, l.value FROM made, (VALUES
  ('approve', 'urgent_hour', 2), ('accept', 'urgent_hour', 2), ('arrive', 'urgent_hour', 24),
  ('plan', 'natural_day', 7), ('result', 'natural_day', 15), ('rate', 'natural_day', 7)
) AS l (stage, kind, value)
"""
TABLES = (
    "whistle_edge", "whistle_rule", "whistle_limit", "whistle", "whistle_answer", "whistle_appeal", "whistle_log",
    "whistle_command",
)  # fmt: skip


def _to(table: str, column: str, other: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"wangge.{other}.id"], name=name, ondelete=ondelete)


def _whistle_edge() -> None:
    op.create_table(
        "whistle_edge",
        sa.Column("subject", sa.String(length=8), nullable=False),
        sa.Column("command", sa.String(length=16), nullable=False),
        sa.Column("from_status", sa.String(length=12), nullable=False),
        sa.Column("to_status", sa.String(length=12), nullable=False),
        sa.Column("party", sa.String(length=12), nullable=False),
        sa.Column("requires", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("label_zh", sa.Text(), nullable=False),
        sa.Column("label_en", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint(
            "party IN ('blower', 'approver', 'department', 'decider', 'system', 'whole')",
            name=op.f("ck_whistle_edge_party"),
        ),
        sa.CheckConstraint(
            "subject IN ('whistle', 'answer', 'appeal')", name=op.f("ck_whistle_edge_subject")
        ),
        sa.PrimaryKeyConstraint("subject", "command", "from_status", name=op.f("pk_whistle_edge")),
        schema="wangge",
    )


def _whistle_rule() -> None:
    op.create_table(
        "whistle_rule",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("blower_level", sa.String(length=16), server_default="community", nullable=False),
        sa.Column("max_distance_m", sa.Double(), server_default=sa.text("200"), nullable=False),
        sa.Column("worst_accuracy_m", sa.Double(), server_default=sa.text("200"), nullable=False),
        sa.Column("most_returns", sa.SmallInteger(), server_default=sa.text("2"), nullable=False),
        sa.CheckConstraint(
            "blower_level IN ('community', 'subdistrict')", name=op.f("ck_whistle_rule_blower_level")
        ),
        sa.CheckConstraint(
            "max_distance_m > 0 AND worst_accuracy_m > 0 AND most_returns >= 0",
            name=op.f("ck_whistle_rule_bounds"),
        ),
        _to("whistle_rule", "area_id", "area"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_whistle_rule")),
        schema="wangge",
    )
    op.create_index(
        "uq_whistle_rule_area_id",
        "whistle_rule",
        ["area_id"],
        unique=True,
        schema="wangge",
        postgresql_nulls_not_distinct=True,
    )


def _whistle_limit() -> None:
    op.create_table(
        "whistle_limit",
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('urgent_hour', 'work_hour', 'work_day', 'natural_day')",
            name=op.f("ck_whistle_limit_kind"),
        ),
        sa.CheckConstraint(
            "stage IN ('approve', 'accept', 'arrive', 'plan', 'result', 'rate')",
            name=op.f("ck_whistle_limit_stage"),
        ),
        sa.CheckConstraint("value > 0 AND value <= 3660", name=op.f("ck_whistle_limit_value")),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["wangge.whistle_rule.id"],
            name=op.f("fk_whistle_limit_rule_id_whistle_rule"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("rule_id", "stage", name=op.f("pk_whistle_limit")),
        schema="wangge",
    )


def _whistle() -> None:
    op.create_table(
        "whistle",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=True),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("blower_area_id", sa.Integer(), nullable=False),
        sa.Column("approver_area_id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("blown_by", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=16), server_default="community", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("urgency", sa.String(length=16), server_default="normal", nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(geometry_type="POINT", srid=4326, dimension=2, spatial_index=False),
            nullable=False,
        ),
        sa.Column("status", sa.String(length=12), server_default="blown", nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("blown_at", WHEN, server_default=sa.text("now()"), nullable=False),
        sa.Column("approve_due", WHEN, nullable=False),
        sa.Column("decided_at", WHEN, nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("closed_at", WHEN, nullable=True),
        sa.CheckConstraint(
            "(closed_at IS NOT NULL) = (status IN ('denied', 'withdrawn', 'closed'))",
            name=op.f("ck_whistle_closed"),
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (status IN ('blown', 'withdrawn'))", name=op.f("ck_whistle_decided")
        ),
        sa.CheckConstraint(
            "source IN ('community', 'grid_worker', 'resident', 'hotline', 'inspection', 'other')",
            name=op.f("ck_whistle_source"),
        ),
        sa.CheckConstraint(
            "status IN ('blown', 'approved', 'denied', 'withdrawn', 'closed')", name=op.f("ck_whistle_status")
        ),
        sa.CheckConstraint("urgency IN ('normal', 'urgent', 'emergency')", name=op.f("ck_whistle_urgency")),
        sa.CheckConstraint("length(reason) BETWEEN 1 AND 2000", name=op.f("ck_whistle_reason")),
        _to("whistle", "approver_area_id", "area"),
        _to("whistle", "area_id", "area"),
        _to("whistle", "blower_area_id", "area"),
        _to("whistle", "blown_by", "account"),
        _to("whistle", "decided_by", "account"),
        _to("whistle", "event_id", "event"),
        _to("whistle", "rule_id", "whistle_rule"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_whistle")),
        schema="wangge",
    )
    op.create_index(
        op.f("ix_whistle_approver_area_id"), "whistle", ["approver_area_id"], unique=False, schema="wangge"
    )
    op.create_index(
        op.f("ix_whistle_blower_area_id"), "whistle", ["blower_area_id"], unique=False, schema="wangge"
    )
    op.create_index("ix_whistle_blown_at_id", "whistle", ["blown_at", "id"], unique=False, schema="wangge")
    op.create_index(op.f("ix_whistle_blown_by"), "whistle", ["blown_by"], unique=False, schema="wangge")
    op.create_index(op.f("ix_whistle_event_id"), "whistle", ["event_id"], unique=False, schema="wangge")


def _whistle_answer() -> None:
    op.create_table(
        "whistle_answer",
        sa.Column("whistle_id", sa.UUID(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=12), server_default="named", nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("called_at", WHEN, nullable=True),
        sa.Column("accept_due", WHEN, nullable=True),
        sa.Column("arrive_due", WHEN, nullable=True),
        sa.Column("plan_due", WHEN, nullable=True),
        sa.Column("result_due", WHEN, nullable=True),
        sa.Column("rate_due", WHEN, nullable=True),
        sa.Column("accepted_at", WHEN, nullable=True),
        sa.Column("arrived_at", WHEN, nullable=True),
        sa.Column("arrival_distance_m", sa.Double(), nullable=True),
        sa.Column("arrival_accuracy_m", sa.Double(), nullable=True),
        sa.Column("witnessed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("planned_at", WHEN, nullable=True),
        sa.Column("plan", sa.Text(), nullable=True),
        sa.Column("promised_at", WHEN, nullable=True),
        sa.Column("resolved_at", WHEN, nullable=True),
        sa.Column("outcome", sa.String(length=8), nullable=True),
        sa.Column("report", sa.Text(), nullable=True),
        sa.Column("returns", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("rated_at", WHEN, nullable=True),
        sa.Column("rated_by", sa.Integer(), nullable=True),
        sa.Column("timeliness", sa.SmallInteger(), nullable=True),
        sa.Column("effort", sa.SmallInteger(), nullable=True),
        sa.Column("result", sa.SmallInteger(), nullable=True),
        sa.Column("solved", sa.String(length=8), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "accepted_at IS NOT NULL OR status NOT IN ('accepted', 'arrived', 'planned', 'resolved', 'rated', 'unrated')",
            name=op.f("ck_whistle_answer_accepted"),
        ),
        sa.CheckConstraint(
            "arrived_at IS NOT NULL OR status NOT IN ('arrived', 'planned', 'resolved', 'rated', 'unrated')",
            name=op.f("ck_whistle_answer_arrived"),
        ),
        sa.CheckConstraint(
            "num_nulls(called_at, accept_due, arrive_due, plan_due, result_due) IN (0, 5) AND (called_at IS NULL) = (status IN ('named', 'void'))",
            name=op.f("ck_whistle_answer_called"),
        ),
        sa.CheckConstraint(
            "num_nulls(rated_at, rated_by, timeliness, effort, result, solved) = CASE WHEN status = 'rated' THEN 0 ELSE 6 END",
            name=op.f("ck_whistle_answer_rated"),
        ),
        sa.CheckConstraint(
            "num_nulls(resolved_at, outcome, rate_due) = CASE WHEN status IN ('resolved', 'rated', 'unrated') THEN 0 ELSE 3 END",
            name=op.f("ck_whistle_answer_resolved"),
        ),
        sa.CheckConstraint(
            "outcome IN ('solved', 'partly', 'unsolved')", name=op.f("ck_whistle_answer_outcome")
        ),
        sa.CheckConstraint("solved IN ('yes', 'partly', 'no')", name=op.f("ck_whistle_answer_solved")),
        sa.CheckConstraint(
            "status IN ('named', 'void', 'called', 'accepted', 'arrived', 'planned', 'resolved', 'rated', 'unrated', 'released')",
            name=op.f("ck_whistle_answer_status"),
        ),
        sa.CheckConstraint(
            "timeliness BETWEEN 1 AND 5 AND effort BETWEEN 1 AND 5 AND result BETWEEN 1 AND 5",
            name=op.f("ck_whistle_answer_scale"),
        ),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["wangge.department.id"],
            name=op.f("fk_whistle_answer_department_id_department"),
        ),
        _to("whistle_answer", "rated_by", "account"),
        _to("whistle_answer", "whistle_id", "whistle"),
        sa.PrimaryKeyConstraint("whistle_id", "department_id", name=op.f("pk_whistle_answer")),
        schema="wangge",
    )
    op.create_index(
        op.f("ix_whistle_answer_called_at"), "whistle_answer", ["called_at"], unique=False, schema="wangge"
    )
    op.create_index(
        op.f("ix_whistle_answer_department_id"),
        "whistle_answer",
        ["department_id"],
        unique=False,
        schema="wangge",
    )


def _whistle_appeal() -> None:
    op.create_table(
        "whistle_appeal",
        sa.Column("whistle_id", sa.UUID(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=12), server_default="asked", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", WHEN, server_default=sa.text("now()"), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("decided_at", WHEN, nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "num_nulls(decided_at, decided_by, decision) = CASE WHEN status = 'asked' THEN 3 ELSE 0 END",
            name=op.f("ck_whistle_appeal_decided"),
        ),
        sa.CheckConstraint("status IN ('asked', 'granted', 'denied')", name=op.f("ck_whistle_appeal_status")),
        sa.CheckConstraint("decided_by <> asked_by", name=op.f("ck_whistle_appeal_somebody_else")),
        _to("whistle_appeal", "asked_by", "account"),
        _to("whistle_appeal", "decided_by", "account"),
        sa.ForeignKeyConstraint(
            ["whistle_id", "department_id"],
            ["wangge.whistle_answer.whistle_id", "wangge.whistle_answer.department_id"],
            name=op.f("fk_whistle_appeal_whistle_id_department_id_whistle_answer"),
        ),
        sa.PrimaryKeyConstraint("whistle_id", "department_id", name=op.f("pk_whistle_appeal")),
        schema="wangge",
    )


def _whistle_log() -> None:
    op.create_table(
        "whistle_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("whistle_id", sa.UUID(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(length=8), nullable=False),
        sa.Column("command", sa.String(length=16), nullable=False),
        sa.Column("from_status", sa.String(length=12), nullable=True),
        sa.Column("to_status", sa.String(length=12), nullable=False),
        sa.Column("at", WHEN, server_default=sa.text("now()"), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column(
            "said",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        _to("whistle_log", "account_id", "account"),
        _to("whistle_log", "department_id", "department"),
        _to("whistle_log", "whistle_id", "whistle"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_whistle_log")),
        sa.UniqueConstraint("whistle_id", "seq", name=op.f("uq_whistle_log_whistle_id_seq")),
        schema="wangge",
    )


def _whistle_command() -> None:
    op.create_table(
        "whistle_command",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("whistle_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("body_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", WHEN, server_default=sa.text("now()"), nullable=False),
        _to("whistle_command", "account_id", "account"),
        _to("whistle_command", "whistle_id", "whistle"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_whistle_command")),
        schema="wangge",
    )
    op.create_index(
        op.f("ix_whistle_command_whistle_id"),
        "whistle_command",
        ["whistle_id"],
        unique=False,
        schema="wangge",
    )


def upgrade() -> None:
    _whistle_edge()
    _whistle_rule()
    _whistle_limit()
    _whistle()
    _whistle_answer()
    _whistle_appeal()
    _whistle_log()
    _whistle_command()
    names = ("subject", "command", "from", "to", "party", "requires", "zh", "en")
    rows = [
        {**dict(zip(names, edge, strict=True)), "requires": list(edge[5]), "position": position}
        for position, edge in enumerate(EDGES)
    ]
    op.get_bind().execute(EDGE, rows)
    op.execute(RULE)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table, schema="wangge")
