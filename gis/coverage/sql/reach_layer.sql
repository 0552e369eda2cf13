-- Purpose: the stored layer of these types, this cost and this situation, if it was made with these versions.
-- Parameters: station_types, cost, situation, network_version, rule_version. SRID: none.
-- Index: uq_reach_layer_station_types_cost_situation.
SELECT id FROM reach_layer
WHERE station_types = :station_types AND cost = :cost AND situation = :situation
  AND network_version = :network_version AND rule_version = :rule_version
