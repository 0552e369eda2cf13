"""What the events add up to: statistics for everybody."""
