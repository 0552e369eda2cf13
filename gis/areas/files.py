"""Locating a file of points: the same rows with their grids out. The grids come from a file or from the caller."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from gis.areas.locate import GridIndex, Located, build_grid_index, locate_many
from gis.areas.model import Method
from gis.areas.tiling import overlaps
from gis.base.crs import LONLAT
from gis.base.datum import CoordSys
from gis.base.densify import to_lonlat
from gis.base.errors import Invalid, InvalidFile, Problem, Unsupported
from gis.formats.safe_text import safe_cells
from gis.formats.source import SourceOptions, read_source
from gis.formats.vector import Layer, read_frame
from gis.formats.whole import whole
from gis.formats.write import write_xlsx

# Rows without a usable place keep their line and get no grid; every other fault refuses the file.
PLACELESS = ("coordinate_missing", "null_island", "geometry_missing", "geometry_empty")
ANSWER = ("grid", "method", "border_distance_m")
LEVEL_FIELD, GRID_LEVEL = "level", "grid"

LOCATED_FORMATS = (".csv", ".geojson", ".gpkg", ".xlsx")

Note = tuple[str, str]

NOWHERE: Note = (
    "所有点都不在任何网格内，也不在其 50 米之内：请检查坐标系（--coord-sys、--points-crs、--grids-crs）与经纬度列",
    "no point lies in a grid or within 50 m of one: check --coord-sys, --points-crs, --grids-crs and the columns of "
    "longitude and latitude",
)


@dataclass(frozen=True, slots=True)
class PointsFile:
    """How the points are given: datum, columns, reference system where not degrees, layer or sheet or list.

    Without `coord_sys` a table's column of that name counts row by row, else WGS-84.
    """

    path: Path
    coord_sys: CoordSys | None = None
    lon_field: str | None = None
    lat_field: str | None = None
    crs: str | None = None
    layer: str | None = None


@dataclass(frozen=True, slots=True)
class GridsFile:
    """Where the grids are, which column is their code, and the reference system where the file has none.

    `level` keeps the rows with this value in the column `level`; without it a file of several levels, the
    grids among them, gives its grids.
    """

    path: Path
    code_field: str
    crs: str | None = None
    encoding: str | None = None
    level: str | None = None


@dataclass(frozen=True, slots=True)
class LocatedFile:
    """The points' own columns with `grid, method, border_distance_m` and WGS-84 geometry; rows without a place.

    `notes` say in Chinese and English what was decided about the grids.
    """

    frame: gpd.GeoDataFrame
    placeless: list[Problem]
    notes: list[Note] = field(default_factory=list)


def locate_files(grids: GridsFile, points: PointsFile) -> LocatedFile:
    """Give every row of the points file its grid of the grids file; see `locate_points` and `read_grids`."""
    index, notes = read_grids(grids)
    answer = locate_points(index, points)
    return replace(answer, notes=notes + answer.notes)


def locate_points(index: GridIndex, points: PointsFile) -> LocatedFile:
    """Give every row of the points file its grid.

    Empty, missing or (0, 0) places get `none` and are listed. Raises InvalidFile for places that are
    exchanged, not numbers or not on earth.
    """
    layer = _read_points(points)
    placeless = [problem for problem in layer.problems if problem.code in PLACELESS]
    faults = [problem for problem in layer.problems if problem.code not in PLACELESS]
    if faults:
        raise InvalidFile(faults, rows=len(layer.frame))
    at = layer.frame.geometry.to_numpy()
    located = locate_many(index, shapely.get_x(at), shapely.get_y(at))
    kept = _kept_apart(layer.frame)
    notes = [(note.zh, note.en) for note in layer.notes]
    notes += [
        (f"原有的列“{old}”改名为“{new}”", f"your column {old!r} is kept as {new!r}")
        for old, new in kept.items()
    ]
    if len(layer.frame) > len(placeless) and (located.method == Method.NONE).all():
        notes.append(NOWHERE)
    return LocatedFile(_answered(layer.frame.rename(columns=kept), index, located), placeless, notes)


def _kept_apart(frame: gpd.GeoDataFrame) -> dict[str, str]:
    """New names for the points' own columns that are called as the answer's: `grid_input` and so on."""
    taken, renamed = set(frame.columns), dict[str, str]()
    for name in ANSWER:
        if name in frame.columns:
            new = next(f"{name}_input{n}" for n in ("", *range(2, 1000)) if f"{name}_input{n}" not in taken)
            renamed[name] = new
            taken.add(new)
    return renamed


def read_grids(grids: GridsFile) -> tuple[GridIndex, list[Note]]:
    """The grids of a vector file in any declared reference system, ready for locating in degrees; notes.

    Raises Invalid for a missing column, for a level without rows, and as `build_grid_index` does.
    """
    frame = read_frame(grids.path, crs=grids.crs, encoding=grids.encoding)
    _require_column(frame, grids.code_field, "code_field")
    frame, notes = _of_level(frame, grids.level)
    shapes = to_lonlat(frame.geometry.to_numpy(), CRS.from_user_input(frame.crs))
    index = build_grid_index(_codes(frame[grids.code_field]), shapes)
    return index, notes + _overlap_note(index)


def _overlap_note(index: GridIndex) -> list[Note]:
    """How many pairs of grids share more than 1 m², and the largest: there the lowest code owns the points."""
    found = overlaps(index.polygons)
    if found.empty:
        return []
    first = found.iloc[0]
    codes = index.codes[index.order]
    a, b, area = codes[first["a"]], codes[first["b"]], f"{first['area_m2']:.1f}"
    return [
        (
            f"警告：{len(found)} 对网格重叠，最大的是 {a} 与 {b}，{area} 平方米；重叠处归编码最小的网格",
            f"warning: {len(found)} pairs of grids overlap, most of all {a} and {b} by {area} m²; there the lowest "
            "code wins",
        )
    ]


def _require_column(frame: gpd.GeoDataFrame, name: str, asked: str) -> None:
    if name in frame.columns:
        return
    names = [str(column) for column in frame.columns if column != frame.geometry.name]
    raise Invalid(
        "column_missing",
        f"网格文件没有列“{name}”，现有：{'、'.join(names)}",
        f"the grids have no column {name!r}; there are: {', '.join(names)}",
        field=asked,
        columns=names,
    )


def _of_level(frame: gpd.GeoDataFrame, wanted: str | None) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """The rows of one level. Of a whole tree unasked the grids: else the province would own every point."""
    if wanted is None and LEVEL_FIELD not in frame.columns:
        return frame, []
    _require_column(frame, LEVEL_FIELD, LEVEL_FIELD)
    levels = frame[LEVEL_FIELD].astype("string").str.strip().fillna("")
    present = sorted(set(levels) - {""})
    if wanted is not None:
        if wanted not in present:
            raise Invalid(
                "level_missing",
                f"网格文件中没有级别“{wanted}”，现有：{'、'.join(present)}",
                f"the grids have no level {wanted!r}; there are: {', '.join(present)}",
                field=LEVEL_FIELD,
                levels=present,
            )
        return frame[levels == wanted], []
    if GRID_LEVEL not in present or len(present) == 1:
        return frame, []
    kept = levels == GRID_LEVEL
    zh = f"网格文件含多个级别，只用其中 {int(kept.sum())} 个网格（level = grid）；另选请用 --level"
    en = f"the file holds several levels; only its {int(kept.sum())} grids (level = grid) are used, --level chooses"
    return frame[kept], [(zh, en)]


def known_format(out: Path) -> str:
    """The ending of `out`, lower case; Unsupported `unsupported_format` for one that cannot be written."""
    suffix = out.suffix.lower()
    if suffix not in LOCATED_FORMATS:
        known = " ".join(LOCATED_FORMATS)
        raise Unsupported(
            "unsupported_format",
            f"结果文件不支持“{suffix}”，可用：{known}",
            f"the answer cannot be written as {suffix!r}; known: {known}",
            field="out",
        )
    return suffix


def write_located(answer: LocatedFile, out: Path) -> None:
    """Write whole or not at all, by the ending as CSV, XLSX, or GeoJSON or GeoPackage with points in WGS-84.

    A workbook gets no cell that it would run. Raises Unsupported `unsupported_format`, `too_many_rows`.
    """
    suffix = known_format(out)
    table = pd.DataFrame(answer.frame.drop(columns=answer.frame.geometry.name))
    with whole(out) as made:
        if suffix == ".csv":
            table.to_csv(made, index=False, lineterminator="\n")
        elif suffix == ".xlsx":
            metres = pd.to_numeric(table["border_distance_m"])
            write_xlsx(safe_cells(table.assign(border_distance_m=metres)), made)
        else:
            answer.frame.to_file(made)


def _codes(column: pd.Series) -> npt.NDArray[np.object_] | npt.NDArray[np.int64]:
    """Codes as they compare: whole numbers as integers, whatever else as text; an empty code is refused."""
    if column.isna().any():
        row = int(column.index[column.isna()][0]) + 1
        raise InvalidFile(
            [Problem(row, str(column.name), "code_missing", "网格没有编码", "the grid has no code")],
            rows=len(column),
        )
    if pd.api.types.is_numeric_dtype(column) and (column == np.floor(column)).all():
        return column.to_numpy(dtype=np.int64)
    return column.astype(str).to_numpy(dtype=object)


def _read_points(points: PointsFile) -> Layer:
    """The points in WGS-84 degrees; a shape that is no point stands where a point surely lies on it."""
    options = SourceOptions(
        crs=points.crs,
        coord_sys=points.coord_sys,
        lon=points.lon_field,
        lat=points.lat_field,
        layer=points.layer,
    )
    layer = read_source(points.path, options)
    at = np.asarray(shapely.point_on_surface(layer.frame.geometry.to_numpy()), dtype=object)
    return replace(layer, frame=layer.frame.set_geometry(gpd.GeoSeries(at, crs=LONLAT)))


def _answered(frame: gpd.GeoDataFrame, index: GridIndex, located: Located) -> gpd.GeoDataFrame:
    codes = np.append(index.codes.astype(object), "")
    metres = located.border_distance_m
    text = np.array([f"{value:.4f}" for value in metres], dtype=object)
    text[located.method == Method.NONE] = ""
    answer = {"grid": codes[located.grid], "method": located.labels(), "border_distance_m": text}
    return frame.assign(**answer)
