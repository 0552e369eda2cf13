"""The changes a planner may make to stations, gates and streets, and their JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, TypeAlias

from gis.base.errors import Invalid

LonLat: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class AddStation:
    """A new station at a place (EPSG:4326); it links by the rules."""

    kind: ClassVar[str] = "add_station"
    code: str
    type: str
    name: str
    lon: float
    lat: float
    hours: str | None = None
    capacity: int | None = None
    floor_area_m2: float | None = None


@dataclass(frozen=True, slots=True)
class MoveStation:
    """A station stands elsewhere; it leaves the building it was in."""

    kind: ClassVar[str] = "move_station"
    code: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class CloseStation:
    """A station serves nobody any more; its row stays, with the status `closed`."""

    kind: ClassVar[str] = "close_station"
    code: str


@dataclass(frozen=True, slots=True)
class SetStationHours:
    """Other opening hours; None for unknown."""

    kind: ClassVar[str] = "set_station_hours"
    code: str
    hours: str | None


@dataclass(frozen=True, slots=True)
class SetGate:
    """Who may pass a gate and when."""

    kind: ClassVar[str] = "set_gate"
    code: str
    access: str
    hours: str | None = None


@dataclass(frozen=True, slots=True)
class AddStreet:
    """A new path or bridge: at least two points (EPSG:4326); `street_kind` is the layer's column `kind`."""

    kind: ClassVar[str] = "add_street"
    code: str
    line: tuple[LonLat, ...]
    street_kind: str = "footway"
    bridge: bool = False
    tunnel: bool = False
    level: float | None = None
    steps: bool = False
    slope_pct: float | None = None
    foot_forward: bool = True
    foot_backward: bool = True


@dataclass(frozen=True, slots=True)
class RemoveStreet:
    """A street nobody can walk any more."""

    kind: ClassVar[str] = "remove_street"
    code: str


Edit: TypeAlias = (
    AddStation | MoveStation | CloseStation | SetStationHours | SetGate | AddStreet | RemoveStreet
)
KINDS: dict[str, type[Edit]] = {
    one.kind: one
    for one in (AddStation, MoveStation, CloseStation, SetStationHours, SetGate, AddStreet, RemoveStreet)
}


def edit_to_json(edit: Edit) -> dict[str, Any]:
    """An edit as plain values with its `kind`."""
    return {"kind": edit.kind, **asdict(edit)}


def edit_from_json(given: Mapping[str, Any]) -> Edit:
    """The edit that `edit_to_json` wrote; Invalid `unknown_edit` for another kind, or other or missing fields."""
    made = KINDS.get(str(given.get("kind")))
    values = {name: value for name, value in given.items() if name != "kind"}
    if made is None or not set(values) <= {one.name for one in fields(made)}:
        raise _unknown(given)
    if "line" in values:
        values["line"] = tuple((float(lon), float(lat)) for lon, lat in values["line"])
    try:
        return made(**values)
    except TypeError:
        raise _unknown(given) from None


def _unknown(given: Mapping[str, Any]) -> Invalid:
    return Invalid(
        "unknown_edit",
        f"无法识别的修改“{str(given.get('kind'))[:40]}”，可用：{'、'.join(KINDS)}",
        f"there is no such edit {str(given.get('kind'))[:40]!r}; there are: {', '.join(KINDS)}",
        field="edit",
    )
