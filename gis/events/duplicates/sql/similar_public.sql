-- What everybody may know of open matters in public space nearby: category, the square it lies in, since when.
-- Parameters: cells and the box wide_deg, high_deg around lon, lat (degrees WGS-84); scheme, kind, code. SRID 4326.
-- Index: ix_event_cell, in the function of the owner.
SELECT
  s.id,
  s.related,
  s.opened_at,
  s.lon,
  s.lat,
  c.scheme || ':' || c.kind || ':' || c.code AS category,
  c.name_zh AS category_zh,
  c.name_en AS category_en,
  extract(epoch FROM now() - s.opened_at)::float8 / 86400 AS age_days
FROM category AS asked
JOIN LATERAL similar_public(
  cast(:cells AS int[]), ST_Expand(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :wide_deg, :high_deg), asked.id
) AS s ON true
JOIN category AS c ON c.id = s.category_id
WHERE asked.scheme = :scheme AND asked.kind = :kind AND asked.code = :code
