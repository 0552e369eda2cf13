-- Staged rows whose id is stored already, and whether the stored report says the same.
-- Parameters: none; reads history_stage. Index: pk_report.
SELECT s._row AS row, r.body_sha256 = s.body_sha256 AS same
FROM (
  SELECT _row, cast(id AS uuid) AS id, sha256(convert_to(body, 'UTF8')) AS body_sha256 FROM history_stage
) AS s
JOIN report AS r ON r.id = s.id
ORDER BY 1
