"""`wangge circles`: the circles of stations, of the database or of files alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from gis.coverage.circle_files import CircleFiles
    from gis.coverage.drawing import Style


def register(app: typer.Typer) -> None:
    """Add `wangge circles`."""
    app.command(
        name="circles",
        help="服务圈：数据库中的全部站点，或只用文件 / circles of all stations, or from files alone.",
    )(circles)


def circles(
    streets: Path | None = typer.Option(None, help="街道（线） / streets, lines"),
    stations: Path | None = typer.Option(None, help="站点 / stations"),
    barriers: Path | None = typer.Option(None, help="河流、铁路等 / rivers, railways and other barriers"),
    buildings: Path | None = typer.Option(
        None, help="建筑：图形与其距离一致 / buildings the drawing agrees with"
    ),
    compounds: Path | None = typer.Option(None, help="小区围墙 / walled compounds"),
    gates: Path | None = typer.Option(None, help="小区大门 / gates"),
    entrances: Path | None = typer.Option(None, help="出入口 / entrances"),
    out: Path | None = typer.Option(None, help="结果：GeoJSON 或 GPKG / the answer"),
    minutes: float | None = typer.Option(None, help="步行分钟 / minutes of walking"),
    metres: float | None = typer.Option(None, help="步行米数 / metres of walking"),
    profile: str = typer.Option(
        "standard", help="步行档案 / profile: standard, adult, elderly, child, winter"
    ),
    types: str | None = typer.Option(
        None, help="数据库中的站点类型，逗号分隔 / types of stations in the database"
    ),
    shape: str = typer.Option("each", help="图形 / each, dissolved, ring, disk, nearest, lines"),
    step: float = typer.Option(10, help="网格步长 10 或 25 米 / step of the grid: 10, or 25 for a preview"),
    station_field: str | None = typer.Option(None, help="站点编号列 / column naming a station"),
    crs: str | None = typer.Option(None, help="未声明坐标系的文件 / reference system of files without one"),
) -> None:
    """不给参数时，重算数据库中全部服务圈 / without anything: all circles of the database, again."""
    from gis.base.errors import Invalid
    from gis.coverage.circle_files import CircleFiles
    from gis.coverage.drawing import style

    drawn = style(shape, step)
    if streets is None and stations is None and types is None and out is None:
        _of_database()
        return
    if types is not None and streets is None and stations is None and out is not None:
        _asked(types, minutes, metres, profile, drawn, out)
        return
    if streets is None or stations is None or out is None:
        raise Invalid(
            "files_missing",
            "请同时给出 --streets、--stations 与 --out；查询数据库请给 --types 与 --out",
            "give --streets, --stations and --out together; for the database --types and --out",
            field="streets",
        )
    files = CircleFiles(streets, stations, barriers, buildings, compounds, gates, entrances, crs)
    _of_files(files, minutes, metres, profile, drawn, station_field, out)


def _of_files(
    files: CircleFiles,
    minutes: float | None,
    metres: float | None,
    profile: str,
    drawn: Style,
    station_field: str | None,
    out: Path,
) -> None:
    from rich.console import Console

    from gis.cli.coverage import print_notes
    from gis.coverage.circle_files import circles_of_files, driver_of, write_circles
    from gis.coverage.model import walking_limit

    driver_of(out)  # a file that cannot be written is refused before anything is computed
    walker, limit = walking_limit(minutes, metres, profile)
    console = Console(stderr=True)
    with console.status("服务圈 / circles"):
        made = circles_of_files(files, walker, limit, station_field, drawn)
        write_circles(made, out)
    print_notes(made, console)
    typer.echo(f"{len(made)} 个服务圈 / circles → {out}")


def _asked(
    types: str, minutes: float | None, metres: float | None, profile: str, drawn: Style, out: Path
) -> None:
    """One question of the database as a file."""
    from gis.cli.database import database
    from gis.coverage.circle_files import driver_of, write_circles
    from gis.coverage.circles import circles as asked
    from gis.coverage.model import ask

    driver_of(out)
    question = ask(types.split(","), minutes=minutes, metres=metres, profile=profile)
    with database() as (engine, cache):
        made = asked(engine, question, cache, drawn)
    write_circles(made, out)
    typer.echo(f"{len(made)} 个服务圈 / circles → {out}")


def _of_database() -> None:
    """Every existing station's own circles, with a progress bar; the first run on a machine compiles."""
    from gis.cli.bar import bars
    from gis.cli.database import database
    from gis.coverage.circles import own_circles, store_circles
    from gis.coverage.refresh import CIRCLES, link
    from gis.coverage.world import current_world

    with database() as (engine, cache), bars() as progress:
        world = current_world(engine, cache)
        link(world, progress)
        made = store_circles(
            engine, world, own_circles(world), lambda done, total: progress(CIRCLES, done, total)
        )
    typer.echo(f"{made} 个服务圈已入库 / circles stored")
