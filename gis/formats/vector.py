"""Any vector file to a GeoDataFrame: GeoJSON, GeoPackage, Shapefile, FlatGeobuf, GeoParquet.

GeoJSON is read by our own strict reader; the others by GDAL or Arrow in a confined child that knows exactly
one driver, because a descriptor of another format under an innocent name can read local files and call out.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from gis.base.errors import Invalid, InvalidFile, NotFound, Problem, TooLarge, Unsupported
from gis.formats.encoding import dbf_encoding
from gis.formats.geojson import read_geojson
from gis.formats.sandbox import Limits, run_reader

DRIVERS = {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".fgb": "FlatGeobuf"}
MAGIC = {
    ".gpkg": b"SQLite format 3\x00",
    ".shp": b"\x00\x00\x27\x0a",
    ".fgb": b"fgb",
    ".parquet": b"PAR1",
    ".geoparquet": b"PAR1",
}
GEOJSON = (".geojson", ".json")
VECTOR = (*GEOJSON, *DRIVERS, ".parquet", ".geoparquet")


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer as it was read: `frame` in `frame.crs`, one row a record from 0; faults by row from 1.

    Rows with a problem have no geometry. `declared` tells where the reference system came from: `file`,
    `asked` (given by the caller) or `format` (GeoJSON is always longitude, latitude).
    """

    frame: gpd.GeoDataFrame
    declared: str
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


def parse_crs(text: str) -> CRS:
    """A reference system named by a user: an EPSG number, `EPSG:…`, WKT or PROJ text."""
    try:
        return CRS.from_user_input(int(text) if text.isdigit() else text)
    except CRSError as error:
        raise Invalid(
            "crs_unknown",
            f"无法识别坐标系：{text[:80]}",
            f"unknown reference system: {text[:80]}",
            field="crs",
        ) from error


def open_file(path: Path, *, limits: Limits) -> None:
    """Check that `path` is an existing regular file within the limit."""
    if not path.is_file():
        raise NotFound("file_missing", f"文件不存在：{path.name}", f"there is no such file: {path.name}")
    if path.stat().st_size > limits.file_bytes:
        raise TooLarge(
            "file_too_large",
            f"文件超过 {limits.file_bytes} 字节",
            f"the file exceeds {limits.file_bytes} bytes",
        )


def _check_magic(path: Path, suffix: str) -> None:
    with path.open("rb") as file:
        start = file.read(32)
    if not start.startswith(MAGIC[suffix]):
        raise Unsupported(
            "unsupported_format", f"文件内容不是 {suffix} 格式", f"the content of the file is not {suffix}"
        )


def _skip_drivers(keep: list[str]) -> dict[str, str]:
    import pyogrio

    others = ",".join(sorted(set(pyogrio.list_drivers()) - set(keep)))
    return {"OGR_SKIP": others, "GDAL_SKIP": others}


def _restore_index(path: Path, place: Path) -> Path:
    """A copy of a shapefile without `.shx`, where the index may be rebuilt without touching the original."""
    for part in path.parent.glob(f"{path.stem}.*"):
        if part.suffix.lower() in {".shp", ".dbf", ".prj", ".cpg"}:
            shutil.copyfile(part, place / f"{path.stem}{part.suffix.lower()}")
    return place / f"{path.stem}.shp"


def _has_index(path: Path) -> bool:
    return any(part.suffix.lower() == ".shx" for part in path.parent.glob(f"{path.stem}.*"))


def _read_gdal(
    path: Path, suffix: str, layer: str | None, encoding: str | None, limits: Limits
) -> tuple[Any, list[Problem]]:
    driver, notes = DRIVERS[suffix], []
    environment = _skip_drivers([driver])
    with tempfile.TemporaryDirectory(prefix="wangge-shp-") as place:
        if suffix == ".shp":
            if not _has_index(path):
                path = _restore_index(path, Path(place))
                environment["SHAPE_RESTORE_SHX"] = "YES"
                notes.append(
                    Problem(None, None, "shx_rebuilt", "缺少 .shx，已临时重建", ".shx is missing, rebuilt")
                )
            found, how = dbf_encoding(path)
            if encoding is None and how == "guessed":
                encoding = (found or "UTF-8").upper().removesuffix("-SIG")
                notes.append(
                    Problem(
                        None,
                        None,
                        "encoding_guessed",
                        f"没有 .cpg，按 {encoding} 读取属性",
                        f"no .cpg; attributes read as {encoding}",
                        encoding,
                    )
                )
        order = {"reader": "vector", "path": str(path.resolve()), "layer": layer, "encoding": encoding}
        tables = run_reader(order | {"drivers": [driver]}, limits=limits, environment=environment)
    return tables[0], notes


def _frame(table: Any, crs: CRS | None) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    metadata = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    try:
        table.validate(full=True)
    except ValueError as error:
        raise Invalid(
            "bad_encoding",
            "属性文字的编码不符，请用 --encoding 指明，例如 --encoding GB18030",
            "the attributes are in another encoding; name it with --encoding, for example --encoding GB18030",
            field="encoding",
        ) from error
    name = metadata.get("geometry", "")
    if not name:
        raise Invalid("no_geometry", "图层没有几何列", "the layer has no geometry column")
    raw = np.array(table.column(name).to_pylist(), dtype=object)
    geometries = shapely.from_wkb(raw, on_invalid="ignore")
    lost = np.flatnonzero(
        shapely.is_missing(geometries) & np.array([item is not None for item in raw], dtype=bool)
    )
    problems = [
        Problem(int(row) + 1, "geometry", "invalid_geometry", "几何无法读取", "the geometry cannot be read")
        for row in lost
    ]
    attributes = table.drop_columns([name]).to_pandas()
    declared = CRS.from_user_input(metadata["crs"]) if metadata.get("crs") else None
    return gpd.GeoDataFrame(attributes, geometry=geometries, crs=declared or crs), problems


def read_vector(
    path: str | Path,
    *,
    crs: str | CRS | None = None,
    layer: str | None = None,
    encoding: str | None = None,
    limits: Limits | None = None,
    strict_winding: bool = False,
) -> Layer:
    """Read one layer of a vector file as it is: own reference system, every row, every column.

    `crs` is used where the file declares none (a Shapefile without .prj); it is never assumed: without it
    Invalid `crs_missing`. Raises NotFound `file_missing`, Unsupported `unsupported_format`, TooLarge, and
    Invalid (`layer_unknown`, `file_unreadable`, `no_geometry`, the codes of strict GeoJSON).
    """
    path, limits = Path(path), limits or Limits()
    open_file(path, limits=limits)
    asked = parse_crs(crs) if isinstance(crs, str) else crs
    suffix = path.suffix.lower()
    if suffix in GEOJSON:
        document = read_geojson(path.read_bytes(), strict_winding=strict_winding)
        return Layer(document.frame, "format", document.problems, document.notes)
    if suffix not in VECTOR:
        known = " ".join(VECTOR)
        raise Unsupported(
            "unsupported_format", f"不支持的格式，可用：{known}", f"unsupported format; known: {known}"
        )
    _check_magic(path, suffix)
    notes: list[Problem] = []
    if suffix in DRIVERS:
        table, notes = _read_gdal(path, suffix, layer, encoding, limits)
    else:
        table = run_reader({"reader": "parquet", "path": str(path.resolve())}, limits=limits)[0]
    frame, problems = _frame(table, asked)
    if frame.crs is None:
        raise Invalid(
            "crs_missing",
            "文件没有声明坐标系（缺少 .prj 等），请用 --crs 指明，例如 --crs EPSG:4490",
            "the file declares no reference system; name it with --crs, for example --crs EPSG:4490",
            field="crs",
        )
    declared = "file" if (table.schema.metadata or {}).get(b"crs") else "asked"
    return Layer(frame, declared, problems, notes)


def read_frame(path: str | Path, **options: Any) -> gpd.GeoDataFrame:
    """`read_vector` for callers that want a good frame or an error: InvalidFile with every bad row."""
    layer = read_vector(path, **options)
    if layer.problems:
        raise InvalidFile(layer.problems, rows=len(layer.frame))
    return layer.frame
