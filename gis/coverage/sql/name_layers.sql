-- Purpose: stored layers brought to another network version. Parameters: layers (ids), network. SRID: none.
-- Index: pk_reach_layer.
UPDATE reach_layer SET network_version = :network, computed_at = now() WHERE id = ANY(:layers)
