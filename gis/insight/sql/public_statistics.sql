-- The published numbers of the current areas of a level for the last months, by area and month.
-- Parameters: level, months (how many). SRID: none. Index: ix_area_level, pk_public_statistic.
SELECT a.code, a.name, up.code AS parent, s.month, s.opened, s.closed, s.published_at
FROM area AS a
LEFT JOIN area AS up ON up.id = a.parent_id
LEFT JOIN public_statistic AS s ON s.area_id = a.id AND s.month IN (
    SELECT DISTINCT month FROM public_statistic ORDER BY month DESC LIMIT :months
)
WHERE a.level = :level AND a.valid_to IS NULL
ORDER BY a.code COLLATE "C", s.month
