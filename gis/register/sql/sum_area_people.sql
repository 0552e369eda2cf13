-- The counts of every current area, sums over its subtree; null where no building of it was counted.
-- Parameters: none. SRID: none. Index used: ix_building_people_scope_area_id; whole tables.
-- Gives with each area what the rules of suppression need: its parent, who stays (settled: counted and not
--   floating), and how many buildings are known to be lived in. The first by code come first.
WITH gone AS (
    DELETE FROM area_people WHERE area_id IN (SELECT id FROM area WHERE valid_to IS NOT NULL)
), own AS MATERIALIZED (
    SELECT
        p.scope_area_id, sum(p.households) AS households, sum(p.registered) AS registered, sum(p.actual) AS actual,
        sum(p.floating) AS floating, sum(p.age_0_14) AS age_0_14, sum(p.age_15_59) AS age_15_59,
        sum(p.age_60_79) AS age_60_79, sum(p.age_80) AS age_80, sum(greatest(p.actual - p.floating, 0)) AS settled,
        count(*) FILTER (WHERE p.actual > 0 OR p.households > 0) AS homes
    FROM building_people AS p
    GROUP BY p.scope_area_id
), whole AS MATERIALIZED (
    SELECT
        above.id AS area_id, sum(o.households) AS households, sum(o.registered) AS registered,
        sum(o.actual) AS actual, sum(o.floating) AS floating, sum(o.age_0_14) AS age_0_14,
        sum(o.age_15_59) AS age_15_59, sum(o.age_60_79) AS age_60_79, sum(o.age_80) AS age_80,
        sum(o.settled) AS settled, coalesce(sum(o.homes), 0) AS homes
    FROM area AS above
    LEFT JOIN area AS below ON below.valid_to IS NULL AND above.id = ANY(below.path)
    LEFT JOIN own AS o ON o.scope_area_id = below.id
    WHERE above.valid_to IS NULL
    GROUP BY above.id
), kept AS (
    INSERT INTO area_people AS old (
        area_id, households, registered, actual, floating, age_0_14, age_15_59, age_60_79, age_80
    )
    SELECT area_id, households, registered, actual, floating, age_0_14, age_15_59, age_60_79, age_80 FROM whole
    ON CONFLICT (area_id) DO UPDATE SET
        households = excluded.households, registered = excluded.registered, actual = excluded.actual,
        floating = excluded.floating, age_0_14 = excluded.age_0_14, age_15_59 = excluded.age_15_59,
        age_60_79 = excluded.age_60_79, age_80 = excluded.age_80
    WHERE (old.*) IS DISTINCT FROM (excluded.*)
)
SELECT
    w.area_id, a.parent_id, w.households, w.registered, w.actual, w.floating, w.age_0_14, w.age_15_59, w.age_60_79,
    w.age_80, w.settled, w.homes
FROM whole AS w
JOIN area AS a ON a.id = w.area_id
ORDER BY a.code COLLATE "C"
