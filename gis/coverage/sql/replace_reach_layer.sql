-- Purpose: a fresh layer for these types and this cost; the id of the one it replaces goes away with its rows.
-- Parameters: station_types, cost, network_version, rule_version. SRID: none.
-- Index: uq_reach_layer_station_types_cost.
WITH gone AS (
    DELETE FROM reach WHERE layer_id IN (
        SELECT id FROM reach_layer WHERE station_types = :station_types AND cost = :cost
    )
)
INSERT INTO reach_layer (station_types, cost, network_version, rule_version)
VALUES (:station_types, :cost, :network_version, :rule_version)
ON CONFLICT (station_types, cost) DO UPDATE SET
    network_version = excluded.network_version,
    rule_version = excluded.rule_version,
    computed_at = now()
RETURNING id
