-- What follows from the counts of buildings: the area whose staff may read them (the building's grid, else the
--   area that owns what lies outside every grid), and whether anybody lives there (null where nobody counted).
-- Parameters: none. SRID: none. Index used: pk_building, pk_building_people; whole tables.
WITH rest AS (
    SELECT min(area_id) AS area_id FROM service_area
), moved AS (
    UPDATE building_people AS p SET scope_area_id = coalesce(b.grid_id, rest.area_id)
    FROM building AS b, rest
    WHERE b.id = p.building_id AND p.scope_area_id IS DISTINCT FROM coalesce(b.grid_id, rest.area_id)
)
UPDATE building AS b SET inhabited = said.inhabited
FROM (
    SELECT
        home.id,
        CASE
            WHEN p.actual > 0 OR p.households > 0 THEN true
            WHEN p.actual IS NOT NULL OR p.households IS NOT NULL THEN false
        END AS inhabited
    FROM building AS home
    LEFT JOIN building_people AS p ON p.building_id = home.id
) AS said
WHERE b.id = said.id AND b.inhabited IS DISTINCT FROM said.inhabited
