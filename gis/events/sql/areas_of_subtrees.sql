-- The areas of some subtrees, all versions; null when one of the roots is of a higher level than asked for, for such a
-- subtree has too many. Parameters: roots (ids), highest (level counted from 1 for the province).
-- Indexes: pk_area, ix_area_path.
SELECT CASE
  WHEN (
    SELECT min(array_position(ARRAY['province', 'city', 'district', 'subdistrict', 'community', 'grid'], level::text))
    FROM area WHERE id = ANY(cast(:roots AS int[]))
  ) >= :highest
  THEN ARRAY(SELECT id FROM area WHERE path && cast(:roots AS int[]))
END
