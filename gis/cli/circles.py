"""`wangge circles`: the circles of stations, of the database or of files alone."""

from __future__ import annotations

from pathlib import Path

import typer


def register(app: typer.Typer) -> None:
    """Add `wangge circles`."""
    app.command(
        name="circles",
        help="服务圈：数据库中的全部站点，或只用文件 / circles of all stations, or from files alone.",
    )(circles)


def circles(
    streets: Path | None = typer.Option(None, help="街道（线） / streets, lines"),
    stations: Path | None = typer.Option(None, help="站点 / stations"),
    barriers: Path | None = typer.Option(None, help="河流等，从图形中扣除水面 / rivers; water is cut out"),
    out: Path | None = typer.Option(None, help="结果：GeoJSON 或 GPKG / the answer"),
    minutes: float | None = typer.Option(None, help="步行分钟 / minutes of walking"),
    metres: float | None = typer.Option(None, help="步行米数 / metres of walking"),
    profile: str = typer.Option(
        "standard", help="步行档案 / profile: standard, adult, elderly, child, winter"
    ),
    station_field: str | None = typer.Option(None, help="站点编号列 / column naming a station"),
    crs: str | None = typer.Option(None, help="未声明坐标系的文件 / reference system of files without one"),
) -> None:
    """不给文件时，重算数据库中全部服务圈。图形为临时示意 / without files: all circles of the database, again."""
    from gis.base.errors import Invalid

    files = (streets, stations, out)
    if all(path is None for path in files) and minutes is None and metres is None:
        _of_database()
        return
    if streets is None or stations is None or out is None:
        raise Invalid(
            "files_missing",
            "请同时给出 --streets、--stations 与 --out",
            "give --streets, --stations and --out together",
            field="streets",
        )
    from rich.console import Console

    from gis.cli.coverage import print_notes, walking_limit
    from gis.coverage.circle_files import CircleFiles, circles_of_files, write_circles

    walker, limit = walking_limit(minutes, metres, profile)
    console = Console(stderr=True)
    with console.status("服务圈 / circles"):
        made = circles_of_files(CircleFiles(streets, stations, barriers, crs), walker, limit, station_field)
        write_circles(made, out)
    print_notes(made, console)
    typer.echo(f"{len(made)} 个服务圈（临时示意） / provisional circles → {out}")


def _of_database() -> None:
    """Every existing station's own circles, with a progress bar; the first run on a machine compiles."""
    from gis.cli.bar import bars
    from gis.cli.database import database
    from gis.coverage.circles import store_own_circles
    from gis.coverage.refresh import CIRCLES, link
    from gis.coverage.world import current_world

    with database() as (engine, cache), bars() as progress:
        link(current_world(engine, cache), progress)
        made = store_own_circles(engine, lambda done, total: progress(CIRCLES, done, total), cache)
    typer.echo(f"{made} 个服务圈（临时示意）已入库 / provisional circles stored")
