"""`wangge demo`: from nothing to a served sample district, with one command."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from gis.accounts.demo import DemoAccount
    from gis.base.progress import Progress
    from gis.cli.ending import Told
    from gis.settings import Settings


def register(app: typer.Typer) -> None:
    """Add `wangge demo`."""
    app.command(help="准备示例城区并启动服务 / prepare the sample district and serve it.")(demo)


def demo(
    size: str = typer.Option(
        "district", help="town 或 district，仅在数据库为空时生成 / made when it is empty"
    ),
    only_prepare: bool = typer.Option(
        False, help="准备好即结束，不启动服务 / stop when ready, serve nothing"
    ),
) -> None:
    """Cluster, migrations, sample, circles, server. What is there already is left as it is."""
    from gis.accounts.demo import refuse_production
    from gis.cli import serving
    from gis.cli.ending import until_told
    from gis.cli.polite import read_settings
    from gis.cli.worker import jobs
    from gis.db.cluster import Cluster

    settings = read_settings()
    serving.require_loopback(settings)
    refuse_production(settings)
    with until_told() as told, ExitStack() as stack:
        listener = None
        if not only_prepare:
            listener = stack.enter_context(closing(serving.listen(settings, command="make demo")))
        url = settings.database_url
        if url is None:
            with timed("数据库 / database"):
                url = stack.enter_context(serving.kept(Cluster(settings.state_dir)))
        if listener is None:
            prepare(url, settings, size)
        else:
            prepare_apart(url, size, told, load_server=settings.workers == 1)
            os.environ["WANGGE_SAMPLE_WATERMARK"] = "true"
            with jobs(url, settings):
                serving.serve(settings, url, listener, told)
            typer.echo("正在停止 / stopping")


def prepare_apart(url: str, size: str, told: Told, *, load_server: bool) -> None:
    """`wangge demo --only-prepare` as a child: the memory that loading takes ends with it, not with the server.

    Meanwhile `load_server` loads the server's modules here, so that it starts the sooner.
    """
    command = [sys.executable, "-m", "gis.cli", "demo", "--only-prepare", "--size", size]
    child = subprocess.Popen(command, env=os.environ | {"WANGGE_DATABASE_URL": url})  # noqa: S603 - ourselves
    try:
        if load_server:
            _load_server()
        told.heed()
        ended = child.wait()
    except BaseException:
        child.terminate()
        child.wait()
        raise
    if ended:
        raise typer.Exit(ended if ended > 0 else 128 - ended)


def _load_server() -> None:
    from api.routers import PLAIN, ROUTERS

    for name in ("api.app", *(f"api.routers.{router}" for router in ROUTERS), *PLAIN):
        importlib.import_module(name)


def prepare(url: str, settings: Settings, size: str) -> None:
    """Migrate, load the sample where the database is empty, and compute the circles where they are not current."""
    from api.questions import cache_dir
    from api.routers.attachments import FOLDER
    from gis.accounts.demo import ensure_demo_accounts
    from gis.cli.bar import bars
    from gis.cli.statistics import publish
    from gis.coverage.refresh import refresh
    from gis.db.connect import migrate
    from gis.db.engine import make_engine
    from gis.intake.demo_events import play

    with timed("迁移 / migrations"):
        migrate(url)
    engine = make_engine(url)
    try:
        with bars() as progress:
            fresh = _is_empty(engine)
            if fresh:
                _load(engine, size, progress)
            refresh(engine, progress, cache_dir(settings))
            accounts = ensure_demo_accounts(engine, settings)
            if fresh:
                play(engine, settings.state_dir / FOLDER, progress)
        publish(engine)
        show_accounts(accounts)
    finally:
        engine.dispose()


def show_accounts(accounts: list[DemoAccount]) -> None:
    """Print whom one may log in as: the sample has one account a role, all with the same password."""
    if not accounts:
        return
    typer.echo(f"演示账户，密码均为 / demo accounts, all with the password  {accounts[0].password}")
    wide = max(len(account.username) for account in accounts)
    for account in accounts:
        typer.echo(f"  {account.username:<{wide}}  {account.name_zh} {account.place}  /  {account.name_en}")


def _is_empty(engine: Engine) -> bool:
    from sqlalchemy import text

    with engine.connect() as connection:
        return not connection.scalar(text("SELECT EXISTS (SELECT 1 FROM area)"))


def _load(engine: Engine, size: str, progress: Progress) -> None:
    """Generate into a folder that goes away, then load everything in one transaction."""
    from gis.intake.sample import load_sample
    from sample_data.generate import generate
    from sample_data.write import write

    step = "生成示例城区 / generating the sample"
    with tempfile.TemporaryDirectory(prefix="wangge-sample-") as name:
        progress(step, 0, 1)
        write(generate(size), Path(name))
        progress(step, 1, 1)
        load_sample(engine, Path(name), progress)


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Says what is being done, then the seconds it took."""
    begun = time.monotonic()
    typer.echo(f"▸ {name} … ", nl=False, err=True)
    yield
    typer.echo(f"{time.monotonic() - begun:.1f} s", err=True)
