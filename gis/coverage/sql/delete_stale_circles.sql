-- Purpose: circles of earlier versions are never shown again. Parameters: network, rule (versions).
-- SRID: none. Index: none, the whole table.
DELETE FROM circle WHERE network_version <> :network OR rule_version <> :rule
