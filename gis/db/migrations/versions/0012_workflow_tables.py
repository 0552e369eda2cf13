"""Workflow templates as data, what events carry of them, and the commands that were sent.

The three templates shipped are pinned; a changed one is a new file and a new revision, never an edit of these.
"""

from __future__ import annotations

import hashlib
import tomllib
from importlib import resources
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012w"
down_revision = "0012"
branch_labels = None
depends_on = None

API = "wangge_api"
FILES = {
    "urban.toml": "c66e02432ce2503eab2ef84ee0716c441aaf875b92ba6a94350337eb56857d07",
    "grid.toml": "bc2d9206fb7690b76cf2f3e93604a94a0effbbb2f93a3bf8082306f6a0b7c766",
    "hotline.toml": "54497f14cc2795e082d02f31f9aeaf311d53d5341ff0d583b0ce3f358e8053f6",
}
FINISHED = ("closed", "rejected", "cancelled", "merged")
# Commands that hand an event to somebody who may not have looked yet: they may be recalled.
SENDING = ("dispatch", "send_verification", "send_inspection", "escalate", "send_down")
GOES_BACK = {"resume": ("suspend",), "unmerge": ("merge",), "recall": SENDING}
EMPTY = sa.text("'{}'::text[]")

WORKFLOW = sa.text("""
INSERT INTO wangge.workflow (code, version, name_zh, name_en, schemes, sources, priority)
VALUES (:code, :version, :name_zh, :name_en, :schemes, :sources, :priority) RETURNING id
""")
STATE = sa.text("""
INSERT INTO wangge.workflow_state
  (workflow_id, status, label_zh, label_en, position, stage, limit_value, limit_kind, timeout_command)
VALUES (:workflow_id, :status, :zh, :en, :position, :stage, :limit_value, :limit_kind, :timeout)
""")
EDGE = sa.text("""
INSERT INTO wangge.workflow_edge
  (workflow_id, position, command, from_status, to_status, permission, party, at_level, not_by, needs, requires,
   max_distance_m, clock, notifies, by_system, label_zh, label_en)
VALUES (:workflow_id, :position, :command, :from_status, :to_status, :permission, :party, :at_level, :not_by, :needs,
  :requires, :max_distance_m, :clock, :notifies, :by_system, :zh, :en)
""")


def _texts(name: str) -> sa.Column[Any]:
    return sa.Column(name, postgresql.ARRAY(sa.Text()), server_default=EMPTY, nullable=False)


def _workflow() -> None:
    op.create_table(
        "workflow",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        _texts("schemes"),
        _texts("sources"),
        sa.Column("priority", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["wangge.area.id"], name=op.f("fk_workflow_area_id_area")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["wangge.account.id"], name=op.f("fk_workflow_created_by_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workflow")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_workflow_code_version")),
        schema="wangge",
    )
    op.create_table(
        "workflow_state",
        sa.Column("workflow_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("label_zh", sa.Text(), nullable=False),
        sa.Column("label_en", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=True),
        sa.Column("limit_value", sa.Double(), nullable=True),
        sa.Column("limit_kind", sa.String(length=16), nullable=True),
        sa.Column("timeout_command", sa.String(length=24), nullable=True),
        sa.CheckConstraint(
            "limit_kind IN ('urgent_hour', 'work_hour', 'work_day', 'natural_day')",
            name=op.f("ck_workflow_state_limit_kind"),
        ),
        sa.CheckConstraint("limit_value > 0", name=op.f("ck_workflow_state_limit_value")),
        sa.CheckConstraint(
            "num_nulls(stage, limit_value, limit_kind, timeout_command) IN (0, 4)",
            name=op.f("ck_workflow_state_waits"),
        ),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["wangge.workflow.id"], name=op.f("fk_workflow_state_workflow_id_workflow")
        ),
        sa.PrimaryKeyConstraint("workflow_id", "status", name=op.f("pk_workflow_state")),
        schema="wangge",
    )


def _workflow_edge() -> None:
    op.create_table(
        "workflow_edge",
        sa.Column("workflow_id", sa.Integer(), nullable=False),
        sa.Column("command", sa.String(length=24), nullable=False),
        sa.Column("from_status", sa.String(length=16), nullable=False),
        sa.Column("to_status", sa.String(length=16), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("permission", sa.Text(), nullable=True),
        sa.Column("party", sa.String(length=16), nullable=True),
        sa.Column("at_level", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _texts("not_by"),
        _texts("needs"),
        _texts("requires"),
        sa.Column("max_distance_m", sa.Double(), nullable=True),
        _texts("clock"),
        _texts("notifies"),
        sa.Column("by_system", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("label_zh", sa.Text(), nullable=False),
        sa.Column("label_en", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "permission IS NOT NULL OR party IS NOT NULL", name=op.f("ck_workflow_edge_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["workflow_id", "from_status"],
            ["wangge.workflow_state.workflow_id", "wangge.workflow_state.status"],
            name=op.f("fk_workflow_edge_workflow_id_from_status_workflow_state"),
        ),
        sa.ForeignKeyConstraint(
            ["workflow_id", "to_status"],
            ["wangge.workflow_state.workflow_id", "wangge.workflow_state.status"],
            name=op.f("fk_workflow_edge_workflow_id_to_status_workflow_state"),
        ),
        sa.PrimaryKeyConstraint(
            "workflow_id", "from_status", "command", "to_status", name=op.f("pk_workflow_edge")
        ),
        schema="wangge",
    )


def _event() -> None:
    for column in (
        sa.Column("workflow_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("level_area_id", sa.Integer(), nullable=False),
        sa.Column("standard_id", sa.Integer(), nullable=True),
        sa.Column("handler_id", sa.Integer(), nullable=True),
        sa.Column(
            "co_departments",
            postgresql.ARRAY(sa.Integer()),
            server_default=sa.text("'{}'::int[]"),
            nullable=False,
        ),
        sa.Column("bounces", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("reworks", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("supervised", sa.String(length=8), nullable=True),
        sa.Column("merged_into", sa.UUID(), nullable=True),
        sa.Column("me_too", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overdue_s", sa.BigInteger(), nullable=True),
        sa.Column("suspended_from", sa.String(length=16), nullable=True),
        sa.Column("exempt", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    ):
        op.add_column("event", column, schema="wangge")
    for name, other in (
        ("workflow_id", "workflow"), ("level_area_id", "area"), ("handler_id", "account"), ("merged_into", "event"),
    ):  # fmt: skip
        key = op.f(f"fk_event_{name}_{other}")
        op.create_foreign_key(
            key, "event", other, [name], ["id"], source_schema="wangge", referent_schema="wangge"
        )
    for name in ("level_area_id", "handler_id", "merged_into"):
        op.create_index(op.f(f"ix_event_{name}"), "event", [name], unique=False, schema="wangge")
    suspended = (
        "CASE status WHEN 'suspended' THEN suspended_from IS NOT NULL WHEN 'merged' THEN true"
        " ELSE suspended_from IS NULL END"
    )
    op.create_check_constraint(op.f("ck_event_suspended"), "event", suspended, schema="wangge")
    cards = "supervised = ANY ('{yellow,red,black}'::text[])"
    op.create_check_constraint(op.f("ck_event_supervised"), "event", cards, schema="wangge")


def _event_command() -> None:
    json = postgresql.JSONB(none_as_null=True, astext_type=sa.Text())
    op.create_table(
        "event_command",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("body_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("body", json, nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("command", sa.String(length=24), nullable=False),
        sa.Column("after_id", sa.UUID(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("refusal", json, nullable=True),
        sa.CheckConstraint(
            "CASE state WHEN 'taken' THEN seq IS NOT NULL AND answer IS NOT NULL AND decided_at IS NOT NULL"
            " WHEN 'refused' THEN refusal IS NOT NULL AND decided_at IS NOT NULL"
            " WHEN 'held' THEN after_id IS NOT NULL WHEN 'new' THEN decided_at IS NULL ELSE false END",
            name=op.f("ck_event_command_state"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["wangge.account.id"], name=op.f("fk_event_command_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["wangge.event.id"], name=op.f("fk_event_command_event_id_event")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_command")),
        schema="wangge",
    )
    op.create_index(
        op.f("ix_event_command_event_id"), "event_command", ["event_id"], unique=False, schema="wangge"
    )
    op.create_index(
        "ix_event_command_account_id_received_at",
        "event_command",
        ["account_id", "received_at"],
        unique=False,
        schema="wangge",
    )
    op.create_index(
        "ix_event_command_after_id",
        "event_command",
        ["after_id"],
        unique=False,
        schema="wangge",
        postgresql_where=sa.text("state = 'held'"),
    )


def _command_photo() -> None:
    op.create_table(
        "command_photo",
        sa.Column("command_id", sa.UUID(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("slot", sa.String(length=8), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("attachment_sha256", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "slot IN ('before', 'after', 'check', 'other')", name=op.f("ck_command_photo_slot")
        ),
        sa.ForeignKeyConstraint(
            ["command_id"],
            ["wangge.event_command.id"],
            name=op.f("fk_command_photo_command_id_event_command"),
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["wangge.event.id"], name=op.f("fk_command_photo_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["attachment_sha256"],
            ["wangge.attachment.sha256"],
            name=op.f("fk_command_photo_attachment_sha256_attachment"),
        ),
        sa.PrimaryKeyConstraint("command_id", "sha256", "slot", name=op.f("pk_command_photo")),
        schema="wangge",
    )
    for name in ("sha256", "event_id", "attachment_sha256"):
        op.create_index(
            op.f(f"ix_command_photo_{name}"), "command_photo", [name], unique=False, schema="wangge"
        )
    op.create_index(
        "ix_event_co_departments",
        "event",
        ["co_departments"],
        unique=False,
        schema="wangge",
        postgresql_using="gin",
        postgresql_where=sa.text("co_departments <> '{}'"),
    )


def _targets(edges: list[dict[str, Any]], states: list[str], command: str, status: str, to: str) -> list[str]:
    if to == "=":
        return [status]
    if to == "<":
        back = GOES_BACK[command]
        return [s for s in states if any(_leads(e, s, status) for e in edges if e["command"] in back)]
    return [to]


def _leads(edge: dict[str, Any], start: str, end: str) -> bool:
    return start in edge["from"] and edge["to"] == end


def _load(name: str, digest: str) -> None:
    data = resources.files("gis.events").joinpath("data", "workflows", name).read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise RuntimeError(f"{name} is not the file this revision was written for")
    made = tomllib.loads(data.decode("utf-8"))
    plain = {"schemes": [], "sources": []} | {key: v for key, v in made.items() if not isinstance(v, dict)}
    key = {"workflow_id": op.get_bind().scalar(WORKFLOW, plain)}
    states, edges = list(made["states"]), made["edge"]
    open_ones = [status for status in states if status not in FINISHED]
    for position, (status, state) in enumerate(made["states"].items()):
        value, kind = state["limit"].split() if "limit" in state else (None, None)
        told = {"stage": None, "timeout": None} | state | {"status": status, "position": position}
        limit = {"limit_value": value and float(value), "limit_kind": kind}
        op.get_bind().execute(
            STATE, told | limit | key | dict(zip(("zh", "en"), state["label"], strict=True))
        )
    lists: dict[str, Any] = {name: [] for name in ("not_by", "needs", "requires", "clock", "notifies")}
    rest = {"permission": None, "party": None, "at_level": False, "max_distance_m": None, "by_system": False}
    for edge in edges:
        starts = {"open": open_ones, "any": states}.get(str(edge["from"]), edge["from"])
        label = edge.get("label", made["commands"][edge["command"]])
        for status in starts:
            for to in _targets(edges, states, edge["command"], status, edge["to"]):
                ends = {"from_status": status, "to_status": to, "zh": label[0], "en": label[1]}
                told = lists | rest | edge | ends | {"position": edges.index(edge)}
                op.get_bind().execute(EDGE, told | key)


def upgrade() -> None:
    _workflow()
    _workflow_edge()
    _event()
    _event_command()
    _command_photo()
    for name, digest in FILES.items():
        _load(name, digest)


def downgrade() -> None:
    op.drop_index("ix_event_co_departments", "event", schema="wangge")
    for name in ("ck_event_supervised", "ck_event_suspended"):
        op.drop_constraint(op.f(name), "event", schema="wangge")
    for name in (
        "exempt", "suspended_from", "overdue_s", "due_at", "promised_at", "me_too", "merged_into", "supervised",
        "reworks", "bounces", "co_departments", "handler_id", "standard_id", "level_area_id", "round", "workflow_id",
    ):  # fmt: skip
        op.drop_column("event", name, schema="wangge")
    for table in ("command_photo", "event_command", "workflow_edge", "workflow_state", "workflow"):
        op.drop_table(table, schema="wangge")
