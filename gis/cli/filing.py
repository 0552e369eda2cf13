"""`wangge import filing-standards` and `wangge import categories`: rules of events from tables, compared first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from gis.events.standards.model import Imported

File = Annotated[Path, typer.Argument(help="CSV 或 XLSX / CSV or XLSX")]
City = Annotated[
    str, typer.Option("--city", help="适用区域代码的前几位；缺省全部 / beginning of area codes; everywhere")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只检查并比较 / check and compare, keep nothing")]
SHOWN = 30
WORDS = {
    "added": "新增 / added",
    "changed": "改变 / changed",
    "removed": "移除 / removed",
    "unchanged": "不变 / unchanged",
}


def register(app: typer.Typer) -> None:
    """Add the two commands to `wangge import`."""
    from gis.cli.import_ import import_app

    del app
    import_app.command("filing-standards", help="导入立案标准 / filing standards of a city.")(
        filing_standards
    )
    import_app.command("categories", help="导入事项类别 / categories of events.")(categories)


def filing_standards(
    file: File,
    version: Annotated[str, typer.Option("--version", help="版本号，如 2026.2 / of this set")],
    city: City = "",
    name: Annotated[str, typer.Option("--name", help="名称 / what it is called")] = "",
    source: Annotated[str, typer.Option("--source", help="未写来源的行的来源 / of rows that name none")] = "",
    valid_from: Annotated[str, typer.Option("--from", help="启用日期，缺省今天 / first day, today")] = "",
    edition: Annotated[
        str, typer.Option("--edition", help="文件中代码的版本 / of the codes: gbt30428.2-2013, cjt214-2007")
    ] = "",
    kind: Annotated[
        str, typer.Option("--kind", help="文件中代码的类型 / of the codes: component, event")
    ] = "",
    dry_run: DryRun = False,
) -> None:
    """Put a table in force as a city's filing standards, all rows or none; it ends the set before."""
    from gis.cli.database import database
    from gis.events.standards.model import SetFacts
    from gis.events.standards.service import import_standards

    given = SetFacts(city, version, name, None, source, _day(valid_from))
    told = {"edition": edition, "kind": kind}
    with database() as (engine, _):
        suffix = file.suffix.lower()
        done = import_standards(engine, file.read_bytes(), suffix, given, dry_run=dry_run, told=told)
    _print(done)


def categories(file: File, city: City = "", dry_run: DryRun = False) -> None:
    """Add, change and retire categories by a table, all rows or none."""
    from gis.cli.database import database
    from gis.events.standards.service import import_categories

    with database() as (engine, _):
        done = import_categories(engine, file.read_bytes(), file.suffix.lower(), city, dry_run=dry_run)
    _print(done)


def _day(text: str) -> Any:
    from datetime import date

    from gis.base.errors import Invalid

    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(
            "bad_date", "日期应写作 2026-07-01", "a day is written 2026-07-01", field="--from"
        ) from None


def _print(done: Imported) -> None:
    found = done.difference
    kept = "试运行，未保存 / dry run, nothing kept" if done.dry_run else "已导入 / imported"
    counts = "，".join(f"{WORDS[what]} {count}" for what, count in found.counts.items())
    typer.echo(f"{done.rows} 行 / rows · {counts} · {kept}")
    for one in found.changes[:SHOWN]:
        number = "" if one.condition_no is None else f" {one.condition_no}"
        typer.echo(f"  {WORDS[one.what]} {one.key}{number} {one.name_zh}")
    if len(found.changes) > SHOWN:
        rest = len(found.changes) - SHOWN
        typer.echo(f"  … 另有 {rest} 处 / {rest} more")
