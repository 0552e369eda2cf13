-- Purpose: a fresh layer for these types, this cost and this situation; the rows of the one it replaces go away.
-- Parameters: station_types, cost, situation, network_version, rule_version. SRID: none.
-- Index: uq_reach_layer_station_types_cost_situation.
WITH gone AS (
    DELETE FROM reach WHERE layer_id IN (
        SELECT id FROM reach_layer
        WHERE station_types = :station_types AND cost = :cost AND situation = :situation
    )
)
INSERT INTO reach_layer (station_types, cost, situation, network_version, rule_version)
VALUES (:station_types, :cost, :situation, :network_version, :rule_version)
ON CONFLICT (station_types, cost, situation) DO UPDATE SET
    network_version = excluded.network_version,
    rule_version = excluded.rule_version,
    computed_at = now()
RETURNING id
