-- All areas with those above them, without their shapes; whether events lie in them themselves. Parameters: none.
SELECT a.id, a.code, a.level, a.name, a.path, a.valid_to IS NULL AS is_current,
  a.level = 'grid' OR EXISTS (SELECT FROM service_area AS s WHERE s.area_id = a.id) AS is_site
FROM area AS a
