"""Which content a place has: sixteen hex digits that follow an edit without reading everything again.

Every layer has the sum of its rows' 128-bit hashes modulo 2**128 (as two sums modulo 2**64 of independent hashes)
and their count: the order of rows does not matter, and what one row adds can be taken away again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.walking.edits import rows_of
from gis.walking.model import RULES_VERSION
from gis.walking.prepare import Layers

Hashes = npt.NDArray[np.uint64]

LAYERS = ("streets", "buildings", "stations", "barriers", "compounds", "gates", "entrances")
COUNTS = ("households", "registered", "actual", "floating", "age_0_14", "age_15_59", "age_60_79", "age_80")
_ASIDE = {"geometry", "id", "grid_id", "scope_area_id", *COUNTS}
_KEYS = ("wangge-content-1", "wangge-content-2")
_MISSING = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Digest:
    """Of one layer: how many rows, and the two sums."""

    rows: int
    sums: tuple[int, int]

    def plus(self, other: Digest, sign: int = 1) -> Digest:
        """With the rows of another one, or without them (`sign` -1)."""
        first, second = ((a + sign * b) % 2**64 for a, b in zip(self.sums, other.sums, strict=True))
        return Digest(self.rows + sign * other.rows, (first, second))


@dataclass(frozen=True, slots=True)
class Contents:
    """The digests of all layers; absent layers are empty ones."""

    digests: Mapping[str, Digest]

    @classmethod
    def of(cls, layers: Layers) -> Contents:
        """Of everything the distances depend on: all layers but the counts of people and what is numbered anew."""
        return cls({name: digest_of(getattr(layers, name)) for name in LAYERS})

    @property
    def version(self) -> str:
        """The content in sixteen hex digits, with the version of the walking rules."""
        text = [f"{name} {self.digests[name].rows} {self.digests[name].sums}" for name in LAYERS]
        return sha256("\n".join([RULES_VERSION, *text]).encode()).hexdigest()[:16]

    def after(self, before: Layers, layers: Layers, name: str, code: str) -> Contents:
        """When in the layer `name` only the row of this code is another than before, new or gone."""
        digest, found = self.digests[name], 0
        for frame, sign in ((getattr(before, name), -1), (getattr(layers, name), 1)):
            rows = rows_of(frame, code)
            if len(rows):
                found += 1
                digest = digest.plus(digest_of(frame.iloc[rows]), sign)
        if not found:
            digest = digest_of(getattr(layers, name))
        return Contents({**self.digests, name: digest})


def digest_of(frame: gpd.GeoDataFrame | None) -> Digest:
    """The digest of a layer's rows, geometry as WKB; equal values hash alike whatever a column's type is."""
    if frame is None or not len(frame):
        return Digest(0, (0, 0))
    shapes = shapely.to_wkb(frame.geometry.to_numpy())
    columns = {"geometry": pd.Series(np.asarray(shapes, dtype=object))}
    columns |= {name: frame[name] for name in sorted(set(frame.columns) - _ASIDE)}
    sums = []
    for key in _KEYS:
        row = np.zeros(len(frame), dtype=np.uint64)
        for name, column in columns.items():
            salt = _salt(name, key)
            row = _mixed(row ^ _mixed(_hashed(column, key) ^ salt))
        sums.append(int(np.add.reduce(row, dtype=np.uint64)))
    return Digest(len(frame), (sums[0], sums[1]))


def _hashed(column: pd.Series[Any], key: str) -> Hashes:
    """A hash a row: numbers by their value, missing ones all alike, anything else by its text (bytes as they are)."""
    if column.dtype == np.bool_ or pd.api.types.is_numeric_dtype(column.dtype):
        return _numbers(column.to_numpy(dtype=np.float64, na_value=np.nan), key)
    values = column.to_numpy(dtype=object)
    answer = np.full(len(values), _MISSING, dtype=np.uint64)
    present = np.asarray(pd.notna(values), dtype=np.bool_)
    number = np.fromiter(
        (isinstance(v, bool | np.bool_ | int | float | Decimal | np.number) for v in values), np.bool_
    )
    number &= present
    if number.any():
        answer[number] = _numbers(values[number].astype(np.float64), key)
    rest = values[present & ~number]
    if len(rest):
        texts = np.array([v if isinstance(v, str | bytes) else str(v) for v in rest], dtype=object)
        answer[present & ~number] = pd.util.hash_array(texts, hash_key=key, categorize=False)
    return answer


@lru_cache(maxsize=256)
def _salt(word: str, key: str) -> np.uint64:
    salt: np.uint64 = pd.util.hash_array(np.array([word], dtype=object), hash_key=key)[0]
    return salt


def _numbers(values: npt.NDArray[np.float64], key: str) -> Hashes:
    bits = (values + 0.0).view(np.uint64)  # one zero
    salt = _salt("number", key)
    return np.where(np.isnan(values), _MISSING, _mixed(bits ^ salt))


def _mixed(values: Hashes) -> Hashes:
    """The finaliser of splitmix64: every bit depends on every bit."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Hashes = values ^ (values >> np.uint64(31))
    return mixed
