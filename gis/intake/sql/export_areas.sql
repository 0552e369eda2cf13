-- The stored layer `areas` with the field names of its file. Parameters: none. SRID 4326. Index used: none, all rows.
SELECT area.code, area.level, area.name, parent.code AS parent, area.kind,
       max(post.post) FILTER (WHERE post.role = 'grid_lead') AS grid_lead,
       max(post.post) FILTER (WHERE post.role = 'grid_worker') AS grid_worker,
       max(post.post) FILTER (WHERE post.role = 'substitute') AS substitute,
       ST_AsBinary(area.geom) AS wkb
FROM area
LEFT JOIN area parent ON parent.id = area.parent_id
LEFT JOIN area_post post ON post.area_id = area.id AND post.valid_to IS NULL
WHERE area.valid_to IS NULL
GROUP BY area.id, parent.code
ORDER BY length(area.code), area.code
