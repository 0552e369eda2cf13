"""`wangge coverage`: which buildings have a station within so many minutes or metres, from files alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from gis.walking.model import Profile


def register(app: typer.Typer) -> None:
    """Add `wangge coverage`."""
    app.command(
        name="coverage",
        help="步行覆盖：逐栋建筑到最近站点 / walking coverage, building by building, from files.",
    )(coverage)


def coverage(
    streets: Path = typer.Option(..., help="街道（线） / streets, lines"),
    buildings: Path = typer.Option(..., help="建筑（面或点） / buildings, footprints or points"),
    stations: Path = typer.Option(..., help="站点 / stations"),
    out: Path = typer.Option(..., help="结果 CSV / the answer"),
    barriers: Path | None = typer.Option(None, help="河流、铁路、围墙 / rivers, railways, walls"),
    compounds: Path | None = typer.Option(None, help="封闭小区 / walled compounds"),
    gates: Path | None = typer.Option(None, help="小区大门 / their gates"),
    entrances: Path | None = typer.Option(None, help="建筑出入口 / entrances of buildings"),
    minutes: float | None = typer.Option(None, help="步行分钟 / minutes of walking"),
    metres: float | None = typer.Option(None, help="步行米数 / metres of walking"),
    profile: str = typer.Option(
        "standard", help="步行档案 / profile: standard, adult, elderly, child, winter"
    ),
    id_field: str = typer.Option(
        "id", help="建筑编号列，缺省用行号 / column naming a building, else row number"
    ),
    station_field: str | None = typer.Option(None, help="站点编号列 / column naming a station"),
    crs: str | None = typer.Option(None, help="未声明坐标系的文件 / reference system of files without one"),
) -> None:
    """逐栋回答：最近站点、距离、时间、是否覆盖、临界、原因 / nearest station, distance, time, covered, reason."""
    from rich.console import Console
    from rich.table import Table

    from gis.coverage.files import Files, Names, cover_files, write_csv

    walker, limit = walking_limit(minutes, metres, profile)
    console = Console(stderr=True)
    files = Files(streets, buildings, stations, barriers, compounds, gates, entrances, crs)
    with console.status("…") as status:
        answer = cover_files(
            files, walker, limit, Names(id_field, station_field), lambda zh, en: status.update(f"{zh} / {en}")
        )
        out.parent.mkdir(parents=True, exist_ok=True)
        write_csv(answer, out)
    table = Table("", "建筑 / buildings")
    table.add_row("合计 / all", str(len(answer)))
    table.add_row("覆盖 / covered", str(int(answer["covered"].sum())))
    table.add_row("临界 / borderline", str(int(answer["borderline"].sum())))
    for reason, count in answer["reason"].value_counts().items():
        table.add_row(str(reason), str(count))
    console.print(table)
    typer.echo(str(out))


def walking_limit(minutes: float | None, metres: float | None, name: str) -> tuple[Profile, int]:
    """The profile and the integer limit of `--minutes` with `--profile`, or of `--metres`; exactly one of them."""
    from gis.base.errors import Invalid
    from gis.walking.cost import limit_cost
    from gis.walking.model import METRES
    from gis.walking.profiles import profile

    if (minutes is None) == (metres is None):
        raise Invalid(
            "limit_unit",
            "请在 --minutes 与 --metres 中选择一个",
            "give either --minutes or --metres",
            field="minutes",
        )
    given = minutes if metres is None else metres
    if given is None or not 0 < given < 1e6:
        raise Invalid("limit_out_of_range", "步行限值必须大于 0", "the limit must be above 0", field="limit")
    walker = METRES if metres is not None else profile(name)
    if minutes is not None and walker.is_metres:
        raise Invalid("limit_unit", "分钟需要步行档案", "minutes need a profile that walks", field="profile")
    return walker, limit_cost(walker, minutes=minutes, metres=metres)
