"""`wangge coverage`: which buildings have a station within so many minutes or metres, by files or the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from gis.coverage.files import Files
    from gis.walking.model import Profile


def register(app: typer.Typer) -> None:
    """Add `wangge coverage`."""
    app.command(
        name="coverage",
        help="步行覆盖：逐栋建筑到最近站点，用文件或数据库 / walking coverage by building, by files or the database.",
    )(coverage)


def coverage(
    out: Path = typer.Option(..., help="结果 csv gpkg geojson parquet shp.zip dxf xlsx / the answer"),
    out_crs: str | None = typer.Option(None, help="结果坐标系（CSV 除外）/ system of the answer"),
    minutes: float | None = typer.Option(None, help="步行分钟 / minutes of walking"),
    metres: float | None = typer.Option(None, help="步行米数 / metres of walking"),
    profile: str = typer.Option("standard", help="步行档案 / standard, adult, elderly, child, winter"),
    types: str | None = typer.Option(
        None, help="数据库：站点类型，逗号分隔 / database: types of stations, by commas"
    ),
    every: bool = typer.Option(
        False, "--all", help="数据库：全部站点类型 / database: stations of every type"
    ),
    area: str | None = typer.Option(
        None, help="数据库：区域编码，含其下级 / database: an area's whole subtree"
    ),
    at: str | None = typer.Option(
        None, help="此时开放的，如 Tu-20:00 / what is open at that time of the week"
    ),
    capacity: bool = typer.Option(
        False, help="数据库：计入站点容量 / database: no station above its capacity"
    ),
    uncovered: Path | None = typer.Option(
        None, help="另写未覆盖建筑 CSV，最差在前 / the uncovered ones as well, worst first"
    ),
    streets: Path | None = typer.Option(None, help="文件：街道（线） / files: streets, lines"),
    buildings: Path | None = typer.Option(
        None, help="文件：建筑（面或点） / files: buildings, footprints or points"
    ),
    stations: Path | None = typer.Option(None, help="文件：站点 / files: stations"),
    barriers: Path | None = typer.Option(
        None, help="文件：河流、铁路、围墙 / files: rivers, railways, walls"
    ),
    compounds: Path | None = typer.Option(None, help="文件：封闭小区 / files: walled compounds"),
    gates: Path | None = typer.Option(None, help="文件：小区大门 / files: their gates"),
    entrances: Path | None = typer.Option(None, help="文件：建筑出入口 / files: entrances"),
    id_field: str = typer.Option(
        "id", help="文件：建筑编号列，缺省用行号 / files: column naming a building, else row number"
    ),
    station_field: str | None = typer.Option(None, help="文件：站点编号列 / files: column naming a station"),
    crs: str | None = typer.Option(
        None, help="文件：未声明坐标系时 / files: reference system of those without one"
    ),
) -> None:
    """逐栋回答：最近站点、距离、时间、是否覆盖、临界、原因 / nearest station, distance, time, covered, reason."""
    given = (streets, buildings, stations, barriers, compounds, gates, entrances, station_field, crs)
    if all(value is None for value in given):
        from gis.cli.coverage_database import cover_database

        limits = {"minutes": minutes, "metres": metres, "profile": profile, "area": area}
        asked = {**limits, "at": at, "capacity": capacity}
        cover_database((out, out_crs), types, uncovered, every=every, asked=asked)
        return
    if streets is None or buildings is None or stations is None or types or area or every or capacity:
        raise _mixed()
    from gis.coverage.files import Files
    from gis.coverage.model import walking_limit

    walker, limit = walking_limit(minutes, metres, profile)
    files = Files(streets, buildings, stations, barriers, compounds, gates, entrances, crs)
    _cover_files(files, (id_field, station_field), (walker, limit, at), (out, out_crs), uncovered)


def _mixed() -> Exception:
    from gis.base.errors import Invalid

    return Invalid(
        "files_missing",
        "只用文件时请同时给出 --streets、--buildings 与 --stations；--types、--all、--area、--capacity 只用于数据库",
        "by files give --streets, --buildings and --stations together; --types, --all, --area and --capacity are of "
        "the database",
        field="streets",
    )


def _cover_files(
    files: Files,
    names: tuple[str, str | None],
    asked: tuple[Profile, int, str | None],
    to: tuple[Path, str | None],
    uncovered: Path | None,
) -> None:
    from rich.console import Console

    from gis.cli.answer_files import export_rows, kind_of
    from gis.coverage.files import Names, cover_files
    from gis.coverage.rows import worst_first, write_csv
    from gis.register.opening import week_time

    walker, limit, at = asked
    out, out_crs = to
    kind = kind_of(out)
    when = None if at is None else week_time(at)
    console = Console(stderr=True)
    with console.status("…") as status:
        answer = cover_files(
            files, walker, limit, Names(*names), lambda zh, en: status.update(f"{zh} / {en}"), at=when
        )
        if kind is None:
            write_csv(answer, out)
        else:
            export_rows(answer, files, out, out_crs)
        if uncovered is not None:
            write_csv(worst_first(answer, walker, limit), uncovered)
    print_notes(answer, console)
    print_counts(answer, console)
    typer.echo(str(out))


def print_notes(answer: pd.DataFrame, console: Console) -> None:
    """What was decided about the files, where something was."""
    for zh, en in answer.attrs.get("notes", []):
        console.print(f"{zh} / {en}", markup=False)


def print_counts(answer: pd.DataFrame, console: Console) -> None:
    """How many rows are covered, borderline, and uncovered by reason."""
    from rich.table import Table

    from gis.coverage.table import reason_text

    table = Table("", "建筑 / buildings")
    table.add_row("合计 / all", str(len(answer)))
    table.add_row("覆盖 / covered", str(int(answer["covered"].sum())))
    table.add_row("临界 / borderline", str(int(answer["borderline"].sum())))
    for reason, count in answer["reason"].value_counts().items():
        table.add_row(reason_text(str(reason)), str(count))
    console.print(table)
