"""From a report in the street to an event that is followed to its closing."""
