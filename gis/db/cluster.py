"""The private PostGIS cluster: made, started, repaired and stopped by the program itself."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from gis.base.errors import Unavailable
from gis.db import cluster_conf, cluster_place
from gis.db.cluster_place import Place
from gis.db.postgres import Binaries, choose, clean_environment

DATABASE = "wangge"
START_WAIT_S = 120
STOP_WAIT_S = 60
LEAST_FREE_BYTES = 300 << 20  # an empty cluster takes 40 MB, PostGIS 20 MB, the first WAL files the rest
LOG_LIMIT_BYTES = 20 << 20
KEPT = "kept"  # a file that says: started to stay, by `wangge db start`
LATECOMERS = ("pre-existing shared memory block", "is the postmaster already running")


@dataclass(frozen=True, slots=True)
class Status:
    """What `wangge db status` prints. `major` is None and `data_dir` absent before the first start."""

    running: bool
    pid: int | None
    major: int | None
    data_dir: Path | None
    socket_dir: Path
    owner: str
    url: str


class Cluster:
    """A PostgreSQL cluster of our own under `state_dir`, reached only through a unix socket.

    It is found again by its folder, so the object holds no state and may be made anew anywhere. With
    `durable` false (tests) it does not wait for the disk.
    """

    def __init__(self, state_dir: Path, *, durable: bool = True) -> None:
        self.state_dir = Path(state_dir).absolute()
        self.durable = durable

    def ensure_running(self) -> str:
        """Make, repair or start the cluster as needed; the address of its database `wangge`.

        Safe to call from several processes at once. Raises `Unavailable` saying what is missing.
        """
        place = self._place()
        cluster_place.prepare_home(place)
        with _locked(place.home / "start.lock"):
            binaries = choose(place.majors())
            data_dir = place.home / f"pg{binaries.major}"
            if not (data_dir / "PG_VERSION").exists():
                _initialise(place, binaries, data_dir)
            changed = self._configure(place, data_dir)
            if running_pid(data_dir) is None:
                _forget_dead_server(place, data_dir)
                _start(place, binaries, data_dir)
            elif changed:
                _run(place, binaries, "pg_ctl", "reload", "-D", str(data_dir))
        return self.url()

    def stop(self, mode: str = "fast") -> bool:
        """Stop the server (`smart`, `fast` or `immediate`); False when it was not running."""
        place = self._place()
        if not place.home.is_dir():
            return False
        with _locked(place.home / "start.lock"):
            (place.home / KEPT).unlink(missing_ok=True)
            stopped = [self._stop_one(place, major, mode) for major in place.majors()]
        return any(stopped)

    def status(self) -> Status:
        """Whether it runs, where it lies and how to reach it. Changes nothing."""
        place = self._place()
        majors = place.majors()
        data_dir = place.home / f"pg{majors[-1]}" if majors else None
        pid = running_pid(data_dir) if data_dir else None
        return Status(
            running=pid is not None,
            pid=pid,
            major=majors[-1] if majors else None,
            data_dir=data_dir,
            socket_dir=place.socket_dir(),
            owner=place.owner.name,
            url=self.url(),
        )

    def was_killed(self) -> bool:
        """Whether its server is gone without having been stopped: one that is stopped takes its pid file along."""
        place = self._place()
        folders = [place.home / f"pg{major}" for major in place.majors()]
        return any((folder / "postmaster.pid").exists() and running_pid(folder) is None for folder in folders)

    def url(self, database: str = DATABASE) -> str:
        """Address of one of its databases, in SQLAlchemy's form."""
        host = quote(str(self._place().socket_dir()), safe="/")
        return f"postgresql+psycopg://{cluster_conf.ROLE}@/{database}?host={host}&port=5432"

    @contextmanager
    def hold(self) -> Iterator[str]:
        """Use the cluster for a while: started on entry, stopped on leaving by the last one who holds it.

        Counted by a shared file lock, which the kernel takes back even after kill -9. One that was started to
        stay (`keep`) is not stopped.
        """
        place = self._place()
        cluster_place.prepare_home(place)
        with (place.home / "users.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
            try:
                yield self.ensure_running()
            finally:
                if _only_holder(lock.fileno()) and not (place.home / KEPT).exists():
                    self.stop()

    def keep(self) -> str:
        """Start the cluster to stay until `stop`, whoever holds it meanwhile; the address of its database."""
        with self.hold() as url:
            (self._place().home / KEPT).touch()
        return url

    def _place(self) -> Place:
        return cluster_place.find_place(self.state_dir)

    def _configure(self, place: Place, data_dir: Path) -> bool:
        settings = cluster_conf.server_settings(
            place.socket_dir(),
            durable=self.durable,
            memory_bytes=cluster_conf.machine_memory_bytes(),
            cores=os.cpu_count() or 1,
        )
        return cluster_conf.write_configuration(data_dir, place.owner, settings)

    def _stop_one(self, place: Place, major: int, mode: str) -> bool:
        data_dir = place.home / f"pg{major}"
        if running_pid(data_dir) is None:
            return False
        _run(
            place,
            choose([major]),
            "pg_ctl",
            "stop",
            "-D",
            str(data_dir),
            "-m",
            mode,
            "-w",
            "-t",
            str(STOP_WAIT_S),
        )
        return True


def running_pid(data_dir: Path) -> int | None:
    """Process id of the server on `data_dir`, None when it is not running.

    A `postmaster.pid` left by kill -9 may name a number that another program bears by now; so the
    command line of that process is read as well.
    """
    try:
        pid = int((data_dir / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return None
    except PermissionError as error:
        raise Unavailable(
            "cluster_owner",
            f"无权读取 {error.filename}；请以数据目录所属账户运行。",
            f"no permission to read {error.filename}; run as the account that owns the data.",
        ) from error
    return pid if os.fsencode(data_dir) in command else None


def _initialise(place: Place, binaries: Binaries, data_dir: Path) -> None:
    """initdb into a folder beside, renamed when whole: a half-made cluster never bears the name."""
    free = shutil.disk_usage(place.home).free
    if free < LEAST_FREE_BYTES:
        raise _disk_full(place.home, free)
    making = data_dir.with_name(data_dir.name + ".making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700)
    if not place.owner.is_us:
        os.chown(making, place.owner.uid, place.owner.gid)
    locale = ("--encoding=UTF8", "--lc-collate=C", "--lc-ctype=C.UTF-8", "--lc-messages=C")
    try:
        _run(
            place, binaries, "initdb", "-D", str(making), *locale, "--lc-monetary=C", "--lc-numeric=C",
            "--lc-time=C", "--data-checksums", f"--username={cluster_conf.ROLE}", "--auth=peer", "--no-instructions",
        )  # fmt: skip
        making.rename(data_dir)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise


def _forget_dead_server(place: Place, data_dir: Path) -> None:
    """Remove the lock files of a server that was killed; PostgreSQL itself replays its log when started.

    One that still listens lives, though we cannot see its process: in another container on the same folder.
    """
    path = place.socket_dir() / cluster_place.SOCKET_NAME
    if _answers(path):
        raise Unavailable(
            "cluster_elsewhere",
            f"目录 {place.home} 的数据库正由另一容器使用。请停止它，或用 WANGGE_STATE_DIR 指定其他目录。",
            f"the database in {place.home} is in use by another container. Stop it, or set WANGGE_STATE_DIR to "
            "another folder.",
        )
    (data_dir / "postmaster.pid").unlink(missing_ok=True)
    path.with_name(path.name + ".lock").unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def _answers(path: Path) -> bool:
    """Whether somebody listens on a unix socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.settimeout(2)
            probe.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
            return False
        except OSError:
            return True  # busy or not allowed: there is one
        return True


def _start(place: Place, binaries: Binaries, data_dir: Path) -> None:
    log = _fresh_log(place)
    arguments = ("start", "-D", str(data_dir), "-l", str(log), "-w", "-t", str(START_WAIT_S), "-s")
    deadline = time.monotonic() + 15
    while True:
        size = log.stat().st_size
        try:
            _run(place, binaries, "pg_ctl", *arguments)
        except Unavailable as error:
            said = log.read_text(encoding="utf-8", errors="replace")[size:]
            # After kill -9 of the postmaster its children need a moment to notice and let go of the memory.
            if any(text in said for text in LATECOMERS) and time.monotonic() < deadline:
                time.sleep(0.2)
                continue
            if "No space left on device" in said:
                raise _disk_full(place.home, shutil.disk_usage(place.home).free) from error
            raise Unavailable(
                "cluster_start",
                f"数据库未能启动，日志 {log} 最后几行：\n{_last_lines(said)}",
                f"the database did not start; the last lines of {log}:\n{_last_lines(said)}",
            ) from error
        return


def _fresh_log(place: Place) -> Path:
    log = place.home / "postgres.log"
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))
    log.touch(mode=0o600)
    if not place.owner.is_us:
        os.chown(log, place.owner.uid, place.owner.gid)
    return log


def _run(place: Place, binaries: Binaries, tool: str, *arguments: str) -> str:
    """Run one of PostgreSQL's programs as the cluster's owner, in a session of its own (Ctrl-C stays ours)."""
    us = place.owner.is_us
    done = subprocess.run(  # noqa: S603 - our own programs, no shell
        [binaries.tool(tool), *arguments],
        cwd=place.home,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        start_new_session=True,
        user=None if us else place.owner.uid,
        group=None if us else place.owner.gid,
        extra_groups=None if us else [],
    )
    if done.returncode == 0:
        return done.stdout
    said = _last_lines(done.stderr or done.stdout)
    if "No space left on device" in said:
        raise _disk_full(place.home, shutil.disk_usage(place.home).free)
    raise Unavailable(
        "cluster_tool",
        f"{tool} 失败：{said}",
        f"{tool} failed: {said}",
        tool=tool,
    )


def _disk_full(folder: Path, free: int) -> Unavailable:
    return Unavailable(
        "disk_full",
        f"磁盘空间不足：{folder} 仅剩 {free >> 20} MB。请清理磁盘，或用 WANGGE_STATE_DIR 指定其他磁盘上的目录。",
        f"the disk is full: {free >> 20} MB left at {folder}. Make room, or set WANGGE_STATE_DIR to a folder on "
        "another disk.",
        free_bytes=free,
    )


def _last_lines(text: str, count: int = 8) -> str:
    return "\n".join(text.strip().splitlines()[-count:])


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _only_holder(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
