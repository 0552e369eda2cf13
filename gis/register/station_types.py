"""The types of stations as data: labels, life-circle tier and the radius of a station's own circle."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from gis.base.errors import Invalid


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


def refuse_unknown_types(types: Iterable[str], present: Iterable[str], field: str = "types") -> None:
    """Invalid `unknown_station_type` for a type in neither the table nor the data (`present`): a typing error."""
    unknown = [name for name in types if name not in station_types()]
    found = sorted(set(present)) if unknown else []  # thousands of stations are read only for those
    for name in unknown:
        if name not in found:
            raise Invalid(
                "unknown_station_type",
                f"没有站点类型“{name}”，现有：{'、'.join(found)}",
                f"there is no type of station {name!r}; there are: {', '.join(found)}",
                field=field,
            )
