"""`wangge coverage` without files: what the planner's page counts, as rows, with the sums of people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console
    from rich.table import Table

    from gis.coverage.model import CoverageAnswer, Question
    from gis.coverage.world import World

SUMMED = {
    "buildings": "有人居住的楼 / buildings lived in",
    "households": "户 / households",
    "residents": "居民 / residents",
}


def cover_database(
    to: tuple[Path, str | None],
    types: str | None,
    uncovered: Path | None,
    *,
    every: bool,
    asked: dict[str, Any],
) -> None:
    """Write one row a building of the area and print the sums; numbers as `/api/v1/coverage` gives them.

    `to` is the file and its reference system, `asked` are the other parameters of `ask`; `uncovered` is
    where the uncovered homes go, worst first.
    """
    from rich.console import Console

    from gis.cli.answer_files import export_answer, kind_of
    from gis.cli.bar import bars
    from gis.cli.coverage import print_counts
    from gis.cli.database import database
    from gis.coverage import service
    from gis.coverage.model import ask
    from gis.coverage.refresh import link
    from gis.coverage.rows import write_csv
    from gis.coverage.world import current_world

    out, out_crs = to
    kind = kind_of(out)
    named = _named(types, every=every)
    # The question is checked before anything is started; the types of `--all` are known only then.
    ask(named or ["all"], **asked)
    with database() as (engine, cache):
        world = current_world(engine, cache)
        world.refuse_unknown(tuple(named))
        chosen = named or _every(world)
        question = ask(chosen, **asked)
        with bars() as progress:
            link(world, progress)
        given = service.answer(world, question)
        rows = service.building_rows(world, question)
        if kind is not None:
            export_answer(engine, question, out, out_crs, cache)
        worst = None if uncovered is None else _uncovered(world, question, rows)
    out.parent.mkdir(parents=True, exist_ok=True)
    if kind is None:
        write_csv(rows, out)
    if uncovered is not None and worst is not None:
        uncovered.parent.mkdir(parents=True, exist_ok=True)
        write_csv(worst, uncovered)
    console = Console(stderr=True)
    print_notes(given, console)
    print_counts(rows, console)
    console.print(_sums(given))
    typer.echo(str(out))


def print_notes(given: CoverageAnswer, console: Console) -> None:
    """What the reader must know of the data."""
    for note in given.notes:
        codes = " ".join([*note.stations, *note.gates])
        console.print(f"{note.zh} / {note.en} ({note.count}): {codes}", markup=False)


def _uncovered(world: World, question: Question, rows: pd.DataFrame) -> pd.DataFrame:
    """The uncovered homes among `rows`, worst first, with the residents."""
    from gis.coverage.rows import worst_first
    from gis.coverage.uncovered import uncovered_rows

    homes = world.buildings.iloc[uncovered_rows(world, question)]
    listed = rows.set_index("building").loc[homes["code"]].reset_index()
    listed.insert(1, "residents", homes["actual"].astype("Int64").to_numpy())
    return worst_first(listed, question.profile, question.limit)


def _named(types: str | None, *, every: bool) -> list[str]:
    """The types of `--types`; none for `--all`. Exactly one of the two is given."""
    from gis.base.errors import Invalid

    named = [name.strip() for name in (types or "").split(",") if name.strip()]
    if bool(named) == every:
        raise Invalid(
            "station_types",
            "请用 --types 指明站点类型，或用 --all 取全部；只用文件时请给出 --streets、--buildings、--stations",
            "name the types of stations with --types, or take --all; by files alone give --streets, --buildings "
            "and --stations",
            field="types",
        )
    return named


def _every(world: World) -> list[str]:
    """Every type that has a station; Invalid `no_stations` where there is none."""
    from gis.base.errors import Invalid

    present = sorted(set(world.stations["type"]))
    if not present:
        raise Invalid("no_stations", "数据库中还没有站点", "the database has no stations yet", field="types")
    return present


def _sums(given: CoverageAnswer) -> Table:
    """Covered and total of buildings, households and residents; of which versions."""
    from rich.table import Table

    versions = f"规则 / rules {given.rule_version} · 路网 / network {given.network_version}"
    table = Table("", "覆盖 / covered", "合计 / total", "覆盖率 / rate", caption=versions)
    for name, label in SUMMED.items():
        share = given.totals[name]
        rate = "" if share.rate is None else f"{share.rate:.1%}"
        table.add_row(label, f"{share.covered:,}", f"{share.total:,}", rate)
    return table
