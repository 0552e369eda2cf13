"""What an edit did to a prepared place, in the numbers before and after it."""

from __future__ import annotations

from dataclasses import dataclass

from gis.walking.incremental.state import State
from gis.walking.model import Int64s
from gis.walking.prepare import Prepared


@dataclass(frozen=True, slots=True)
class EdgePatch:
    """Edges and nodes before and after.

    `source` (new edges) is the old number of an edge that stayed, -1 for a new one; `edge_number` (old edges) and
    `node_number` (old nodes) lead forward, -1 where nothing stayed. `dirty` are old nodes at which an edge changed.
    """

    source: Int64s
    edge_number: Int64s
    node_number: Int64s
    dirty: Int64s


@dataclass(frozen=True, slots=True)
class Change:
    """`station_number` leads from old station rows to new ones; `stations` (new rows) leave elsewhere than before.

    `buildings` are the rows that were linked anew; `edges` is None where the network stayed.
    """

    station_number: Int64s
    stations: Int64s
    buildings: Int64s
    edges: EdgePatch | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A place after an edit, and what the edit did to it."""

    state: State
    ready: Prepared
    change: Change
