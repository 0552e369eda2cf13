"""Layers out: GeoPackage, GeoJSON, Excel and CSV, with Chinese column labels where asked for.

Text that a spreadsheet would run is marked as text, long numbers stay text, CSV begins with the mark Excel
needs to see UTF-8. GeoJSON follows RFC 7946: longitude, latitude, no crs member, outer rings counter-clockwise.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.base.crs import is_lonlat
from gis.base.crs_asked import ZONED, asked_crs
from gis.base.errors import Invalid, Unsupported
from gis.formats.geofiles import dxf_bytes, parquet_bytes, projected, shapefile_zip
from gis.formats.safe_text import safe_cells
from gis.formats.whole import whole

FORMATS = (".gpkg", ".geojson", ".csv", ".xlsx", ".parquet", ".shp.zip", ".dxf")
PLAIN = (".geojson", ".csv", ".xlsx")
"""Formats of longitude and latitude alone."""
XLSX_ROWS = 1_048_575


def relabel(frame: gpd.GeoDataFrame, labels: Mapping[str, str]) -> gpd.GeoDataFrame:
    """The frame with its attribute columns renamed by `labels`; the geometry column keeps its name."""
    return frame.rename(
        columns={name: label for name, label in labels.items() if name != frame.geometry.name}
    )


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, np.generic):
        return value.item()
    return value.isoformat() if hasattr(value, "isoformat") else value


def geojson_bytes(frame: gpd.GeoDataFrame) -> bytes:
    """RFC 7946 GeoJSON of a lon/lat frame; coordinates as short as they come back the same."""
    shapes = shapely.to_geojson(shapely.orient_polygons(frame.geometry.to_numpy(), exterior_cw=False))
    names = [str(name) for name in frame.columns if name != frame.geometry.name]
    rows = zip(*(frame[name].tolist() for name in names), strict=True) if names else ((),) * len(frame)
    features = (
        '{"type":"Feature","properties":'
        + json.dumps(
            dict(zip(names, map(_plain, row), strict=True)), ensure_ascii=False, separators=(",", ":")
        )
        + f',"geometry":{shape or "null"}}}'
        for row, shape in zip(rows, shapes, strict=True)
    )
    return ('{"type":"FeatureCollection","features":[\n' + ",\n".join(features) + "\n]}\n").encode()


def table(frame: gpd.GeoDataFrame, lon: str = "lon", lat: str = "lat") -> pd.DataFrame:
    """Attributes with the longitude and latitude of a point in each shape, safe to open in a spreadsheet."""
    points = shapely.point_on_surface(frame.geometry.to_numpy())
    plain = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    lists = [name for name in plain.columns if plain[name].map(lambda cell: isinstance(cell, list)).any()]
    plain[lists] = plain[lists].map(lambda cell: ";".join(cell) if isinstance(cell, list) else cell)
    return safe_cells(plain.assign(**{lon: shapely.get_x(points), lat: shapely.get_y(points)}))


def write_xlsx(frame: pd.DataFrame, path: Path) -> None:
    """Write a table whose cells are safe already as a workbook. Raises Unsupported `too_many_rows`."""
    if len(frame) > XLSX_ROWS:
        raise Unsupported(
            "too_many_rows", "行数超过 Excel 的上限，请改用 CSV 或 GPKG", "more rows than Excel holds"
        )
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("数据")
    sheet.append([str(name) for name in frame.columns])
    for row in zip(*(frame[name].tolist() for name in frame.columns), strict=True):
        sheet.append([_plain(value) for value in row])
    book.save(path)


def _write(frame: gpd.GeoDataFrame, path: Path, suffix: str, labels: Mapping[str, str]) -> None:
    named = relabel(frame, labels)
    if suffix == ".geojson":
        path.write_bytes(geojson_bytes(named))
    elif suffix == ".parquet":
        path.write_bytes(parquet_bytes(named))
    elif suffix == ".shp.zip":
        path.write_bytes(shapefile_zip({_layer_name(named): named}))
    elif suffix == ".dxf":
        path.write_bytes(dxf_bytes({_layer_name(named).upper(): named}))
    elif suffix == ".gpkg":
        # The reader of another program must see the layer's own name, not that of a temporary file.
        named.to_file(path, driver="GPKG", layer=str(frame.attrs.get("layer", "layer")))
    else:
        flat = table(named, labels.get("lon", "lon"), labels.get("lat", "lat"))
        if suffix == ".csv":
            flat.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")
        else:
            write_xlsx(flat, path)


def _layer_name(frame: gpd.GeoDataFrame) -> str:
    return str(frame.attrs.get("layer", "layer"))


def suffix_of(path: Path) -> str:
    """The ending that says the format; Unsupported `unsupported_format` for one that is not in `FORMATS`."""
    name = path.name.lower()
    suffix = next((known for known in FORMATS if name.endswith(known)), "")
    if not suffix:
        known = " ".join(FORMATS)
        raise Unsupported(
            "unsupported_format", f"不支持的格式，可用：{known}", f"unsupported format; known: {known}"
        )
    return suffix


def write_layer(
    frame: gpd.GeoDataFrame,
    path: str | Path,
    labels: Mapping[str, str] | None = None,
    crs: str | None = None,
) -> None:
    """Write a lon/lat layer by the ending of `path` (one of `FORMATS`), whole or not at all.

    `labels`: column → label; `crs` as `gis.base.crs_asked` takes it, without it longitude and latitude, for a DXF the
    zone of the data. Raises Unsupported (`unsupported_format`, `too_many_rows`), Invalid (`crs_for_format`, those of
    `asked_crs`).
    """
    path = Path(path)
    suffix = suffix_of(path)
    asked = crs or (ZONED if suffix == ".dxf" else None)
    if asked is not None:
        frame = _in_system(frame, asked, suffix)
    with whole(path) as made:
        _write(frame, made, suffix, labels or {})


def _in_system(frame: gpd.GeoDataFrame, asked: str, suffix: str) -> gpd.GeoDataFrame:
    west, south, east, north = shapely.total_bounds(frame.geometry.to_numpy()).tolist()
    middle = (0.0, 0.0) if np.isnan(west) else ((west + east) / 2, (south + north) / 2)
    target = asked_crs(asked, *middle)
    if suffix in PLAIN and not is_lonlat(target):
        raise Invalid(
            "crs_for_format",
            "此格式只用经纬度，其他坐标系请用 gpkg、parquet、shp.zip 或 dxf",
            "this format holds longitude and latitude only; for other systems use gpkg, parquet, shp.zip or dxf",
            field="crs",
        )
    moved = projected(frame, target)
    moved.attrs = dict(frame.attrs)
    return moved
