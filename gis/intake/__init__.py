"""Files into all rooms: layers, OpenStreetMap extracts, whole samples; all or nothing, every bad row named."""
