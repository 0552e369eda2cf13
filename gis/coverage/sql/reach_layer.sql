-- Purpose: the stored layer of these types and this cost, if it was made with these versions.
-- Parameters: station_types, cost, network_version, rule_version. SRID: none.
-- Index: uq_reach_layer_station_types_cost.
SELECT id FROM reach_layer
WHERE station_types = :station_types AND cost = :cost
  AND network_version = :network_version AND rule_version = :rule_version
