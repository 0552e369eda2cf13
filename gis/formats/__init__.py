"""Files in and out: vector formats, tables, OpenStreetMap extracts."""
