-- How many whistles wait in each box of the reader: to be approved, to be answered, to be rated, with an appeal to be
-- decided; and of those that are open how many are one's own, call one's department, are seen.
-- What is written at the marks, gis.events.whistle.store knows. Parameters: none. Index: ix_whistle_open.
SELECT json_build_object(
  'mine', count(*) FILTER (WHERE w.blown_by = (SELECT account_id())),
  'approve', count(*) FILTER (WHERE /*approves*/),
  'answer', count(*) FILTER (WHERE w.status = 'approved' AND EXISTS (
    SELECT FROM whistle_answer AS a
    WHERE a.whistle_id = w.id AND a.status IN ('called', 'accepted', 'arrived', 'planned') AND /*handled*/
  )),
  'department', count(*) FILTER (WHERE EXISTS (
    SELECT FROM whistle_answer AS a WHERE a.whistle_id = w.id AND a.called_at IS NOT NULL AND /*handled*/
  )),
  'rate', count(*) FILTER (WHERE w.status = 'approved' AND /*blows*/ AND EXISTS (
    SELECT FROM whistle_answer AS a WHERE a.whistle_id = w.id AND a.status = 'resolved' AND NOT /*handled*/
  )),
  'appeal', (SELECT count(*) FROM whistle AS w WHERE /*seen*/ AND /*decides*/),
  'all', count(*)
)::text
FROM whistle AS w
WHERE w.status IN ('blown', 'approved') AND /*seen*/
