"""Circles from files alone: streets, stations and barriers in, polygons out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from pyproj import CRS

from gis.base.crs import LONLAT, transform
from gis.base.errors import Invalid
from gis.coverage.files import left_out_note, ordered_stations, read_layer
from gis.formats.whole import whole
from gis.walking.circles import CIRCLE_VERSION, as_multipolygons, circle_polygons
from gis.walking.columns import words
from gis.walking.cost import graph
from gis.walking.model import RULES_VERSION, Objects, Profile
from gis.walking.network import declared_crs
from gis.walking.prepare import Layers, prepare
from gis.walking.search import reached_parts

DRIVERS = {".geojson": "GeoJSON", ".json": "GeoJSON", ".gpkg": "GPKG"}
WATER = ("river", "water")


@dataclass(frozen=True, slots=True)
class CircleFiles:
    """Paths of the layers; what is None is absent. `crs` is used where a file declares none."""

    streets: Path
    stations: Path
    barriers: Path | None = None
    crs: str | None = None


def circles_of_files(
    files: CircleFiles, profile: Profile, limit: int, station_field: str | None = None
) -> gpd.GeoDataFrame:
    """One provisional polygon (lon/lat) an existing station that reaches a street; `limit` µm, or µs by profile.

    Columns: station, profile, limit, provisional, rule_version, circle_version, area_m2.
    `attrs["notes"]` say which stations were left out.
    """
    streets = read_layer("streets", files.streets, files.crs)
    stations = read_layer("stations", files.stations, files.crs)
    barriers = None if files.barriers is None else read_layer("barriers", files.barriers, files.crs)
    notes = left_out_note(stations)
    stations, codes = ordered_stations(stations, station_field)
    nobody = gpd.GeoDataFrame({"code": []}, geometry=[], crs=LONLAT)
    place = prepare(Layers(streets, nobody, stations, barriers))
    parts = reached_parts(graph(place.network, profile), place.station_links, limit)
    spots = shapely.centroid(transform(stations.geometry.to_numpy(), declared_crs(stations), place.crs))
    drawn = circle_polygons(place.network, parts, shapely.get_coordinates(spots), _water(barriers, place.crs))
    shapes = as_multipolygons(transform(drawn, place.crs, CRS.from_epsg(LONLAT)))
    frame = gpd.GeoDataFrame(
        {
            "station": codes,
            "profile": profile.name,
            "limit": limit / 1_000_000,
            "provisional": True,
            "rule_version": RULES_VERSION,
            "circle_version": CIRCLE_VERSION,
            "area_m2": np.round(shapely.area(drawn), 1),
        },
        geometry=shapes,
        crs=LONLAT,
    )
    alone = frame.loc[frame.geometry.is_empty, "station"].astype(str).tolist()
    if alone:
        few = "、".join(alone[:10]) + ("…" if len(alone) > 10 else "")
        zh = f"{len(alone)} 个站点没有服务圈，附近没有可达街道：{few}"
        notes.append((zh, f"{len(alone)} stations have no circle, they reach no street: {few}"))
    made = frame[~frame.geometry.is_empty].reset_index(drop=True)
    made.attrs["notes"] = notes
    return made


def _water(barriers: gpd.GeoDataFrame | None, crs: CRS) -> Objects:
    if barriers is None:
        return np.empty(0, dtype=object)
    kinds = words(barriers, "kind")
    shapes = barriers.geometry.to_numpy()
    wet = np.isin(kinds.astype(str), WATER) & (shapely.get_dimensions(shapes) == 2)
    return as_multipolygons(transform(shapes[wet], declared_crs(barriers), crs))


def write_circles(circles: gpd.GeoDataFrame, out: Path) -> None:
    """Write GeoJSON or GPKG by the suffix of `out`; `unknown_format` for another."""
    driver = DRIVERS.get(out.suffix.lower())
    if driver is None:
        known = ", ".join(sorted(DRIVERS))
        raise Invalid(
            "unknown_format", f"输出文件应以 {known} 结尾", f"the output must end in {known}", field="out"
        )
    options = {"layer_options": {"COORDINATE_PRECISION": "7"}} if driver == "GeoJSON" else {}
    with whole(out) as made:
        pyogrio.write_dataframe(circles, made, layer="circles", driver=driver, **options)
