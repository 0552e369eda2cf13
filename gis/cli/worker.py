"""`wangge worker`: runs what people asked for and a request is too short for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from gis.jobs.worker import Worker
    from gis.settings import Settings


def register(app: typer.Typer) -> None:
    """Add `wangge worker`."""
    app.command(
        help="运行后台任务，可多开几个；wangge serve 自带一个 / run queued jobs, beside the one in wangge serve."
    )(worker)


def worker() -> None:
    """Take jobs until Ctrl-C; what was begun then is given back to the queue."""
    from gis.cli.ending import until_told
    from gis.cli.polite import REFUSED, read_settings
    from gis.db.connect import held_url, migrate
    from gis.jobs.worker import working

    settings = read_settings()
    with until_told() as told, held_url(settings) as url:
        told.heed()
        migrate(url)
        with made(url, settings) as one, attended(url, settings), working(one) as thread:
            typer.echo("后台任务已启动，按 Ctrl-C 停止 / waiting for jobs, press Ctrl-C to stop")
            told.wait(thread)
        raise typer.Exit(
            REFUSED
        )  # it ended by a fault of the program, told above: whoever keeps us up starts anew


@contextmanager
def made(url: str, settings: Settings) -> Iterator[Worker]:
    """A worker: its queue on the owner's address, its jobs as the role of the web edge."""
    from api.job_handlers import job_handlers
    from gis.db.api_role import api_url, require_safe
    from gis.db.engine import make_engine, make_job_engine
    from gis.jobs.worker import Worker

    queue = make_engine(url, pool_size=3)
    asker = make_job_engine(api_url(settings, url))
    try:
        require_safe(asker)
        yield Worker(queue, asker, job_handlers(settings))
    finally:
        asker.dispose()
        queue.dispose()


@contextmanager
def jobs(url: str, settings: Settings) -> Iterator[None]:
    """Run jobs on a thread of this process while the block lasts."""
    from gis.jobs.worker import working

    with made(url, settings) as one, attended(url, settings), working(one):
        yield


@contextmanager
def attended(url: str, settings: Settings) -> Iterator[None]:
    """Attend to the worker's own duties on a thread while the block lasts: clocks, deliveries."""
    from api.duties import duties
    from gis.db.engine import make_engine
    from gis.jobs.duties import Duties, attending

    engine = make_engine(url, pool_size=2)
    try:
        with attending(Duties(engine, duties(settings))):
            yield
    finally:
        engine.dispose()
