"""Inspection and rating: rules as data, samples, tasks, rounds as they ended, ratings, call-backs, appeals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019t"
down_revision = "0018g"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)
TABLES = (
    "rating_rule", "rating_scale", "sample_secret", "event_sample", "inspection_task", "event_round", "event_rating",
    "call_back", "overdue_appeal",
)  # fmt: skip
# The project's own defaults; a city writes rows of its own, for areas and families of matters.
FILL = (
    "INSERT INTO wangge.rating_rule (area_id) VALUES (NULL)",
    "INSERT INTO wangge.rating_scale VALUES (1, '很不满意', 'very dissatisfied', false),"
    " (2, '不满意', 'dissatisfied', false), (3, '一般', 'fair', false), (4, '满意', 'satisfied', true),"
    " (5, '很满意', 'very satisfied', true)",
    # Two random UUIDs, hashed: 244 random bits of the database's own strong source.
    "INSERT INTO wangge.sample_secret VALUES"
    " (1, sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')))",
)


def _to(table: str, column: str, other: str, key: str = "id") -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"wangge.{other}.{key}"], name=name)


def _rating_rule() -> None:
    op.create_table(
        "rating_rule",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("self_handled_share", sa.Double(), server_default=sa.text("0.2"), nullable=True),
        sa.Column("call_back_share", sa.Double(), server_default=sa.text("0.1"), nullable=False),
        sa.Column("rate_days", sa.SmallInteger(), server_default=sa.text("7"), nullable=False),
        sa.Column("object_days", sa.SmallInteger(), server_default=sa.text("15"), nullable=False),
        sa.Column("call_back_days", sa.SmallInteger(), server_default=sa.text("3"), nullable=False),
        sa.CheckConstraint(
            "rate_days > 0 AND object_days > 0 AND call_back_days > 0", name=op.f("ck_rating_rule_days")
        ),
        sa.CheckConstraint(
            "self_handled_share BETWEEN 0 AND 1 AND call_back_share BETWEEN 0 AND 1",
            name=op.f("ck_rating_rule_shares"),
        ),
        _to("rating_rule", "area_id", "area"),
        _to("rating_rule", "category_id", "category"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating_rule")),
        schema="wangge",
    )
    op.create_index(
        "uq_rating_rule_area_id_category_id",
        "rating_rule",
        ["area_id", "category_id"],
        unique=True,
        schema="wangge",
        postgresql_nulls_not_distinct=True,
    )


def _rating_scale() -> None:
    op.create_table(
        "rating_scale",
        sa.Column("score", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("label_zh", sa.Text(), nullable=False),
        sa.Column("label_en", sa.Text(), nullable=False),
        sa.Column("satisfied", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("score", name=op.f("pk_rating_scale")),
        schema="wangge",
    )


def _sample_secret() -> None:
    op.create_table(
        "sample_secret",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_sample_secret_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_secret")),
        schema="wangge",
    )


def _event_sample() -> None:
    op.create_table(
        "event_sample",
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("draw", sa.Double(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.Column("at", WHEN, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('self_handled', 'call_back')", name=op.f("ck_event_sample_kind")),
        sa.CheckConstraint(
            "draw >= 0 AND draw < 1 AND taken = (draw < share)", name=op.f("ck_event_sample_drawn")
        ),
        _to("event_sample", "event_id", "event"),
        _to("event_sample", "rule_id", "rating_rule"),
        sa.PrimaryKeyConstraint("event_id", "round", "kind", name=op.f("pk_event_sample")),
        schema="wangge",
    )


def _inspection_task() -> None:
    op.create_table(
        "inspection_task",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=8), server_default="open", nullable=False),
        sa.Column("assigned_at", WHEN, nullable=False),
        sa.Column("done_at", WHEN, nullable=True),
        sa.Column("done_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("(done_at IS NULL) = (state = 'open')", name=op.f("ck_inspection_task_done")),
        sa.CheckConstraint("kind IN ('verification', 'inspection')", name=op.f("ck_inspection_task_kind")),
        sa.CheckConstraint(
            "state IN ('open', 'passed', 'failed', 'recalled')", name=op.f("ck_inspection_task_state")
        ),
        _to("inspection_task", "assignee_id", "account"),
        _to("inspection_task", "done_by", "account"),
        _to("inspection_task", "event_id", "event"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_task")),
        sa.UniqueConstraint("event_id", "seq", name=op.f("uq_inspection_task_event_id_seq")),
        schema="wangge",
    )
    op.create_index(
        op.f("ix_inspection_task_assignee_id"),
        "inspection_task",
        ["assignee_id"],
        unique=False,
        schema="wangge",
    )
    op.create_index(
        "ix_inspection_task_open",
        "inspection_task",
        ["assigned_at"],
        unique=False,
        schema="wangge",
        postgresql_where=sa.text("state = 'open'"),
    )


def _event_round() -> None:
    op.create_table(
        "event_round",
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("ended_at", WHEN, nullable=False),
        sa.Column("ended_as", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("handler_id", sa.Integer(), nullable=True),
        sa.Column("promised_at", WHEN, nullable=True),
        sa.Column("overdue_s", sa.Double(), nullable=True),
        sa.Column("exempt", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("rate_until", WHEN, nullable=True),
        sa.Column("object_until", WHEN, nullable=False),
        sa.Column("objected_at", WHEN, nullable=True),
        sa.Column("objection", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('fixed', 'partly_fixed', 'not_fixed', 'no_action', 'not_responsible', 'duplicate', 'not_found', 'withdrawn')",
            name=op.f("ck_event_round_outcome"),
        ),
        sa.CheckConstraint(
            "(objected_at IS NULL) = (objection IS NULL)", name=op.f("ck_event_round_objection")
        ),
        _to("event_round", "department_id", "department"),
        _to("event_round", "event_id", "event"),
        _to("event_round", "handler_id", "account"),
        sa.PrimaryKeyConstraint("event_id", "round", name=op.f("pk_event_round")),
        schema="wangge",
    )
    op.create_index(
        op.f("ix_event_round_ended_at"), "event_round", ["ended_at"], unique=False, schema="wangge"
    )


def _event_rating() -> None:
    op.create_table(
        "event_rating",
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("solved", sa.String(length=8), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("solved IN ('yes', 'partly', 'no')", name=op.f("ck_event_rating_solved")),
        _to("event_rating", "account_id", "account"),
        _to("event_rating", "event_id", "event"),
        _to("event_rating", "score", "rating_scale", "score"),
        sa.PrimaryKeyConstraint("event_id", "round", name=op.f("pk_event_rating")),
        schema="wangge",
    )


def _call_back() -> None:
    op.create_table(
        "call_back",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("sampled", sa.Boolean(), nullable=False),
        sa.Column("asked_at", WHEN, nullable=False),
        sa.Column("due_at", WHEN, nullable=True),
        sa.Column("done_at", WHEN, nullable=True),
        sa.Column("done_by", sa.Integer(), nullable=True),
        sa.Column("reached", sa.Boolean(), nullable=True),
        sa.Column("answered", sa.Boolean(), nullable=True),
        sa.Column("solved", sa.String(length=8), nullable=True),
        sa.Column("satisfied", sa.Boolean(), nullable=True),
        sa.Column("omitted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.CheckConstraint("solved IN ('yes', 'partly', 'no')", name=op.f("ck_call_back_solved")),
        sa.CheckConstraint("(done_at IS NULL) = (seq IS NULL)", name=op.f("ck_call_back_done")),
        sa.CheckConstraint(
            "omitted = coalesce(reached AND NOT answered, false)", name=op.f("ck_call_back_omitted")
        ),
        _to("call_back", "done_by", "account"),
        _to("call_back", "event_id", "event"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_back")),
        sa.UniqueConstraint("event_id", "seq", name=op.f("uq_call_back_event_id_seq")),
        schema="wangge",
    )
    op.create_index(op.f("ix_call_back_event_id"), "call_back", ["event_id"], unique=False, schema="wangge")


def _overdue_appeal() -> None:
    op.create_table(
        "overdue_appeal",
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", WHEN, nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reviewed_at", WHEN, nullable=True),
        sa.Column("reviewed_by", sa.Integer(), nullable=True),
        sa.Column("favour", sa.Boolean(), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=True),
        sa.Column("decided_at", WHEN, nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (granted IS NULL)", name=op.f("ck_overdue_appeal_decided")
        ),
        sa.CheckConstraint(
            "granted IS NOT TRUE OR (favour AND decided_by <> reviewed_by)",
            name=op.f("ck_overdue_appeal_two_reviewers"),
        ),
        sa.CheckConstraint(
            "num_nulls(reviewed_at, reviewed_by, favour, opinion) IN (0, 4)",
            name=op.f("ck_overdue_appeal_reviewed"),
        ),
        sa.CheckConstraint(
            "reviewed_by <> asked_by AND decided_by <> asked_by", name=op.f("ck_overdue_appeal_somebody_else")
        ),
        _to("overdue_appeal", "asked_by", "account"),
        _to("overdue_appeal", "decided_by", "account"),
        _to("overdue_appeal", "department_id", "department"),
        _to("overdue_appeal", "event_id", "event"),
        _to("overdue_appeal", "reviewed_by", "account"),
        sa.PrimaryKeyConstraint("event_id", "round", name=op.f("pk_overdue_appeal")),
        schema="wangge",
    )


def upgrade() -> None:
    _rating_rule()
    _rating_scale()
    _sample_secret()
    _event_sample()
    _inspection_task()
    _event_round()
    _event_rating()
    _call_back()
    _overdue_appeal()
    for statement in FILL:
        op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table, schema="wangge")
