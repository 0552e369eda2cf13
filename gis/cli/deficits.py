"""`wangge deficits`: what communities are missing by a standard, or what new housing needs; `wangge import standards`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from gis.coverage.deficits import HousingNeed
    from gis.coverage.deficits_model import Deficit, DeficitAnswer
    from gis.coverage.standards import Standard

SURE = {"verified": "", "defined": "本项目定义 / defined here", "recalled": "未核实 / unverified"}
WIDEST = 160
UNKNOWN = "未知 / unknown"
_COLUMNS = (
    "code", "name", "type", "tier_min", "required", "present", "coming", "missing", "residents_covered", "residents",
    "area_required_m2", "area_present_m2", "area_missing_m2", "confidence",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add `wangge deficits` and `wangge import standards`."""
    from gis.cli.import_ import import_app

    app.command(
        help="配套缺口：按标准逐社区，或新建住宅应配 / missing facilities by a standard, or what new housing needs."
    )(deficits)
    import_app.command("standards", help="导入配套标准（CSV）/ standards of facilities, a CSV.")(standards)


def deficits(
    area: str | None = typer.Option(None, help="区域编码，含其下级 / an area's whole subtree"),
    standards: str = typer.Option(
        "gb50180", help="标准，可加版本 / a standard: gb50180, party_mass, name@version"
    ),
    households: int | None = typer.Option(
        None, help="新建住宅的户数：算应配设施 / households of a project: what they need"
    ),
    residents: int | None = typer.Option(None, help="新建住宅的人数 / its residents, where known"),
    out: Path | None = typer.Option(None, help="逐社区结果 CSV / the rows by community"),
) -> None:
    """Print the communities by what they are missing, or what a housing project needs."""
    from gis.base.errors import Invalid
    from gis.cli.database import database
    from gis.coverage import deficits_service

    if households is None and residents is not None:
        raise Invalid(
            "out_of_range",
            "--residents 须与 --households 同用",
            "--residents goes with --households",
            field="residents",
        )
    with database() as (engine, cache):
        if households is not None:
            found, needs = deficits_service.housing_need(engine, households, residents, area, standards)
            _print_needs(found, needs)
            return
        given = deficits_service.deficit_answer(engine, area, standards, cache)
    if out is not None:
        _write(given.rows, out)
    _print_deficits(given)
    if out is not None:
        typer.echo(str(out))


def standards(
    file: Path = typer.Argument(..., help="文件 / the file", exists=True, dir_okay=False),
    dry_run: bool = typer.Option(False, "--dry-run", help="只检查，不保存 / check everything, keep nothing"),
) -> None:
    """Store the standards of a file in place of their last import."""
    from gis.cli.database import database
    from gis.coverage.deficits_service import import_standards
    from gis.coverage.standards import read_standards

    if dry_run:
        found = read_standards(file.read_bytes())
    else:
        with database() as (engine, _):
            found = import_standards(engine, file)
    for one in found:
        place = one.city or "全部 / everywhere"
        kept = "试运行，未保存 / dry run, nothing kept" if dry_run else "已导入 / imported"
        typer.echo(f"{one.profile}@{one.version} · {place} · {len(one.types)} 类 / types · {kept}")


def _heading(standard: Standard) -> str:
    sure = "" if standard.verified else "（含未核实的数值 / holds unverified values）"
    return f"{standard.name_zh} / {standard.name_en} {standard.version}{sure}"


def _label(kind: str) -> str:
    from gis.coverage.standards import COMMUNITY_ROOMS
    from gis.register.station_types import station_type

    return "社区综合服务设施总量" if kind == COMMUNITY_ROOMS else station_type(kind).zh


def _print_deficits(given: DeficitAnswer) -> None:
    from rich.console import Console
    from rich.table import Table

    console = wide(Console(stderr=True))
    versions = f"规则 / rules {given.rule_version} · 路网 / network {given.network_version}"
    table = Table(
        "设施 / facility", "应有 / required", "现有 / present", "缺 / missing", "半径内居民 / within reach",
        "缺面积 m²", "", title=_heading(given.standard), caption=versions,
    )  # fmt: skip
    for row in given.totals:
        share = row.residents
        reach = "" if share.rate is None else f"{share.covered:,}/{share.total:,} {share.rate:.1%}"
        table.add_row(
            _label(row.type), _judged(row, row.required), _number(row.present), _judged(row, row.missing), reach,
            _judged(row, row.area_missing_m2), SURE[row.confidence],
        )  # fmt: skip
    console.print(table)
    ranked = Table("社区 / community", "", "缺设施 / missing", "缺面积 m²", "居民 / residents")
    for one in given.ranked[:20]:
        ranked.add_row(
            one.code, one.name, *map(_or_unknown, (one.missing, one.area_missing_m2, one.residents))
        )
    console.print(ranked)
    for note in given.notes:
        console.print(f"{note.count} {note.zh} / {note.count} {note.en}")


def _print_needs(standard: Standard, needs: list[HousingNeed]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(
        "设施 / facility",
        "自设 / of its own",
        "占一处的份额 / share of one",
        "面积 m² / area",
        "",
        title=_heading(standard),
    )
    for need in needs:
        ends = [_number(end) for end in (need.area_min_m2, need.area_max_m2) if end is not None]
        share = _percent(need.share)
        table.add_row(_label(need.type), _number(need.required), share, "–".join(ends), SURE[need.confidence])
    wide(Console()).print(table)


def wide(console: Console) -> Console:
    """The console, at least as wide as the widest table: a narrow terminal wraps a line, and no number is cut."""
    console.width = max(console.width, WIDEST)
    return console


def _percent(share: float | None) -> str:
    if share is None:
        return ""
    return "<0.1 %" if 0 < share < 0.001 else f"{share:.1%}" if share < 0.01 else f"{share:.0%}"


def _judged(row: Deficit, value: float | None) -> str:
    """A number of what people need: unknown where nobody was counted, nothing where the standard asks for none."""
    return UNKNOWN if row.unknown else _number(value)


def _or_unknown(value: float | None) -> str:
    return UNKNOWN if value is None else _number(value)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _write(rows: list[Deficit], path: Path) -> None:
    import csv

    from gis.formats.whole import whole

    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as made, made.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(_COLUMNS)
        table.writerows(_cells(row) for row in rows)


def _cells(row: Deficit) -> list[object]:
    """The row for a file that a spreadsheet may open."""
    from gis.formats.safe_text import safe_cell

    share = row.residents
    area = (row.area_required_m2, row.area_present_m2, row.area_missing_m2)
    counts = (row.required, row.present, row.coming, row.missing, share.covered, share.total)
    return [row.code, safe_cell(row.name), row.type, row.tier_min, *counts, *area, row.confidence]
