"""`wangge calendar`: a city's list of holidays, make-up days and short days into its calendar."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gis.cli.polite import PoliteGroup

calendar_app = typer.Typer(cls=PoliteGroup, no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="CSV：day,works,sessions,name / the list of days")]
Code = Annotated[str, typer.Option("--code", help="日历代码 / code of the calendar")]
City = Annotated[str, typer.Option("--city", help="区域代码前几位 / the beginning of the codes of its areas")]
Name = Annotated[str, typer.Option("--name", help="名称，新日历必填 / its name, of a new calendar")]
Source = Annotated[str, typer.Option("--source", help="依据，如文号 / who says so: a notice, its number")]
KnownTo = Annotated[
    str | None,
    typer.Option("--known-to", help="名单覆盖到的最后一天，如 2027-12-31 / the last day the list covers"),
]


def register(app: typer.Typer) -> None:
    """Add `wangge calendar …`."""
    app.add_typer(calendar_app, name="calendar", help="工作日历 / calendars of working time.")


@calendar_app.command("import")
def import_days(
    file: File, code: Code, source: Source, city: City = "", name: Name = "", known_to: KnownTo = None
) -> None:
    """导入一个城市的放假、调休与半日安排，生成新版本 / a city's days into a new version of its calendar."""
    from datetime import date

    from gis.base.errors import Invalid
    from gis.cli.database import database
    from gis.events.clocks.calendars import import_days as keep
    from gis.events.clocks.files import read_days

    days = read_days(file.read_bytes(), source)
    try:
        until = None if known_to is None else date.fromisoformat(known_to)
    except ValueError:
        raise Invalid(
            "bad_date", "日期应为 2027-12-31", "a date looks like 2027-12-31", field="known_to"
        ) from None
    with database() as (engine, _):
        made = keep(engine, days, code=code, city=city, name=name, source=source, known_to=until)
    typer.echo(f"{made.code} 第 {made.version} 版：{len(days)} 天 / version {made.version}: {len(days)} days")


@calendar_app.command("show")
def show(code: Annotated[str, typer.Argument(help="日历代码 / code")] = "cn", year: int = 2026) -> None:
    """列出某年的放假、调休与半日 / the holidays, make-up days and short days of a year."""
    from gis.base.worktime_calendar import write_sessions
    from gis.base.worktime_explain import day_kind
    from gis.cli.database import database
    from gis.events.clocks.calendars import read_calendar

    with database() as (engine, _):
        found = read_calendar(engine, code)
    for one in found.calendar.days:
        kind = day_kind(one.day, found.calendar)
        if one.day.year == year and kind != "weekend":
            hours = write_sessions(found.calendar.sessions_on(one.day))
            typer.echo(f"{one.day} {kind:8} {one.name} {hours}".rstrip())
