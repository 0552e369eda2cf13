"""Characters that turn the direction of what follows: a text with them reads otherwise than it is."""

from __future__ import annotations

TURNING = "\u202a-\u202e\u2066-\u2069"
"""Embeddings, overrides and isolates of the bidirectional algorithm, as a range inside a character class."""
