"""Writing a sample: GeoJSON and CSV for town and district, FlatGeobuf and CSV for the city."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from sample_data.generate import Sample

MULTI_POINT = 4  # shapely's type ids from here on have parts
BINARY_FROM = 200_000  # buildings: beyond this a sample is written as FlatGeobuf


def _plain(values: pd.Series) -> list[Any]:
    """Python values of a column: missing ones as None."""
    if values.dtype == bool or pd.api.types.is_integer_dtype(values):
        return list(values.tolist())
    return [None if pd.isna(v) else v for v in values.tolist()]


def _rfc7946(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Outer rings counterclockwise, and no multi-part geometry of a single part."""
    single = (shapely.get_type_id(shapes) >= MULTI_POINT) & (shapely.get_num_geometries(shapes) == 1)
    plain = np.where(single, shapely.get_geometry(shapes, 0), shapes)
    turned: npt.NDArray[np.object_] = shapely.orient_polygons(plain, exterior_cw=False)
    return turned


def _features(frame: gpd.GeoDataFrame) -> Iterator[str]:
    columns = [c for c in frame.columns if c != frame.geometry.name]
    properties = zip(*(_plain(frame[c]) for c in columns), strict=True)
    shapes = shapely.to_geojson(_rfc7946(frame.geometry.to_numpy()))
    for shape, values in zip(shapes, properties, strict=True):
        text = json.dumps(dict(zip(columns, values, strict=True)), ensure_ascii=False, separators=(",", ":"))
        yield f'{{"type":"Feature","properties":{text},"geometry":{shape}}}'


def geojson_bytes(frame: gpd.GeoDataFrame, name: str) -> bytes:
    """The layer as GeoJSON, one feature a line, always the same bytes."""
    body = ",\n".join(_features(frame))
    head = json.dumps({"type": "FeatureCollection", "name": name, "notice": NOTICE}, ensure_ascii=False)
    return f'{head[:-1]}, "features": [\n{body}\n]}}\n'.encode()


NOTICE = "虚构示例·非真实区划 / invented sample, not a real district"


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """The table as CSV with plain line ends; missing values empty, floats as short as they round-trip."""
    return bytes(frame.to_csv(index=False, lineterminator="\n").encode())


def write(sample: Sample, out: Path) -> list[Path]:
    """Write every layer, the truth and summary.json below `out`; returns the files written, in order.

    Files of earlier samples under the layers' names are replaced.
    """
    (out / "truth").mkdir(parents=True, exist_ok=True)
    binary = len(sample.layers["buildings"]) >= BINARY_FROM
    written = []
    for name, frame in {**sample.layers, **{f"truth/{k}": v for k, v in sample.truth.items()}}.items():
        for old in (".geojson", ".fgb", ".csv"):
            (out / f"{name}{old}").unlink(missing_ok=True)
        if not isinstance(frame, gpd.GeoDataFrame):
            path = out / f"{name}.csv"
            path.write_bytes(csv_bytes(frame))
        elif binary:
            path = out / f"{name}.fgb"
            frame.to_file(path, driver="FlatGeobuf", engine="pyogrio", SPATIAL_INDEX="NO")
        else:
            path = out / f"{name}.geojson"
            path.write_bytes(geojson_bytes(frame, name))
        written.append(path)
    path = out / "summary.json"
    path.write_text(json.dumps(sample.summary, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return [*written, path]


def total_bytes(paths: list[Path]) -> int:
    """Bytes of all files together."""
    return int(np.sum([p.stat().st_size for p in paths]))
