-- Purpose: how many of the wanted circles are stored with the current versions.
-- Parameters: station_ids, costs, limit_values (arrays of one length), network, rule (versions). SRID: none.
-- Index: uq_circle_station_id_cost_limit_value.
SELECT count(*)
FROM unnest(
    CAST(:station_ids AS integer[]), CAST(:costs AS text[]), CAST(:limit_values AS integer[])
) AS k (station_id, cost, limit_value)
JOIN circle AS c USING (station_id, cost, limit_value)
WHERE c.network_version = :network AND c.rule_version = :rule
