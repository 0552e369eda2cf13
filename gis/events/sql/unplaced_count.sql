-- How many open events no grid owns. Parameters: those of the scope. Index: ix_event_open_grid.
SELECT count(*) FROM event AS e WHERE e.grid_id IS NULL AND e.closed_at IS NULL /*scope*/
