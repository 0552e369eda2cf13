-- Write how an attempt ended: done, dead, or to be tried again after `again_s` seconds (null: never).
-- Parameters: id, attempt, error (null: done), again_s. Only the attempt that holds it may say so.
UPDATE delivery SET
  done_at = CASE WHEN cast(:error AS text) IS NULL THEN clock_timestamp() END,
  dead_at = CASE WHEN :error IS NOT NULL AND cast(:again_s AS float8) IS NULL THEN clock_timestamp() END,
  next_at = CASE WHEN :again_s IS NULL THEN next_at ELSE clock_timestamp() + make_interval(secs => :again_s) END,
  last_error = :error
WHERE id = :id AND attempts = :attempt AND done_at IS NULL AND dead_at IS NULL
