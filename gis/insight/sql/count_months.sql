-- Events opened and closed by area (district, subdistrict, community) and calendar month of `zone`: all areas in
--   all months that are over, from the first month with an event on. For the owner of the tables only.
-- Parameters: zone (time zone), before (date: months from this one on are left out). SRID: none. Index: whole tables.
WITH moment AS (
    SELECT scope_area_id, opened_at AS at, 1 AS opened, 0 AS closed FROM event
    UNION ALL
    SELECT scope_area_id, closed_at, 0, 1 FROM event WHERE closed_at IS NOT NULL
), own AS MATERIALIZED (
    SELECT
        scope_area_id, CAST(date_trunc('month', at AT TIME ZONE :zone) AS date) AS month, sum(opened) AS opened,
        sum(closed) AS closed
    FROM moment
    GROUP BY 1, 2
), listed AS (
    SELECT a.id, a.parent_id, a.code, made.month
    FROM area AS a, (
        SELECT CAST(generate_series(min(month), CAST(:before AS date) - 1, interval '1 month') AS date) AS month
        FROM own
    ) AS made
    WHERE a.valid_to IS NULL AND a.level IN ('district', 'subdistrict', 'community')
), summed AS (
    SELECT up.id, o.month, sum(o.opened) AS opened, sum(o.closed) AS closed
    FROM own AS o
    JOIN area AS a ON a.id = o.scope_area_id
    CROSS JOIN LATERAL unnest(a.path) AS up (id)
    GROUP BY 1, 2
)
SELECT
    l.id AS area_id, l.parent_id, l.month, CAST(coalesce(s.opened, 0) AS integer) AS opened,
    CAST(coalesce(s.closed, 0) AS integer) AS closed
FROM listed AS l
LEFT JOIN summed AS s ON s.id = l.id AND s.month = l.month
ORDER BY l.month, l.code COLLATE "C"
