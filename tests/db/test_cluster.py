"""The private cluster: made whole or not at all, repaired after kill -9, closed to everybody else."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from gis.base.errors import Unavailable
from gis.db import cluster as cluster_module
from gis.db.cluster import Cluster, running_pid
from gis.db.cluster_place import find_place
from tests.database import STATE

pytestmark = pytest.mark.db
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")


@pytest.fixture
def state_dir() -> Iterator[Path]:
    """A folder that the server's account can enter; pytest's own are closed to it."""
    folder = STATE / "clusters" / f"{os.getpid()}-{time.monotonic_ns()}"
    folder.mkdir(parents=True)
    yield folder
    Cluster(folder).stop("immediate")
    home = find_place(folder).home
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)


def ask(cluster: Cluster, statement: str) -> object:
    with psycopg.connect(plain(cluster), autocommit=True) as connection:
        row = connection.execute(statement).fetchone()
    return row[0] if row else None


def run(cluster: Cluster, statement: str) -> None:
    with psycopg.connect(plain(cluster), autocommit=True) as connection:
        connection.execute(statement)


def plain(cluster: Cluster) -> str:
    return cluster.url("postgres").replace("+psycopg", "")


def kill_server(cluster: Cluster) -> int:
    pid = cluster.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    return pid


def test_a_new_cluster_has_checksums_utf8_and_no_tcp_port(state_dir: Path) -> None:
    cluster = Cluster(state_dir)
    assert not cluster.status().running
    cluster.ensure_running()
    state = cluster.status()
    assert state.running
    assert ask(cluster, "SHOW data_checksums") == "on"
    assert ask(cluster, "SHOW server_encoding") == "UTF8"
    assert ask(cluster, "SHOW listen_addresses") == ""
    assert ask(cluster, "SHOW fsync") == "on"
    assert ask(cluster, "SELECT current_user") == "wangge"
    assert len(os.fsencode(state.socket_dir / ".s.PGSQL.5432")) <= 107
    with pytest.raises(psycopg.errors.RaiseException):
        run(cluster, "DO $$ BEGIN\n\nRAISE EXCEPTION 'stale_version: refused here'; END $$")
    log = (find_place(state_dir).home / "postgres.log").read_text(encoding="utf-8")
    assert log.count("stale_version") == 1, "a refusal is one line, without its statement"
    assert "ERROR:  stale_version: refused here\n" in log


def test_it_runs_in_a_session_of_its_own_under_an_account_that_is_not_root(state_dir: Path) -> None:
    cluster = Cluster(state_dir, durable=False)
    cluster.ensure_running()
    pid = cluster.status().pid
    assert pid is not None
    assert os.getsid(pid) != os.getsid(0), "Ctrl-C would reach the server"
    owner = Path(f"/proc/{pid}").stat().st_uid
    assert owner != 0
    assert pwd.getpwuid(owner).pw_name == cluster.status().owner


def test_data_survive_a_stop_and_a_start(state_dir: Path) -> None:
    cluster = Cluster(state_dir)
    cluster.ensure_running()
    run(cluster, "CREATE TABLE kept AS SELECT 7 AS n")
    assert cluster.stop()
    assert not cluster.stop(), "stopping twice is no error"
    cluster.ensure_running()
    assert ask(cluster, "SELECT n FROM kept") == 7


def test_a_killed_server_is_started_again_with_what_was_committed(state_dir: Path) -> None:
    cluster = Cluster(state_dir)
    cluster.ensure_running()
    run(cluster, "CREATE TABLE kept AS SELECT 7 AS n")
    kill_server(cluster)
    cluster.ensure_running()
    assert ask(cluster, "SELECT n FROM kept") == 7


def test_a_stale_lock_that_names_another_living_process_is_repaired(state_dir: Path) -> None:
    cluster = Cluster(state_dir)
    cluster.ensure_running()
    data_dir = cluster.status().data_dir
    assert data_dir is not None
    lock = data_dir / "postmaster.pid"
    killed = kill_server(cluster)
    wait_until_gone(killed)
    owner = find_place(state_dir).owner
    with subprocess.Popen(["sleep", "60"], user=owner.uid if os.geteuid() == 0 else None) as bystander:
        lines = lock.read_text().split("\n")
        lock.write_text("\n".join([str(bystander.pid), *lines[1:]]))
        assert running_pid(data_dir) is None
        cluster.ensure_running()
        assert bystander.poll() is None, "the bystander is none of our business"
        bystander.kill()
    assert cluster.status().pid not in {None, bystander.pid}


def wait_until_gone(pid: int) -> None:
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.05)


def test_a_server_of_another_container_keeps_its_lock(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = Cluster(state_dir, durable=False)
    cluster.ensure_running()
    data_dir = cluster.status().data_dir
    assert data_dir is not None
    with monkeypatch.context() as patch:
        patch.setattr(cluster_module, "running_pid", lambda _: None)  # its processes are not among ours
        with pytest.raises(Unavailable) as caught:
            cluster.ensure_running()
    assert caught.value.code == "cluster_elsewhere"
    assert (data_dir / "postmaster.pid").exists()
    assert ask(cluster, "SELECT 1") == 1


def test_a_half_made_cluster_is_thrown_away(state_dir: Path) -> None:
    cluster = Cluster(state_dir, durable=False)
    cluster.ensure_running()
    data_dir = cluster.status().data_dir
    assert data_dir is not None
    cluster.stop()
    half = data_dir.with_name(data_dir.name + ".making")
    data_dir.rename(half)
    (half / "PG_VERSION").unlink()
    cluster.ensure_running()
    assert not half.exists()
    assert ask(cluster, "SELECT 1") == 1


def test_initdb_that_fails_leaves_nothing(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module.cluster_conf, "ROLE", "pg_not_allowed")
    with pytest.raises(Unavailable) as caught:
        Cluster(state_dir).ensure_running()
    assert caught.value.code == "cluster_tool"
    assert not list(find_place(state_dir).home.glob("pg*"))


def test_data_of_another_version_are_named_not_replaced(state_dir: Path) -> None:
    (state_dir / "pg11").mkdir()
    (state_dir / "pg11" / "PG_VERSION").write_text("11\n")
    if os.geteuid() == 0:
        owner = pwd.getpwnam("nobody")
        os.chown(state_dir / "pg11", owner.pw_uid, owner.pw_gid)
    with pytest.raises(Unavailable) as caught:
        Cluster(state_dir).ensure_running()
    assert caught.value.code == "cluster_version"
    assert "postgresql-11" in caught.value.en
    assert [path.name for path in state_dir.glob("pg*")] == ["pg11"]


def test_a_full_disk_is_told_before_anything_is_made(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(state_dir)
    monkeypatch.setattr(cluster_module.shutil, "disk_usage", lambda _: usage._replace(free=1 << 20))
    with pytest.raises(Unavailable) as caught:
        Cluster(state_dir).ensure_running()
    assert caught.value.code == "disk_full"
    assert not list(find_place(state_dir).home.glob("pg*"))


@as_root
def test_a_disk_that_fills_while_the_cluster_is_made(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m,mode=755", "tmpfs", state_dir],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("may not mount here")
    try:
        monkeypatch.setattr(cluster_module, "LEAST_FREE_BYTES", 0)
        with pytest.raises(Unavailable) as caught:
            Cluster(state_dir).ensure_running()
        assert caught.value.code == "disk_full"
        assert not list(state_dir.glob("pg*"))
    finally:
        subprocess.run(["umount", state_dir], check=True)


def test_several_who_start_it_at_once_get_the_same_server(state_dir: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        urls = set(pool.map(lambda _: Cluster(state_dir, durable=False).ensure_running(), range(4)))
    assert len(urls) == 1
    assert len(list(find_place(state_dir).home.glob("pg*"))) == 1


HOLDER = """
import sys
from pathlib import Path
from gis.db.cluster import Cluster
with Cluster(Path(sys.argv[1]), durable=False).hold():
    print("holding", flush=True)
    sys.stdin.readline()
"""


def test_the_last_one_who_holds_it_stops_it(state_dir: Path) -> None:
    cluster = Cluster(state_dir, durable=False)
    command = [sys.executable, "-c", HOLDER, str(state_dir)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "holding\n"
        with cluster.hold():
            assert cluster.status().running
        assert cluster.status().running, "the other one still works with it"
        other.kill()  # its lock goes with it, nobody is left to count down
    with cluster.hold():
        pass
    assert not cluster.status().running


def test_one_started_to_stay_outlives_those_who_hold_it(state_dir: Path) -> None:
    cluster = Cluster(state_dir, durable=False)
    cluster.keep()
    with cluster.hold():
        pass
    assert cluster.status().running
    cluster.stop()
    with cluster.hold():
        pass
    assert not cluster.status().running, "stopping it ended the staying too"


@as_root
def test_nobody_else_on_the_machine_gets_in(state_dir: Path) -> None:
    cluster = Cluster(state_dir, durable=False)
    cluster.ensure_running()
    url = plain(cluster)
    stranger = pwd.getpwnam("daemon")
    psql = ["psql", "-X", "-d", url, "-c", "SELECT 1"]
    ours = subprocess.run(psql, capture_output=True, text=True, check=False)
    assert ours.returncode == 0, ours.stderr
    theirs = subprocess.run(
        psql, capture_output=True, text=True, check=False, user=stranger.pw_uid, cwd="/", extra_groups=[]
    )
    assert "Peer authentication failed" in theirs.stderr
    with pytest.raises(psycopg.OperationalError, match=r"pg_hba\.conf"):
        psycopg.connect(url.replace("wangge@", "postgres@"))
