-- Forget what ended long ago, with its file.
-- Parameters: kept_days.
-- Index: ix_job_finished_at.
DELETE FROM job WHERE finished_at < now() - make_interval(days => :kept_days)
