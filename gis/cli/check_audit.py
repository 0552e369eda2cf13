"""`wangge check audit`: are all chains whole, are they those of an anchor, and what is past its retention."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gis.base.errors import Invalid
from gis.cli.polite import read_settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from gis.accounts.audit_verify import Verdict

GOOD, BAD = "✓", "✗"
SHOWN = 20


def audit(
    anchor: Path = typer.Option(
        None, help="把锚写入此文件，须另存于他处 / write the anchor here; keep it on another machine"
    ),
    against: Path = typer.Option(
        None, help="与先前的锚比较 / compare with an anchor from before", exists=True, dir_okay=False
    ),
    purge: bool = typer.Option(
        False, "--purge", help="删除超过 WANGGE_AUDIT_DAYS 天的记录 / remove rows past WANGGE_AUDIT_DAYS"
    ),
) -> None:
    """验证审计与事件日志的哈希链 / verify the chains of the audit and of the events' logs; 1 when one is broken."""
    from gis.cli.database import database

    with database() as (engine, _):
        good = _verify(engine)
        if against is not None:
            good &= _compare(engine, against)
        if anchor is not None:
            _anchor(engine, anchor, whole=good)
        if purge:
            _purge(engine, whole=good)
    raise typer.Exit(0 if good else 1)


def _verify(engine: Engine) -> bool:
    from gis.accounts.audit_verify import AUDIT, verify
    from gis.events.log_chain import EVENT_LOG

    good = [
        _tell("审计 / audit", verify(engine, AUDIT)),
        _tell("事件日志 / logs of events", verify(engine, EVENT_LOG)),
    ]
    return all(good)


def _tell(name: str, verdict: Verdict) -> bool:
    typer.echo(
        f"{BAD if verdict.broken else GOOD} {name}: {verdict.rows:,} 行 / rows, {verdict.objects:,} 条链 / chains, "
        f"{verdict.broken:,} 条断裂 / broken ({verdict.rows_a_second:,} 行/秒 rows/s)"
    )
    for fault in verdict.faults[:SHOWN]:
        typer.echo(f"  {fault.object}: 第 {fault.seq} 行{fault.zh} / row {fault.seq}, {fault.en}")
    if verdict.broken > SHOWN:
        typer.echo(f"  … 另有 {verdict.broken - SHOWN} 条 / more")
    return not verdict.broken


def _compare(engine: Engine, against: Path) -> bool:
    from gis.accounts.audit_anchor import compare, read_anchor
    from gis.accounts.audit_verify import AUDIT
    from gis.events.log_chain import EVENT_LOG

    before = read_anchor(against)
    found = compare(engine, before, (AUDIT, EVENT_LOG))
    typer.echo(
        f"{BAD if found.differences else GOOD} 锚 / anchor {before.at.isoformat()}: {found.same} 天一致 / days agree, "
        f"{len(found.differences)} 天不一致 / differ, {found.past} 天已过保存期 / past retention"
    )
    for day in found.differences[:SHOWN]:
        zh, en = f"当时 {day.then} 行，现在 {day.now} 行", f"{day.then} rows then, {day.now} now"
        typer.echo(f"  {day.table} {day.day} (UTC): {zh} / {en}")
    return not found.differences


def _anchor(engine: Engine, path: Path, *, whole: bool) -> None:
    from gis.accounts.audit_anchor import take_anchor, write_anchor
    from gis.accounts.audit_verify import AUDIT
    from gis.events.log_chain import EVENT_LOG

    _require_whole(whole)
    taken = take_anchor(engine, (AUDIT, EVENT_LOG))
    write_anchor(taken, path)
    typer.echo(f"锚 / anchor {taken.root}\n  {path}")


def _purge(engine: Engine, *, whole: bool) -> None:
    from gis.accounts.audit_retention import purge

    _require_whole(whole)
    days = read_settings().audit_days
    gone = purge(engine, days)
    typer.echo(f"已删除 {days} 天前的 {gone:,} 行 / {gone:,} rows from more than {days} days ago removed")


def _require_whole(whole: bool) -> None:
    """Neither an anchor nor a purge may make good what is broken."""
    if not whole:
        raise Invalid(
            "audit_broken",
            "哈希链有断裂或与锚不符，未写入锚，也未删除任何记录",
            "chains are broken or differ from the anchor: no anchor was written and nothing removed",
        )
