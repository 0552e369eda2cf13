"""Work that takes longer than a request: a queue on PostgreSQL."""
