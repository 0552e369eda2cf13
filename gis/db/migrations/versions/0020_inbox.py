"""What inboxes are read by: open events by area and by department, and what waits for somebody's word."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020e"
down_revision = "0020d"
branch_labels = None
depends_on = None

API = "wangge_api"
MAINTAINS = "(SELECT wangge.maintains())"
OWNER = "SECURITY DEFINER SET search_path = wangge, pg_temp"
OF_EVENT = "EXISTS (SELECT FROM wangge.event AS e WHERE e.id = event_id)"
OPEN_BY = {"ix_event_open_scope_area": "scope_area_id", "ix_event_open_department": "department_id"}
# The log says all this; a list would read it event by event. As `need_met` and `step_asked` (revision 0012) say it.
WAITS = f"""
CREATE FUNCTION wangge.event_waits() RETURNS trigger LANGUAGE plpgsql {OWNER} AS $$
BEGIN
  CASE NEW.action
    WHEN 'pass_inspection', 'request_extension', 'request_suspension' THEN
      INSERT INTO event_wait (event_id, round, what) VALUES (NEW.event_id, NEW.round, NEW.action) ON CONFLICT DO NOTHING;
    WHEN 'grant_extension', 'deny_extension' THEN
      DELETE FROM event_wait AS w
      WHERE w.event_id = NEW.event_id AND w.round = NEW.round AND w.what = 'request_extension';
    WHEN 'suspend', 'deny_suspension' THEN
      DELETE FROM event_wait AS w
      WHERE w.event_id = NEW.event_id AND w.round = NEW.round AND w.what = 'request_suspension';
    ELSE NULL;
  END CASE;
  IF NEW.from_status <> NEW.to_status THEN
    DELETE FROM event_wait AS w WHERE w.event_id = NEW.event_id AND w.what = 'pass_inspection';
  END IF;
  RETURN NULL;
END $$
"""
TRIGGER = """
CREATE TRIGGER event_waits AFTER INSERT ON wangge.event_log FOR EACH ROW WHEN (
  NEW.action IN ('pass_inspection', 'request_extension', 'request_suspension', 'grant_extension', 'deny_extension',
    'suspend', 'deny_suspension')
  OR NEW.from_status = 'inspecting' AND NEW.to_status <> 'inspecting'
)
EXECUTE FUNCTION wangge.event_waits()
"""


def upgrade() -> None:
    op.create_table(
        "event_wait",
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("what", sa.String(length=24), nullable=False),
        sa.CheckConstraint(
            "what IN ('pass_inspection', 'request_extension', 'request_suspension')",
            name=op.f("ck_event_wait_what"),
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["wangge.event.id"], name=op.f("fk_event_wait_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", "round", "what", name=op.f("pk_event_wait")),
        schema="wangge",
    )
    op.execute("ALTER TABLE wangge.event_wait ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY maintenance ON wangge.event_wait TO CURRENT_USER USING ({MAINTAINS}) WITH CHECK ({MAINTAINS})"
    )
    op.execute(f"GRANT SELECT ON wangge.event_wait TO {API}")
    op.execute(f"CREATE POLICY event_wait_read ON wangge.event_wait FOR SELECT TO {API} USING ({OF_EVENT})")
    op.execute(WAITS)
    op.execute("REVOKE ALL ON FUNCTION wangge.event_waits() FROM PUBLIC")
    op.execute(TRIGGER)
    # None by due_at, which nearly every step changes: with one every step would write all the indexes of the event, and
    # sorting the open events of a city takes some 20 ms.
    for name, column in OPEN_BY.items():
        op.create_index(
            name, "event", [column], unique=False, schema="wangge", postgresql_where=sa.text("closed_at IS NULL")
        )  # fmt: skip


def downgrade() -> None:
    for name in OPEN_BY:
        op.drop_index(name, "event", schema="wangge")
    op.execute("DROP TRIGGER event_waits ON wangge.event_log")
    op.execute("DROP FUNCTION wangge.event_waits()")
    op.drop_table("event_wait", schema="wangge")
