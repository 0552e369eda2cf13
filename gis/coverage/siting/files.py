"""The layers of files for siting: residents and communities are columns of the buildings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gis.base.errors import Invalid
from gis.coverage.files import Files, ordered_stations, read_layer
from gis.walking.columns import words
from gis.walking.model import Int64s, Objects
from gis.walking.prepare import Layers


@dataclass(frozen=True, slots=True)
class SitingFiles:
    """Layers read, and the buildings' names (column `id`, else `code`, else row numbers from 0)."""

    layers: Layers
    codes: Objects

    def residents(self, column: str | None) -> Int64s:
        """Residents by building, 0 where there is no number, and without a column."""
        frame = self.layers.buildings
        if column is None:
            return np.zeros(len(frame), dtype=np.int64)
        count = pd.to_numeric(frame[_known(column, frame)], errors="coerce").to_numpy(dtype=np.float64)
        whole: Int64s = np.maximum(np.nan_to_num(count), 0).round().astype(np.int64)
        return whole

    def communities(self, column: str | None) -> tuple[Int64s, Objects]:
        """The number of each building's community (-1 without one), and the names by number."""
        frame = self.layers.buildings
        if column is None:
            return np.full(len(frame), -1, dtype=np.int64), np.empty(0, dtype=object)
        number, names = pd.factorize(pd.Series(words(frame, _known(column, frame))), sort=True)
        return np.asarray(number, dtype=np.int64), np.asarray(names, dtype=object)


def _known(column: str, frame: pd.DataFrame) -> str:
    if column not in frame.columns:
        raise Invalid(
            "no_such_column",
            f"建筑文件没有“{column}”列",
            f"the buildings have no column “{column}”",
            field=column,
        )
    return column


def read_files(files: Files) -> SitingFiles:
    """Read the layers; only existing stations are kept, sorted by code."""
    streets, buildings, stations = (
        read_layer(name, getattr(files, name), files.crs) for name in ("streets", "buildings", "stations")
    )
    rest = {
        name: read_layer(name, path, files.crs)
        for name in ("barriers", "compounds", "gates", "entrances")
        if (path := getattr(files, name)) is not None
    }
    stations, _ = ordered_stations(stations, None)
    named = next((column for column in ("id", "code") if column in buildings.columns), None)
    codes = np.arange(len(buildings)).astype(str).astype(object) if named is None else words(buildings, named)
    return SitingFiles(Layers(streets, buildings, stations, building_ids=codes, **rest), codes)
