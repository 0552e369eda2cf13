-- Purpose: the staged answers in place of the stored ones. Parameters: none. SRID: none. Index: pk_reach.
UPDATE reach AS r SET
    station_id = s.station_id,
    cost = s.cost,
    second_station_id = s.second_station_id,
    second_cost = s.second_cost,
    quality = s.quality,
    reason = s.reason
FROM stage_reach AS s
WHERE s.layer_id = r.layer_id AND s.building_id = r.building_id
