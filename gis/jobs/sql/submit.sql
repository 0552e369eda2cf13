-- Put a job into the queue; row-level security asks that it is the asker's own.
-- Parameters: id, kind, label_zh, label_en, params (JSON text), account_id, actor, scope (JSON text).
-- Index: pk_job.
INSERT INTO job (id, kind, label_zh, label_en, params, account_id, actor, scope)
VALUES (
  :id, :kind, :label_zh, :label_en, cast(:params AS jsonb), :account_id, :actor, cast(:scope AS jsonb)
)
