"""What finds an event: its number, the path of its scope area, and the square its place lies in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004p"
down_revision = "0004"
branch_labels = None
depends_on = None

# Damm's check digit (Damm 2004), as in gis.events.tracking.
CHECK_DIGIT = """
CREATE FUNCTION wangge.check_digit(digits text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  -- (As bytes, 48 being the nought: a number is not read from text for each digit.)
  quasigroup CONSTANT bytea := '0317598642709215486342068713591750983426612304597836742095815869720134'
    '894536201794386172052581436790';
  given CONSTANT bytea := convert_to(digits, 'UTF8');
  state int := 0;
BEGIN
  FOR place IN 0..length(given) - 1 LOOP
    state := get_byte(quasigroup, state * 10 + get_byte(given, place) - 48) - 48;
  END LOOP;
  RETURN state::text;
END $$
"""
EVENT_NUMBER = """
CREATE FUNCTION wangge.event_number(area_code text, day date, sequence bigint) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  -- Six digits at least; lpad alone would cut the seventh off and give a number a second time.
  body text := left(area_code, 6) || to_char(day, '-YYMMDD-')
    || lpad(sequence::text, greatest(6, length(sequence::text)), '0');
BEGIN
  RETURN body || '-' || wangge.check_digit(regexp_replace(body, '[^0-9]', '', 'g'));
END
$$
"""
# The path of an event's scope area is kept with the event: whether it lies in a subtree is asked of every row.
SCOPE_PATH = """
CREATE FUNCTION wangge.event_scope_path() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT path INTO NEW.scope_path FROM wangge.area WHERE id = NEW.scope_area_id;
  RETURN NEW;
END $$
"""
KEEP_SCOPE_PATH = """
CREATE TRIGGER event_scope_path BEFORE INSERT OR UPDATE OF scope_area_id, scope_path ON wangge.event
FOR EACH ROW EXECUTE FUNCTION wangge.event_scope_path()
"""
MOVED_AREAS = """
CREATE FUNCTION wangge.area_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE wangge.event AS e SET scope_path = later.path
  FROM later JOIN earlier ON earlier.id = later.id
  WHERE later.path <> earlier.path AND e.scope_area_id = later.id;
  RETURN NULL;
END $$
"""
FOLLOW_MOVED_AREAS = """
CREATE TRIGGER area_moved AFTER UPDATE ON wangge.area REFERENCING OLD TABLE AS earlier NEW TABLE AS later
FOR EACH STATEMENT EXECUTE FUNCTION wangge.area_moved()
"""
# The square of a hundredth of a degree an event lies in, as in gis.events.cells: a whole number may be compared
# before a policy is, a box only where its function is marked as leaking nothing.
CELL = (
    "floor((ST_Y(geom) + float8 '90') * float8 '100')::int * 36001"
    " + floor((ST_X(geom) + float8 '180') * float8 '100')::int"
)


def upgrade() -> None:
    op.add_column(
        "event", sa.Column("scope_path", postgresql.ARRAY(sa.Integer()), nullable=False), schema="wangge"
    )
    op.add_column(
        "event",
        sa.Column("cell", sa.Integer(), sa.Computed(CELL, persisted=True), nullable=True),
        schema="wangge",
    )
    op.create_index(op.f("ix_event_cell"), "event", ["cell"], unique=False, schema="wangge")
    op.create_index("ix_area_code", "area", ["code"], unique=False, schema="wangge")
    for statement in (
        CHECK_DIGIT,
        EVENT_NUMBER,
        SCOPE_PATH,
        KEEP_SCOPE_PATH,
        MOVED_AREAS,
        FOLLOW_MOVED_AREAS,
    ):
        op.execute(statement)


def downgrade() -> None:
    op.drop_index("ix_area_code", "area", schema="wangge")
    op.execute("DROP TRIGGER area_moved ON wangge.area")
    op.execute("DROP FUNCTION wangge.area_moved()")
    op.execute("DROP TRIGGER event_scope_path ON wangge.event")
    op.execute("DROP FUNCTION wangge.event_scope_path()")
    op.drop_index(op.f("ix_event_cell"), "event", schema="wangge")
    op.drop_column("event", "cell", schema="wangge")
    op.drop_column("event", "scope_path", schema="wangge")
    op.execute("DROP FUNCTION wangge.event_number(text, date, bigint)")
    op.execute("DROP FUNCTION wangge.check_digit")
