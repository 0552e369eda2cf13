"""`wangge coverage --out` in other formats than CSV."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Engine

    from gis.coverage.files import Files
    from gis.coverage.model import Question

KINDS = {".gpkg": "gpkg", ".parquet": "geoparquet", ".xlsx": "xlsx", ".geojson": "geojson", ".shp.zip": "shp",
         ".dxf": "dxf"}  # fmt: skip


def kind_of(out: Path) -> str | None:
    """The format by the ending of `out`; None for CSV. Raises Unsupported `unsupported_format`."""
    from gis.formats.write import suffix_of

    return KINDS.get(suffix_of(out))


def export_answer(engine: Engine, question: Question, out: Path, crs: str | None, cache: Path) -> None:
    """The file that the planner's page gives, small counts of people withheld as there."""
    from gis.coverage.export import export_coverage
    from gis.formats.whole import whole

    kind = kind_of(out)
    assert kind is not None
    made = export_coverage(engine, question, kind, cache, crs=crs)
    with whole(out) as place:
        place.write_bytes(made.content)


def export_rows(rows: pd.DataFrame, files: Files, out: Path, crs: str | None) -> None:
    """The rows by files with the shapes of their buildings."""
    import geopandas as gpd
    from pyproj import CRS

    from gis.base.crs import LONLAT
    from gis.coverage.files import read_layer
    from gis.formats.geofiles import projected
    from gis.formats.write import write_layer

    shapes = projected(read_layer("buildings", files.buildings, files.crs), CRS.from_epsg(LONLAT)).geometry
    frame = gpd.GeoDataFrame(rows.copy(), geometry=shapes.to_numpy(), crs=LONLAT)
    frame.attrs["layer"] = "coverage"
    write_layer(frame, out, crs=crs)
