"""What each change of stations, gates and streets means for the layers.

`apply_edits` is the definition: whatever is computed faster has to give what a full computation on its layers gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.base.crs import LONLAT
from gis.base.errors import Conflict, Invalid, NotFound
from gis.walking.columns import words
from gis.walking.edit_kinds import (
    AddStation,
    AddStreet,
    CloseStation,
    Edit,
    MoveStation,
    RemoveStreet,
    SetGate,
    SetStationHours,
)
from gis.walking.model import GateAccess, Int64s
from gis.walking.prepare import Layers


def apply_edits(layers: Layers, edits: Iterable[Edit]) -> Layers:
    """The layers after the edits, each layer still sorted by code; the given ones are not changed.

    Raises NotFound (`station_not_found`, `gate_not_found`, `street_not_found`), Conflict (`code_taken`), Invalid
    (`gate_access`, `street_line`).
    """
    for edit in edits:
        layers = _apply(layers, edit)
    return layers


def _apply(layers: Layers, edit: Edit) -> Layers:
    if isinstance(edit, SetGate):
        return replace(layers, gates=_with_gate(layers.gates, edit))
    if isinstance(edit, AddStreet):
        return replace(layers, streets=_with_row(layers.streets, edit.code, _street_row(edit)))
    if isinstance(edit, RemoveStreet):
        row, streets = _row_of(layers.streets, "street", edit.code), layers.streets
        kept = pd.concat([streets.iloc[:row], streets.iloc[row + 1 :]])
        return replace(layers, streets=kept.reset_index(drop=True))
    return replace(layers, stations=_with_station(layers.stations, edit))


def _with_station(
    stations: gpd.GeoDataFrame, edit: AddStation | MoveStation | CloseStation | SetStationHours
) -> gpd.GeoDataFrame:
    if isinstance(edit, AddStation):
        return _with_row(stations, edit.code, _station_row(edit))
    values: dict[str, Any]
    if isinstance(edit, MoveStation):
        values = {"geometry": _point(edit.lon, edit.lat, stations.crs), "building": None}
    else:
        values = {"status": "closed"} if isinstance(edit, CloseStation) else {"hours": edit.hours}
    return _changed(stations, "station", edit.code, values)


def _with_gate(gates: gpd.GeoDataFrame | None, edit: SetGate) -> gpd.GeoDataFrame:
    _check_access(edit.access)
    return _changed(gates, "gate", edit.code, {"access": edit.access, "hours": edit.hours})


def _point(lon: float, lat: float, crs: Any) -> shapely.Point:
    """The place in the reference system of a layer that is not in lon/lat."""
    placed: shapely.Point = gpd.GeoSeries([shapely.Point(lon, lat)], crs=LONLAT).to_crs(crs).iloc[0]
    return placed


def _station_row(edit: AddStation) -> dict[str, Any]:
    row = asdict(edit)
    place = shapely.Point(row.pop("lon"), row.pop("lat"))
    return {**row, "status": "existing", "building": None, "geometry": place}


def _street_row(edit: AddStreet) -> dict[str, Any]:
    xy = np.asarray(edit.line, dtype=np.float64).reshape(-1, 2)
    if len(np.unique(xy, axis=0)) < 2 or not np.isfinite(xy).all():
        raise Invalid(
            "street_line", "道路至少需要两个不同的点", "a street needs two different points", field="line"
        )
    row = asdict(edit)
    row["kind"] = row.pop("street_kind")
    return {**row, "geometry": shapely.LineString(xy)} | {"line": None}


def _check_access(access: str) -> None:
    if access not in set(GateAccess):
        raise Invalid(
            "gate_access",
            f"大门通行类别应为 {'、'.join(GateAccess)} 之一",
            f"access of a gate is one of {', '.join(GateAccess)}",
            field="access",
        )


def rows_of(frame: gpd.GeoDataFrame | None, code: str) -> Int64s:
    """The rows of a layer with this code (one, where codes are unique); quick for a layer of many rows.

    Codes that are text are taken as they are written, others as `columns.words` reads them.
    """
    if frame is None or not len(frame) or "code" not in frame.columns:
        return np.empty(0, dtype=np.int64)
    if isinstance(frame["code"].dtype, pd.StringDtype):
        return np.flatnonzero((frame["code"] == code).to_numpy(dtype=np.bool_, na_value=False))
    return np.flatnonzero(words(frame, "code") == code)


def _row_of(frame: gpd.GeoDataFrame | None, noun: str, code: str) -> int:
    found = rows_of(frame, code)
    if not len(found) and frame is not None:
        found = np.flatnonzero(words(frame, "code") == code)  # with blanks around it
    if not len(found):
        zh = {"station": "站点", "gate": "大门", "street": "道路"}[noun]
        raise NotFound(
            f"{noun}_not_found", f"没有编码为 {code} 的{zh}", f"there is no {noun} {code}", field="code"
        )
    return int(found[0])


def _changed(
    frame: gpd.GeoDataFrame | None, noun: str, code: str, values: Mapping[str, Any]
) -> gpd.GeoDataFrame:
    """A copy of `frame` with other values in the row of `code`; columns it does not have are left out."""
    row = _row_of(frame, noun, code)
    assert frame is not None
    made = {}
    for name in frame.columns:
        column = frame[name].to_numpy(dtype=object, copy=True) if name in values else frame[name]
        if name in values:
            column[row] = values[name]
        made[name] = column
    return gpd.GeoDataFrame(made, geometry="geometry", crs=frame.crs)


def _place_of(frame: gpd.GeoDataFrame, code: str) -> int:
    """How many codes come before this one."""
    codes = frame["code"]
    if not isinstance(codes.dtype, pd.StringDtype) or codes.hasnans:
        codes = pd.Series(words(frame, "code").astype(str))
    return int((codes < code).sum())


def _with_row(frame: gpd.GeoDataFrame, code: str, values: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """A copy of `frame` (lon/lat) with one more row at its place in the order of codes."""
    if len(rows_of(frame, code)):
        raise Conflict(
            "code_taken", f"编码 {code} 已被使用", f"the code {code} is in use already", field="code"
        )
    row = {name: [values.get(name)] for name in frame.columns}
    if "id" in row:
        row["id"] = [0]  # rows of the database have theirs from 1 on
    extra = gpd.GeoDataFrame(row, geometry="geometry", crs=LONLAT)
    if frame.crs is not None and frame.crs != extra.crs:
        extra = extra.to_crs(frame.crs)
    at = _place_of(frame, code)
    with_it = pd.concat(
        [frame.iloc[:at], extra.astype(frame.dtypes.to_dict(), errors="ignore"), frame.iloc[at:]]
    )
    return gpd.GeoDataFrame(with_it.reset_index(drop=True), geometry="geometry", crs=frame.crs)
