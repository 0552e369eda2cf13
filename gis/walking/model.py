"""What the walking room passes around: the network, the links to it, direct pairs and profiles.

Everything is integers: coordinates in millimetres, lengths, offsets and legs in micrometres, so that the
same stored links give the same bits on every machine and in any order (`docs/walking_rules.md`, "Metres").
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np
import numpy.typing as npt
from pyproj import CRS

Int64s = npt.NDArray[np.int64]
Int32s = npt.NDArray[np.int32]
Uint8s = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]

RULES_VERSION = "1.0"
"""The version of `docs/walking_rules.md` that every stored answer names."""

REACH_UM = 3_000_000_000
"""Distances are given beyond the limit, up to 3,000 m."""


class StreetKind(IntEnum):
    """What an edge is to a walker; `GATE` edges are made by us where a path passes a gate."""

    STREET = 0
    FOOTWAY = 1
    PATH = 2
    STEPS = 3
    PEDESTRIAN = 4
    CROSSING = 5
    SERVICE = 6
    TRACK = 7
    ICE = 8
    GATE = 9


class Quality(IntEnum):
    """Where a point left its building: how good its link is."""

    NONE = 0
    ENTRANCE = 1
    FACADE = 2
    CENTROID = 3
    POINT = 4
    GATE = 5


class Reason(IntEnum):
    """Why a point has no link to any street; 0 means that it has one."""

    LINKED = 0
    TOO_FAR = 1
    BARRIER = 2
    WALL = 3
    GATE = 4
    NO_STREET = 5
    BUILDING = 6
    NO_PLACE = 7


class GateAccess(StrEnum):
    """Who may pass a gate. Residents pass outwards; staff and closed gates are passed by nobody here."""

    PUBLIC = "public"
    RESIDENT = "resident"
    STAFF = "staff"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Network:
    """Undirected geometry with directed permission, all in one plane CRS; n nodes, m edges, k vertices.

    An edge runs from its lexicographically smaller end `edge_u` to `edge_v`; `forward` is u to v. The
    polyline of edge e is `vertex_start[e]:vertex_start[e + 1]`, `vertex_at_um` its cumulative offset.
    Nodes and edges are sorted by coordinates, so that the order of the input changes nothing. Node
    coordinates may repeat where walls, gates or levels keep two nodes apart. No edge has length 0.
    """

    crs: CRS
    node_xy_mm: Int64s
    edge_u: Int32s
    edge_v: Int32s
    length_um: Int64s
    forward: Bools
    backward: Bools
    vertex_start: Int64s
    vertex_xy_mm: Int64s
    vertex_at_um: Int64s
    slope_pct: Floats
    steps: Bools
    kind: Uint8s
    bridge: Bools
    code: Objects

    @property
    def nodes(self) -> int:
        """How many nodes."""
        return len(self.node_xy_mm)

    @property
    def edges(self) -> int:
        """How many edges."""
        return len(self.edge_u)


@dataclass(frozen=True, slots=True)
class Links:
    """The ways from points (buildings or stations) to edges, sorted by point, then leg, then edge, then position.

    `gate` is the index of the gate passed on a straight way out of a compound, -1 for none. `quality` and
    `reason` have one entry a point. An edge may be linked at two positions (both ends of a parallel façade).
    """

    point: Int32s
    edge: Int32s
    position_um: Int64s
    leg_um: Int64s
    gate: Int32s
    quality: Uint8s
    reason: Uint8s

    @property
    def points(self) -> int:
        """How many points, linked or not."""
        return len(self.reason)


@dataclass(frozen=True, slots=True)
class Direct:
    """Building to station without a street: the station's own building (0), or inside the same compound."""

    point: Int32s
    station: Int32s
    leg_um: Int64s

    @classmethod
    def none(cls) -> Direct:
        """No direct pairs."""
        return cls(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64))


@dataclass(frozen=True, slots=True)
class Profile:
    """How fast somebody walks; a cost is `floor(length_um * factor_permille / speed_mm_s)` microseconds.

    `slope_permille` holds (up to this rise in per cent, factor) in rising order, the last row for anything
    steeper; empty means that slope does not count. `steps_permille` multiplies the time on steps (after
    slope, which does not count there). `closed_kinds` are street kinds this profile may not walk.
    `METRES` is the profile whose cost is the length itself in micrometres.
    """

    name: str
    zh: str
    en: str
    speed_mm_s: int
    slope_permille: tuple[tuple[float, int], ...] = ()
    steps_permille: int = 1000
    closed_kinds: frozenset[int] = frozenset()

    @property
    def is_metres(self) -> bool:
        """True when the cost is a length (micrometres) and not a time (microseconds)."""
        return self.name == "metres"


METRES = Profile("metres", "米", "metres", 1000, closed_kinds=frozenset({int(StreetKind.ICE)}))
"""The cost in micrometres: at 1,000 mm/s and factor 1 the formula gives the length itself."""
