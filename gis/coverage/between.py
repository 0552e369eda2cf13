"""What carries a place over an edit: its content, what it keeps between edits, and the answers to mend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np
from pyproj import CRS

from gis.coverage.contents import Contents
from gis.walking.cost import Graph
from gis.walking.edit_kinds import AddStreet, Edit, RemoveStreet, SetGate
from gis.walking.incremental.advance import advance
from gis.walking.incremental.change import Change, Step
from gis.walking.incremental.repair import Searched, different
from gis.walking.incremental.state import State
from gis.walking.model import Int64s
from gis.walking.prepare import Layers, Prepared

Key: TypeAlias = tuple[tuple[str, ...], str, Any]
"""Types, name of the profile, situation of an answer."""


@dataclass(slots=True)
class Between:
    """Of one place. `change` made it of another one, whose `answers` and `graphs` (by profile) can be mended."""

    contents: Contents | None = None
    state: State | None = None
    change: Change | None = None
    answers: Mapping[Key, Searched] = field(default_factory=dict)
    graphs: Mapping[str, Graph] = field(default_factory=dict)

    def contents_after(self, before: Layers, layers: Layers, edit: Edit) -> Contents:
        """The content after an edit; the first time everything is read for it."""
        if self.contents is None:
            self.contents = Contents.of(before)
        name = "stations"
        if isinstance(edit, SetGate):
            name = "gates"
        elif isinstance(edit, AddStreet | RemoveStreet):
            name = "streets"
        return self.contents.after(before, layers, name, edit.code)

    def step(self, before: Layers, ready: Prepared, layers: Layers, crs: CRS, edit: Edit) -> Step | None:
        """The edit made in what is prepared; None where all has to be prepared anew."""
        if self.state is None:
            self.state = State.of(before, crs)
        return advance(self.state, ready, layers, edit)


@dataclass(frozen=True, slots=True)
class WorldChange:
    """What edits did to a place.

    `full` says that it was prepared anew as a whole (`relinked` is None then). `relinked` are the buildings (rows)
    that were linked anew, changed or not. `station_number` leads from station rows before to rows after, -1 for one
    that moved. `answers` are those of the place before.
    """

    full: bool
    relinked: Int64s | None
    station_number: Int64s | None
    answers: Mapping[Key, Searched]

    @classmethod
    def of(cls, change: Change | None, answers: Mapping[Key, Searched]) -> WorldChange:
        """Of one edit; `change` is None where everything was computed anew."""
        if change is None:
            return cls(True, None, None, answers)
        return cls(False, change.buildings, change.station_number, answers)

    def then(self, other: WorldChange) -> WorldChange:
        """Both, one after the other."""
        if self.full or other.full:
            return replace(self, full=True, relinked=None, station_number=None)
        assert self.relinked is not None
        assert other.relinked is not None
        assert self.station_number is not None
        assert other.station_number is not None
        number = np.append(other.station_number, -1)[self.station_number]
        return replace(self, relinked=np.union1d(self.relinked, other.relinked), station_number=number)

    def moved(self, key: Key, after: Searched) -> Int64s | None:
        """The buildings (rows) whose answer `after` differs from the one before: cost or station, first or second.

        None where the place before was not asked, or was computed anew. A station that moved is another one.
        """
        before = self.answers.get(key)
        if before is None or self.station_number is None:
            return None
        number = np.append(self.station_number[before.stations], -1)
        return different(before.nearest, after.nearest, number, np.append(after.stations, -1))
