"""Where the private cluster lives and who runs it: PostgreSQL refuses to run as root."""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from gis.base.errors import Unavailable

MACHINE_STATE = Path("/var/lib/wangge")
SOCKET_LIMIT_BYTES = 107  # sun_path of Linux is 108 bytes with the closing zero
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_SAFE = re.compile(
    r"/[A-Za-z0-9._/-]+"
)  # libpq and postgresql.conf read commas, spaces and @ otherwise


@dataclass(frozen=True, slots=True)
class Owner:
    """The operating system account that runs the cluster."""

    name: str
    uid: int
    gid: int

    @property
    def is_us(self) -> bool:
        """Whether this process already runs as that account."""
        return self.uid == os.geteuid()


@dataclass(frozen=True, slots=True)
class Place:
    """The folder that holds `pg<major>`, its lock, its log and its socket; and its owner."""

    home: Path
    owner: Owner

    def majors(self) -> list[int]:
        """Major versions of the clusters that lie in this place."""
        return majors_in(self.home)

    def socket_dir(self) -> Path:
        """A folder for the socket whose full path fits into 107 bytes: ours if short enough, else in /tmp."""
        here = self.home / "socket"
        full = len(os.fsencode(here / SOCKET_NAME))
        if full <= SOCKET_LIMIT_BYTES and SOCKET_SAFE.fullmatch(str(here)):
            return here
        return Path(f"/tmp/wangge-{self.owner.uid}-{_digest(self.home)}")  # noqa: S108 - owner and mode are checked


def current_user() -> str:
    """Name of the account this process runs as: what `peer` will see, whatever USER or LOGNAME say."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise Unavailable(
            "nameless_user",
            f"当前用户编号 {os.geteuid()} 在本机没有账户名，PostgreSQL 无法以其运行；请设置 WANGGE_DATABASE_URL。",
            f"user id {os.geteuid()} has no account name here, PostgreSQL cannot run as it; "
            "set WANGGE_DATABASE_URL.",
        ) from None


def majors_in(home: Path) -> list[int]:
    """Major versions named by the `pg<major>/PG_VERSION` files under `home`."""
    try:
        found = [path.name for path in home.iterdir() if re.fullmatch(r"pg\d+", path.name)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(int(name[2:]) for name in found if _exists(home / name / "PG_VERSION"))


def find_place(state_dir: Path) -> Place:
    """The place for `state_dir`: itself, or the machine's state folder where the server's user cannot enter it.

    Existing data decides; so a later change of folder rights does not make the data seem lost.
    """
    state = state_dir.resolve()
    fallback = MACHINE_STATE / _digest(state)
    for home in (state, fallback):
        majors = majors_in(home)
        if majors:
            return Place(home, _owner_of(home / f"pg{majors[-1]}"))
    owner = _new_owner()
    return Place(state if owner.is_us or _can_enter(owner, state) else fallback, owner)


def prepare_home(place: Place) -> None:
    """Make the folder of the place and the folder of its socket, each with the rights it needs."""
    try:
        place.home.mkdir(parents=True, exist_ok=True)
        _own_directory(place.socket_dir(), place.owner)
    except PermissionError as error:
        raise Unavailable(
            "state_dir_denied",
            f"无权写入 {error.filename}。请换用有权限的账户，或用 WANGGE_STATE_DIR 指定其他目录。",
            f"no permission to write {error.filename}. Use an account that has it, or set WANGGE_STATE_DIR.",
        ) from error


def _own_directory(path: Path, owner: Owner) -> None:
    path.mkdir(mode=0o755, exist_ok=True)
    info = path.lstat()
    if os.geteuid() == 0 and info.st_uid == 0 and not owner.is_us:
        os.chown(path, owner.uid, owner.gid)
        info = path.lstat()
    if not stat.S_ISDIR(info.st_mode) or info.st_uid != owner.uid:
        raise Unavailable(
            "socket_dir_taken",
            f"套接字目录 {path} 属于其他账户，请删除后重试。",
            f"the socket folder {path} belongs to somebody else; remove it and try again.",
        )


def _new_owner() -> Owner:
    if os.geteuid() != 0:
        return Owner(current_user(), os.geteuid(), os.getegid())
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Owner(name, entry.pw_uid, entry.pw_gid)
    raise Unavailable(
        "no_unprivileged_user",
        "以 root 运行时需要 postgres 或 nobody 账户来启动数据库。",
        "run as root, the database needs the account postgres or nobody to run under.",
    )


def _owner_of(data_dir: Path) -> Owner:
    info = data_dir.stat()
    name = pwd.getpwuid(info.st_uid).pw_name
    owner = Owner(name, info.st_uid, info.st_gid)
    if os.geteuid() not in {0, owner.uid}:
        raise Unavailable(
            "cluster_owner",
            f"数据目录 {data_dir} 属于账户 {name}。请以 root 或该账户运行，或用 WANGGE_STATE_DIR 指定其他目录。",
            f"the data folder {data_dir} belongs to the account {name}. Run as root or as that account, "
            "or set WANGGE_STATE_DIR to another folder.",
        )
    return owner


def _can_enter(owner: Owner, folder: Path) -> bool:
    """Whether `owner` may pass every existing folder on the way to `folder`."""
    groups = set(os.getgrouplist(owner.name, owner.gid))
    for step in (folder, *folder.parents):
        try:
            info = step.stat()
        except FileNotFoundError:
            continue
        bit = 0o100 if info.st_uid == owner.uid else 0o010 if info.st_gid in groups else 0o001
        if not info.st_mode & bit:
            return False
    return True


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:
        return True  # a data folder that only its owner may read: it is there


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
