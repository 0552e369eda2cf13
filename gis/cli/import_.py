"""`wangge import`: files into the database, with a dry run and a report that names every bad row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gis.cli.polite import PoliteGroup

if TYPE_CHECKING:
    from gis.intake.model import ImportOptions, ImportReport, LayerKind

import_app = typer.Typer(cls=PoliteGroup, no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="文件 / the file")]
Crs = Annotated[
    str | None, typer.Option("--crs", help="文件未声明时的坐标系，如 EPSG:4490 / when the file declares none")
]
CoordSys = Annotated[
    str | None,
    typer.Option(
        "--coord-sys",
        help="wgs84、cgcs2000、gcj02、bd09；缺省按 coord_sys 列，否则 wgs84 / default: column coord_sys, else wgs84",
    ),
]
Layer = Annotated[str | None, typer.Option("--layer", help="图层、工作表或数组名 / layer, sheet or list")]
Encoding = Annotated[str | None, typer.Option("--encoding", help="属性编码，如 GB18030 / of the attributes")]
Map = Annotated[list[str] | None, typer.Option("--map", help="字段=列名，可多次 / field=COLUMN, repeatable")]
Set = Annotated[
    list[str] | None, typer.Option("--set", help="字段=固定值，可多次 / field=VALUE for every row")
]
Prefix = Annotated[
    str, typer.Option("--code-prefix", help="编号前缀；无编号时按行编号 / put before codes, or numbers rows")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只检查，不保存 / check everything, keep nothing")]
SkipBad = Annotated[
    bool, typer.Option("--skip-bad", help="跳过坏行，导入其余 / leave bad rows out, import the rest")
]
Overlaps = Annotated[
    bool, typer.Option("--allow-overlaps", help="允许区域重叠并说明 / take areas that overlap, and say so")
]
Strict = Annotated[
    bool, typer.Option("--strict-winding", help="拒绝环方向不合 RFC 7946 / refuse rings against the rule")
]
Report = Annotated[
    Path | None, typer.Option("--report", help="报告文件 .json 或 .csv / where to write the report")
]
Zone = Annotated[
    str, typer.Option("--time-zone", help="无时差的时间属于何时区 / zone of times without offset")
]
Origin = Annotated[
    str, typer.Option("--origin", help="编号所属系统名，默认文件名 / the system the keys are of")
]


def register(app: typer.Typer) -> None:
    """Add `wangge import …`."""
    app.add_typer(import_app, name="import", help="导入数据文件 / import data files.")


def pairs(given: list[str] | None, option: str) -> dict[str, str]:
    """`field=value` texts as a dictionary; Invalid `bad_option` for anything else."""
    from gis.base.errors import Invalid

    found = {}
    for text in given or []:
        name, mark, value = text.partition("=")
        if not mark or not name.strip():
            raise Invalid(
                "bad_option",
                f"{option} 应写作 字段=值：{text}",
                f"{option} wants field=value: {text}",
                field=option,
            )
        found[name.strip()] = value
    return found


def _run(kind: str, path: Path, options: ImportOptions, report: Path | None) -> None:
    from gis.base.errors import InvalidFile
    from gis.cli.bar import bars
    from gis.cli.database import database
    from gis.intake import service
    from gis.intake.model import ImportReport
    from gis.intake.writing import write_report

    try:
        with database() as (engine, _), bars() as progress:
            if kind == "osm":
                done = service.import_osm(engine, path, options, progress)
            else:
                done = service.import_layer(engine, kind, path, options, progress)
    except InvalidFile as error:
        if report is not None:
            rows = int(error.facts.get("rows") or 0)
            counted = error.facts.get("counted") or {}
            refused = ImportReport(kind, path.name, rows, {}, error.problems, [], options.dry_run, counted)
            write_report(refused, report)
        raise
    if report is not None:
        write_report(done, report)
    _print(done)


def _print(report: ImportReport) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    title = f"{report.file}: {report.rows} 行 / rows" + (
        "（试运行，未保存 / dry run, nothing kept）" if report.dry_run else ""
    )
    table = Table("图层 / layer", "新增 / inserted", "更新 / updated", "未变 / unchanged", title=title)
    for name, counts in report.counts.items():
        table.add_row(name, *(str(n) for n in (counts.inserted, counts.updated, counts.unchanged)))
    console.print(table)
    for name, value in report.counted.items():
        console.print(f"  {name}: {value:,}" if isinstance(value, int | float) else f"  {name}: {value}")
    _print_problems(console, f"未导入的行 / rows left out: {report.bad_rows}", report.problems)
    _print_problems(console, f"说明 / notes: {len(report.notes)}", report.notes)


def _print_problems(console: Any, title: str, problems: list[Any], shown: int = 20) -> None:
    """One line each by row, wrapped and never cut; of many the first and how many more there are."""
    if not problems:
        return
    console.print(title, markup=False, highlight=False)
    ordered = sorted(problems, key=lambda problem: problem.row or 0)
    for problem in ordered[:shown]:
        place = "文件 / file" if problem.row is None else f"第 {problem.row} 行 / row {problem.row}"
        said = f"  {place} {problem.field or ''} [{problem.code}] {problem.zh} / {problem.en}"
        said += f" ({problem.value})" if problem.value else ""
        console.print(said, markup=False, highlight=False, soft_wrap=not console.is_terminal)
    rest = len(ordered) - shown
    if rest > 0:
        more = f"  … 另有 {rest} 条，全部见 --report 文件 / {rest} more, --report FILE holds them all"
        console.print(more, markup=False, highlight=False)


@import_app.command("osm")
def osm(file: File, dry_run: DryRun = False, report: Report = None) -> None:
    """导入 OpenStreetMap 数据（.osm.pbf 或 .osm）/ an OpenStreetMap extract."""
    from gis.intake.model import ImportOptions

    _run("osm", file, ImportOptions(dry_run=dry_run), report)


def _layer_command(kind: LayerKind | str) -> Any:
    def command(
        file: File,
        crs: Crs = None,
        coord_sys: CoordSys = None,
        layer: Layer = None,
        encoding: Encoding = None,
        map_: Map = None,
        set_: Set = None,
        code_prefix: Prefix = "",
        dry_run: DryRun = False,
        skip_bad: SkipBad = False,
        allow_overlaps: Overlaps = False,
        strict_winding: Strict = False,
        time_zone: Zone = "Asia/Shanghai",
        origin: Origin = "",
        report: Report = None,
    ) -> None:
        from gis.base.datum import CoordSys as Datum
        from gis.intake.model import ImportOptions

        options = ImportOptions(
            crs=crs,
            coord_sys=None if coord_sys is None else Datum.parse(coord_sys),
            layer=layer,
            encoding=encoding,
            mapping=pairs(map_, "--map"),
            values=pairs(set_, "--set"),
            code_prefix=code_prefix,
            dry_run=dry_run,
            skip_bad=skip_bad,
            allow_overlaps=allow_overlaps,
            strict_winding=strict_winding,
            time_zone=time_zone,
            origin=origin,
        )
        _run(str(kind), file, options, report)

    return command


LAYER_HELP = {
    "areas": "区域与网格 / areas and grids",
    "compounds": "小区 / compounds",
    "gates": "小区出入口 / gates",
    "buildings": "楼栋 / buildings",
    "entrances": "单元门 / entrances",
    "stations": "服务站点 / stations",
    "streets": "可步行道路（含 GraphML）/ walkable streets",
    "barriers": "河流、铁路、围墙等阻隔 / barriers",
    "reports": "上报 / reports",
}
for _name, _help in LAYER_HELP.items():
    import_app.command(_name, help=f"导入{_help}.")(_layer_command(_name))
