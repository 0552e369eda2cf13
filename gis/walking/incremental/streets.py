"""Which street each edge comes from."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np

from gis.walking.columns import words
from gis.walking.model import Int32s, Network, Objects, StreetKind


@dataclass(frozen=True, slots=True)
class Rows:
    """The street row of each edge (-1: a gate)."""

    code: Objects
    row: Int32s

    @classmethod
    def of(cls, streets: gpd.GeoDataFrame, network: Network) -> Rows:
        """Found by code; without a code of its own for every street nothing can be told apart."""
        code = words(streets, "code")
        number = {name: row for row, name in enumerate(code)}
        row = np.array([number.get(name, -1) for name in network.code], dtype=np.int32)
        row[network.kind == StreetKind.GATE] = -1
        return cls(code, row)
