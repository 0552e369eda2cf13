-- Take a step of a whistle or of a department's answer; what is refused is told in `refused`.
-- Parameters: whistle, department (code or null), command, base_version, said (JSON text). SRID 4326.
-- Indexes: pk_whistle, pk_whistle_answer.
SELECT whistle_step(:whistle,
  CASE WHEN cast(:department AS text) IS NOT NULL
    THEN coalesce((SELECT d.id FROM department AS d WHERE d.code = :department), 0) END,
  :command, :base_version, cast(:said AS jsonb))
