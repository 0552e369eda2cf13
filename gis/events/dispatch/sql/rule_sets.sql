-- Rule sets with the number of their rules, those in force first, the newest before the others.
-- Parameters: id (one of them, or null), everywhere and roots (where rules.edit is held). Index: pk_dispatch_rule_set.
SELECT s.id, s.city, s.version, s.name_zh, s.name_en, s.note, s.state, s.revision, s.created_at, s.updated_at,
  s.activated_at, s.retired_at,
  (SELECT count(*) FROM dispatch_rule AS r WHERE r.rule_set_id = s.id) AS rules,
  cast(:everywhere AS boolean) OR CASE WHEN s.city = '' THEN NOT EXISTS (
      SELECT FROM area AS a WHERE a.parent_id IS NULL AND a.valid_to IS NULL
        AND NOT a.path && cast(:roots AS int[]))
    ELSE EXISTS (
      SELECT FROM area AS a WHERE a.code = s.city AND a.valid_to IS NULL AND a.path && cast(:roots AS int[]))
    END AS editable
FROM dispatch_rule_set AS s
WHERE cast(:id AS int) IS NULL OR s.id = :id
ORDER BY s.state <> 'active', s.id DESC
