-- Purpose: make room for fresh circles of the same stations, costs and limits.
-- Parameters: station_ids, costs, limit_values (arrays of one length). SRID: none.
-- Index: uq_circle_station_id_cost_limit_value.
DELETE FROM circle AS c
USING unnest(
    CAST(:station_ids AS integer[]), CAST(:costs AS text[]), CAST(:limit_values AS integer[])
) AS k (station_id, cost, limit_value)
WHERE c.station_id = k.station_id AND c.cost = k.cost AND c.limit_value = k.limit_value
