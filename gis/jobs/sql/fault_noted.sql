-- Count a fault of a duty at one of its subjects, and say when it is tried again: after 10 seconds, twice as long each
-- time, an hour at the most. Parameters: duty, subject, now, error. Index: pk_duty_fault.
INSERT INTO duty_fault AS f (duty, subject, faults, since, retry_at, error)
VALUES (:duty, :subject, 1, :now, cast(:now AS timestamptz) + interval '10 seconds', :error)
ON CONFLICT (duty, subject) DO UPDATE SET
  faults = least(f.faults + 1, 10000), error = excluded.error,
  retry_at = cast(:now AS timestamptz) + least(interval '1 hour', interval '10 seconds' * 2 ^ least(f.faults, 20))
RETURNING faults
