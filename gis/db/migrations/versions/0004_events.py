"""Categories, reports, events, the append-only log, attachments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# The log is append-only for every role: a row that may be changed proves nothing.
FORBID = """
CREATE FUNCTION wangge.forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
GUARD = """
CREATE TRIGGER event_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON wangge.event_log
FOR EACH STATEMENT EXECUTE FUNCTION wangge.forbid_change()
"""
# The pinned bytes of a log row, as in gis.events.canonical.
LOG_HASH = """
CREATE FUNCTION wangge.log_hash(
  event_id uuid, seq int, at timestamptz, actor text, account_id int, action text, from_status text, to_status text,
  round int, note text, details jsonb, command_id uuid, prev_hash bytea
) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT sha256(convert_to(concat_ws(
    chr(31), 'wangge-log-2', event_id::text, seq::text, (extract(epoch FROM at) * 1000000)::bigint::text,
    actor, coalesce(account_id::text, ''), action, coalesce(from_status, ''), to_status, round::text,
    coalesce(note, ''), details::text, coalesce(command_id::text, ''), coalesce(encode(prev_hash, 'hex'), '')
  ), 'UTF8'))
$$
"""
# 张三 as 张*: how long a name is stays inside as well.
MASK_NAME = """
CREATE FUNCTION wangge.mask_name(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT left(name, 1) || '*'
$$
"""
# A mobile number keeps its first three digits and its last four; any other at most its last four, a short one none.
MASK_PHONE = """
CREATE FUNCTION wangge.mask_phone(phone text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE
    WHEN bare ~ '^1[3-9][0-9]{9}$' THEN left(bare, 3) || '****' || right(bare, 4)
    WHEN length(bare) >= 7 THEN '****' || right(bare, least(4, length(bare) - 4))
    ELSE '****'
  END
  FROM (
    SELECT regexp_replace(regexp_replace(phone, '[^0-9]', '', 'g'), '^(00)?86(1[0-9]{10})$', '\\2') AS bare
  ) AS number
$$
"""


def _category() -> None:
    op.create_table(
        "category",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("scheme", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("source_ref", sa.Text(), nullable=True),
        sa.Column("verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("valid_from", sa.Date(), server_default=sa.text("CURRENT_DATE"), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["wangge.category.id"], name=op.f("fk_category_parent_id_category")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
        sa.UniqueConstraint("scheme", "kind", "code", name=op.f("uq_category_scheme_kind_code")),
        schema="wangge",
    )
    op.create_index(op.f("ix_category_parent_id"), "category", ["parent_id"], unique=False, schema="wangge")


def _event() -> None:
    op.create_table(
        "event",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("tracking_code", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.String(length=16), server_default="normal", nullable=False),
        sa.Column("source", sa.String(length=24), server_default="other", nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("confidential", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "geom",
            Geometry(geometry_type="POINT", srid=4326, dimension=2, spatial_index=False),
            nullable=False,
        ),
        sa.Column("grid_id", sa.Integer(), nullable=True),
        sa.Column("scope_area_id", sa.Integer(), nullable=False),
        sa.Column("grid_method", sa.String(length=8), nullable=False),
        sa.Column("border_distance_m", sa.Double(), nullable=True),
        sa.Column("confirm", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(grid_id IS NULL) = (grid_method = 'none')", name=op.f("ck_event_grid_or_reason")
        ),
        sa.CheckConstraint(
            "(closed_at IS NOT NULL) = (status = ANY ('{closed,rejected,cancelled,merged}'::text[]))",
            name=op.f("ck_event_closed_when_finished"),
        ),
        sa.CheckConstraint(
            "urgency = ANY ('{normal,urgent,emergency}'::text[])", name=op.f("ck_event_urgency")
        ),
        sa.CheckConstraint(
            "source = ANY ('{grid_worker,hotline,resident_code,property,department,patrol,media,petition,sensor,"
            "other,leader,inspection,assessment,video,letter,web,wechat,sms,email,phone,import}'::text[])",
            name=op.f("ck_event_source"),
        ),
        sa.CheckConstraint(
            "grid_method = ANY ('{inside,border,nearest,none}'::text[])", name=op.f("ck_event_grid_method")
        ),
        sa.CheckConstraint(
            "status = ANY ('{reported,accepted,verifying,verified,filed,dispatched,handling,feedback,inspecting,closed,"
            "rejected,cancelled,merged,suspended,self_handled}'::text[])",
            name=op.f("ck_event_status"),
        ),
        sa.CheckConstraint(
            "abs(ST_X(geom)) <= float8 '180' AND abs(ST_Y(geom)) <= float8 '90'",
            name=op.f("ck_event_on_earth"),
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["wangge.category.id"], name=op.f("fk_event_category_id_category")
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["wangge.area.id"], name=op.f("fk_event_grid_id_area")),
        sa.ForeignKeyConstraint(
            ["scope_area_id"], ["wangge.area.id"], name=op.f("fk_event_scope_area_id_area")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("number", name=op.f("uq_event_number")),
        sa.UniqueConstraint("tracking_code", name=op.f("uq_event_tracking_code")),
        schema="wangge",
    )
    op.create_index(op.f("ix_event_category_id"), "event", ["category_id"], unique=False, schema="wangge")
    op.create_index(
        "ix_event_geom", "event", ["geom"], unique=False, schema="wangge", postgresql_using="gist"
    )
    op.create_index(op.f("ix_event_grid_id"), "event", ["grid_id"], unique=False, schema="wangge")
    op.create_index(
        "ix_event_open_grid",
        "event",
        ["grid_id"],
        unique=False,
        schema="wangge",
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_event_opened_at_id", "event", ["opened_at", "id"], unique=False, schema="wangge")
    op.create_index(op.f("ix_event_scope_area_id"), "event", ["scope_area_id"], unique=False, schema="wangge")


def _report() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("body_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("source", sa.String(length=24), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("compound_id", sa.Integer(), nullable=True),
        sa.Column("building_id", sa.Integer(), nullable=True),
        sa.Column("entrance_id", sa.Integer(), nullable=True),
        sa.Column("raw_lon", sa.Double(), nullable=False),
        sa.Column("raw_lat", sa.Double(), nullable=False),
        sa.Column("coord_sys", sa.String(length=8), nullable=False),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column(
            "geom",
            Geometry(geometry_type="POINT", srid=4326, dimension=2, spatial_index=False),
            nullable=False,
        ),
        sa.Column("grid_id", sa.Integer(), nullable=True),
        sa.Column("scope_area_id", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.String(length=16), server_default="normal", nullable=False),
        sa.Column("confidential", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("batch_id", sa.UUID(), nullable=True),
        sa.Column(
            "receipt",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "coord_sys = ANY ('{wgs84,gcj02,bd09,cgcs2000}'::text[])", name=op.f("ck_report_coord_sys")
        ),
        sa.CheckConstraint("accuracy_m IS NULL OR accuracy_m >= 0", name=op.f("ck_report_accuracy")),
        sa.CheckConstraint(
            "urgency = ANY ('{normal,urgent,emergency}'::text[])", name=op.f("ck_report_urgency")
        ),
        sa.CheckConstraint(
            "source = ANY ('{grid_worker,hotline,resident_code,property,department,patrol,media,petition,sensor,"
            "other,leader,inspection,assessment,video,letter,web,wechat,sms,email,phone,import}'::text[])",
            name=op.f("ck_report_source"),
        ),
        sa.ForeignKeyConstraint(
            ["building_id"],
            ["wangge.building.id"],
            name=op.f("fk_report_building_id_building"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["wangge.category.id"], name=op.f("fk_report_category_id_category")
        ),
        sa.ForeignKeyConstraint(
            ["compound_id"],
            ["wangge.compound.id"],
            name=op.f("fk_report_compound_id_compound"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["entrance_id"],
            ["wangge.entrance.id"],
            name=op.f("fk_report_entrance_id_entrance"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["event_id"], ["wangge.event.id"], name=op.f("fk_report_event_id_event")),
        sa.ForeignKeyConstraint(["grid_id"], ["wangge.area.id"], name=op.f("fk_report_grid_id_area")),
        sa.ForeignKeyConstraint(
            ["scope_area_id"], ["wangge.area.id"], name=op.f("fk_report_scope_area_id_area")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        schema="wangge",
    )
    op.create_index(op.f("ix_report_building_id"), "report", ["building_id"], unique=False, schema="wangge")
    op.create_index(op.f("ix_report_category_id"), "report", ["category_id"], unique=False, schema="wangge")
    op.create_index(op.f("ix_report_compound_id"), "report", ["compound_id"], unique=False, schema="wangge")
    op.create_index(op.f("ix_report_entrance_id"), "report", ["entrance_id"], unique=False, schema="wangge")
    op.create_index(op.f("ix_report_event_id"), "report", ["event_id"], unique=False, schema="wangge")
    op.create_index(
        "ix_report_geom", "report", ["geom"], unique=False, schema="wangge", postgresql_using="gist"
    )
    op.create_index(op.f("ix_report_grid_id"), "report", ["grid_id"], unique=False, schema="wangge")
    op.create_index(
        op.f("ix_report_scope_area_id"), "report", ["scope_area_id"], unique=False, schema="wangge"
    )


def _report_contact() -> None:
    op.create_table(
        "report_contact",
        sa.Column("report_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column(
            "name_masked", sa.Text(), sa.Computed("wangge.mask_name(name)", persisted=True), nullable=True
        ),
        sa.Column(
            "phone_masked", sa.Text(), sa.Computed("wangge.mask_phone(phone)", persisted=True), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["wangge.report.id"],
            name=op.f("fk_report_contact_report_id_report"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_report_contact")),
        schema="wangge",
    )


def _event_log() -> None:
    op.create_table(
        "event_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("from_status", sa.String(length=16), nullable=True),
        sa.Column("to_status", sa.String(length=16), nullable=False),
        sa.Column("round", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "details",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("command_id", sa.UUID(), nullable=True),
        sa.Column("prev_hash", sa.LargeBinary(), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("(seq = 1) = (prev_hash IS NULL)", name=op.f("ck_event_log_chain")),
        # Only a report begins a log, and nothing else about an event is told before it.
        sa.CheckConstraint(
            "(action = 'report') = (seq = 1) AND (seq = 1) = (from_status IS NULL)"
            " AND (seq > 1 OR to_status = 'reported' AND round = 1)",
            name=op.f("ck_event_log_begins"),
        ),
        sa.CheckConstraint(
            "position(chr(31) IN concat(actor, action, note)) = 0", name=op.f("ck_event_log_separator")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["wangge.event.id"], name=op.f("fk_event_log_event_id_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_log")),
        sa.UniqueConstraint("event_id", "seq", name=op.f("uq_event_log_event_id_seq")),
        schema="wangge",
    )


def _attachment() -> None:
    op.create_table(
        "attachment",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("taken_lon", sa.Double(), nullable=True),
        sa.Column("taken_lat", sa.Double(), nullable=True),
        sa.Column("look", sa.BigInteger(), nullable=True),
        sa.Column("stored_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_attachment")),
        schema="wangge",
    )


def _report_photo() -> None:
    op.create_table(
        "report_photo",
        sa.Column("report_id", sa.UUID(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("attachment_sha256", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["wangge.report.id"],
            name=op.f("fk_report_photo_report_id_report"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["attachment_sha256"],
            ["wangge.attachment.sha256"],
            name=op.f("fk_report_photo_attachment_sha256_attachment"),
        ),
        sa.PrimaryKeyConstraint("report_id", "sha256", name=op.f("pk_report_photo")),
        schema="wangge",
    )
    op.create_index(op.f("ix_report_photo_sha256"), "report_photo", ["sha256"], unique=False, schema="wangge")
    op.create_index(
        op.f("ix_report_photo_attachment_sha256"),
        "report_photo",
        ["attachment_sha256"],
        unique=False,
        schema="wangge",
    )


def upgrade() -> None:
    _category()
    _event()
    _report()
    for statement in (MASK_NAME, MASK_PHONE):
        op.execute(statement)
    _report_contact()
    _event_log()
    _attachment()
    _report_photo()
    op.execute("CREATE SEQUENCE wangge.event_number")
    for statement in (FORBID, GUARD, LOG_HASH):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP FUNCTION wangge.log_hash")
    op.execute("DROP SEQUENCE wangge.event_number")
    op.drop_table("report_photo", schema="wangge")
    op.drop_table("attachment", schema="wangge")
    op.drop_table("event_log", schema="wangge")
    op.drop_table("report_contact", schema="wangge")
    op.execute("DROP FUNCTION wangge.mask_name(text)")
    op.execute("DROP FUNCTION wangge.mask_phone(text)")
    op.drop_table("report", schema="wangge")
    op.drop_table("event", schema="wangge")
    op.drop_table("category", schema="wangge")
    op.execute("DROP FUNCTION wangge.forbid_change()")
