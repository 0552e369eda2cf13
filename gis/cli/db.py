"""`wangge db`: the private PostGIS cluster by hand."""

from __future__ import annotations

import typer

from gis.cli.polite import PoliteGroup, read_settings
from gis.settings import Settings

db_app = typer.Typer(cls=PoliteGroup, no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add `wangge db …`."""
    app.add_typer(db_app, name="db", help="私有 PostGIS 数据库 / the private PostGIS database.")


@db_app.command()
def start() -> None:
    """启动数据库并保持运行，首次运行时创建并迁移 / start it to stay; made and migrated at the first start."""
    from gis.db.cluster import Cluster
    from gis.db.connect import migrate

    settings = _private_settings()
    url = Cluster(settings.state_dir).keep()
    migrate(url)
    typer.echo(url)


@db_app.command()
def stop(
    immediate: bool = typer.Option(
        False, help="不等待，下次启动时恢复 / do not wait; recovered at the next start"
    ),
) -> None:
    """停止数据库 / stop it."""
    from gis.db.cluster import Cluster

    stopped = Cluster(_private_settings().state_dir).stop("immediate" if immediate else "fast")
    typer.echo("已停止 / stopped" if stopped else "未在运行 / it was not running")


@db_app.command()
def status() -> None:
    """显示是否运行、数据目录与连接地址 / whether it runs, where it lies, how to reach it; 3 when stopped."""
    from gis.db.cluster import Cluster

    state = Cluster(_private_settings().state_dir).status()
    running = f"运行中 / running, pid {state.pid}" if state.running else "未运行 / stopped"
    rows = {
        "状态 / state": running,
        "PostgreSQL": str(state.major or "未创建 / not made yet"),
        "数据目录 / data": str(state.data_dir or "-"),
        "账户 / account": state.owner,
        "套接字 / socket": str(state.socket_dir),
        "地址 / url": state.url,
    }
    for name, value in rows.items():
        typer.echo(f"{name}: {value}")
    raise typer.Exit(0 if state.running else 3)


@db_app.command()
def migrate() -> None:
    """创建扩展并迁移到最新版本 / create extensions and migrate to the newest revision."""
    from gis.db.connect import held_url
    from gis.db.connect import migrate as run

    with held_url(read_settings()) as url:
        typer.echo(f"revision {run(url)}")


@db_app.command()
def url() -> None:
    """输出连接地址（不启动数据库）/ print the address; starts nothing."""
    from gis.db.cluster import Cluster

    settings = read_settings(secrets=False)
    typer.echo(settings.database_url or Cluster(settings.state_dir).url())


def _private_settings() -> Settings:
    from gis.base.errors import Conflict

    settings = read_settings(secrets=False)
    if settings.database_url:
        raise Conflict(
            "external_database",
            "已设置 WANGGE_DATABASE_URL，该数据库不由本程序启停。",
            "WANGGE_DATABASE_URL is set: that database is not ours to start or stop.",
        )
    return settings
