-- Purpose: number of open events seen of every grid that has any, for the class breaks of the shaded map. Only
--   grids that are wholly held: the map shades no other.
-- Parameters: those of the scope (gis.db.visible). Indexes: ix_event_open_grid, pk_area.
SELECT count(*)::int AS n
FROM event AS e JOIN area AS a ON a.id = e.grid_id
WHERE e.closed_at IS NULL /*filter*/ /*scope*/ /*whole*/
GROUP BY e.grid_id
