"""Roles, accounts, grants, sessions, tokens; who reported an event and which department has it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _permission() -> None:
    op.create_table(
        "permission",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_permission")),
        schema="wangge",
    )


def _role() -> None:
    op.create_table(
        "role",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("held_in", sa.String(length=12), server_default="area", nullable=False),
        sa.Column("levels", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("dated", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("limited", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("privileged", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("position", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("(held_in = 'area') = (cardinality(levels) > 0)", name=op.f("ck_role_levels")),
        sa.CheckConstraint("held_in IN ('area', 'department')", name=op.f("ck_role_held_in")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_role")),
        schema="wangge",
    )


def _role_permission() -> None:
    op.create_table(
        "role_permission",
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("permission", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["permission"],
            ["wangge.permission.code"],
            name=op.f("fk_role_permission_permission_permission"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["role"],
            ["wangge.role.code"],
            name=op.f("fk_role_permission_role_role"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("role", "permission", name=op.f("pk_role_permission")),
        schema="wangge",
    )
    op.create_index(
        op.f("ix_role_permission_permission"),
        "role_permission",
        ["permission"],
        unique=False,
        schema="wangge",
    )


def _account() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("home_area_id", sa.Integer(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("must_change", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
        sa.Column(
            "totp", sa.Boolean(), sa.Computed("totp_secret IS NOT NULL", persisted=True), nullable=False
        ),
        sa.Column("totp_last_step", sa.Integer(), nullable=True),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(issuer IS NULL) = (subject IS NULL)", name=op.f("ck_account_subject")),
        sa.ForeignKeyConstraint(
            ["home_area_id"], ["wangge.area.id"], name=op.f("fk_account_home_area_id_area")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        schema="wangge",
    )
    op.create_index(
        op.f("ix_account_home_area_id"), "account", ["home_area_id"], unique=False, schema="wangge"
    )
    op.create_index("uq_account_subject", "account", ["issuer", "subject"], unique=True, schema="wangge")
    op.create_index(
        "uq_account_username_folded",
        "account",
        [sa.literal_column("lower(username)")],
        unique=True,
        schema="wangge",
    )


def _role_grant() -> None:
    op.create_table(
        "role_grant",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("categories", postgresql.ARRAY(sa.Integer()), nullable=True),
        sa.Column("valid_from", sa.Date(), server_default=sa.text("CURRENT_DATE"), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("granted_by", sa.Integer(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "categories IS NULL OR cardinality(categories) > 0", name=op.f("ck_role_grant_categories")
        ),
        sa.CheckConstraint("num_nonnulls(area_id, department_id) = 1", name=op.f("ck_role_grant_somewhere")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_role_grant_valid")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["wangge.account.id"], name=op.f("fk_role_grant_account_id_account")
        ),
        sa.ForeignKeyConstraint(["area_id"], ["wangge.area.id"], name=op.f("fk_role_grant_area_id_area")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["wangge.department.id"], name=op.f("fk_role_grant_department_id_department")
        ),
        sa.ForeignKeyConstraint(
            ["granted_by"], ["wangge.account.id"], name=op.f("fk_role_grant_granted_by_account")
        ),
        sa.ForeignKeyConstraint(
            ["role"], ["wangge.role.code"], name=op.f("fk_role_grant_role_role"), onupdate="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
        schema="wangge",
    )
    op.create_index(
        op.f("ix_role_grant_account_id"), "role_grant", ["account_id"], unique=False, schema="wangge"
    )
    op.create_index(op.f("ix_role_grant_area_id"), "role_grant", ["area_id"], unique=False, schema="wangge")
    op.create_index(
        op.f("ix_role_grant_department_id"), "role_grant", ["department_id"], unique=False, schema="wangge"
    )
    op.create_index(
        op.f("ix_role_grant_granted_by"), "role_grant", ["granted_by"], unique=False, schema="wangge"
    )
    op.create_index(op.f("ix_role_grant_role"), "role_grant", ["role"], unique=False, schema="wangge")


def _login_session() -> None:
    op.create_table(
        "login_session",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["wangge.account.id"], name=op.f("fk_login_session_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_session_token_hash")),
        schema="wangge",
    )
    op.create_index(
        op.f("ix_login_session_account_id"), "login_session", ["account_id"], unique=False, schema="wangge"
    )


def _access_token() -> None:
    op.create_table(
        "access_token",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("permissions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["wangge.account.id"], name=op.f("fk_access_token_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_access_token_token_hash")),
        schema="wangge",
    )
    op.create_index(
        op.f("ix_access_token_account_id"), "access_token", ["account_id"], unique=False, schema="wangge"
    )


def _login_failure() -> None:
    op.create_table(
        "login_failure",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("username_hash", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_failure")),
        schema="wangge",
    )
    op.create_index(
        "ix_login_failure_address_at", "login_failure", ["address", "at"], unique=False, schema="wangge"
    )
    op.create_index(
        "ix_login_failure_username_hash_at",
        "login_failure",
        ["username_hash", "at"],
        unique=False,
        schema="wangge",
    )


def _columns() -> None:
    op.add_column(
        "department",
        sa.Column("path", postgresql.ARRAY(sa.Integer()), server_default=sa.text("'{}'"), nullable=False),
        schema="wangge",
    )
    op.create_index(
        "ix_department_path", "department", ["path"], unique=False, schema="wangge", postgresql_using="gin"
    )
    op.add_column("event", sa.Column("department_id", sa.Integer(), nullable=True), schema="wangge")
    op.add_column("event", sa.Column("reporter_id", sa.Integer(), nullable=True), schema="wangge")
    op.create_index(op.f("ix_event_department_id"), "event", ["department_id"], unique=False, schema="wangge")
    op.create_index(op.f("ix_event_reporter_id"), "event", ["reporter_id"], unique=False, schema="wangge")
    op.create_foreign_key(
        op.f("fk_event_reporter_id_account"),
        "event",
        "account",
        ["reporter_id"],
        ["id"],
        source_schema="wangge",
        referent_schema="wangge",
    )
    op.create_foreign_key(
        op.f("fk_event_department_id_department"),
        "event",
        "department",
        ["department_id"],
        ["id"],
        source_schema="wangge",
        referent_schema="wangge",
    )
    op.add_column("report", sa.Column("reporter_id", sa.Integer(), nullable=True), schema="wangge")
    op.add_column("report", sa.Column("recorded_by", sa.Integer(), nullable=True), schema="wangge")
    op.create_index(op.f("ix_report_recorded_by"), "report", ["recorded_by"], unique=False, schema="wangge")
    op.create_index(op.f("ix_report_reporter_id"), "report", ["reporter_id"], unique=False, schema="wangge")
    for column in ("reporter_id", "recorded_by"):
        op.create_foreign_key(
            op.f(f"fk_report_{column}_account"),
            "report",
            "account",
            [column],
            ["id"],
            source_schema="wangge",
            referent_schema="wangge",
        )
    op.create_check_constraint(
        op.f("ck_report_one_sender"), "report", "reporter_id IS NULL OR recorded_by IS NULL", schema="wangge"
    )


def upgrade() -> None:
    _permission()
    _role()
    _role_permission()
    _account()
    _role_grant()
    _login_session()
    _access_token()
    _login_failure()
    _columns()


def downgrade() -> None:
    op.drop_column("report", "recorded_by", schema="wangge")
    op.drop_column("report", "reporter_id", schema="wangge")
    op.drop_column("event", "reporter_id", schema="wangge")
    op.drop_column("event", "department_id", schema="wangge")
    op.drop_column("department", "path", schema="wangge")
    op.drop_table("login_failure", schema="wangge")
    op.drop_table("access_token", schema="wangge")
    op.drop_table("login_session", schema="wangge")
    op.drop_table("role_grant", schema="wangge")
    op.drop_table("account", schema="wangge")
    op.drop_table("role_permission", schema="wangge")
    op.drop_table("role", schema="wangge")
    op.drop_table("permission", schema="wangge")
