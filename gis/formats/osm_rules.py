"""What OpenStreetMap tags mean for somebody on foot: pure functions over one object's tags.

Directions follow the walking rules: a vehicle's `oneway` is ignored; only `oneway:foot`, `foot:forward`,
`foot:backward`, `conveying`, or `oneway` on footways, paths and steps count.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

Tags = Mapping[str, str]

WALKABLE = frozenset({
    "trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link", "tertiary", "tertiary_link",
    "unclassified", "residential", "living_street", "service", "pedestrian", "track", "road", "footway", "path",
    "steps", "bridleway", "corridor", "platform", "crossing",
})  # fmt: skip
# Not for walkers unless a foot tag says so.
BY_PERMISSION = frozenset({"cycleway", "motorway", "motorway_link", "busway", "bus_guideway"})
FOOT_ONLY = frozenset({"footway", "path", "steps", "corridor", "platform", "pedestrian"})
PERMITTED = frozenset({"yes", "designated", "permissive", "official", "destination", "public", "customers"})
FORBIDDEN = frozenset(
    {"no", "private", "use_sidepath", "discouraged", "agricultural", "forestry", "military"}
)
GATES = frozenset({
    "gate", "lift_gate", "swing_gate", "kissing_gate", "entrance", "sally_port", "turnstile",
    "full-height_turnstile", "sliding_gate", "hampshire_gate", "wicket_gate",
})  # fmt: skip
WALLS = frozenset({"wall", "city_wall", "fence"})
RAILS = frozenset({"rail", "light_rail", "narrow_gauge", "subway"})
WATERS = frozenset({"water", "bay"})
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Foot:
    """A street for walkers: directions, steps, slope (rise along the way, %), level, bridge, tunnel, plaza."""

    kind: str
    forward: bool
    backward: bool
    steps: bool
    slope_pct: float | None
    level: float | None
    bridge: bool
    tunnel: bool
    plaza: bool


def walkable(tags: Tags) -> bool:
    """Whether a way with a highway tag may be walked by the public."""
    kind = tags.get("highway", "")
    foot = tags.get("foot")
    if foot in FORBIDDEN or (kind not in WALKABLE and kind not in BY_PERMISSION):
        return False
    if foot in PERMITTED:
        return True
    if kind in BY_PERMISSION or tags.get("motorroad") == "yes":
        return False
    return tags.get("access") not in FORBIDDEN and tags.get("service") != "private"


def directions(tags: Tags) -> tuple[bool, bool]:
    """Whether one may walk along the way and against it."""
    foot_way = tags.get("highway") in FOOT_ONLY
    moving = tags.get("conveying")
    if moving in {"forward", "backward"}:
        return moving == "forward", moving == "backward"
    one = tags.get("oneway:foot") or (tags.get("oneway") if foot_way else None)
    forward, backward = one != "-1", one not in {"yes", "1", "true"}
    return forward and tags.get("foot:forward") != "no", backward and tags.get("foot:backward") != "no"


def _number(text: str | None) -> float | None:
    found = _NUMBER.fullmatch(text.strip()) if text else None
    return float(found.group()) if found else None


def slope_pct(text: str | None) -> float | None:
    """An `incline` in percent of rise along the way, None for `up`, `down` and anything unclear."""
    if not text:
        return None
    text = text.strip()
    value = _number(text.rstrip("%° "))
    if value is None or abs(value) > 100:
        return None
    return round(math.tan(math.radians(value)) * 100, 3) if text.endswith("°") else value


def foot(tags: Tags, *, closed: bool) -> Foot | None:
    """The street for walkers that a way is, None when it is none."""
    if not walkable(tags):
        return None
    forward, backward = directions(tags)
    level = _number(tags.get("level"))
    return Foot(
        kind=tags["highway"],
        forward=forward,
        backward=backward,
        steps=tags["highway"] == "steps",
        slope_pct=slope_pct(tags.get("incline")),
        level=level if level is not None else _number(tags.get("layer")),
        bridge=tags.get("bridge", "no") != "no",
        tunnel=tags.get("tunnel", "no") != "no",
        plaza=closed and tags.get("area") == "yes",
    )


def gate_access(tags: Tags) -> str:
    """The class of a gate: public, resident, staff or closed, from foot, access and locked."""
    value = tags.get("foot") or tags.get("access") or ""
    if value == "no" or (tags.get("locked") == "yes" and not value):
        return "closed"
    if value in {"private", "residents", "permit", "customers"}:
        return "resident"
    if value in {"employees", "staff", "delivery", "military", "official"}:
        return "staff"
    return "public"


def _over_or_under(tags: Tags) -> bool:
    """True for what passes over a bridge or through a tunnel and so keeps nobody from walking."""
    level = _number(tags.get("layer"))
    return (
        tags.get("tunnel", "no") != "no"
        or tags.get("bridge", "no") != "no"
        or (level is not None and level < 0)
    )


def _water_kind(tags: Tags) -> str | None:
    bank = tags.get("waterway") == "riverbank"
    if not (bank or tags.get("natural") in WATERS or tags.get("landuse") in {"reservoir", "basin"}):
        return None
    return "river" if bank or tags.get("water") in {"river", "canal"} else "water"


def _line_kind(tags: Tags) -> str | None:
    kinds = (
        ("river", tags.get("waterway") in {"river", "canal"}),
        # The sea itself is no object of an extract: its shore is all that says where it begins.
        ("water", tags.get("natural") == "coastline"),
        ("railway", tags.get("railway") in RAILS),
        ("wall", tags.get("barrier") in WALLS),
        ("motorway", tags.get("highway") in {"motorway", "motorway_link"}),
    )
    return next((kind for kind, met in kinds if met), None)


def barrier_kind(tags: Tags, *, area: bool) -> str | None:
    """river, water, railway, wall or motorway for what a walker's connector may not cross, else None."""
    if _over_or_under(tags):
        return None
    return _water_kind(tags) if area else _line_kind(tags)


@cache
def _station_rules() -> list[dict[str, str]]:
    text = resources.files("gis.formats").joinpath("osm_stations.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def station_keys() -> frozenset[str]:
    """The tag keys that may name a station."""
    return frozenset(rule["key"] for rule in _station_rules())


def station_type(tags: Tags) -> str | None:
    """The station type of an amenity by the table `osm_stations.csv`, first matching row; None when it is none."""
    name = tags.get("name", "") + tags.get("name:zh", "")
    for rule in _station_rules():
        if (
            tags.get(rule["key"]) == rule["value"]
            and (not rule["extra_key"] or rule["extra_value"] in tags.get(rule["extra_key"], "").split(";"))
            and rule["name_has"] in name
        ):
            return rule["type"]
    return None


def address(tags: Tags) -> str | None:
    """One line of address from the addr tags, None without any."""
    if "addr:full" in tags:
        return tags["addr:full"]
    parts = [tags.get(f"addr:{part}", "") for part in ("city", "district", "street", "place", "housenumber")]
    return " ".join(part for part in parts if part) or None


def storeys(tags: Tags) -> int | None:
    """Whole storeys above ground, None when unclear."""
    value = _number(tags.get("building:levels"))
    return int(value) if value is not None and 0 < value < 300 else None


def name(tags: Tags) -> str | None:
    """The Chinese name where there is one, else the local one."""
    return tags.get("name:zh") or tags.get("name")
