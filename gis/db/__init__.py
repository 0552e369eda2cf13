"""PostGIS: engine and unit of work, private cluster, named SQL, migrations."""
