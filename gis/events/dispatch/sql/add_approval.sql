-- Approve that an event is sent down to an area; no row when it was approved before. Parameters: event, area, reason.
-- Index: pk_admission_approval.
INSERT INTO admission_approval (event_id, area_id, account_id, actor, reason)
VALUES (:event, :area, account_id(), actor(), :reason) ON CONFLICT DO NOTHING RETURNING event_id
