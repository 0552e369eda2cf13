-- The highest level among some areas, counted from 1 for the province; null for none. Parameters: ids. Index: pk_area.
SELECT min(array_position(ARRAY['province', 'city', 'district', 'subdistrict', 'community', 'grid'], level::text))
FROM area WHERE id = ANY(cast(:ids AS int[]))
