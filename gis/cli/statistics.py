"""`wangge statistics`: publish the months that are over; the server does it by itself once a day."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from sqlalchemy import Engine

DAY_S = 24 * 3600.0


def register(app: typer.Typer) -> None:
    """Add `wangge statistics`."""
    app.command(help="发布已结束月份的公开统计 / publish the public statistics of the months that are over.")(
        statistics
    )


def statistics(
    again: bool = typer.Option(
        False,
        help="收回并重新发布全部月份，例如导入历史之后 / take all months back and publish them anew,"
        " after a history was imported for instance",
    ),
) -> None:
    """Publish what is due, say how many months that was."""
    from gis.cli.database import database

    with database() as (engine, _):
        fresh = publish(engine, again=again)
    typer.echo(f"发布 {fresh} 个月 / {fresh} months published")


def publish(engine: Engine, *, again: bool = False) -> int:
    """Publish the months that are due, as the owner of the tables; returns how many."""
    from gis.db.engine import unit_of_work
    from gis.insight.statistics import refresh_public_statistics

    with unit_of_work(engine) as session:
        return refresh_public_statistics(session, again=again)


@contextmanager
def publishing(url: str, every_s: float = DAY_S) -> Iterator[None]:
    """Publish what is due now and once a day while the block lasts; what goes wrong is tried again next time."""
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(url, every_s, over), name="statistics", daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join(timeout=5)


def _watch(url: str, every_s: float, over: threading.Event) -> None:
    from sqlalchemy.exc import SQLAlchemyError

    from gis.db.engine import make_engine

    while not over.is_set():
        engine = make_engine(url, pool_size=1)
        try:
            publish(engine)
        except SQLAlchemyError as error:  # the server serves on; the database says why in its own log
            typer.echo(f"公开统计未更新 / statistics not published: {type(error).__name__}", err=True)
        finally:
            engine.dispose()
        over.wait(every_s)
