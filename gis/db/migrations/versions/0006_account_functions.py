"""Functions of the owner for whoever is not known yet, and the first list of permissions and roles.

The web edge reads no hash of a password or token: it asks these. They are all it gets; each says in one call what
the caller may do, so that a change counts from the next request.
"""

from __future__ import annotations

import csv
import hashlib
import io
from importlib import resources

import sqlalchemy as sa
from alembic import op

revision = "0006f"
down_revision = "0006"
branch_labels = None
depends_on = None

# To be granted to the role of the web edge.
FUNCTIONS = (
    "login_lookup(text)",
    "oidc_lookup(text, text)",
    "oidc_account(text, text, text, text, text)",
    "session_lookup(bytea, int)",
    "token_lookup(bytea)",
    "session_start(int, bytea, timestamptz, text, text, bytea)",
    "login_attempt(bytea, text, int, int, int)",
    "login_cleared(bytea, int, boolean)",
    "totp_use(int, int)",
    "managed_elsewhere(int, int)",
)
INNER = "families_below(int[])"
FILES = {
    "permissions.csv": "ad8209ef88f036db12246e580eb3811225606c2a188aeb3c38419409b1704076",
    "roles.csv": "f4d51977423040f85866f1c0e7f17ebce0a7a1061f786983c9727fd210c4a809",
}
OWNER = "SECURITY DEFINER SET search_path = wangge, pg_temp"
# A grant counts between its dates (the calendar of the country), until it is ended by hand.
IN_FORCE = """{0}.ended_at IS NULL
      AND (now() AT TIME ZONE 'Asia/Shanghai')::date BETWEEN {0}.valid_from AND coalesce({0}.valid_to, 'infinity')"""
# Families of categories with all below them. (A function: few roles have any, and within the statements that look up
# who calls it would be made ready for everybody.)
FAMILIES = """
CREATE FUNCTION wangge.families_below(families int[]) RETURNS jsonb LANGUAGE sql STABLE AS $$
  WITH RECURSIVE below AS (
    SELECT c.id FROM wangge.category AS c WHERE c.id = ANY(families)
    UNION SELECT c.id FROM wangge.category AS c JOIN below ON c.parent_id = below.id
  ) SELECT coalesce(jsonb_agg(below.id ORDER BY below.id), '[]') FROM below
$$
"""
# The roles an account holds now: in an area that is still one, or in a department; families of categories with
# all below them.
GRANTS = f"""coalesce((
    SELECT jsonb_agg(jsonb_build_object(
      'id', g.id, 'role', r.code, 'name_zh', r.name_zh, 'name_en', r.name_en, 'privileged', r.privileged,
      'limited', r.limited OR g.categories IS NOT NULL, 'valid_from', g.valid_from, 'valid_to', g.valid_to,
      'area', CASE WHEN p.id IS NOT NULL THEN jsonb_build_object('id', p.id, 'code', p.code, 'name', p.name) END,
      'department',
        CASE WHEN d.id IS NOT NULL THEN jsonb_build_object('id', d.id, 'code', d.code, 'name', d.name) END,
      'categories', CASE WHEN g.categories IS NULL THEN '[]' ELSE families_below(g.categories) END,
      'permissions', (
        SELECT coalesce(jsonb_agg(rp.permission ORDER BY rp.permission), '[]') FROM role_permission AS rp
        WHERE rp.role = r.code
      )
    ) ORDER BY r.position, g.id)
    FROM role_grant AS g
    JOIN role AS r ON r.code = g.role
    LEFT JOIN area AS p ON p.id = g.area_id AND p.valid_to IS NULL
    LEFT JOIN department AS d ON d.id = g.department_id
    WHERE g.account_id = a.id AND num_nonnulls(p.id, d.id) = 1
      AND {IN_FORCE.format("g")}
  ), '[]')"""
PERSON = f"""a.id, a.username::text, a.display_name, a.must_change, a.totp_secret IS NOT NULL,
    a.password_changed_at, jsonb_build_object('id', h.id, 'code', h.code, 'name', h.name), {GRANTS}"""
PERSON_COLUMNS = """account_id int, username text, display_name text, must_change boolean, totp boolean,
  password_changed_at timestamptz, home jsonb, grants jsonb"""

# What a login is checked with. A name that is not there gives no row; the caller does the same work for it.
LOGIN_LOOKUP = f"""
CREATE FUNCTION wangge.login_lookup(name text) RETURNS TABLE (
  account_id int, username text, password_hash text, password_changed_at timestamptz, must_change boolean,
  totp_secret bytea, disabled boolean, home_area_id int, is_demo boolean
) LANGUAGE sql STABLE {OWNER} AS $$
  SELECT a.id, a.username::text, a.password_hash, a.password_changed_at, a.must_change, a.totp_secret,
    a.disabled_at IS NOT NULL, a.home_area_id, a.is_demo
  FROM account AS a WHERE lower(a.username) = lower(login_lookup.name)
$$
"""
OIDC_LOOKUP = f"""
CREATE FUNCTION wangge.oidc_lookup(issuer text, subject text) RETURNS TABLE (
  account_id int, disabled boolean, home_area_id int
) LANGUAGE sql STABLE {OWNER} AS $$
  SELECT a.id, a.disabled_at IS NOT NULL, a.home_area_id FROM account AS a
  WHERE a.issuer = oidc_lookup.issuer AND a.subject = oidc_lookup.subject
$$
"""
# An account for somebody an outside provider knows: no password, no role. Null when the name is taken or the area
# is none.
OIDC_ACCOUNT = f"""
CREATE FUNCTION wangge.oidc_account(issuer text, subject text, username text, display_name text, home text)
RETURNS int LANGUAGE sql VOLATILE {OWNER} AS $$
  INSERT INTO account (username, display_name, home_area_id, must_change, issuer, subject)
  SELECT $3, $4, h.id, false, $1, $2 FROM area AS h WHERE h.code = $5 AND h.valid_to IS NULL
  ON CONFLICT DO NOTHING RETURNING id
$$
"""
# Index: uq_login_session_token_hash. The touch is written once a minute at most.
SESSION_LOOKUP = f"""
CREATE FUNCTION wangge.session_lookup(hash bytea, idle_s int) RETURNS TABLE (session_id int, {PERSON_COLUMNS})
LANGUAGE plpgsql VOLATILE {OWNER} AS $$
#variable_conflict use_column
DECLARE
  here login_session;
BEGIN
  SELECT s.* INTO here FROM login_session AS s
  WHERE s.token_hash = session_lookup.hash AND s.ended_at IS NULL AND s.expires_at > now()
    AND s.seen_at > now() - make_interval(secs => session_lookup.idle_s);
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF here.seen_at < now() - interval '1 minute' THEN
    UPDATE login_session AS s SET seen_at = now() WHERE s.id = here.id AND s.seen_at < now() - interval '1 minute';
  END IF;
  RETURN QUERY SELECT here.id, {PERSON}
    FROM account AS a JOIN area AS h ON h.id = a.home_area_id
    WHERE a.id = here.account_id AND a.disabled_at IS NULL;
END $$
"""
# Index: uq_access_token_token_hash.
TOKEN_LOOKUP = f"""
CREATE FUNCTION wangge.token_lookup(hash bytea) RETURNS TABLE (allowed text[], {PERSON_COLUMNS})
LANGUAGE plpgsql VOLATILE {OWNER} AS $$
#variable_conflict use_column
DECLARE
  here access_token;
BEGIN
  SELECT t.* INTO here FROM access_token AS t
  WHERE t.token_hash = token_lookup.hash AND t.revoked_at IS NULL AND t.expires_at > now();
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF here.used_at IS NULL OR here.used_at < now() - interval '1 minute' THEN
    UPDATE access_token AS t SET used_at = now()
    WHERE t.id = here.id AND (t.used_at IS NULL OR t.used_at < now() - interval '1 minute');
  END IF;
  RETURN QUERY SELECT here.permissions, {PERSON}
    FROM account AS a JOIN area AS h ON h.id = a.home_area_id
    WHERE a.id = here.account_id AND a.disabled_at IS NULL;
END $$
"""
# The session of the same browser ends, those long gone are forgotten. Null for an account that is disabled. Whatever
# is asked for, no session lasts longer than a day.
SESSION_START = f"""
CREATE FUNCTION wangge.session_start(
  account int, hash bytea, expires timestamptz, address text, agent text, previous bytea
) RETURNS int LANGUAGE sql VOLATILE {OWNER} AS $$
  UPDATE login_session SET ended_at = now() WHERE token_hash = $6 AND ended_at IS NULL;
  DELETE FROM login_session WHERE account_id = $1 AND expires_at < now() - interval '90 days';
  INSERT INTO login_session (token_hash, account_id, expires_at, address, agent)
  SELECT $2, a.id, least($3, now() + interval '24 hours'), $4, left($5, 200) FROM account AS a WHERE a.id = $1 AND a.disabled_at IS NULL
  RETURNING id
$$
"""
# A try is counted before the password is looked at, so that many at once are no more than one after the other.
# The seconds to wait (0: go on), and the try's id. Indexes: ix_login_failure_username_hash_at, …_address_at.
LOGIN_ATTEMPT = f"""
CREATE FUNCTION wangge.login_attempt(name_hash bytea, from_address text, window_s int, per_name int, per_address int)
RETURNS TABLE (attempt int, wait_s int) LANGUAGE plpgsql VOLATILE {OWNER} AS $$
DECLARE
  since timestamptz := clock_timestamp() - make_interval(secs => window_s);
  oldest timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('login name ' || encode(name_hash, 'hex'), 0));
  PERFORM pg_advisory_xact_lock(hashtextextended('login address ' || from_address, 1));
  DELETE FROM login_failure WHERE id IN (
    SELECT f.id FROM login_failure AS f ORDER BY f.id LIMIT 20
  ) AND at < now() - interval '1 day';
  SELECT max(due.at) INTO oldest FROM (
    (SELECT f.at FROM login_failure AS f WHERE f.username_hash = name_hash AND f.at > since
     ORDER BY f.at DESC OFFSET per_name - 1 LIMIT 1)
    UNION ALL
    (SELECT f.at FROM login_failure AS f WHERE f.address = from_address AND f.at > since
     ORDER BY f.at DESC OFFSET per_address - 1 LIMIT 1)
  ) AS due;
  IF oldest IS NOT NULL THEN
    RETURN QUERY SELECT NULL::int, greatest(1, ceil(extract(epoch FROM oldest - since))::int);
    RETURN;
  END IF;
  RETURN QUERY INSERT INTO login_failure (at, username_hash, address)
    VALUES (clock_timestamp(), name_hash, from_address) RETURNING id, 0;
END $$
"""
# After a right password and code everything about the name is forgotten; without the code, this one try only.
LOGIN_CLEARED = f"""
CREATE FUNCTION wangge.login_cleared(name_hash bytea, attempt int, whole boolean) RETURNS void
LANGUAGE sql VOLATILE {OWNER} AS $$
  DELETE FROM login_failure WHERE username_hash = $1 AND ($3 OR id = $2)
$$
"""
# A one-time code counts once, nor does an earlier one after it; one that is not of about now is none (the drift
# allowed to phones, and as much for the clocks of two servers).
TOTP_USE = f"""
CREATE FUNCTION wangge.totp_use(account int, step int) RETURNS boolean LANGUAGE sql VOLATILE {OWNER} AS $$
  WITH used AS (
    UPDATE account SET totp_last_step = $2
    WHERE id = $1 AND coalesce(totp_last_step, -1) < $2
      AND abs($2 - floor(extract(epoch FROM clock_timestamp()) / 30)) <= 2
    RETURNING id
  ) SELECT EXISTS (SELECT FROM used)
$$
"""
# Whether, without this account (or this grant of it), somebody else still manages every area it manages now.
MANAGED_ELSEWHERE = f"""
CREATE FUNCTION wangge.managed_elsewhere(account int, gone int) RETURNS boolean
LANGUAGE plpgsql VOLATILE {OWNER} AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('managers', 0));
  RETURN NOT EXISTS (
    SELECT FROM role_grant AS g
    JOIN role_permission AS rp ON rp.role = g.role AND rp.permission = 'accounts.manage'
    JOIN area AS p ON p.id = g.area_id AND p.valid_to IS NULL
    WHERE g.account_id = account AND g.id = coalesce(gone, g.id) AND {IN_FORCE.format("g")}
      AND NOT EXISTS (
        SELECT FROM role_grant AS o
        JOIN role_permission AS op ON op.role = o.role AND op.permission = 'accounts.manage'
        JOIN account AS b ON b.id = o.account_id AND b.disabled_at IS NULL
        WHERE o.area_id = ANY(p.path) AND (o.account_id <> account OR (gone IS NOT NULL AND o.id <> gone))
          AND {IN_FORCE.format("o")}
      )
  );
END $$
"""
STATEMENTS = (
    LOGIN_LOOKUP, OIDC_LOOKUP, OIDC_ACCOUNT, FAMILIES, SESSION_LOOKUP, TOKEN_LOOKUP, SESSION_START, LOGIN_ATTEMPT,
    LOGIN_CLEARED, TOTP_USE, MANAGED_ELSEWHERE,
)  # fmt: skip

PERMISSION = sa.text("INSERT INTO wangge.permission VALUES (:code, :name_zh, :name_en)")
ROLE = sa.text("""
INSERT INTO wangge.role (code, name_zh, name_en, held_in, levels, dated, limited, privileged, position)
VALUES (:code, :name_zh, :name_en, :held_in, :level_list, :dated = 'yes', :limited = 'yes', :privileged = 'yes', :position)
""")
ALLOWED = sa.text("INSERT INTO wangge.role_permission VALUES (:role, :permission)")


def _rows(name: str) -> list[dict[str, str]]:
    data = resources.files("gis.accounts").joinpath("data", name).read_bytes()
    if hashlib.sha256(data).hexdigest() != FILES[name]:
        raise RuntimeError(f"{name} is not the file this revision was written for")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"))))


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    op.execute(f"REVOKE ALL ON FUNCTION wangge.{INNER} FROM PUBLIC")
    connection = op.get_bind()
    roles = _rows("roles.csv")
    connection.execute(PERMISSION, _rows("permissions.csv"))
    connection.execute(
        ROLE, [row | {"level_list": row["levels"].split(), "position": i} for i, row in enumerate(roles)]
    )
    allowed = [
        {"role": row["code"], "permission": name} for row in roles for name in row["permissions"].split()
    ]
    connection.execute(ALLOWED, allowed)


def downgrade() -> None:
    for table in ("role_grant", "role_permission", "role", "permission"):
        op.execute(f"DELETE FROM wangge.{table}")
    for signature in FUNCTIONS:
        op.execute(f"DROP FUNCTION wangge.{signature}")
    op.execute(f"DROP FUNCTION wangge.{INNER}")
