"""`wangge rules`: dispatch rules as files: check them, try them on history, keep them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from gis.events.dispatch.model import RuleSet

FILE = typer.Argument(..., help="TOML 文件，写法见 docs/how-to/dispatch.md / a TOML file")
CITY = typer.Option(None, help="区域代码，代替文件中的 city / the code of an area, instead of the file's")
WIDEST = 160
SHOWN = 30


def register(app: typer.Typer) -> None:
    """Add `wangge rules lint`, `simulate` and `import`."""
    rules = typer.Typer(
        help="派遣规则：检查、试运行、导入 / dispatch rules: check, try, import.", no_args_is_help=True
    )
    rules.command("lint", help="检查规则；有错误时退出码为 1 / check rules; exits 1 when there are errors.")(
        lint
    )
    rules.command("simulate", help="在历史事件上试运行并比较 / try rules on past events and compare.")(
        simulate
    )
    rules.command("import", help="存为草案，可直接启用 / keep rules as a draft, or put them into force.")(
        import_
    )
    app.add_typer(rules, name="rules")


def _read(path: Path, city: str | None) -> RuleSet:
    from dataclasses import replace

    from gis.base.errors import NotFound
    from gis.events.dispatch.reading import read_toml

    if not path.is_file():
        raise NotFound("file_missing", f"没有这个文件：{path.name}", f"there is no such file: {path.name}")
    given = read_toml(path.read_bytes())
    return given if city is None else replace(given, city=city)


def lint(file: Path = FILE, city: str | None = CITY) -> None:
    """Print what is wrong with the rules of a file, against the areas, categories and departments there are."""
    from gis.cli.database import database
    from gis.db.engine import unit_of_work
    from gis.events.dispatch import store
    from gis.events.dispatch.lint import ERROR
    from gis.events.dispatch.service import findings_of

    given = _read(file, city)
    with database() as (engine, _), unit_of_work(engine) as session:
        world, _places = store.world(session)
        found = findings_of(given.rules, [], world.of_city(given.city))
    for one in found:
        typer.echo(f"{one.severity} {one.kind} {one.rule or '-'}: {one.zh} / {one.en}")
    errors = sum(one.severity == ERROR for one in found)
    said = f"{len(given.rules)} 条规则，{errors} 处错误，{len(found) - errors} 处提醒"
    typer.echo(f"{said} / {len(given.rules)} rules, {errors} errors, {len(found) - errors} warnings")
    if errors:
        raise typer.Exit(1)


def simulate(
    file: Path = FILE,
    days: int = typer.Option(90, min=1, max=366, help="最近多少天 / how many days back"),
    city: str | None = CITY,
    actual: bool = typer.Option(False, help="与实际派遣比较 / compare with where events did go"),
) -> None:
    """Print what the rules would have done, and what goes elsewhere than by the rules in force."""
    from gis.cli.database import database
    from gis.db.engine import unit_of_work
    from gis.events.dispatch.service import simulate_rules

    given = _read(file, city)
    with database() as (engine, _), unit_of_work(engine) as session:
        against = "actual" if actual else "active"
        found = simulate_rules(session, given.city, given.rules, days=days, against=against)
    _show(found)


def _show(found: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    alarms = "，".join(f"{kind} {count}" for kind, count in found["alarms"].items()) or "无 / none"
    typer.echo(
        f"{found['events']} 件 / events，{found['changed']} 件改变去向 / go elsewhere，告警 / alarms：{alarms}"
    )
    console = Console(width=WIDEST)
    table = Table("去向 / target", "编码 / code", "件 / events")
    for row in found["by_target"][:SHOWN]:
        table.add_row(row["name"], row["code"], str(row["events"]))
    console.print(table)
    if found["diff"]:
        changes = Table("原去向 / from", "新去向 / to", "件 / events", "例 / as")
        for row in found["diff"][:SHOWN]:
            names = [one["name"] if one else "—" for one in (row["from"], row["to"])]
            changes.add_row(*names, str(row["events"]), ", ".join(one["number"] for one in row["examples"]))
        console.print(changes)


def import_(
    file: Path = FILE,
    city: str | None = CITY,
    activate: bool = typer.Option(False, help="检查无误后立即启用 / put into force when nothing is wrong"),
) -> None:
    """Keep the rules of a file as a draft; with --activate put them into force."""
    from gis.cli.database import database
    from gis.events.dispatch import service

    given = _read(file, city)
    with database() as (engine, _):
        made = service.save_rule_set(engine, given)
        if activate:
            made = service.activate_rule_set(engine, made.head["id"], made.head["revision"])
    for one in made.findings:
        typer.echo(f"{one.severity} {one.kind} {one.rule or '-'}: {one.zh} / {one.en}")
    state = "已启用 / in force" if activate else "草案 / draft"
    typer.echo(
        f"#{made.head['id']} {given.city or '*'} {given.version}: {len(made.rules)} 条 / rules, {state}"
    )
