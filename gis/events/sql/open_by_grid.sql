-- Purpose: number of open events of every grid that has any, for the class breaks of the shaded map.
-- Parameters: none. Index: ix_event_open_grid.
SELECT count(*)::int AS n FROM event WHERE closed_at IS NULL AND grid_id IS NOT NULL GROUP BY grid_id
