"""`wangge locate`: which grid owns each point, from files alone."""

from __future__ import annotations

from pathlib import Path

import typer


def register(app: typer.Typer) -> None:
    """Add `wangge locate`."""
    app.command(
        name="locate",
        help="定位：每个点属于哪个网格，只用文件 / the grid of every point, from files alone.",
    )(locate)


def locate(
    grids: Path = typer.Option(..., help="网格（面） / grids, polygons in any declared reference system"),
    code_field: str = typer.Option(..., help="网格编码列 / the column that holds a grid's code"),
    points: Path = typer.Option(..., help="点：CSV、XLSX 或矢量 / points: CSV, XLSX or a vector file"),
    out: Path = typer.Option(..., help="结果：CSV、GeoJSON 或 GPKG / the answer: CSV, GeoJSON or GPKG"),
    coord_sys: str = typer.Option(
        "wgs84", help="点的坐标系 / datum of the points: wgs84, gcj02, bd09, cgcs2000"
    ),
    lon_field: str | None = typer.Option(None, help="经度列 / longitude column, default: found by name"),
    lat_field: str | None = typer.Option(None, help="纬度列 / latitude column, default: found by name"),
    points_crs: str | None = typer.Option(None, help="点不是经纬度时 / reference system of projected points"),
    points_layer: str | None = typer.Option(
        None, help="点的图层、工作表或数组 / layer, sheet or list of the points"
    ),
    grids_crs: str | None = typer.Option(None, help="网格未声明坐标系时 / where the grids declare none"),
    encoding: str | None = typer.Option(None, help="网格属性编码 / encoding of the grids' attributes"),
) -> None:
    """保留原有各列，加上 grid、method、border_distance_m / keeps all columns, adds grid, method, distance."""
    from rich.console import Console
    from rich.table import Table

    from gis.areas.files import GridsFile, PointsFile, locate_files, write_located
    from gis.base.datum import CoordSys

    console = Console(stderr=True)
    with console.status("定位 / locating"):
        answer = locate_files(
            GridsFile(grids, code_field, grids_crs, encoding),
            PointsFile(points, CoordSys.parse(coord_sys), lon_field, lat_field, points_crs, points_layer),
        )
        out.parent.mkdir(parents=True, exist_ok=True)
        write_located(answer, out)
    table = Table("", "点 / points")
    table.add_row("合计 / all", str(len(answer.frame)))
    for method, count in answer.frame["method"].value_counts().items():
        table.add_row(str(method), str(count))
    console.print(table)
    if answer.placeless:
        first = answer.placeless[0]
        console.print(
            f"{len(answer.placeless)} 行没有坐标，第 {first.row} 行起：{first.zh} / "
            f"rows without a place, the first is row {first.row}: {first.en}"
        )
    typer.echo(str(out))
