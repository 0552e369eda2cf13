"""The invented district: a seeded generator and the small town."""
