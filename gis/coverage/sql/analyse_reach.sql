-- Purpose: let the planner know that few answers are staged, so that it looks up their rows instead of reading all.
-- Parameters: none. SRID: none. Index: none.
ANALYZE stage_reach
