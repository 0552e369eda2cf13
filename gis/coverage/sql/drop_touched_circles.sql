-- Purpose: drop the circles that may reach what was changed: a walk is never shorter than the straight line, and what
--   a change does to links is nearer than 200 m to it. A minute is at most 75 m (1.25 m/s) in any profile.
-- Parameters: station_ids, distances (arrays of one length, metres), old (network version). SRID: none.
-- Index: ix_circle_station_id.
DELETE FROM circle AS c
USING unnest(CAST(:station_ids AS integer[]), CAST(:distances AS double precision[])) AS k (station_id, distance_m)
WHERE c.network_version = :old AND c.station_id = k.station_id
  AND k.distance_m <= c.limit_value * CASE c.cost WHEN 'metres' THEN 1.0 ELSE 1.25 END + 200
