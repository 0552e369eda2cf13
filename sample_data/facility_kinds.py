"""What the generator knows of each type of facility, read from `facility_kinds.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of facility; `hosts` are building uses in order of preference, empty for the open street."""

    title: str
    level: str  # community, subdistrict, district or street: whose name it carries
    hours: tuple[str, ...]  # the first ones are the commoner
    area_m2: tuple[int, int]
    capacity: tuple[int, int]
    services: tuple[str, ...]
    hosts: tuple[str, ...]
    inside: bool = False  # may stand inside a compound


@lru_cache(maxsize=1)
def kinds() -> dict[str, Kind]:
    """All types by id, read once."""
    raw = tomllib.loads(Path(__file__).with_name("facility_kinds.toml").read_text(encoding="utf-8"))
    return {name: _kind(values) for name, values in raw.items()}


def _kind(values: dict[str, Any]) -> Kind:
    area, capacity = values["area_m2"], values["capacity"]
    return Kind(
        title=values["title"],
        level=values["level"],
        hours=tuple(values["hours"]),
        area_m2=(area[0], area[1]),
        capacity=(capacity[0], capacity[1]),
        services=tuple(values["services"]),
        hosts=tuple(values["hosts"]),
        inside=values.get("inside", False),
    )
