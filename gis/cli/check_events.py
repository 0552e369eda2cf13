"""`wangge check events`: are the logs of events whole, do events stand where these say, is everything sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from sqlalchemy import Engine

GOOD, BAD = "✓", "✗"
SHOWN = 20
BROKEN, UNSENT = 1, 3
"""What it ends with: the log is broken, or only messages were not sent."""


def events(
    late: float = typer.Option(
        10.0, min=0.0, help="消息超过多少分钟未发送即为异常 / minutes after which an unsent message is late"
    ),
) -> None:
    """检查事件日志链、事件状态与未送达的通知 / check logs and states (1 when broken) and what was not sent (3)."""
    from gis.cli.database import database

    with database() as (engine, _):
        whole = [_chains(engine), _standing(engine)]
        sent = _sent(engine, late)
    raise typer.Exit(BROKEN if not all(whole) else UNSENT if not sent else 0)


def _chains(engine: Engine) -> bool:
    from gis.accounts.audit_verify import verify
    from gis.events.log_chain import EVENT_LOG

    found = verify(engine, EVENT_LOG)
    typer.echo(
        f"{BAD if found.broken else GOOD} 事件日志 / logs of events: {found.rows:,} 行 / rows, "
        f"{found.objects:,} 条链 / chains, {found.broken:,} 条断裂 / broken"
    )
    for fault in found.faults[:SHOWN]:
        typer.echo(f"  {fault.object}: 第 {fault.seq} 行{fault.zh} / row {fault.seq}, {fault.en}")
    return not found.broken


def _standing(engine: Engine) -> bool:
    from gis.events.notices.checking import standing

    found = standing(engine)
    typer.echo(
        f"{BAD if found.wrong else GOOD} 事件状态 / states of events: {found.events:,} 件 / events, "
        f"{found.wrong:,} 件与日志不符 / differ from their log"
    )
    for one in found.found[:SHOWN]:
        logged = f"{one['logged'] or '-'} ({one['logged_round'] or '-'})"
        typer.echo(f"  {one['number']}: {one['status']} ({one['round']})，日志为 / the log says {logged}")
    return not found.wrong


def _sent(engine: Engine, late: float) -> bool:
    from gis.events.notices.checking import unsent

    found = unsent(engine, late * 60)
    good = not (found.unspread or found.unsent or found.dead)
    typer.echo(
        f"{GOOD if good else BAD} 通知 / messages: {found.unspread + found.unsent:,} 条超过 {late:g} 分钟未发送"
        f" / unsent for more than {late:g} minutes, {found.dead:,} 条已放弃 / given up"
    )
    if found.unspread or found.unsent:
        typer.echo("  请确认后台进程在运行 / see that a worker runs: wangge worker")
    for one in found.given_up[:SHOWN]:
        at = str(one["at"])[:19]
        typer.echo(f"  {at} {one['subscriber']}: {one['topic']} #{one['message']} ({one['error']})")
    return good
