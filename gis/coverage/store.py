"""The coverage room's reading and writing of the database: inputs of the walk, stored layers, circles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from sqlalchemy.orm import Session

from gis.base.crs import LONLAT
from gis.db.engine import lift_limits
from gis.db.sql import driver_errors, load
from gis.walking.prepare import Layers

PACKAGE = "gis.coverage"
CIRCLES_LOCK = 0x77616E67676502
LAYERS_LOCK = 0x77616E67676503
KEPT_LAYERS = 64
"""Stored layers beyond this many, oldest first, are dropped: they are made again when asked for."""
KEPT_SITUATIONS = 8
"""How many of them may be of a time of the week or of a capacity."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """All layers the walk is computed on, and the current areas (id, code, level, name, path)."""

    layers: Layers
    areas: pd.DataFrame


def fingerprint(session: Session) -> str:
    """A text that changes whenever a row that coverage reads changes; cheap enough for every request."""
    return str(session.scalar(load(PACKAGE, "fingerprint")))


def _rows(session: Session, name: str, **parameters: Any) -> pd.DataFrame:
    result = session.execute(load(PACKAGE, name), parameters)
    return pd.DataFrame.from_records(result.all(), columns=list(result.keys()), coerce_float=False)


def _layer(session: Session, name: str) -> gpd.GeoDataFrame:
    """A layer as a GeoDataFrame in lon/lat, in the order of the statement."""
    rows = _rows(session, name)
    shapes = shapely.from_wkb(np.array([bytes(b) for b in rows.pop("geometry")], dtype=object))
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=LONLAT)


def read_inputs(session: Session) -> Inputs:
    """Everything the walk is computed on, each layer sorted by code; without the limits of a request."""
    lift_limits(session)
    names = ("streets", "buildings", "stations", "barriers", "compounds", "gates", "entrances")
    layers = {name: _layer(session, f"read_{name}") for name in names}
    return Inputs(Layers(**layers), _rows(session, "read_areas"))


def copy_rows(session: Session, table: str, rows: pd.DataFrame) -> None:
    """Append `rows` to `table` by COPY in the session's transaction; missing values become NULL."""
    content = rows.to_csv(index=False, header=False, na_rep="").encode()
    connection = session.connection().connection.driver_connection
    assert connection is not None
    columns = ", ".join(rows.columns)
    with (
        driver_errors(),
        connection.cursor().copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT csv)") as copy,
    ):
        copy.write(content)


def stored_layer(
    session: Session, types: tuple[str, ...], cost: str, versions: tuple[str, str], situation: str = ""
) -> int | None:
    """The id of the stored layer made with these (network, rule) versions, None when there is none.

    `situation` names a time or a capacity the layer was made for, empty for any time and any number of people.
    """
    found = session.scalar(load(PACKAGE, "reach_layer"), _layer_key(types, cost, versions, situation))
    return None if found is None else int(found)


def replace_layer(
    session: Session,
    types: tuple[str, ...],
    cost: str,
    versions: tuple[str, str],
    rows: pd.DataFrame,
    *,
    first: str,
    situation: str = "",
) -> int:
    """Store a layer's rows (columns of `reach` without layer_id) in place of an older one; its id.

    Whoever asks for many others does not push out the layers of the type `first`, which everybody sees first; of
    those made for a situation only the newest few are kept.
    """
    layer = session.scalar(load(PACKAGE, "replace_reach_layer"), _layer_key(types, cost, versions, situation))
    assert layer is not None
    copy_rows(session, "reach", rows.assign(layer_id=layer))
    kept = {"kept": KEPT_LAYERS, "kept_situations": KEPT_SITUATIONS, "first": [first]}
    session.execute(load(PACKAGE, "drop_old_layers"), kept)
    return int(layer)


def _layer_key(
    types: tuple[str, ...], cost: str, versions: tuple[str, str], situation: str
) -> dict[str, Any]:
    network, rule = versions
    key = {"station_types": list(types), "cost": cost, "situation": situation}
    return {**key, "network_version": network, "rule_version": rule}


def building_words(session: Session, codes: list[str]) -> pd.DataFrame:
    """Names, addresses and uses of buildings (code, name, address, use) for one answer or an export."""
    return _rows(session, "building_words", codes=codes)


def lock_circles(session: Session) -> None:
    """Hold back other writers of circles until this transaction ends."""
    lift_limits(session)
    session.execute(load(PACKAGE, "lock_circles"), {"key": CIRCLES_LOCK})


def lock_layers(session: Session) -> None:
    """Hold back other writers of stored layers until this transaction ends."""
    lift_limits(session)
    session.execute(load(PACKAGE, "lock_circles"), {"key": LAYERS_LOCK})


def add_circles(session: Session, rows: pd.DataFrame) -> None:
    """Store circles (columns of `circle`) in place of those of the same station, cost and limit."""
    keys = {name: rows[name].tolist() for name in ("station_id", "cost", "limit_value")}
    session.execute(load(PACKAGE, "delete_circles"), {f"{name}s": values for name, values in keys.items()})
    copy_rows(session, "circle", rows)


def read_circles(
    session: Session, cost: str, limit: int, stations: npt.NDArray[np.int64], versions: tuple[str, str]
) -> gpd.GeoDataFrame:
    """Stored circles (station_id, geometry) of these stations at one limit, made with these versions."""
    rows = _rows(
        session,
        "read_circles",
        cost=cost,
        limit=limit,
        stations=stations.tolist(),
        network=versions[0],
        rule=versions[1],
    )
    shapes = shapely.from_wkb(np.array([bytes(b) for b in rows.pop("geometry")], dtype=object))
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=LONLAT)


def layer_size(session: Session, layer: int) -> int:
    """How many buildings a stored layer has a row for."""
    return int(session.scalar(load(PACKAGE, "layer_size"), {"layer": layer}) or 0)


def hidden_areas(session: Session) -> list[int]:
    """Ids of the areas whose people are not public (k = 10)."""
    return list(session.scalars(load(PACKAGE, "hidden_areas")))


def area_outline(session: Session, code: str | None) -> shapely.Geometry | None:
    """The shape (lon/lat) of an area in force, of the topmost ones together for None; None where there is none."""
    wkb = session.scalar(load(PACKAGE, "area_outline"), {"code": code})
    return None if wkb is None else shapely.from_wkb(bytes(wkb))


def is_sample(session: Session) -> bool:
    """Whether invented data was loaded: then everything that leaves the house says so."""
    return bool(session.scalar(load(PACKAGE, "is_sample")))


def type_counts(session: Session) -> dict[str, dict[str, int]]:
    """How many stations there are by type and status."""
    counts: dict[str, dict[str, int]] = {}
    for row in session.execute(load(PACKAGE, "type_counts")):
        counts.setdefault(row.type, {})[row.status] = row.stations
    return counts


def stored_circles(session: Session, cost: str, limit: int, stations: npt.NDArray[np.int64]) -> list[int]:
    """Which of the stations (ids) have a circle at one limit, of whatever versions."""
    parameters = {"cost": cost, "limit": limit, "stations": stations.tolist()}
    return list(session.scalars(load(PACKAGE, "stored_circles"), parameters))


def delete_stale_circles(session: Session, versions: tuple[str, str]) -> None:
    """Drop circles made with other versions."""
    session.execute(load(PACKAGE, "delete_stale_circles"), {"network": versions[0], "rule": versions[1]})
