"""Row-level security: what the role of the web edge may do, and which rows it sees.

Policies name `wangge_api`; the owner has one of its own, which asks for the scope of maintenance.
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

API = "wangge_api"

# The settings of the transaction as values; an empty one is none, for so a setting reads after its transaction.
# What holds a query is PL/pgSQL: its plan stays with the connection, that of an SQL function ends with the statement.
SETTINGS = """
CREATE FUNCTION wangge.told(name text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT nullif(current_setting('wangge.' || name, true), '')
$$;
CREATE FUNCTION wangge.actor() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT wangge.told('actor')
$$;
CREATE FUNCTION wangge.account_id() RETURNS int LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT wangge.told('account')::int
$$;
CREATE FUNCTION wangge.in_hand(secret text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT wangge.told(secret)
$$;
CREATE FUNCTION wangge.scope_areas(permission text) RETURNS int[] LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
#variable_conflict use_column
BEGIN
  RETURN (
    SELECT CASE wangge.told('areas.' || permission)
      WHEN '*' THEN ARRAY(SELECT id FROM wangge.area WHERE parent_id IS NULL)
      ELSE coalesce(wangge.told('areas.' || permission)::int[], '{}')
    END
  ); END
$$;
CREATE FUNCTION wangge.scope_departments(permission text) RETURNS int[] LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
#variable_conflict use_column
BEGIN
  RETURN (
    SELECT CASE wangge.told('departments.' || permission)
      WHEN '*' THEN ARRAY(SELECT id FROM wangge.department WHERE parent_id IS NULL)
      ELSE coalesce(wangge.told('departments.' || permission)::int[], '{}')
    END
  ); END
$$;
CREATE FUNCTION wangge.scope_limited(permission text) RETURNS TABLE (area_id int, category_id int)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10 AS $$
  SELECT (pair ->> 0)::int, (pair ->> 1)::int
  FROM jsonb_array_elements(wangge.told('limited.' || permission)::jsonb) AS pair
$$;
CREATE FUNCTION wangge.covers_limited(permission text, path int[], category_id int) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10 AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM wangge.scope_limited(permission) AS l WHERE l.area_id = ANY($2) AND l.category_id = $3
  ); END
$$;
CREATE FUNCTION wangge.covers(permission text, area_id int) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  RETURN EXISTS (SELECT FROM wangge.area AS a WHERE a.id = $2 AND a.path && wangge.scope_areas(permission)); END
$$;
CREATE FUNCTION wangge.covers_event(permission text, scope_area_id int, department_id int, category_id int)
RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  RETURN wangge.covers(permission, scope_area_id)
    OR EXISTS (
      SELECT FROM wangge.department AS d WHERE d.id = $3 AND d.path && wangge.scope_departments(permission)
    )
    OR EXISTS (
      SELECT FROM wangge.scope_limited(permission) AS l, wangge.area AS a
      WHERE a.id = $2 AND l.area_id = ANY(a.path) AND l.category_id = $4
    ); END
$$
"""
# The owner works in the scope of maintenance, or inside a function of its own that somebody else called: there
# the current user is not the one who acts. (An option of the function that sets the scope would need a superuser.)
MAINTAINS = """
CREATE FUNCTION wangge.maintains() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(current_setting('wangge.maintenance', true) = 'on', false) OR current_user <> CASE
    current_setting('role') WHEN 'none' THEN session_user ELSE current_setting('role')::name END
$$
"""
# Where a department works: the areas of the nearest one above it that has any, else the service area. Whoever gives
# a role in it manages the accounts of them all.
DEPARTMENT_MANAGED = """
CREATE FUNCTION wangge.department_managed(department int) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  WITH nearest AS (
    SELECT up.id FROM wangge.department AS d, unnest(d.path || d.id) WITH ORDINALITY AS up (id, step)
    WHERE d.id = department
      AND EXISTS (SELECT FROM wangge.department_area AS x WHERE x.department_id = up.id AND x.valid_to IS NULL)
    ORDER BY up.step DESC LIMIT 1
  ), place AS (
    SELECT w.area_id FROM wangge.department_area AS w JOIN nearest ON nearest.id = w.department_id
    WHERE w.valid_to IS NULL
    UNION ALL SELECT s.area_id FROM wangge.service_area AS s WHERE NOT EXISTS (SELECT FROM nearest)
  )
  SELECT coalesce(bool_and(p.path && wangge.scope_areas('accounts.manage')), false)
  FROM place JOIN wangge.area AS p ON p.id = place.area_id
$$
"""
# One's own account is one's own to change in its password and second factor, not in what others decide about it.
OWN_ACCOUNT = """
CREATE FUNCTION wangge.account_own() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.id = wangge.account_id() AND NOT wangge.maintains() AND
    ROW(NEW.username, NEW.home_area_id, NEW.disabled_at, NEW.issuer, NEW.subject, NEW.is_demo, NEW.created_at)
    IS DISTINCT FROM
    ROW(OLD.username, OLD.home_area_id, OLD.disabled_at, OLD.issuer, OLD.subject, OLD.is_demo, OLD.created_at)
  THEN
    RAISE EXCEPTION 'own_account: others decide about it' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$
"""
OWN_ACCOUNT_TRIGGER = """
CREATE TRIGGER account_own BEFORE UPDATE ON wangge.account FOR EACH ROW EXECUTE FUNCTION wangge.account_own()
"""
FUNCTIONS = (
    "account_own()",
    "department_managed(int)",
    "maintains()",
    "covers_event(text, int, int, int)",
    "covers(text, int)",
    "covers_limited(text, int[], int)",
    "scope_limited(text)",
    "scope_departments(text)",
    "scope_areas(text)",
    "in_hand(text)",
    "account_id()",
    "actor()",
    "told(text)",
)

# What everybody may read: places, codes and code lists. No events, no counts of people, nobody's name.
PUBLIC = (
    "alembic_version", "area", "area_people_public", "area_post", "barrier", "building", "category", "compound", "dataset", "department",
    "department_area", "entrance", "gate", "party_org", "party_org_area", "permission", "role", "role_permission",
    "service_area", "station", "street",
)  # fmt: skip
# Distances and drawings, which the web edge computes and stores itself.
COMPUTED = ("circle", "reach", "reach_layer")

# Reports and events come in through a function of the owner alone (revision 0022), which says who may send what.
GRANTS = {
    "event": "SELECT",
    "report": "SELECT",
    "event_log": "SELECT",
    "report_contact": "SELECT (report_id, name_masked, phone_masked)",
    "report_photo": "SELECT, UPDATE (attachment_sha256)",
    "attachment": "SELECT, INSERT",
    "building_people": "SELECT",
    "area_people": "SELECT",
    "audit": "SELECT, INSERT (area_id, action, object_type, object_id, result, details)",
    "account": "SELECT (id, username, display_name, home_area_id, password_changed_at, must_change, totp, issuer, is_demo,"
    " version, created_at, disabled_at), INSERT, UPDATE",
    "role_grant": "SELECT, INSERT, UPDATE (ended_at)",
    "login_session": "SELECT (id, account_id, created_at, seen_at, expires_at, ended_at, address, agent),"
    " UPDATE (ended_at)",
    "access_token": "SELECT (id, account_id, name, permissions, created_at, used_at, expires_at, revoked_at), INSERT,"
    " UPDATE (revoked_at)",
}
# Reached through functions of the owner only.
CLOSED = ("login_failure", "audit_mark")


def held(permission: str, area: str) -> str:
    """Whether an area lies in a subtree the permission is held in; the roots are read once a query."""
    return (
        f"EXISTS (SELECT FROM wangge.area AS a WHERE a.id = {area}"
        f" AND a.path && (SELECT wangge.scope_areas('{permission}')))"
    )


# One CASE, cheapest first: bare conditions would make the planner expect next to no row. Every event carries the
# path of its scope area, so that a box or a list of many events asks no other table about each.
SEES_EVENT = """
  CASE
    WHEN scope_path && (SELECT wangge.scope_areas('events.read')) THEN true
    WHEN reporter_id = (SELECT wangge.account_id()) THEN true
    WHEN tracking_code = (SELECT wangge.in_hand('tracking_code')) THEN true
    WHEN department_id IN (
      SELECT d.id FROM wangge.department AS d WHERE d.path && (SELECT wangge.scope_departments('events.read'))
    ) THEN true
    WHEN category_id IN (SELECT l.category_id FROM wangge.scope_limited('events.read') AS l)
      THEN wangge.covers_limited('events.read', scope_path, category_id)
    ELSE false
  END
"""
OF_EVENT = "EXISTS (SELECT FROM wangge.event AS e WHERE e.id = event_id)"
OF_REPORT = "EXISTS (SELECT FROM wangge.report AS r WHERE r.id = report_id)"
PHOTO_IN_HAND = "sha256 = (SELECT wangge.in_hand('photo'))"
SOMEBODY = "(SELECT wangge.actor()) IS NOT NULL"
OWN = "account_id = (SELECT wangge.account_id())"
MANAGED = "EXISTS (SELECT FROM wangge.account AS x WHERE x.id = account_id AND {held})".format(
    held=held("accounts.manage", "x.home_area_id")
)

# (table, name, verb, USING, WITH CHECK)
POLICIES: tuple[tuple[str, str, str, str | None, str | None], ...] = (
    ("event", "event_read", "SELECT", SEES_EVENT, None),
    (
        "report", "report_read", "SELECT",
        "id = (SELECT wangge.in_hand('report'))::uuid OR reporter_id = (SELECT wangge.account_id())"
        f" OR {OF_EVENT}", None,
    ),
    ("event_log", "event_log_read", "SELECT", OF_EVENT, None),
    (
        "report_contact", "report_contact_read", "SELECT",
        "EXISTS (SELECT FROM wangge.report AS r JOIN wangge.event AS e ON e.id = r.event_id WHERE r.id = report_id"
        " AND wangge.covers_event('contacts.masked', e.scope_area_id, e.department_id, e.category_id)"
        " AND (NOT (r.confidential OR e.confidential) OR wangge.covers('events.confidential', e.scope_area_id)))",
        None,
    ),
    ("report_photo", "report_photo_read", "SELECT", f"{OF_REPORT} OR {PHOTO_IN_HAND}", None),
    ("report_photo", "report_photo_store", "UPDATE", PHOTO_IN_HAND, f"{SOMEBODY} AND {PHOTO_IN_HAND}"),
    (
        "attachment", "attachment_read", "SELECT",
        "EXISTS (SELECT FROM wangge.report_photo AS p WHERE p.attachment_sha256 = attachment.sha256 AND ("
        " p.sha256 = (SELECT wangge.in_hand('photo')) OR EXISTS (SELECT FROM wangge.report AS r"
        " WHERE r.id = p.report_id AND (NOT r.confidential OR r.reporter_id = (SELECT wangge.account_id())"
        " OR wangge.covers('events.confidential', r.scope_area_id)))))", None,
    ),
    (
        "attachment", "attachment_store", "INSERT", None,
        f"{SOMEBODY} AND (SELECT wangge.in_hand('photo')) IS NOT NULL",
    ),
    (
        "audit", "audit_read", "SELECT",
        held("audit.read", "audit.area_id") + " OR (audit.area_id IS NULL AND EXISTS (SELECT FROM wangge.area AS a"
        " WHERE a.parent_id IS NULL AND a.id = ANY((SELECT wangge.scope_areas('audit.read'))::int[])))", None,
    ),
    ("building_people", "building_people_read", "SELECT", held("people.read", "scope_area_id"), None),
    ("area_people", "area_people_read", "SELECT", held("people.read", "area_id"), None),
    ("audit", "audit_write", "INSERT", None, SOMEBODY),
    (
        "account", "account_read", "SELECT",
        f"id = (SELECT wangge.account_id()) OR {held('accounts.read', 'home_area_id')}", None,
    ),
    ("account", "account_add", "INSERT", None, held("accounts.manage", "home_area_id")),
    (
        "account", "account_change", "UPDATE",
        f"id = (SELECT wangge.account_id()) OR {held('accounts.manage', 'home_area_id')}",
        f"id = (SELECT wangge.account_id()) OR {held('accounts.manage', 'home_area_id')}",
    ),
    (
        "role_grant", "role_grant_read", "SELECT",
        f"{OWN} OR EXISTS (SELECT FROM wangge.account AS x WHERE x.id = account_id"
        f" AND {held('accounts.read', 'x.home_area_id')})", None,
    ),
    (
        "role_grant", "role_grant_add", "INSERT", None,
        f"account_id <> (SELECT wangge.account_id()) AND {MANAGED} AND CASE"
        f" WHEN area_id IS NULL THEN wangge.department_managed(department_id)"
        f" ELSE {held('accounts.manage', 'role_grant.area_id')} END"
        " AND (NOT EXISTS (SELECT FROM wangge.role AS r WHERE r.code = role_grant.role AND r.privileged)"
        f" OR EXISTS (SELECT FROM wangge.area AS g WHERE g.id = role_grant.area_id"
        f" AND {held('accounts.manage', 'g.parent_id')}))",
    ),
    (
        "role_grant", "role_grant_end", "UPDATE",
        f"account_id <> (SELECT wangge.account_id()) AND {MANAGED}",
        f"account_id <> (SELECT wangge.account_id()) AND {MANAGED}",
    ),
    ("login_session", "login_session_read", "SELECT", f"{OWN} OR {MANAGED}", None),
    ("login_session", "login_session_end", "UPDATE", f"{OWN} OR {MANAGED}", f"{OWN} OR {MANAGED}"),
    ("access_token", "access_token_read", "SELECT", f"{OWN} OR {MANAGED}", None),
    ("access_token", "access_token_make", "INSERT", None, OWN),
    ("access_token", "access_token_revoke", "UPDATE", f"{OWN} OR {MANAGED}", f"{OWN} OR {MANAGED}"),
)  # fmt: skip


def _guard(table: str) -> None:
    """Row-level security also for the owner, who works in the scope of maintenance."""
    op.execute(f"ALTER TABLE wangge.{table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    on = "(SELECT wangge.maintains())"
    op.execute(f"CREATE POLICY maintenance ON wangge.{table} TO CURRENT_USER USING ({on}) WITH CHECK ({on})")


def _policy(table: str, name: str, verb: str, using: str | None, check: str | None) -> None:
    parts = f" USING ({using})" if using else ""
    parts += f" WITH CHECK ({check})" if check else ""
    op.execute(f"CREATE POLICY {name} ON wangge.{table} FOR {verb} TO {API}{parts}")


def upgrade() -> None:
    for statement in (
        *SETTINGS.split(";\n"),
        MAINTAINS,
        DEPARTMENT_MANAGED,
        OWN_ACCOUNT,
        OWN_ACCOUNT_TRIGGER,
    ):
        op.execute(statement)
    op.execute(f"GRANT USAGE ON SCHEMA wangge TO {API}")
    for table in PUBLIC:
        op.execute(f"GRANT SELECT ON wangge.{table} TO {API}")
    for table in COMPUTED:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON wangge.{table} TO {API}")
    for table, verbs in GRANTS.items():
        op.execute(f"GRANT {verbs} ON wangge.{table} TO {API}")
    for table in (*GRANTS, *CLOSED):
        _guard(table)
    for policy in POLICIES:
        _policy(*policy)
    op.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA wangge FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA wangge TO {API}")


def downgrade() -> None:
    for table, name, *_ in POLICIES:
        op.execute(f"DROP POLICY {name} ON wangge.{table}")
    for table in (*GRANTS, *CLOSED):
        op.execute(f"DROP POLICY maintenance ON wangge.{table}")
        op.execute(f"ALTER TABLE wangge.{table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY")
    op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA wangge FROM {API}")
    op.execute(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA wangge FROM {API}")
    op.execute(f"REVOKE ALL ON ALL FUNCTIONS IN SCHEMA wangge FROM {API}")
    op.execute(f"REVOKE USAGE ON SCHEMA wangge FROM {API}")
    op.execute("DROP TRIGGER account_own ON wangge.account")
    for signature in FUNCTIONS:
        op.execute(f"DROP FUNCTION wangge.{signature}")
