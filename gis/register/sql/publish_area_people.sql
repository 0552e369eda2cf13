-- The counts of areas for everybody: those of `area_people`, null where they are hidden.
-- Parameters: hidden (area ids). SRID: none. Index used: pk_area_people; whole tables.
WITH gone AS (
    DELETE FROM area_people_public WHERE area_id NOT IN (SELECT area_id FROM area_people)
), shown AS (
    SELECT
        p.area_id, p.area_id = ANY(CAST(:hidden AS integer[])) AS suppressed, p.households, p.registered, p.actual,
        p.floating, p.age_0_14, p.age_15_59, p.age_60_79, p.age_80
    FROM area_people AS p
)
INSERT INTO area_people_public AS old (
    area_id, suppressed, households, registered, actual, floating, age_0_14, age_15_59, age_60_79, age_80
)
SELECT
    area_id, suppressed, CASE WHEN NOT suppressed THEN households END, CASE WHEN NOT suppressed THEN registered END,
    CASE WHEN NOT suppressed THEN actual END, CASE WHEN NOT suppressed THEN floating END,
    CASE WHEN NOT suppressed THEN age_0_14 END, CASE WHEN NOT suppressed THEN age_15_59 END,
    CASE WHEN NOT suppressed THEN age_60_79 END, CASE WHEN NOT suppressed THEN age_80 END
FROM shown
ON CONFLICT (area_id) DO UPDATE SET
    suppressed = excluded.suppressed, households = excluded.households, registered = excluded.registered,
    actual = excluded.actual, floating = excluded.floating, age_0_14 = excluded.age_0_14,
    age_15_59 = excluded.age_15_59, age_60_79 = excluded.age_60_79, age_80 = excluded.age_80
WHERE (old.*) IS DISTINCT FROM (excluded.*)
