"""Circles from files alone: streets and stations in, polygons or street lines out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from gis.base.crs import LONLAT
from gis.base.errors import Invalid
from gis.coverage.drawing import VERSION, Style, drawn
from gis.coverage.files import Note, left_out_note, ordered_stations, read_layer
from gis.formats.whole import whole
from gis.walking.circles import Atlas
from gis.walking.columns import words
from gis.walking.cost import graph
from gis.walking.model import Int64s, Objects, Profile, Reason, Uint8s
from gis.walking.prepare import Layers, prepare

DRIVERS = {".geojson": "GeoJSON", ".json": "GeoJSON", ".gpkg": "GPKG"}


@dataclass(frozen=True, slots=True)
class CircleFiles:
    """Paths of the layers; what is None is absent. `crs` is used where a file declares none.

    Without `buildings` the drawing agrees with nothing but the streets; without `compounds` there are no walls.
    """

    streets: Path
    stations: Path
    barriers: Path | None = None
    buildings: Path | None = None
    compounds: Path | None = None
    gates: Path | None = None
    entrances: Path | None = None
    crs: str | None = None


def circles_of_files(
    files: CircleFiles,
    profile: Profile,
    limit: int,
    station_field: str | None = None,
    style: Style | None = None,
) -> gpd.GeoDataFrame:
    """The circles (lon/lat) of the existing stations at a `limit` in µm, or µs by profile, in one style.

    Columns: station (null where all are drawn together), profile, limit, rule_version, step_m, error_m,
    error_corrected, error_buildings, for rings inner_limit, area_m2. `attrs["notes"]` say which stations were left
    out.
    """
    style = style or Style()
    layers, codes, notes = _layers(files, station_field)
    place = prepare(layers)
    walk = graph(place.network, profile)
    atlas = Atlas.of(layers, place, style.step_m)
    table = drawn(atlas, walk, np.arange(len(codes)), limit, style.shape)
    whose = table["row"].to_numpy()
    told: dict[str, Any] = {
        "station": pd.Series(codes[whose]).where(whose >= 0, None),
        "profile": profile.name,
        "limit": limit / 1_000_000,
        "rule_version": VERSION,
        "step_m": style.step_m,
        "error_m": style.step_m,
        "error_corrected": table["corrected"].to_numpy(),
        "error_buildings": table["buildings"].to_numpy(),
    }
    if "inner" in table:
        told["inner_limit"] = table["inner"].to_numpy()
    frame = gpd.GeoDataFrame(told, geometry=table["geometry"].to_numpy(), crs=LONLAT)
    frame["area_m2"] = np.round(frame.geometry.to_crs(place.crs).area, 1)
    bare = frame.geometry.is_empty.to_numpy()
    if bare.any():
        empty = whose[bare] if style.shape != "dissolved" else np.arange(len(codes))
        notes += _empty_notes(codes, empty, place.station_links.reason, style.shape)
    made = frame[~frame.geometry.is_empty].reset_index(drop=True)
    made.attrs["notes"] = notes
    return made


def _empty_notes(codes: Objects, empty: Int64s, reason: Uint8s, shape: str) -> list[Note]:
    """Which stations (`empty` rows) have no drawing: those that reach no street, and those whose share is nothing."""
    reached = reason[empty] == Reason.LINKED
    why = {
        "nearest": (
            "处处另有更近（或同样近而编号更小）的站点",
            "another station is nearer, or as near, everywhere",
        ),
        "ring": ("内圈与外圈之间没有可达之处", "nothing is between the inner and the outer limit"),
    }.get(shape, ("限值内没有可达之处", "nothing is within the limit"))
    told = (
        (empty[~reached], ("附近没有可达街道", "they reach no street")),
        (empty[reached], why),
    )
    return [
        (
            f"{len(rows)} 个站点没有图形，{zh}：{few}",
            f"{len(rows)} stations have no drawing, {en}: {few}",
        )
        for rows, (zh, en) in told
        if len(rows)
        for few in ("、".join(map(str, codes[rows][:10])) + ("…" if len(rows) > 10 else ""),)
    ]


def _layers(files: CircleFiles, station_field: str | None) -> tuple[Layers, Objects, list[Note]]:
    """The layers, the stations' names in their order, and notes on stations that were left out."""
    streets, stations = (read_layer(n, getattr(files, n), files.crs) for n in ("streets", "stations"))
    rest = ("barriers", "compounds", "gates", "entrances")
    read = {
        name: None if path is None else read_layer(name, path, files.crs)
        for name in (*rest, "buildings")
        for path in (getattr(files, name),)
    }
    notes = left_out_note(stations)
    stations, codes = ordered_stations(stations, station_field)
    nobody = gpd.GeoDataFrame({"code": []}, geometry=[], crs=LONLAT)
    buildings = nobody if read["buildings"] is None else read["buildings"]
    layers = Layers(
        streets,
        buildings,
        stations,
        **{name: read[name] for name in rest},
        building_ids=words(buildings, "id" if "id" in buildings.columns else "code"),
    )
    return layers, codes, notes


def driver_of(out: Path) -> str:
    """What writes a file of this suffix; Invalid `unknown_format` for one that is neither GeoJSON nor GPKG."""
    driver = DRIVERS.get(out.suffix.lower())
    if driver is None:
        known = ", ".join(sorted(DRIVERS))
        raise Invalid(
            "unknown_format", f"输出文件应以 {known} 结尾", f"the output must end in {known}", field="out"
        )
    return driver


def write_circles(circles: gpd.GeoDataFrame, out: Path) -> None:
    """Write GeoJSON or GPKG by the suffix of `out`; `unknown_format` for another."""
    driver = driver_of(out)
    options = {"layer_options": {"COORDINATE_PRECISION": "7"}} if driver == "GeoJSON" else {}
    with whole(out) as made:
        pyogrio.write_dataframe(circles, made, layer="circles", driver=driver, **options)
