"""`wangge export`: a stored layer as GeoPackage, GeoJSON, Excel or CSV."""

from __future__ import annotations

from pathlib import Path

import typer


def register(app: typer.Typer) -> None:
    """Add `wangge export`."""
    app.command(help="导出图层 / export a stored layer.")(export)


def export(
    layer: str = typer.Argument(
        help="areas、compounds、gates、buildings、entrances、stations、streets、barriers"
    ),
    out: Path = typer.Option(..., "--out", help=".gpkg、.geojson、.parquet、.shp.zip、.dxf、.xlsx 或 .csv"),
    chinese: bool = typer.Option(False, "--chinese", help="列名用中文 / Chinese column labels"),
    crs: str | None = typer.Option(
        None, "--crs", help="EPSG 代码、WKT 或 cgcs2000-3 / EPSG code, WKT, or the CGCS2000 zone of the data"
    ),
) -> None:
    """Write the layer, whole or not at all; spreadsheets get no cell they would run."""
    from gis.cli.database import database
    from gis.intake.export import export_layer

    with database() as (engine, _):
        rows = export_layer(engine, layer, out, chinese=chinese, crs=crs)
    typer.echo(f"{out}: {rows} 行 / rows")
