-- Purpose: which of some stations have a circle at one limit. Parameters: stations (ids), cost, limit. SRID: none.
-- Index: uq_circle_station_id_cost_limit_value.
SELECT station_id FROM circle WHERE station_id = ANY(:stations) AND cost = :cost AND limit_value = :limit
