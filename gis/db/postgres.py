"""Which PostgreSQL of this machine to run, and what to say when there is none."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from gis.base.errors import Unavailable

OLDEST_MAJOR = 14
ROOTS = ("/usr/lib/postgresql", "/usr/local/lib/postgresql", "/usr/pgsql-", "/opt/homebrew/opt/postgresql@")
TOOLS = ("initdb", "pg_ctl", "postgres")


@dataclass(frozen=True, slots=True)
class Binaries:
    """One installed PostgreSQL: its major version, its programs, and whether PostGIS belongs to it."""

    major: int
    folder: Path
    postgis: bool

    def tool(self, name: str) -> str:
        """Path of one of its programs."""
        return str(self.folder / name)


def clean_environment() -> dict[str, str]:
    """The environment without PGHOST, PGDATA and the like, which would lead our tools to another cluster."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return kept | {"LC_ALL": "C.UTF-8", "TZ": "UTC"}


def installed() -> list[Binaries]:
    """Every usable PostgreSQL of the machine, newest first, those with PostGIS before those without."""
    folders = {folder for root in ROOTS for folder in _versioned(root)}
    on_path = shutil.which("pg_config")
    if on_path:
        answer = subprocess.run(  # noqa: S603 - a program of PostgreSQL's, no shell
            [on_path, "--bindir"], capture_output=True, text=True, check=False, env=clean_environment()
        )
        folders.add(Path(answer.stdout.strip() or "/nonexistent"))
    found = {one.major: one for one in map(_inspect, sorted(folders)) if one is not None}
    return sorted(found.values(), key=lambda one: (one.postgis, one.major), reverse=True)


def choose(majors_with_data: list[int]) -> Binaries:
    """The PostgreSQL to run: the one that made the data if there is data, else the newest with PostGIS.

    Raises `Unavailable` (`postgres_missing`, `cluster_version`) naming what to install.
    """
    candidates = installed()
    if majors_with_data:
        wanted = max(majors_with_data)
        for one in candidates:
            if one.major in majors_with_data:
                return one
        have = "、".join(str(one.major) for one in candidates) or "无 / none"
        raise Unavailable(
            "cluster_version",
            f"现有数据由 PostgreSQL {wanted} 创建，本机安装的是 {have}。请安装 {packages(wanted)}，"
            f"或将数据目录 pg{wanted} 移走后重新开始。",
            f"the data here was made by PostgreSQL {wanted}; this machine has {have}. Install "
            f"{packages(wanted)}, or move the folder pg{wanted} away and start anew.",
            wanted=wanted,
        )
    if not candidates:
        raise Unavailable(
            "postgres_missing",
            f"未找到 PostgreSQL（{OLDEST_MAJOR} 或更新）。请安装：sudo apt-get install postgresql postgis "
            "postgresql-15-postgis-3（Ubuntu 24.04 为 postgresql-16-postgis-3），"
            "或设置 WANGGE_DATABASE_URL 使用已有数据库。",
            f"no PostgreSQL {OLDEST_MAJOR} or newer found. Install: sudo apt-get install "
            "postgresql-15-postgis-3 (Debian 12) or postgresql-16-postgis-3 (Ubuntu 24.04), "
            "or set WANGGE_DATABASE_URL to a database you have.",
        )
    return candidates[0]


def packages(major: int) -> str:
    """Debian packages that bring PostgreSQL `major` with PostGIS."""
    return f"postgresql-{major} postgresql-{major}-postgis-3"


def _versioned(root: str) -> list[Path]:
    base = Path(root)
    if root.endswith(("-", "@")):  # /usr/pgsql-16/bin, /opt/homebrew/opt/postgresql@16/bin
        return (
            [folder / "bin" for folder in base.parent.glob(f"{base.name}*")] if base.parent.is_dir() else []
        )
    return [folder / "bin" for folder in base.iterdir()] if base.is_dir() else []


def _inspect(folder: Path) -> Binaries | None:
    if not all((folder / tool).exists() for tool in TOOLS):
        return None
    answer = subprocess.run(  # noqa: S603 - a program of PostgreSQL's, no shell
        [folder / "postgres", "--version"],
        capture_output=True,
        text=True,
        check=False,
        env=clean_environment(),
    )
    match = re.search(r"PostgreSQL\) (\d+)", answer.stdout)
    if not match or int(match.group(1)) < OLDEST_MAJOR:
        return None
    major = int(match.group(1))
    shares = [
        Path(f"/usr/share/postgresql/{major}"),
        folder.parent / "share",
        folder.parent / "share/postgresql",
    ]
    postgis = any((share / "extension/postgis.control").exists() for share in shares)
    return Binaries(major, folder, postgis)
