"""The HTTP edge: app factory, errors, one router a noun, pages, tiles."""
