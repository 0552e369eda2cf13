"""Filing standards (立案标准) as data, by city and version, with the first set; earlier versions of categories."""

from __future__ import annotations

import csv
import hashlib
import io
from importlib import resources

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from gis.base.limits import parse_limit

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

API = "wangge_api"
FILE = "filing_standards_1.csv"
SHA256 = "d6e03ba3cf474d030b15d096969c742969ea20a6696ec7a02c900e467d3b5b66"
TABLES = ("category_version", "filing_standard_set", "filing_standard")

SET = sa.text("""
INSERT INTO wangge.filing_standard_set (version, name_zh, name_en, source, valid_from)
VALUES ('2026.1', '默认立案标准', 'default filing standards',
  '第三方公开转录的城市标准与本项目暂定值，未经核实 / city standards as transcribed by third parties, and values set by this project; unverified',
  DATE '2026-07-01')
RETURNING id
""")
STANDARD = sa.text("""
INSERT INTO wangge.filing_standard
  (set_id, category_id, condition_no, condition_text, condition_en, limit_kind, limit_value, closure_text, closure_en,
   evidence, lead_rule, source, confidence)
SELECT :set_id, c.id, cast(:condition_no AS int2), :condition, :condition_en, :kind, :value, :closure, :closure_en,
  coalesce(string_to_array(nullif(:evidence, ''), ' '), '{}'), :lead, :source, :confidence
FROM wangge.category AS c WHERE c.scheme || ':' || c.kind || ':' || c.code = :category
""")
# Who may set rules of a city: whoever holds rules.edit in every area there is of it; of everywhere, in all areas.
# The owner, in maintenance, may all. Called by functions of the owner, so it asks for the role of the session.
HELD = """
CREATE FUNCTION wangge.rules_held(city text) RETURNS boolean LANGUAGE plpgsql STABLE
SET search_path = wangge, pg_temp AS $$
DECLARE
  acting text := CASE current_setting('role') WHEN 'none' THEN session_user ELSE current_setting('role') END;
  roots int[] := scope_areas('rules.edit');
BEGIN
  IF coalesce(current_setting('wangge.maintenance', true) = 'on', false)
    AND pg_has_role(acting, (SELECT relowner FROM pg_catalog.pg_class WHERE oid = 'wangge.category'::regclass), 'MEMBER')
  THEN
    RETURN true;
  END IF;
  RETURN coalesce(
    (SELECT bool_and(a.path && roots) FROM area AS a WHERE a.valid_to IS NULL AND starts_with(a.code, city)), false
  );
END $$
"""
KEEP = """
CREATE FUNCTION wangge.standard_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'standards are not changed, only followed by others' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
KEEP_TRIGGERS = (
    """
CREATE TRIGGER standard_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON wangge.filing_standard
FOR EACH STATEMENT EXECUTE FUNCTION wangge.standard_keep()
""",
    """
CREATE TRIGGER standard_keep BEFORE DELETE OR TRUNCATE OR UPDATE OF id, city, version, name_zh, name_en, source,
  valid_from, imported_at ON wangge.filing_standard_set
FOR EACH STATEMENT EXECUTE FUNCTION wangge.standard_keep()
""",
    """
CREATE TRIGGER standard_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON wangge.category_version
FOR EACH STATEMENT EXECUTE FUNCTION wangge.standard_keep()
""",
)
# The only way in which the web edge adds standards: a whole set at once, within the scope of rules.edit, on record.
# The set in force until then ends where this one begins.
PUT_STANDARDS = """
CREATE FUNCTION wangge.put_filing_standards(given jsonb, standards jsonb, counted jsonb) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = wangge, pg_temp AS $$
DECLARE
  city_ text := coalesce(given ->> 'city', '');
  begins date := (given ->> 'valid_from')::date;
  made int;
BEGIN
  IF NOT rules_held(city_) THEN
    RAISE EXCEPTION 'rules_denied: not in this scope' USING ERRCODE = 'insufficient_privilege';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('filing_standard_set' || city_, 0));
  IF EXISTS (SELECT FROM filing_standard_set AS s WHERE s.city = city_ AND s.valid_to IS NULL AND s.valid_from > begins) THEN
    RAISE EXCEPTION 'standard_set_order: a later one is there' USING ERRCODE = 'check_violation';
  END IF;
  UPDATE filing_standard_set AS s SET valid_to = begins WHERE s.city = city_ AND s.valid_to IS NULL;
  INSERT INTO filing_standard_set (city, version, name_zh, name_en, source, valid_from)
  VALUES (city_, given ->> 'version', given ->> 'name_zh', given ->> 'name_en', given ->> 'source', begins)
  RETURNING id INTO made;
  INSERT INTO filing_standard (set_id, category_id, condition_no, condition_text, condition_en, limit_kind, limit_value,
    closure_text, closure_en, evidence, lead_rule, lead_department, source, confidence)
  SELECT made, r.category_id, r.condition_no, r.condition_text, r.condition_en, r.limit_kind, r.limit_value,
    r.closure_text, r.closure_en, r.evidence, r.lead_rule, r.lead_department, r.source, r.confidence
  FROM jsonb_to_recordset(standards) AS r (category_id int, condition_no int2, condition_text text, condition_en text,
    limit_kind text, limit_value float8, closure_text text, closure_en text, evidence text[], lead_rule text,
    lead_department text, source text, confidence text);
  INSERT INTO audit (area_id, action, object_type, object_id, details)
  VALUES ((SELECT a.id FROM area AS a WHERE a.code = city_ AND a.valid_to IS NULL), 'standards.import',
    'filing_standards', made::text,
    jsonb_build_object('city', city_, 'version', given ->> 'version') || coalesce(counted, '{}'));
  RETURN made;
END $$
"""
# The same for categories: new ones are added, changed ones keep their id and what they were, retired ones stay.
PUT_CATEGORIES = """
CREATE FUNCTION wangge.put_categories(city_ text, given jsonb, counted jsonb) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = wangge, pg_temp AS $$
DECLARE
  one record;
  old category;
  above int;
  took int;
  done int := 0;
BEGIN
  IF NOT rules_held(city_) THEN
    RAISE EXCEPTION 'rules_denied: not in this scope' USING ERRCODE = 'insufficient_privilege';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('category', 0));
  FOR one IN
    SELECT r.* FROM jsonb_to_recordset(given) AS r (scheme text, kind text, code text, parent text, replaces text,
      name_zh text, name_en text, source text, verified boolean, valid_from date, valid_to date)
    ORDER BY r.parent IS NOT NULL, r.code
  LOOP
    SELECT c.id INTO above FROM category AS c
    WHERE c.scheme = one.scheme AND c.kind = one.kind AND c.code = one.parent;
    SELECT c.id INTO took FROM category AS c WHERE c.scheme || ':' || c.kind || ':' || c.code = one.replaces;
    SELECT c.* INTO old FROM category AS c WHERE c.scheme = one.scheme AND c.kind = one.kind AND c.code = one.code;
    IF NOT FOUND THEN
      INSERT INTO category (scheme, kind, code, parent_id, name_zh, name_en, source_ref, verified, valid_from, valid_to,
        city, replaces_id)
      VALUES (one.scheme, one.kind, one.code, above, one.name_zh, one.name_en, one.source, one.verified,
        coalesce(one.valid_from, current_date), one.valid_to, city_, took);
    ELSE
      IF old.city <> city_ AND NOT rules_held(old.city) THEN
        RAISE EXCEPTION 'rules_denied: of another city' USING ERRCODE = 'insufficient_privilege';
      END IF;
      INSERT INTO category_version (category_id, version, parent_id, name_zh, name_en, source_ref, verified, valid_from, valid_to)
      VALUES (old.id, old.version, old.parent_id, old.name_zh, old.name_en, old.source_ref, old.verified, old.valid_from,
        old.valid_to);
      UPDATE category AS c SET version = old.version + 1, parent_id = above, name_zh = one.name_zh, name_en = one.name_en,
        source_ref = one.source, verified = one.verified, valid_from = coalesce(one.valid_from, old.valid_from),
        valid_to = one.valid_to, replaces_id = coalesce(took, old.replaces_id)
      WHERE c.id = old.id;
    END IF;
    done := done + 1;
  END LOOP;
  INSERT INTO audit (area_id, action, object_type, object_id, details)
  VALUES ((SELECT a.id FROM area AS a WHERE a.code = city_ AND a.valid_to IS NULL), 'categories.import', 'categories',
    coalesce(nullif(city_, ''), '*'), jsonb_build_object('city', city_, 'rows', done) || coalesce(counted, '{}'));
  RETURN done;
END $$
"""
# Who changed rules, and when: for whoever sets any, from the audit, of which they see these rows alone.
CHANGES = """
CREATE FUNCTION wangge.rule_changes(kind text, object text, count int)
RETURNS TABLE (id bigint, at timestamptz, actor text, action text, object_id text, details jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = wangge, pg_temp AS $$
  WITH found AS MATERIALIZED ( -- few rows by their kind, not the whole audit backwards
    SELECT a.id, a.at, a.actor, a.action, a.object_id, a.details FROM audit AS a
    WHERE scope_areas('rules.edit') <> '{}' AND a.result = 'ok' AND a.object_type = $1 AND a.object_type IN (
        'calendar', 'filing_standards', 'categories', 'rule_set', 'duty_list', 'admission_list', 'workflow')
      AND a.object_id = coalesce($2, a.object_id)
  )
  SELECT * FROM found ORDER BY id DESC LIMIT least($3, 500)
$$
"""
FUNCTIONS = (
    "rule_changes(text, text, int)",
    "put_categories(text, jsonb, jsonb)",
    "put_filing_standards(jsonb, jsonb, jsonb)",
    "rules_held(text)",
    "standard_keep()",
)


def _category() -> None:
    op.add_column(
        "category",
        sa.Column("city", sa.String(length=15), server_default="", nullable=False),
        schema="wangge",
    )
    op.add_column(
        "category",
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        schema="wangge",
    )
    op.add_column("category", sa.Column("replaces_id", sa.Integer(), nullable=True), schema="wangge")
    op.create_foreign_key(
        op.f("fk_category_replaces_id_category"),
        "category",
        "category",
        ["replaces_id"],
        ["id"],
        source_schema="wangge",
        referent_schema="wangge",
    )


def _category_version() -> None:
    op.create_table(
        "category_version",
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("source_ref", sa.Text(), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["wangge.category.id"], name=op.f("fk_category_version_category_id_category")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["wangge.category.id"], name=op.f("fk_category_version_parent_id_category")
        ),
        sa.PrimaryKeyConstraint("category_id", "version", name=op.f("pk_category_version")),
        schema="wangge",
    )


def _sets() -> None:
    op.create_table(
        "filing_standard_set",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("city", sa.String(length=15), server_default="", nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_filing_standard_set_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing_standard_set")),
        sa.UniqueConstraint("city", "version", name=op.f("uq_filing_standard_set_city_version")),
        schema="wangge",
    )
    op.create_index(
        "uq_filing_standard_set_open",
        "filing_standard_set",
        ["city"],
        unique=True,
        schema="wangge",
        postgresql_where=sa.text("valid_to IS NULL"),
    )


def _standards() -> None:
    op.create_table(
        "filing_standard",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("condition_no", sa.SmallInteger(), nullable=False),
        sa.Column("condition_text", sa.Text(), nullable=False),
        sa.Column("condition_en", sa.Text(), nullable=True),
        sa.Column("limit_kind", sa.String(length=16), nullable=False),
        sa.Column("limit_value", sa.Double(), nullable=False),
        sa.Column("closure_text", sa.Text(), nullable=False),
        sa.Column("closure_en", sa.Text(), nullable=True),
        sa.Column(
            "evidence", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False
        ),
        sa.Column("lead_rule", sa.String(length=16), nullable=False),
        sa.Column("lead_department", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("confidence", sa.String(length=16), nullable=False),
        sa.CheckConstraint("condition_no BETWEEN 1 AND 99", name=op.f("ck_filing_standard_condition_no")),
        sa.CheckConstraint(
            "limit_kind IN ('urgent_hour', 'work_hour', 'work_day', 'natural_day')",
            name=op.f("ck_filing_standard_limit_kind"),
        ),
        sa.CheckConstraint(
            "limit_value > 0 AND limit_value <= 3660", name=op.f("ck_filing_standard_limit_value")
        ),
        sa.CheckConstraint(
            "evidence <@ ARRAY['before', 'after', 'check']", name=op.f("ck_filing_standard_evidence")
        ),
        sa.CheckConstraint(
            "lead_rule IN ('owner', 'territory', 'department')", name=op.f("ck_filing_standard_lead_rule")
        ),
        sa.CheckConstraint(
            "(lead_rule = 'department') = (lead_department IS NOT NULL)",
            name=op.f("ck_filing_standard_lead_department"),
        ),
        sa.CheckConstraint(
            "confidence IN ('verified', 'defined', 'third_party', 'recalled')",
            name=op.f("ck_filing_standard_confidence"),
        ),
        sa.ForeignKeyConstraint(
            ["set_id"],
            ["wangge.filing_standard_set.id"],
            name=op.f("fk_filing_standard_set_id_filing_standard_set"),
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["wangge.category.id"], name=op.f("fk_filing_standard_category_id_category")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing_standard")),
        sa.UniqueConstraint(
            "set_id",
            "category_id",
            "condition_no",
            name=op.f("uq_filing_standard_set_id_category_id_condition_no"),
        ),
        schema="wangge",
    )
    op.create_index(
        op.f("ix_filing_standard_category_id"),
        "filing_standard",
        ["category_id"],
        unique=False,
        schema="wangge",
    )


def _fill() -> None:
    data = resources.files("gis.events").joinpath("data", FILE).read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise RuntimeError(f"{FILE} is not the file this revision was written for")
    connection = op.get_bind()
    number = connection.execute(SET).scalar_one()
    rows = []
    for row in csv.DictReader(io.StringIO(data.decode("utf-8"))):
        limit = parse_limit(row["limit"])
        rows.append(row | {"set_id": number, "kind": limit.kind, "value": limit.value})
    connection.execute(STANDARD, rows)


def upgrade() -> None:
    _category()
    _category_version()
    _sets()
    _standards()
    _fill()
    for statement in (HELD, KEEP, *KEEP_TRIGGERS, PUT_STANDARDS, PUT_CATEGORIES, CHANGES):
        op.execute(statement)
    op.create_foreign_key(
        op.f("fk_event_standard_id_filing_standard"),
        "event",
        "filing_standard",
        ["standard_id"],
        ["id"],
        source_schema="wangge",
        referent_schema="wangge",
    )
    for table in (*TABLES, "category"):
        op.execute(
            f"CREATE CONSTRAINT TRIGGER unaudited_write AFTER INSERT OR DELETE OR UPDATE ON wangge.{table}"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
            " WHEN (current_setting('is_superuser') = 'off') EXECUTE FUNCTION wangge.require_audit()"
        )
    op.execute(f"GRANT SELECT ON {', '.join(f'wangge.{table}' for table in TABLES)} TO {API}")
    for function in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION wangge.{function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION wangge.{function} TO {API}")


def downgrade() -> None:
    op.drop_constraint(
        op.f("fk_event_standard_id_filing_standard"), "event", schema="wangge", type_="foreignkey"
    )
    op.execute("DROP TRIGGER unaudited_write ON wangge.category")
    for table in reversed(TABLES):
        op.drop_table(table, schema="wangge")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION wangge.{function}")
    for column in ("replaces_id", "version", "city"):
        op.drop_column("category", column, schema="wangge")
