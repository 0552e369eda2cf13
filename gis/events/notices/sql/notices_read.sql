-- Mark one's notices as read: those named, or all up to one. How many were unread. Parameters: ids, up_to (or null).
-- Index: ix_notice_unread.
WITH marked AS (
  UPDATE notice SET read_at = now()
  WHERE account_id = account_id() AND read_at IS NULL
    AND (id = ANY(cast(:ids AS bigint[])) OR id <= cast(:up_to AS bigint))
  RETURNING id
)
SELECT count(*) FROM marked
