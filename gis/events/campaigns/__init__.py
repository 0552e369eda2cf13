"""Campaigns (专项行动): targets, visits from door to door, problems found and what became of them, as of a moment."""
