-- How many whistles wait in each box of the reader: to be approved, to be answered, to be rated; and one's own open.
-- Parameters: none. Index: ix_whistle_blown_at_id.
SELECT json_build_object(
  'mine', count(*) FILTER (WHERE w.blown_by = account_id()),
  'approve', count(*) FILTER (WHERE w.status = 'blown' AND whistle_party('approver', w, NULL)),
  'department', count(*) FILTER (WHERE EXISTS (
    SELECT FROM whistle_answer AS a WHERE a.whistle_id = w.id AND whistle_handles(a.department_id)
      AND a.status IN ('called', 'accepted', 'arrived', 'planned')
  )),
  'rate', count(*) FILTER (WHERE EXISTS (
    SELECT FROM whistle_answer AS a WHERE a.whistle_id = w.id AND a.status = 'resolved'
      AND whistle_party('blower', w, a.department_id)
  )),
  'all', count(*)
)::text
FROM whistle AS w
WHERE w.status IN ('blown', 'approved') AND (maintains() OR sees_whistle(w))
