-- The card of an area: who holds its posts, what it belongs to, how many people and open events it has.
-- Events are counted where all of them may be seen, else null: never a part of them.
-- Parameters: code, and those of the scope (gis.db.visible). Indexes: uq_area_code_current, ix_area_path,
--   ix_building_grid_id, pk_area_people, ix_event_scope_area_id.
WITH self AS (
  SELECT * FROM area WHERE code = :code AND valid_to IS NULL
), subtree AS (
  SELECT a.id, a.level FROM area AS a, self WHERE a.path @> ARRAY[self.id]
), shown AS (
  SELECT
    false AS suppressed, p.households, p.registered, p.actual, p.floating, p.age_0_14, p.age_15_59, p.age_60_79,
    p.age_80
  FROM self AS a JOIN area_people AS p ON p.area_id = a.id /*people*/
  UNION ALL
  SELECT
    p.suppressed, p.households, p.registered, p.actual, p.floating, p.age_0_14, p.age_15_59, p.age_60_79, p.age_80
  FROM self JOIN area_people_public AS p ON p.area_id = self.id
  ORDER BY suppressed LIMIT 1 -- exact where they may be read, else as for everybody; never a part of the subtree
), people AS (
  SELECT
    home.buildings, home.buildings_counted, shown.households, shown.registered, shown.actual, shown.floating,
    shown.age_0_14, shown.age_15_59, shown.age_60_79, shown.age_80
  FROM (
    SELECT count(*) AS buildings, count(b.inhabited) AS buildings_counted
    FROM building AS b WHERE b.grid_id IN (SELECT id FROM subtree)
  ) AS home
  LEFT JOIN shown ON true
), matters AS (
  SELECT count(*) AS events, count(*) FILTER (WHERE e.closed_at IS NULL) AS open_events
  FROM event AS e WHERE e.scope_area_id IN (SELECT id FROM subtree) /*scope*/
)
SELECT json_build_object(
  'code', self.code,
  'level', self.level,
  'name', self.name,
  'kind', self.kind,
  'valid_from', self.valid_from,
  'parents', (
    SELECT coalesce(json_agg(json_build_object('code', up.code, 'level', up.level, 'name', up.name)
      ORDER BY array_position(self.path, up.id)), '[]')
    FROM area AS up WHERE up.id = ANY(self.path) AND up.id <> self.id
  ),
  'children', (SELECT count(*) FROM area AS down WHERE down.parent_id = self.id AND down.valid_to IS NULL),
  'grids', (SELECT count(*) FROM subtree WHERE level = 'grid'),
  'posts', (
    SELECT json_build_object(
      'grid_lead', min(post) FILTER (WHERE role = 'grid_lead'),
      'grid_worker', min(post) FILTER (WHERE role = 'grid_worker'),
      'substitute', min(post) FILTER (WHERE role = 'substitute')
    ) FROM area_post WHERE area_id = self.id AND valid_to IS NULL
  ),
  'party_orgs', (
    SELECT coalesce(json_agg(json_build_object('code', p.code, 'kind', p.kind, 'name', p.name) ORDER BY p.code), '[]')
    FROM party_org_area AS pa JOIN party_org AS p ON p.id = pa.party_org_id
    WHERE pa.area_id = self.id AND pa.valid_to IS NULL
  ),
  'people', (SELECT row_to_json(people) FROM people),
  'people_suppressed', coalesce((SELECT suppressed FROM shown), false),
  'stations', (SELECT count(*) FROM station WHERE status = 'existing' AND grid_id IN (SELECT id FROM subtree)),
  'events', (SELECT events FROM matters, self AS a WHERE true /*whole*/),
  'open_events', (SELECT open_events FROM matters, self AS a WHERE true /*whole*/),
  'bbox', json_build_array(ST_XMin(self.geom), ST_YMin(self.geom), ST_XMax(self.geom), ST_YMax(self.geom)),
  'as_of', transaction_timestamp()
)::text
FROM self
