"""Layers as the files other programs open: GeoPackage, GeoParquet, Shapefile in a zip, DXF; any reference system."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS

from gis.base.crs import transform
from gis.base.errors import Invalid

Frames = Mapping[str, pd.DataFrame]
LONGEST_FIELD = 10
_KINDS = ((0, "pt"), (1, "ln"), (2, ""))


def projected(frame: gpd.GeoDataFrame, crs: CRS) -> gpd.GeoDataFrame:
    """The frame in another system, x (east) before y; attributes as they are."""
    moved = transform(frame.geometry.to_numpy(), CRS(frame.crs), crs)
    return gpd.GeoDataFrame(frame.drop(columns=frame.geometry.name), geometry=moved, crs=crs)


def gpkg_bytes(layers: Frames) -> bytes:
    """A GeoPackage with these layers; those without shapes are tables."""
    with TemporaryDirectory(prefix="wangge-") as folder:
        path = Path(folder) / "layers.gpkg"
        for name, frame in layers.items():
            plain = frame if isinstance(frame, gpd.GeoDataFrame) else pd.DataFrame(frame)
            pyogrio.write_dataframe(
                plain, path, layer=name, driver="GPKG", append=path.exists(), promote_to_multi=True
            )
        return path.read_bytes()


def parquet_bytes(frame: gpd.GeoDataFrame) -> bytes:
    """GeoParquet: WKB and the system as PROJJSON."""
    stream = io.BytesIO()
    frame.to_parquet(stream, index=False, compression="zstd")
    return stream.getvalue()


def short_names(columns: list[str], known: Mapping[str, str] | None = None) -> dict[str, str]:
    """A Shapefile name of at most ten ASCII signs for each column: the `known` one, its own, or its number."""
    taken: set[str] = set()
    names: dict[str, str] = {}
    for number, column in enumerate(columns, 1):
        wish = (known or {}).get(column, column).upper()
        plain = "".join(sign for sign in wish if sign.isascii() and (sign.isalnum() or sign == "_"))
        name = plain[:LONGEST_FIELD] if plain and plain[0].isalpha() else f"F{number:02d}"
        if name in taken:
            name = f"{name[: LONGEST_FIELD - 3]}_{number:02d}"
        taken.add(name)
        names[column] = name
    return names


def shapefile_zip(
    layers: Mapping[str, gpd.GeoDataFrame],
    known: Mapping[str, str] | None = None,
    tables: Frames | None = None,
) -> bytes:
    """Shapefiles (.shp .shx .dbf .prj .cpg, UTF-8) in a zip, with `legend.csv`: short field name, label, layer.

    Names of layers are ASCII; `tables` are added as CSV. One layer of each kind of shape, for a Shapefile holds one.
    """
    packed = io.BytesIO()
    legend = []
    with (
        TemporaryDirectory(prefix="wangge-") as folder,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out,
    ):
        for name, frame in layers.items():
            short = short_names([str(c) for c in frame.columns if c != frame.geometry.name], known)
            legend += [{"layer": name, "field": field, "label": label} for label, field in short.items()]
            for ending, part in _by_kind(frame.rename(columns=short)):
                _write_shape(part, Path(folder) / f"{name}{ending}.shp")
        for path in sorted(Path(folder).iterdir()):
            out.write(path, path.name)
        named = pd.DataFrame(legend, columns=["layer", "field", "label"])
        for name, table in {"legend": named, **(tables or {})}.items():
            out.writestr(f"{name}.csv", pd.DataFrame(table).to_csv(index=False).encode("utf-8-sig"))
    return packed.getvalue()


def _by_kind(frame: gpd.GeoDataFrame) -> list[tuple[str, gpd.GeoDataFrame]]:
    kinds = shapely.get_dimensions(frame.geometry.to_numpy())
    parts = [(ending, frame[kinds == kind]) for kind, ending in _KINDS if (kinds == kind).any()]
    only = len(parts) == 1
    return [("" if only or not ending else f"_{ending}", part) for ending, part in parts]


def _write_shape(frame: gpd.GeoDataFrame, path: Path) -> None:
    plain = frame.copy()
    for column in plain.columns.drop(plain.geometry.name):
        if str(plain[column].dtype) == "Int64":
            plain[column] = plain[column].astype("float64")
    pyogrio.write_dataframe(plain, path, driver="ESRI Shapefile", encoding="UTF-8")


def dxf_bytes(layers: Mapping[str, gpd.GeoDataFrame]) -> bytes:
    """A drawing: each entry a DXF layer (ASCII name); areas as their outlines, points as points, no attributes.

    Raises Invalid `dxf_plane` for degrees, which no drawing is in.
    """
    parts = []
    for name, frame in layers.items():
        if not CRS(frame.crs).is_projected:
            raise Invalid(
                "dxf_plane", "DXF 须用投影坐标系（米）", "a DXF drawing needs a plane system", field="crs"
            )
        shapes = frame.geometry.to_numpy()
        flat = np.where(shapely.get_dimensions(shapes) == 2, shapely.boundary(shapes), shapes)
        single = shapely.get_parts(flat)
        parts.append(gpd.GeoDataFrame({"Layer": [name] * len(single)}, geometry=single, crs=frame.crs))
    whole = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=parts[0].crs)
    with TemporaryDirectory(prefix="wangge-") as folder:
        path = Path(folder) / "drawing.dxf"
        pyogrio.write_dataframe(whole, path, driver="DXF", encoding="UTF-8")
        return path.read_bytes()
