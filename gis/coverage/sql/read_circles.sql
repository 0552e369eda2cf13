-- Purpose: stored circles of some stations. Parameters: cost, limit, stations (ids), network, rule (versions).
-- SRID stored: 4326. Index: uq_circle_station_id_cost_limit_value.
SELECT station_id, buildings, corrected, ST_AsBinary(geom) AS geometry
FROM circle
WHERE station_id = ANY(:stations) AND cost = :cost AND limit_value = :limit
  AND network_version = :network AND rule_version = :rule
ORDER BY station_id
