"""The types of stations as data: labels, life-circle tier and the radius of a station's own circle."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class StationType:
    """One type. `tier_min` (minutes) and `radius_m` are None where a type has no circle of its own."""

    id: str
    zh: str
    en: str
    tier_min: int | None
    radius_m: int | None


@cache
def station_types() -> dict[str, StationType]:
    """All known types by id, in the order they are offered."""
    source = resources.files("gis.register").joinpath("data", "station_types.csv")
    rows = csv.DictReader(source.read_text(encoding="utf-8").splitlines())
    return {
        row["type"]: StationType(
            row["type"],
            row["zh"],
            row["en"],
            int(row["tier_min"]) if row["tier_min"] else None,
            int(row["radius_m"]) if row["radius_m"] else None,
        )
        for row in rows
    }


def station_type(identifier: str) -> StationType:
    """The type called `identifier`; one that a city made itself is its own label and has no circle."""
    return station_types().get(identifier) or StationType(identifier, identifier, identifier, None, None)
