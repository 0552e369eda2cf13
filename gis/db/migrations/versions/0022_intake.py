"""Reports are taken in by one function of the owner, which says itself who may send what.

Under the policies of the web edge each of six inserts would begin by asking for the caller's areas, departments and
limited roles again: some two hundred sub-plans, about a quarter of the time of the statement.
"""

from __future__ import annotations

import re
from importlib import resources

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

API = "wangge_api"
# The owner at work, not somebody who called a function of the owner's.
OWNER_ACTS = """
CREATE FUNCTION wangge.owner_acts(owner name) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT owner = CASE current_setting('role') WHEN 'none' THEN session_user ELSE current_setting('role')::name END
$$
"""
# Whoever sees events somewhere is of the staff; the doors of the staff, writing down for others, and sending many at
# once are for them alone. It is said here only: the web edge may write none of it itself.
IS_STAFF = """
CREATE FUNCTION wangge.is_staff(owner name) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(
    wangge.told('areas.events.read') <> '{}' OR wangge.told('departments.events.read') <> '{}'
      OR wangge.told('limited.events.read') <> '[]',
    false) OR wangge.owner_acts(owner)
$$
"""
# One statement, kept beside the room that calls it, with that of the areas in it: where a report belongs is decided in
# one place. The order of the parameters is that of `take_in`.
PARAMETERS = ("told", "items", "most", "batch", "zone", "lonlat", "reach_m", "same_m")
SIGNATURE = "take_in(json, jsonb, int, uuid, text, int, float8, float8)"
FOR_EACH = ("lon", "lat", "plane_srid", "plane_proj", "wide_deg", "high_deg")
LOCATE = "/*locate*/"
# Who acts may be told with the report: then one statement is the whole transaction. Plans are kept, and may be made
# while the tables are all but empty: they must not read them whole when they have grown.
TAKE_IN = """
CREATE FUNCTION wangge.{signature}
RETURNS TABLE (raced boolean, outcome text, receipt text, event_id uuid, scope_area_id int)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = wangge, public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_memoize = off SET jit = off AS $body$
#variable_conflict use_column
DECLARE
  staff boolean;
BEGIN
  -- Ours alone: as the owner it could set what its caller may not.
  PERFORM set_config(t.key, t.value, true) FROM json_each_text($1) AS t WHERE starts_with(t.key, 'wangge.');
  staff := is_staff(current_user);
  IF actor() IS NULL THEN
    RAISE EXCEPTION 'no_actor: nobody acts in this transaction' USING ERRCODE = 'insufficient_privilege';
  ELSIF $4 IS NOT NULL AND NOT staff THEN
    RAISE EXCEPTION 'batch_not_allowed: many at once are for staff' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY
{statement};
  -- Few have them, and a part that does nothing would be made ready all the same.
  IF jsonb_path_exists($2, '$[*] ? (@.contact_name != null || @.contact_phone != null)') THEN
{contacts};
  END IF;
  IF jsonb_path_exists($2, '$[*].photos[*]') THEN
{photos};
  END IF;
END $body$
"""
INNER = ("owner_acts(name)", "is_staff(name)")


def _sql(room: str, name: str) -> str:
    return resources.files(room).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def take_in() -> str:
    """The function, of the statements as they are: a change of either comes with a revision that makes it anew."""
    each = re.compile(rf":({'|'.join(FOR_EACH)})\b", re.ASCII)
    statement = _sql("gis.events", "intake").replace(
        LOCATE, each.sub(r"given.\1", _sql("gis.areas", "locate"))
    )
    return TAKE_IN.format(
        signature=SIGNATURE,
        statement=_numbered(statement),
        contacts=_numbered(_sql("gis.events", "intake_contacts")),
        photos=_numbered(_sql("gis.events", "intake_photos")),
    )


def _numbered(statement: str) -> str:
    """A statement whose parameters are those of the function."""
    for n, name in enumerate(PARAMETERS, 1):
        statement = re.sub(rf"(?<!:):{name}\b", f"${n}", statement)
    return statement.rstrip().rstrip(";")


def upgrade() -> None:
    for statement in (OWNER_ACTS, IS_STAFF, take_in()):
        op.execute(statement)
    # It looks for the operators of PostGIS in public: nobody may put others in their place (usual since server 15).
    op.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    for function in (*INNER, SIGNATURE):
        op.execute(f"REVOKE ALL ON FUNCTION wangge.{function} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION wangge.{SIGNATURE} TO {API}")


def downgrade() -> None:
    for function in (SIGNATURE, *reversed(INNER)):
        op.execute(f"DROP FUNCTION wangge.{function}")
