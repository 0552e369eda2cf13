-- Purpose: a text that changes whenever a row that coverage reads was inserted, updated or deleted.
-- Parameters: none. SRID: none. Index: none, it counts rows; a few milliseconds a hundred thousand rows.
SELECT string_agg(part, ' ' ORDER BY part)
FROM (
    SELECT format('street %s %s', count(*), sum(xmin::text::bigint)) AS part FROM street
    UNION ALL SELECT format('building %s %s', count(*), sum(xmin::text::bigint)) FROM building
    UNION ALL SELECT format('people %s %s', count(*), sum(xmin::text::bigint)) FROM building_people
    UNION ALL SELECT format('entrance %s %s', count(*), sum(xmin::text::bigint)) FROM entrance
    UNION ALL SELECT format('station %s %s', count(*), sum(xmin::text::bigint)) FROM station
    UNION ALL SELECT format('barrier %s %s', count(*), sum(xmin::text::bigint)) FROM barrier
    UNION ALL SELECT format('compound %s %s', count(*), sum(xmin::text::bigint)) FROM compound
    UNION ALL SELECT format('gate %s %s', count(*), sum(xmin::text::bigint)) FROM gate
    UNION ALL SELECT format('area %s %s', count(*), sum(xmin::text::bigint)) FROM area
) AS parts
