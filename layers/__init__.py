"""Map layers: plain data in, folium objects out; no SQL, no HTTP."""
