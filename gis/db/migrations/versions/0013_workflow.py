"""Who reads and writes what of the workflow; commands and their photos; events one handles or helps with."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012y"
branch_labels = None
depends_on = None

API = "wangge_api"
MAINTAINS = "(SELECT wangge.maintains())"
TRACKED = (
    "EXISTS (SELECT FROM wangge.event AS e WHERE e.id = event_id"
    " AND e.tracking_code = (SELECT wangge.in_hand('tracking_code')))"
)
OWN = f"account_id = (SELECT wangge.account_id()) OR (account_id IS NULL AND {TRACKED})"
SENDER = "account_id IS NOT DISTINCT FROM (SELECT wangge.account_id())"
OF_COMMAND = "EXISTS (SELECT FROM wangge.event_command AS c WHERE c.id = command_id)"
OF_EVENT = "EXISTS (SELECT FROM wangge.event AS e WHERE e.id = event_id)"
PHOTO_IN_HAND = "sha256 = (SELECT wangge.in_hand('photo'))"
# As in revision 0008, and besides: whoever handles it, and the departments that help.
SEES_EVENT = """
  CASE
    WHEN scope_path && (SELECT wangge.scope_areas('events.read')) THEN true
    WHEN reporter_id = (SELECT wangge.account_id()) THEN true
    WHEN handler_id = (SELECT wangge.account_id()) THEN true
    WHEN tracking_code = (SELECT wangge.in_hand('tracking_code')) THEN true
    WHEN department_id IN (
      SELECT d.id FROM wangge.department AS d WHERE d.path && (SELECT wangge.scope_departments('events.read'))
    ) THEN true
    WHEN id = ANY((SELECT wangge.events_helped('events.read'))::uuid[]) THEN true
    WHEN category_id IN (SELECT l.category_id FROM wangge.scope_limited('events.read') AS l)
      THEN wangge.covers_limited('events.read', scope_path, category_id)
    ELSE false
  END
"""
# The events in which a department of the caller's helps: few, and found by their index before any policy is asked.
HELPED = """
CREATE FUNCTION wangge.events_helped(permission text) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = wangge, pg_temp AS $$
  SELECT CASE WHEN told('departments.' || permission) IS NULL THEN '{}' ELSE ARRAY(
    SELECT e.id FROM event AS e WHERE e.co_departments <> '{}' AND e.co_departments && ARRAY(
      SELECT d.id FROM department AS d WHERE d.path && scope_departments(permission))
  ) END
$$
"""
# Whoever opens an event says nothing of what is to become of it.
OPENED_BARE = (
    "round = 1 AND num_nonnulls(handler_id, merged_into, supervised, standard_id, overdue_s) = 0 AND bounces = 0"
    " AND reworks = 0 AND me_too = 0 AND NOT exempt AND co_departments = '{}'"
)
# A photo is read with the report or the command it belongs to; of a confidential event by few.
ATTACHMENT = """
  EXISTS (SELECT FROM wangge.report_photo AS p WHERE p.attachment_sha256 = attachment.sha256 AND (
    p.sha256 = (SELECT wangge.in_hand('photo')) OR EXISTS (SELECT FROM wangge.report AS r
    WHERE r.id = p.report_id AND (NOT r.confidential OR r.reporter_id = (SELECT wangge.account_id())
    OR wangge.covers('events.confidential', r.scope_area_id)))))
  OR EXISTS (SELECT FROM wangge.command_photo AS p WHERE p.attachment_sha256 = attachment.sha256 AND (
    p.sha256 = (SELECT wangge.in_hand('photo')) OR EXISTS (SELECT FROM wangge.event AS e
    WHERE e.id = p.event_id AND (NOT e.confidential OR wangge.covers('events.confidential', e.scope_area_id)))))
"""
# (table, name, verb, USING, WITH CHECK)
POLICIES: tuple[tuple[str, str, str, str | None, str | None], ...] = (
    ("event_command", "event_command_read", "SELECT", OWN, None),
    ("event_command", "event_command_send", "INSERT", None, SENDER),
    ("event_command", "event_command_decide", "UPDATE", OWN, OWN),
    ("command_photo", "command_photo_read", "SELECT", OF_EVENT, None),
    ("command_photo", "command_photo_announce", "INSERT", None, OF_COMMAND),
    (
        "command_photo", "command_photo_store", "UPDATE",
        f"{PHOTO_IN_HAND} AND {OF_COMMAND}", f"{PHOTO_IN_HAND} AND {OF_COMMAND}",
    ),
)  # fmt: skip
GRANTS = {
    "workflow": "SELECT",
    "workflow_state": "SELECT",
    "workflow_edge": "SELECT",
    "event_command": "SELECT, INSERT, UPDATE (state, decided_at, seq, answer, refusal)",
    "command_photo": "SELECT, INSERT, UPDATE (attachment_sha256)",
}


def upgrade() -> None:
    for table, verbs in GRANTS.items():
        op.execute(f"GRANT {verbs} ON wangge.{table} TO {API}")
    for table in ("event_command", "command_photo"):
        op.execute(f"ALTER TABLE wangge.{table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY maintenance ON wangge.{table} TO CURRENT_USER USING ({MAINTAINS})"
            f" WITH CHECK ({MAINTAINS})"
        )
        op.execute(
            f"CREATE CONSTRAINT TRIGGER unaudited_write AFTER INSERT OR DELETE OR UPDATE ON wangge.{table}"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
            " WHEN (current_setting('is_superuser') = 'off') EXECUTE FUNCTION wangge.require_audit()"
        )
    for table, name, verb, using, check in POLICIES:
        parts = (f" USING ({using})" if using else "") + (f" WITH CHECK ({check})" if check else "")
        op.execute(f"CREATE POLICY {name} ON wangge.{table} FOR {verb} TO {API}{parts}")
    op.execute(HELPED)
    op.execute("REVOKE ALL ON FUNCTION wangge.events_helped(text) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION wangge.events_helped(text) TO {API}")
    op.execute(
        f"CREATE POLICY event_open_bare ON wangge.event AS RESTRICTIVE FOR INSERT TO {API} WITH CHECK ({OPENED_BARE})"
    )
    op.execute(f"ALTER POLICY event_read ON wangge.event USING ({SEES_EVENT})")
    op.execute(f"ALTER POLICY attachment_read ON wangge.attachment USING ({ATTACHMENT})")


def downgrade() -> None:
    # The readings of revision 0008 are made again where that revision makes its policies: here they only let go.
    op.execute("ALTER POLICY attachment_read ON wangge.attachment USING (false)")
    op.execute("ALTER POLICY event_read ON wangge.event USING (false)")
    op.execute("DROP POLICY event_open_bare ON wangge.event")
    op.execute("DROP FUNCTION wangge.events_helped(text)")
    for table, name, *_ in POLICIES:
        op.execute(f"DROP POLICY {name} ON wangge.{table}")
    for table, verbs in GRANTS.items():
        op.execute(f"REVOKE {verbs} ON wangge.{table} FROM {API}")
