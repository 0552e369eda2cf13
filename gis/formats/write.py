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

from gis.base.errors import Unsupported
from gis.formats.safe_text import safe_cells
from gis.formats.whole import whole

FORMATS = (".gpkg", ".geojson", ".csv", ".xlsx")
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
    elif suffix == ".gpkg":
        # The reader of another program must see the layer's own name, not that of a temporary file.
        named.to_file(path, driver="GPKG", layer=str(frame.attrs.get("layer", "layer")))
    else:
        flat = table(named, labels.get("lon", "lon"), labels.get("lat", "lat"))
        if suffix == ".csv":
            flat.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")
        else:
            write_xlsx(flat, path)


def write_layer(frame: gpd.GeoDataFrame, path: str | Path, labels: Mapping[str, str] | None = None) -> None:
    """Write a lon/lat layer by the ending of `path` (`.gpkg, .geojson, .csv, .xlsx`), whole or not at all.

    `labels`: column → label. Raises Unsupported `unsupported_format`, `too_many_rows`.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        known = " ".join(FORMATS)
        raise Unsupported(
            "unsupported_format", f"不支持的格式，可用：{known}", f"unsupported format; known: {known}"
        )
    with whole(path) as made:
        _write(frame, made, suffix, labels or {})
