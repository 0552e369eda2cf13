-- Purpose: whether a geometry lies in the service area whole; true where none is set.
-- Parameters: shape (WKB, lon/lat degrees). SRID: 4326. Index: none, one row of service_area.
SELECT NOT EXISTS (SELECT FROM service_area)
  OR EXISTS (SELECT FROM service_area WHERE ST_Covers(geom, ST_GeomFromWKB(CAST(:shape AS bytea), 4326)))
