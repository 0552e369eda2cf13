"""One door for every file with places in it: vector formats, tables with coordinates, street graphs."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from gis.base.crs import LONLAT, is_lonlat
from gis.base.datum import CoordSys
from gis.base.errors import Problem
from gis.formats.geometry import check_geometries
from gis.formats.graphml import read_graphml
from gis.formats.place import table_points, to_lonlat
from gis.formats.row_datum import Datums, row_datums
from gis.formats.sandbox import Limits
from gis.formats.tables import TABLES, read_table
from gis.formats.vector import Layer, parse_crs, read_vector

_GEOJSON_TYPE = re.compile(
    rb'"type"\s*:\s*"(FeatureCollection|Feature|(Multi)?(Point|LineString|Polygon)|GeometryCollection)"'
)


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How a file is to be read; what is None is read from the file or found by name.

    `crs`: where the file declares none, and for the x, y of tables. `coord_sys`: datum of lon/lat pairs; None: of a
    table each row's own by its column `coord_sys`, else WGS-84.
    `layer`: layer, sheet or list. `lon`, `lat`: columns of a table.
    """

    crs: str | None = None
    coord_sys: CoordSys | None = None
    layer: str | None = None
    encoding: str | None = None
    lon: str | None = None
    lat: str | None = None
    limits: Limits | None = None
    strict_winding: bool = False


def is_table(path: Path) -> bool:
    """True where the file is a table (CSV, XLSX, JSON records) rather than a vector format."""
    suffix = path.suffix.lower()
    if suffix == ".json" and path.is_file():
        with path.open("rb") as file:
            return _GEOJSON_TYPE.search(file.read(65536)) is None
    return suffix in TABLES


def _read_points(path: Path, options: SourceOptions) -> Layer:
    table = read_table(path, layer=options.layer, encoding=options.encoding, limits=options.limits)
    crs = parse_crs(options.crs) if options.crs else None
    datums = row_datums(table.frame, options.coord_sys)
    points = table_points(table.frame, lon=options.lon, lat=options.lat, crs=crs, coord_sys=datums)
    geometries = np.full(len(table.frame), None, dtype=object)
    good = np.isfinite(points.lon) & np.isfinite(points.lat)
    geometries[good] = shapely.points(points.lon[good], points.lat[good])
    frame = gpd.GeoDataFrame(table.frame, geometry=geometries, crs=LONLAT)
    return Layer(frame, "asked" if crs else "format", points.problems, table.notes + _said(datums))


def _said(datums: Datums) -> list[Problem]:
    """A note where the rows are of several datums."""
    if isinstance(datums, CoordSys):
        return []
    zh, en = "各行按其 coord_sys 换算", "every row converted from its own coord_sys"
    return [Problem(None, "coord_sys", "coord_sys_by_row", zh, en)]


def _read_shapes(path: Path, options: SourceOptions) -> Layer:
    layer = read_vector(
        path,
        crs=options.crs,
        layer=options.layer,
        encoding=options.encoding,
        limits=options.limits,
        strict_winding=options.strict_winding,
    )
    # Before a projection: a swapped or infinite pair of degrees may not survive one.
    # The places of a vector format are in what the file declares, whatever a column says of their origin.
    if options.coord_sys is not None:
        row_datums(layer.frame, options.coord_sys)
    checked = check_geometries(layer.frame.geometry, lonlat=is_lonlat(layer.frame.crs), required=False)
    frame = layer.frame.set_geometry(
        gpd.GeoSeries(checked.geometries, index=layer.frame.index, crs=layer.frame.crs)
    )
    named = {problem.row for problem in layer.problems}
    empty = [
        Problem(
            int(row) + 1,
            "geometry",
            "geometry_missing",
            "缺少几何或坐标",
            "there is no geometry or coordinate",
        )
        for row in np.flatnonzero(shapely.is_missing(layer.frame.geometry.to_numpy()))
        if int(row) + 1 not in named
    ]
    problems = sorted(layer.problems + checked.problems + empty, key=lambda problem: problem.row or 0)
    return replace(
        layer,
        frame=to_lonlat(frame, options.coord_sys or CoordSys.WGS84),
        problems=problems,
        notes=layer.notes + checked.notes,
    )


def read_source(path: str | Path, options: SourceOptions | None = None) -> Layer:
    """Read any file into longitude, latitude (EPSG:4326, WGS-84), geometry checked, faults named by row.

    Rows that have a problem keep their attributes and have no geometry. Raises what `read_vector` and
    `read_table` raise for faults of the file as a whole.
    """
    path, options = Path(path), options or SourceOptions()
    if path.suffix.lower() == ".graphml":
        streets = read_graphml(path, limits=options.limits).streets
        return Layer(to_lonlat(streets, options.coord_sys or CoordSys.WGS84), "file")
    if is_table(path):
        return _read_points(path, options)
    return _read_shapes(path, options)
