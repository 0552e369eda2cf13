"""Scenarios, edits of the register, and its revision."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

API = "wangge_api"
MAINTAINS = "(SELECT wangge.maintains())"
MADE = "id, name, note, edits, question, area_id, created_by"
CHANGED = "name, note, edits, question, version, updated_at, adopted_at"

# What coverage reads (gis/coverage/sql/read_*.sql).
COUNTED = (
    "area", "barrier", "building", "building_people", "compound", "entrance", "gate", "service_area", "station",
    "street",
)  # fmt: skip
# Whoever writes to the register does so alone until the end of the transaction: the lock comes before the rows', so
# that two writers wait for each other in one place and never in a circle. The number is store.REGISTER_LOCK.
COUNT = """
CREATE FUNCTION wangge.count_revision() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = wangge, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(33602649037694212);
  UPDATE register_revision SET revision = revision + 1 WHERE relation = TG_TABLE_NAME;
  RETURN NULL;
END $$
"""
COUNT_TRIGGER = """
CREATE TRIGGER count_revision BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON wangge.{table}
FOR EACH STATEMENT EXECUTE FUNCTION wangge.count_revision()
"""
# Where a shape is: the current grid with the lowest code it lies in or runs through, else the area that owns the rest.
PLACE = """
CREATE FUNCTION wangge.grid_of(shape public.geometry) RETURNS int LANGUAGE sql STABLE
SET search_path = wangge, pg_temp AS $$
  SELECT a.id FROM area AS a
  WHERE a.level = 'grid' AND a.valid_to IS NULL AND public.ST_Intersects(a.geom, shape) ORDER BY a.code COLLATE "C" LIMIT 1
$$;
CREATE FUNCTION wangge.area_of_rest() RETURNS int LANGUAGE sql STABLE SET search_path = wangge, pg_temp AS $$
  SELECT coalesce(
    (SELECT s.area_id FROM service_area AS s ORDER BY s.id LIMIT 1),
    (SELECT a.id FROM area AS a WHERE a.valid_to IS NULL AND a.level <> 'grid'
     ORDER BY length(a.code), a.code COLLATE "C" LIMIT 1)
  )
$$
"""
# Every grid a shape lies in or runs through has to be held; outside all of them the area that owns the rest.
MAY = """
CREATE FUNCTION wangge.may_edit(area int, shape public.geometry) RETURNS boolean LANGUAGE sql STABLE
SET search_path = wangge, pg_temp AS $$
  SELECT covers('register.edit', coalesce($1, area_of_rest())) AND NOT EXISTS (
    SELECT FROM area AS a WHERE a.level = 'grid' AND a.valid_to IS NULL AND $2 IS NOT NULL
      AND public.ST_Intersects(a.geom, $2) AND NOT covers('register.edit', a.id)
  )
$$
"""
# The only way in which the web edge changes a station, a gate or a street: within the scope of register.edit, on
# record, and with its row in register_edit. What is no number or no access class the columns refuse; everything else
# was checked before (gis.coverage.edit_rules). The owner of the tables, in maintenance, needs no scope.
EDIT = """
CREATE FUNCTION wangge.edit_register(edit jsonb, scenario uuid, changed jsonb)
RETURNS TABLE (edit_id bigint, row_id int, grid int) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = wangge, pg_temp AS $$
#variable_conflict use_column
DECLARE
  kind text := edit ->> 'kind';
  noun text := split_part(edit ->> 'kind', '_', 2);
  code_ text := edit ->> 'code';
  acting text := CASE current_setting('role') WHEN 'none' THEN session_user ELSE current_setting('role') END;
  owner boolean := coalesce(current_setting('wangge.maintenance', true) = 'on', false)
    AND pg_has_role(acting, current_user, 'MEMBER');
  old_id int;
  old_grid int;
  old_shape public.geometry;
  shape public.geometry;
  place int;
BEGIN
  IF kind IN ('add_station', 'move_station') THEN
    shape := public.ST_SetSRID(public.ST_MakePoint((edit ->> 'lon')::float8, (edit ->> 'lat')::float8), 4326);
  ELSIF kind = 'add_street' THEN
    SELECT public.ST_SetSRID(public.ST_MakeLine(public.ST_MakePoint((p ->> 0)::float8, (p ->> 1)::float8) ORDER BY at), 4326) INTO shape
    FROM jsonb_array_elements(edit -> 'line') WITH ORDINALITY AS line (p, at);
  END IF;
  place := grid_of(shape);
  IF noun = 'station' AND kind <> 'add_station' THEN
    SELECT s.id, s.grid_id INTO old_id, old_grid FROM station AS s WHERE s.code = code_ FOR UPDATE;
  ELSIF noun = 'gate' THEN
    SELECT g.id, grid_of(g.geom), g.geom INTO old_id, old_grid, old_shape FROM gate AS g WHERE g.code = code_
    FOR UPDATE;
  ELSIF kind = 'remove_street' THEN
    SELECT s.id, grid_of(s.geom), s.geom INTO old_id, old_grid, old_shape FROM street AS s WHERE s.code = code_
    FOR UPDATE;
  END IF;
  IF split_part(kind, '_', 1) <> 'add' THEN
    IF old_id IS NULL THEN
      RAISE EXCEPTION 'edit_not_found: %', code_ USING ERRCODE = 'no_data_found';
    END IF;
    IF NOT owner AND NOT may_edit(old_grid, old_shape) THEN
      RAISE EXCEPTION 'edit_denied: not in this scope' USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;
  IF shape IS NOT NULL AND NOT owner AND NOT may_edit(place, shape) THEN
    RAISE EXCEPTION 'edit_denied: not in this scope' USING ERRCODE = 'insufficient_privilege';
  END IF;
  CASE kind
    WHEN 'add_station' THEN
      INSERT INTO station (code, type, name, hours, capacity, floor_area_m2, grid_id, geom)
      VALUES (code_, edit ->> 'type', edit ->> 'name', edit ->> 'hours', (edit ->> 'capacity')::int,
        (edit ->> 'floor_area_m2')::float8, place, shape)
      RETURNING id INTO row_id;
    WHEN 'move_station' THEN
      UPDATE station SET geom = shape, grid_id = place, building_id = NULL WHERE id = old_id;
    WHEN 'close_station' THEN
      UPDATE station SET status = 'closed' WHERE id = old_id;
    WHEN 'set_station_hours' THEN
      UPDATE station SET hours = edit ->> 'hours' WHERE id = old_id;
    WHEN 'set_gate' THEN
      UPDATE gate SET access = edit ->> 'access', hours = edit ->> 'hours' WHERE id = old_id;
    WHEN 'add_street' THEN
      INSERT INTO street (code, kind, foot_forward, foot_backward, steps, slope_pct, level, bridge, tunnel, geom)
      VALUES (code_, edit ->> 'street_kind', (edit ->> 'foot_forward')::boolean, (edit ->> 'foot_backward')::boolean,
        (edit ->> 'steps')::boolean, (edit ->> 'slope_pct')::float8, (edit ->> 'level')::float8,
        (edit ->> 'bridge')::boolean, (edit ->> 'tunnel')::boolean, shape)
      RETURNING id INTO row_id;
    WHEN 'remove_street' THEN
      DELETE FROM street WHERE id = old_id;
  END CASE;
  row_id := coalesce(row_id, old_id);
  grid := CASE WHEN shape IS NULL THEN old_grid ELSE place END;
  INSERT INTO register_edit (edit, area_id, scenario_id, account_id, actor, changed)
  VALUES (edit_register.edit, coalesce(grid, area_of_rest()), scenario, account_id(), coalesce(actor(), 'system'),
    edit_register.changed)
  RETURNING id INTO edit_id;
  INSERT INTO audit (area_id, action, object_type, object_id, details)
  VALUES (coalesce(grid, area_of_rest()), 'register.edit', noun, code_,
    jsonb_build_object('kind', kind, 'edit', edit_id));
  RETURN NEXT;
END $$
"""
KEEP = """
CREATE FUNCTION wangge.register_edit_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'edits of the register are append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
KEEP_TRIGGER = """
CREATE TRIGGER register_edit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON wangge.register_edit
FOR EACH STATEMENT EXECUTE FUNCTION wangge.register_edit_keep()
"""
FUNCTIONS = (
    "edit_register(jsonb, uuid, jsonb)",
    "may_edit(int, public.geometry)",
    "grid_of(public.geometry)",
    "area_of_rest()",
    "count_revision()",
    "register_edit_keep()",
)


def held(permission: str) -> str:
    """Whether the row's area lies in a subtree the permission is held in; the roots are read once a query."""
    return (
        "EXISTS (SELECT FROM wangge.area AS a WHERE a.id = area_id"
        f" AND a.path && (SELECT wangge.scope_areas('{permission}')))"
    )


OWN = "created_by = (SELECT wangge.account_id())"
PLANS = f"{OWN} OR {held('coverage.plan')}"


def _scenario() -> None:
    op.create_table(
        "scenario",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("edits", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "question",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 80", name=op.f("ck_scenario_name")),
        sa.CheckConstraint("length(note) <= 2000", name=op.f("ck_scenario_note")),
        sa.CheckConstraint(
            "jsonb_typeof(edits) = 'array' AND jsonb_array_length(edits) <= 200",
            name=op.f("ck_scenario_edits"),
        ),
        sa.CheckConstraint("jsonb_typeof(question) = 'object'", name=op.f("ck_scenario_question")),
        sa.ForeignKeyConstraint(["area_id"], ["wangge.area.id"], name=op.f("fk_scenario_area_id_area")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["wangge.account.id"], name=op.f("fk_scenario_created_by_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenario")),
        schema="wangge",
    )
    op.create_index(op.f("ix_scenario_area_id"), "scenario", ["area_id"], unique=False, schema="wangge")
    op.create_index(op.f("ix_scenario_created_by"), "scenario", ["created_by"], unique=False, schema="wangge")


def _register_edit() -> None:
    op.create_table(
        "register_edit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("edit", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("scenario_id", sa.UUID(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "changed",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["area_id"], ["wangge.area.id"], name=op.f("fk_register_edit_area_id_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_edit")),
        schema="wangge",
    )
    op.create_index(
        op.f("ix_register_edit_area_id"), "register_edit", ["area_id"], unique=False, schema="wangge"
    )


def _register_revision() -> None:
    op.create_table(
        "register_revision",
        sa.Column("relation", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("relation", name=op.f("pk_register_revision")),
        schema="wangge",
    )
    for table in COUNTED:
        op.execute(f"INSERT INTO wangge.register_revision (relation) VALUES ('{table}')")
        op.execute(COUNT_TRIGGER.format(table=table))


def _guard(table: str) -> None:
    op.execute(f"ALTER TABLE wangge.{table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY maintenance ON wangge.{table} TO CURRENT_USER USING ({MAINTAINS}) WITH CHECK ({MAINTAINS})"
    )


def upgrade() -> None:
    _scenario()
    _register_edit()
    for statement in (COUNT, *PLACE.split(";\n"), MAY, EDIT, KEEP, KEEP_TRIGGER):
        op.execute(statement)
    _register_revision()
    for table in ("scenario", "register_edit"):
        _guard(table)
    op.execute(f"GRANT SELECT, INSERT ({MADE}), UPDATE ({CHANGED}), DELETE ON wangge.scenario TO {API}")
    op.execute(f"CREATE POLICY scenario_read ON wangge.scenario FOR SELECT TO {API} USING ({PLANS})")
    op.execute(
        f"CREATE POLICY scenario_make ON wangge.scenario FOR INSERT TO {API}"
        f" WITH CHECK ({OWN} AND {held('coverage.plan')})"
    )
    op.execute(
        f"CREATE POLICY scenario_change ON wangge.scenario FOR UPDATE TO {API} USING ({PLANS}) WITH CHECK ({PLANS})"
    )
    op.execute(f"CREATE POLICY scenario_delete ON wangge.scenario FOR DELETE TO {API} USING ({PLANS})")
    op.execute(
        "CREATE CONSTRAINT TRIGGER unaudited_write AFTER INSERT OR DELETE OR UPDATE ON wangge.scenario"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
        " WHEN (current_setting('is_superuser') = 'off') EXECUTE FUNCTION wangge.require_audit()"
    )
    op.execute(f"GRANT SELECT ON wangge.register_edit, wangge.register_revision TO {API}")
    op.execute(
        f"CREATE POLICY register_edit_read ON wangge.register_edit FOR SELECT TO {API}"
        f" USING ({held('register.edit')})"
    )
    for function in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION wangge.{function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION wangge.{function} TO {API}")


def downgrade() -> None:
    for table in COUNTED:
        op.execute(f"DROP TRIGGER count_revision ON wangge.{table}")
    op.drop_table("register_revision", schema="wangge")
    op.drop_table("register_edit", schema="wangge")
    op.drop_table("scenario", schema="wangge")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION wangge.{function}")
