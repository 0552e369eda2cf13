"""GeoDataFrames and tile addresses in, folium objects out; no SQL and no HTTP."""
