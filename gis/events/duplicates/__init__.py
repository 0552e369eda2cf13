"""Events that may be the same: found while typing, counted by “me too”, merged and parted again."""
