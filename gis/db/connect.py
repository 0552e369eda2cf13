"""From settings to a database that is ready: address, extensions, migrations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from gis.base.errors import Unavailable
from gis.db.api_role import ensure_role, mark_leakproof
from gis.db.cluster import Cluster
from gis.db.engine import normalise_url, split_options
from gis.db.orm import SCHEMA
from gis.settings import Settings

EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")
OLDEST_POSTGIS = (3, 3)
OLDEST_SERVER = 140000
MIGRATIONS = Path(__file__).parent / "migrations"
# Not the schema of ours: Alembic takes the first schema of the path for the nameless default one.
MIGRATION_OPTIONS = "-c search_path=public -c timezone=UTC"
MIGRATION_LOCK = 0x77616E67676501  # any fixed number: one migration at a time in one database


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """What `wangge check` prints of a database. `revision` is None before the first migration."""

    server: str
    postgis: str | None
    revision: str | None
    head: str
    missing_extensions: tuple[str, ...]

    @property
    def ready(self) -> bool:
        """Whether the program can work on it as it is."""
        return not self.missing_extensions and self.revision == self.head


def database_url(settings: Settings) -> str:
    """Address of the database: WANGGE_DATABASE_URL, else the private cluster, started when needed."""
    if settings.database_url:
        return normalise_url(settings.database_url).render_as_string(hide_password=False)
    return Cluster(settings.state_dir).ensure_running()


@contextmanager
def held_url(settings: Settings) -> Iterator[str]:
    """`database_url` for a while: the private cluster is held (`Cluster.hold`), another database just named."""
    if settings.database_url:
        yield database_url(settings)
        return
    with Cluster(settings.state_dir).hold() as url:
        yield url


def migrate(url: str) -> str:
    """Create the database and its extensions where they are missing, and migrate to the newest revision.

    Returns the revision reached. Safe to call from several processes at once. Raises `Unavailable`
    (`database_unreachable`, `postgis_missing`, `postgis_old`, `extension_denied`) saying what to do.
    """
    target = normalise_url(url)
    _create_database(target)
    with _connection(target) as connection:
        _lock(connection)
        _require_server(connection)
        for extension in EXTENSIONS:
            _create_extension(connection, extension)
        _require_postgis(connection)
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        ensure_role(connection)
        mark_leakproof(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    return head_revision()


def database_state(url: str) -> DatabaseState:
    """Server, PostGIS and revision of a database, read without changing anything."""
    with _connection(normalise_url(url)) as connection:
        present = set(connection.scalars(text("SELECT extname FROM pg_extension")))
        postgis = None
        if "postgis" in present:
            postgis = connection.scalar(text("SELECT extversion FROM pg_extension WHERE extname = 'postgis'"))
        context = MigrationContext.configure(connection, opts={"version_table_schema": SCHEMA})
        return DatabaseState(
            server=str(connection.scalar(text("SHOW server_version"))),
            postgis=postgis,
            revision=context.get_current_revision(),
            head=head_revision(),
            missing_extensions=tuple(name for name in EXTENSIONS if name not in present),
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def stored_revision(session: Session) -> str | None:
    """The revision the database is at; None before the first migration."""
    table = f"{SCHEMA}.alembic_version"
    if session.scalar(text("SELECT to_regclass(:table)"), {"table": table}) is None:
        return None
    found = session.scalar(text(f"SELECT version_num FROM {table}"))
    return None if found is None else str(found)


@cache
def head_revision() -> str:
    """The newest migration of this program."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


class _connection:  # noqa: N801 - used as a `with` statement only
    """One connection outside any pool; an unreachable server becomes an `Unavailable`."""

    def __init__(self, url: URL, **options: str) -> None:
        self._url = url
        given, target = split_options(url)
        self._engine = create_engine(
            target,
            poolclass=NullPool,
            hide_parameters=True,
            connect_args={"options": f"{MIGRATION_OPTIONS} {given}", "connect_timeout": 10},
            execution_options=options,
        )

    def __enter__(self) -> Connection:
        try:
            self._open = self._engine.connect()
        except OperationalError as error:
            raise _unreachable(self._url, error) from error
        return self._open

    def __exit__(self, *_: object) -> None:
        self._open.close()
        self._engine.dispose()


def _unreachable(url: URL, error: OperationalError) -> Unavailable:
    where = url.render_as_string(hide_password=True)
    reason = re.sub(r"\s+", " ", str(error.orig)).strip()
    if reason.endswith(f'database "{url.database}" does not exist'):
        return Unavailable(
            "database_missing",
            f"数据库 {url.database} 尚未创建，请运行：wangge db migrate",
            f"there is no database {url.database} yet; run: wangge db migrate",
        )
    return Unavailable(
        "database_unreachable",
        f"无法连接数据库 {where}：{reason}",
        f"cannot reach the database {where}: {reason}",
    )


def _create_database(url: URL) -> None:
    """Make the database when the server answers that it does not exist."""
    try:
        with _connection(url):
            return
    except Unavailable as error:
        if error.code != "database_missing":
            raise
    with _connection(url.set(database="postgres"), isolation_level="AUTOCOMMIT") as connection:
        _lock(connection)
        known = connection.scalar(
            text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": url.database}
        )
        if known is None:
            quoted = connection.dialect.identifier_preparer.quote_identifier(url.database or "")
            connection.execute(text(f"CREATE DATABASE {quoted} ENCODING 'UTF8' TEMPLATE template0"))


def _lock(connection: Connection) -> None:
    """One at a time; held until the connection closes."""
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})


def _require_server(connection: Connection) -> None:
    version = int(connection.scalar(text("SHOW server_version_num")) or 0)
    if version < OLDEST_SERVER:
        raise Unavailable(
            "postgres_old",
            f"数据库服务器版本过旧（{version}），需要 PostgreSQL {OLDEST_SERVER // 10000} 或更新。",
            f"the server is too old ({version}); PostgreSQL {OLDEST_SERVER // 10000} or newer is needed.",
        )


def _create_extension(connection: Connection, name: str) -> None:
    if connection.scalar(text("SELECT 1 FROM pg_extension WHERE extname = :name"), {"name": name}):
        return
    offered = connection.scalar(
        text("SELECT 1 FROM pg_available_extensions WHERE name = :name"), {"name": name}
    )
    major = int(connection.scalar(text("SHOW server_version_num")) or 0) // 10000
    if offered is None:
        package = f"postgresql-{major}-postgis-3" if name == "postgis" else f"postgresql-contrib ({name})"
        raise Unavailable(
            "postgis_missing" if name == "postgis" else "extension_missing",
            f"数据库服务器缺少扩展 {name}，请在服务器上安装：sudo apt-get install {package}",
            f"the server lacks the extension {name}; install on it: sudo apt-get install {package}",
            extension=name,
        )
    try:
        connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {name} SCHEMA public"))
    except DBAPIError as error:
        raise Unavailable(
            "extension_denied",
            f"当前账户无权创建扩展 {name}，请由数据库管理员执行：CREATE EXTENSION {name} SCHEMA public;",
            f"this account may not create the extension {name}; let an administrator run: "
            f"CREATE EXTENSION {name} SCHEMA public;",
            extension=name,
        ) from error


def _require_postgis(connection: Connection) -> None:
    found = str(connection.scalar(text("SELECT postgis_lib_version()")))
    version = tuple(int(part) for part in re.findall(r"\d+", found)[:2])
    if version < OLDEST_POSTGIS:
        least = ".".join(map(str, OLDEST_POSTGIS))
        raise Unavailable(
            "postgis_old",
            f"PostGIS 版本为 {found}，需要 {least} 或更新；升级软件包后执行：SELECT postgis_extensions_upgrade();",
            f"PostGIS is {found}, {least} or newer is needed; upgrade the package, then run: "
            "SELECT postgis_extensions_upgrade();",
            found=found,
        )
