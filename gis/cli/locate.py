"""`wangge locate`: which grid owns each point of a file; the grids are a file's or the database's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from gis.areas.files import GridsFile, LocatedFile, PointsFile


def register(app: typer.Typer) -> None:
    """Add `wangge locate`."""
    app.command(
        name="locate",
        help="定位：每个点属于哪个网格，网格取自文件或数据库 / the grid of every point, by a file or the database.",
    )(locate)


def locate(
    points: Path = typer.Option(..., help="点：CSV、XLSX 或矢量 / points: CSV, XLSX or a vector file"),
    out: Path = typer.Option(
        ..., help="结果：CSV、XLSX、GeoJSON 或 GPKG / the answer: CSV, XLSX, GeoJSON or GPKG"
    ),
    grids: Path | None = typer.Option(
        None, help="网格（面），缺省用数据库中的现行网格 / grids, polygons; default: those of the database"
    ),
    code_field: str | None = typer.Option(None, help="网格编码列 / the column that holds a grid's code"),
    level: str | None = typer.Option(
        None, help="只用 level 列为此值的面 / use only the polygons of this level, say grid"
    ),
    coord_sys: str | None = typer.Option(
        None,
        help="点的坐标系，缺省按 coord_sys 列，否则 wgs84 / datum of the points: wgs84, gcj02, bd09, cgcs2000; "
        "default: their column coord_sys, else wgs84",
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

    from gis.areas.files import GridsFile, PointsFile, known_format, write_located
    from gis.base.datum import CoordSys
    from gis.base.errors import Invalid

    if grids is not None and code_field is None:
        raise Invalid(
            "code_field_missing",
            "给出 --grids 时请用 --code-field 指明网格编码列",
            "--grids wants --code-field, the column that holds a grid's code",
            field="code_field",
        )
    if grids is None and (code_field, level, grids_crs, encoding) != (None, None, None, None):
        raise Invalid(
            "grids_missing",
            "--code-field、--level、--grids-crs、--encoding 只用于网格文件，请给出 --grids",
            "--code-field, --level, --grids-crs and --encoding are of a file: give --grids",
            field="grids",
        )
    source = None if grids is None else GridsFile(grids, code_field or "", grids_crs, encoding, level)
    known_format(out)
    datum = None if coord_sys is None else CoordSys.parse(coord_sys)
    asked = PointsFile(points, datum, lon_field, lat_field, points_crs, points_layer)
    with Console(stderr=True).status("定位 / locating"):
        answer = _located(source, asked)
        write_located(answer, out)
    _print(answer)
    typer.echo(str(out))


def _located(grids: GridsFile | None, points: PointsFile) -> LocatedFile:
    """The answer by the file of grids, without one by the current grids of the database."""
    from gis.areas.files import locate_files, locate_points

    if grids is not None:
        return locate_files(grids, points)
    from sqlalchemy.orm import Session

    from gis.areas.store import grid_index
    from gis.cli.database import database

    with database() as (engine, _), Session(engine) as session:
        index = grid_index(session).index
    return locate_points(index, points)


def _print(answer: LocatedFile) -> None:
    """How many points by method, what was decided about the grids, and which rows have no place; on stderr."""
    from rich.console import Console
    from rich.table import Table

    console = Console(stderr=True)
    for zh, en in answer.notes:
        console.print(f"{zh} / {en}", markup=False)
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
