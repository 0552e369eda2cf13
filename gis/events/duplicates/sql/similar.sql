-- Open events near a point that are seen, with what likeness is made of: distance, age, category, text, photos' looks.
-- Words and photos of confidential ones only for those who read them. The 60 nearest are enough to judge.
-- Parameters: lon, lat degrees WGS-84; cells and the box wide_deg, high_deg that hold the radius; radius_m; scheme,
-- kind, code of the category; typed (text or null); and those of the scope (gis.db.visible). SRID 4326.
-- Indexes: ix_event_cell (or ix_event_geom), ix_report_event_id.
WITH asked AS MATERIALIZED (
  SELECT c.id, c.parent_id, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) AS geom
  FROM (VALUES (1)) AS one (x)
  LEFT JOIN category AS c ON c.scheme = :scheme AND c.kind = :kind AND c.code = :code
), near AS MATERIALIZED (
  SELECT e.*, ST_Distance(e.geom::geography, asked.geom::geography) AS distance_m,
    (NOT e.confidential /*confidential*/) AS open_words
  FROM asked JOIN event AS e ON e.geom && ST_Expand(asked.geom, :wide_deg, :high_deg)
  WHERE e.cell = ANY(:cells) AND e.closed_at IS NULL /*scope*/
  ORDER BY distance_m, e.id
  LIMIT 60
)
SELECT
  near.id,
  near.number,
  near.status,
  near.urgency,
  c.scheme || ':' || c.kind || ':' || c.code AS category,
  c.name_zh AS category_zh,
  c.name_en AS category_en,
  CASE WHEN near.open_words THEN near.text END AS text,
  CASE WHEN near.open_words THEN near.address END AS address,
  near.opened_at,
  near.me_too,
  near.distance_m,
  extract(epoch FROM now() - near.opened_at)::float8 / 86400 AS age_days,
  CASE
    WHEN c.id = asked.id THEN true
    WHEN c.parent_id = asked.parent_id OR c.parent_id = asked.id OR c.id = asked.parent_id THEN NULL
    ELSE false
  END AS related,
  CASE WHEN near.open_words THEN greatest(
    similarity(near.text, cast(:typed AS text)),
    word_similarity(cast(:typed AS text), near.text),
    word_similarity(near.text, cast(:typed AS text))
  ) END AS text_likeness,
  photo.names,
  photo.looks
FROM near
JOIN asked ON true
JOIN category AS c ON c.id = near.category_id
LEFT JOIN LATERAL (
  SELECT array_agg(a.sha256 ORDER BY r.recorded_at, p.position) AS names,
    array_remove(array_agg(a.look ORDER BY r.recorded_at, p.position), NULL) AS looks
  FROM report AS r
  JOIN report_photo AS p ON p.report_id = r.id
  JOIN attachment AS a ON a.sha256 = p.attachment_sha256
  WHERE r.event_id = near.id AND near.open_words
) AS photo ON true
WHERE near.distance_m <= :radius_m
ORDER BY near.distance_m, near.id
