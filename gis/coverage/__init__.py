"""Who is within reach of a station, and why others are not."""
