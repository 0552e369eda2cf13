-- Purpose: the stored layers of these versions that are kept when something is edited.
-- Parameters: network, rule (versions). SRID: none. Index: none, a few dozen rows.
SELECT id, station_types, cost
FROM reach_layer
WHERE network_version = :network AND rule_version = :rule AND situation = ''
ORDER BY id
