-- How many events there are under a filter: in all, and by status, urgency, source, family and area of one level.
-- Parameters: level (of the areas counted), those of the filter (gis.events.filters) and the scope (gis.db.visible).
-- Indexes: as the filter allows; without one it reads the table.
WITH chosen AS MATERIALIZED (
  SELECT
    e.status, e.urgency, e.source, e.closed_at IS NULL AS is_open, e.scope_area_id,
    coalesce(c.parent_id, c.id) AS family_id
  FROM event AS e
  JOIN category AS c ON c.id = e.category_id
  WHERE true /*filter*/ /*scope*/
), counted_scope AS (
  SELECT scope_area_id, count(*) AS n, count(*) FILTER (WHERE is_open) AS n_open FROM chosen GROUP BY 1
), family AS (
  SELECT f.scheme || ':' || f.kind || ':' || f.code AS key, f.name_zh, f.name_en, n, n_open
  FROM (
    SELECT family_id, count(*) AS n, count(*) FILTER (WHERE is_open) AS n_open FROM chosen GROUP BY 1
  ) AS counted
  JOIN category AS f ON f.id = family_id
), owner AS (
  SELECT a.code, a.name, sum(n)::bigint AS n, sum(n_open)::bigint AS n_open
  FROM counted_scope
  JOIN area AS scope ON scope.id = counted_scope.scope_area_id
  JOIN area AS a ON a.id = ANY(scope.path) AND a.level = :level
  GROUP BY a.code, a.name
)
SELECT json_build_object(
  'total', (SELECT count(*) FROM chosen),
  'open', (SELECT count(*) FROM chosen WHERE is_open),
  'by_status', (SELECT coalesce(json_object_agg(status, n), '{}')
                FROM (SELECT status, count(*) AS n FROM chosen GROUP BY 1 ORDER BY 1) AS counted),
  'by_urgency', (SELECT coalesce(json_object_agg(urgency, n), '{}')
                 FROM (SELECT urgency, count(*) AS n FROM chosen GROUP BY 1 ORDER BY 1) AS counted),
  'by_source', (SELECT coalesce(json_object_agg(source, n), '{}')
                FROM (SELECT source, count(*) AS n FROM chosen GROUP BY 1 ORDER BY 1) AS counted),
  'by_category', (SELECT coalesce(json_agg(json_build_object(
                    'category', key, 'zh', name_zh, 'en', name_en, 'count', n, 'open', n_open)
                    ORDER BY n DESC, key), '[]') FROM family),
  'level', cast(:level AS text),
  'by_area', (SELECT coalesce(json_agg(json_build_object(
                'code', code, 'name', name, 'count', n, 'open', n_open) ORDER BY code), '[]') FROM owner),
  'as_of', transaction_timestamp()
)::text
