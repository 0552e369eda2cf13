"""Serving the web edge in the foreground: a port that is ours, a drained stop, and the URLs printed."""

from __future__ import annotations

import errno
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import typer
import uvicorn
from sqlalchemy import text
from uvicorn.supervisors import Multiprocess

from gis.base.errors import Unavailable
from gis.cli.ending import Told
from gis.db.cluster import Cluster
from gis.db.engine import make_engine, unit_of_work
from gis.settings import LOOPBACK, Environment, Settings

DRAIN_S = 10
HEADER_LIMIT_BYTES = 32 << 10
WATCH_S = 3
PAGES = (
    ("/", "首页 / home"),
    ("/inbox", "待办 / inbox"),
    ("/whistles", "吹哨报到 / whistles"),
    ("/map", "事件地图 / map"),
    ("/planner", "步行圈 / planner"),
    ("/report", "上报 / report"),
    ("/track", "查询进度 / track a report"),
    ("/statistics", "公开统计 / public statistics"),
    ("/kpi", "指标 / indicators"),
    ("/campaigns", "专项行动 / campaigns"),
    ("/rules", "规则 / rules"),
    ("/login", "登录 / log in"),
    ("/docs", "接口文档 / API"),
)


def require_loopback(settings: Settings) -> None:
    """Refuse to show the demo to other machines: its accounts and passwords are printed on a screen."""
    if settings.host not in LOOPBACK:
        raise Unavailable(
            "loopback_only",
            f"演示只能监听本机地址，不能监听 {settings.host}（WANGGE_HOST）；正式使用请运行 wangge serve。",
            f"the demo binds to loopback only, not to {settings.host} (WANGGE_HOST); wangge serve is for real use.",
        )


def require_accounts(settings: Settings, url: str) -> None:
    """Refuse to serve other machines while nobody of their own may log in, except in production (decision 0017).

    A development server that answers the network with nothing but demo accounts is an accident.
    """
    if settings.host in LOOPBACK or settings.environment is Environment.PRODUCTION:
        return
    engine = make_engine(url)
    try:
        with unit_of_work(engine) as session:
            known = session.scalar(
                text("SELECT EXISTS (SELECT FROM account WHERE NOT is_demo AND disabled_at IS NULL)")
            )
    finally:
        engine.dispose()
    if not known:
        raise Unavailable(
            "loopback_only",
            f"还没有账户，只能监听本机地址，不能监听 {settings.host}（WANGGE_HOST）。先运行 wangge user add，"
            "或设置 WANGGE_ENVIRONMENT=production。",
            f"there are no accounts yet: it binds to loopback only, not to {settings.host} (WANGGE_HOST). Run wangge "
            "user add first, or set WANGGE_ENVIRONMENT=production.",
        )


def listen(settings: Settings, *, command: str) -> socket.socket:
    """The listening socket, taken before anything slow is done, so that a port in use is told at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((settings.host, settings.port))
        taken.listen(128)  # at once: two that only bind would both believe the port theirs
    except OSError as error:
        taken.close()
        raise _port_refused(settings, error, command) from error
    taken.set_inheritable(True)
    return taken


def serve(settings: Settings, url: str, listener: socket.socket, told: Told) -> None:
    """Serve `api.app:create_app` until told to end, then finish the requests under way (10 s at most).

    The workers read their settings from the environment, so the database address is put there.
    """
    os.environ["WANGGE_DATABASE_URL"] = url
    config = uvicorn.Config(
        "api.app:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        timeout_graceful_shutdown=DRAIN_S,
        h11_max_incomplete_event_size=HEADER_LIMIT_BYTES,
        proxy_headers=False,  # the proxy in front is configured, never believed by default
        server_header=False,
        access_log=False,
        log_level="warning",
    )
    told.heed()
    if settings.workers == 1:
        server = _Announcing(config, settings, told)
        with suppress(KeyboardInterrupt):  # Ctrl-C is how it is meant to end
            server.run(sockets=[listener])
        if not server.started and told.number is None:
            raise Unavailable(
                "server_start", "服务未能启动，原因见上。", "the server did not start; see above."
            )
    else:
        announce(settings)
        Multiprocess(config, sockets=[listener]).run()


@contextmanager
def kept(cluster: Cluster) -> Iterator[str]:
    """Hold the private cluster, and start it again when its server was killed; the address of its database.

    The watch ends before the cluster is stopped. Whoever stops it on purpose (`wangge db stop`) is obeyed.
    """
    with cluster.hold() as url:
        over = threading.Event()
        watch = threading.Thread(target=_watch, args=(cluster, over), name="cluster-watch", daemon=True)
        watch.start()
        try:
            yield url
        finally:
            over.set()
            watch.join()


def _watch(cluster: Cluster, over: threading.Event) -> None:
    said = ""
    while not over.wait(WATCH_S):
        try:
            if cluster.was_killed() and not over.is_set():
                cluster.ensure_running()
                said = _log("数据库意外终止，已重新启动 / the database had been killed; it is started again")
        except (Unavailable, OSError) as error:  # tried again at the next beat; each reason is said once
            said = said if said == str(error) else _log(str(error))


def _log(line: str) -> str:
    typer.echo(line, err=True)
    return line


def announce(settings: Settings) -> None:
    """Print where the pages are."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    for path, title in PAGES:
        typer.echo(f"  http://{host}:{settings.port}{path}  {title}")
    typer.echo("按 Ctrl-C 停止 / press Ctrl-C to stop")


class _Announcing(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, settings: Settings, told: Told) -> None:
        super().__init__(config)
        self._settings, self._told = settings, told

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._told.number is not None:  # before the server listened to signals itself
            self.should_exit = True
        elif self.started:
            announce(self._settings)


def _port_refused(settings: Settings, error: OSError, command: str) -> Unavailable:
    where = f"{settings.host}:{settings.port}"
    if error.errno == errno.EADDRINUSE:
        return Unavailable(
            "port_in_use",
            f"端口 {settings.port} 已被占用。请停止占用它的程序，或换一个端口：WANGGE_PORT={settings.port + 1} {command}",
            f"port {settings.port} is in use. Stop the program that has it, or choose another: "
            f"WANGGE_PORT={settings.port + 1} {command}",
            port=settings.port,
        )
    return Unavailable(
        "port_refused",
        f"无法监听 {where}：{error.strerror}。可设置 WANGGE_HOST 与 WANGGE_PORT。",
        f"cannot listen on {where}: {error.strerror}. Set WANGGE_HOST and WANGGE_PORT.",
        port=settings.port,
    )
