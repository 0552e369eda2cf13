"""How much an event is like what somebody is typing: parts that are added up, each of them shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FULL_DAYS = 60.0
"""After so many days an open event counts as old."""
LOOK_BITS = 64
ALIKE_BITS = 24
"""Photos that differ in so many of the 64 bits, or more, have nothing in common."""
WEIGHTS = {"distance": 35, "category": 25, "text": 20, "photo": 15, "time": 5}
LEAST = 0.4
"""What is less like than this is not shown."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of an event beside the words typed: metres, days, likeness of text (0 to 1), photos' looks.

    `related`: the category is the same (True), of the same family (None) or another (False).
    """

    distance_m: float
    age_days: float
    related: bool | None
    text: float | None = None
    looks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a score: its weight of 100, and how much of it there is (0 to 1)."""

    name: str
    weight: int
    value: float


def parts_of(seen: Seen, *, radius_m: float, look: int | None = None) -> list[Part]:
    """The parts that can be told; what nobody gave (no text typed, no photo on either side) is no part."""
    told = {
        "distance": max(0.0, 1.0 - seen.distance_m / radius_m),
        "category": {True: 1.0, None: 0.5, False: 0.0}[seen.related],
        "time": max(0.0, 1.0 - max(0.0, seen.age_days) / FULL_DAYS),
    }
    if seen.text is not None:
        told["text"] = min(1.0, max(0.0, seen.text))
    if look is not None and seen.looks:
        told["photo"] = likeness(look, seen.looks)
    return [Part(name, weight, told[name]) for name, weight in WEIGHTS.items() if name in told]


def likeness(look: int, others: Sequence[int]) -> float:
    """How alike a photo is to the nearest of others: 1 for the same hash, 0 from `ALIKE_BITS` different bits on."""
    nearest = min(((look ^ other) & ((1 << LOOK_BITS) - 1)).bit_count() for other in others)
    return max(0.0, 1.0 - nearest / ALIKE_BITS)


def total(parts: Sequence[Part]) -> float:
    """The weighted mean of the parts, 0 to 1."""
    weight = sum(part.weight for part in parts)
    return sum(part.weight * part.value for part in parts) / weight if weight else 0.0
