"""Where the cluster goes: folders that the server can enter, sockets whose path fits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gis.base.errors import Unavailable
from gis.db import cluster_place, postgres
from gis.db.cluster_conf import server_settings
from gis.db.cluster_place import Owner, Place, find_place

US = Owner("us", os.geteuid(), os.getegid())
GIB = 1 << 30


@pytest.mark.parametrize(
    ("home", "inside"),
    [
        ("/srv/wangge/.wangge", True),
        ("/srv/" + "深" * 40 + "/.wangge", False),
        ("/srv/my checkout/.wangge", False),
        ("/srv/a,b/.wangge", False),
        ("/srv/" + "x" * 120, False),
    ],
)
def test_the_socket_lies_beside_the_data_only_where_its_path_is_short_and_plain(
    home: str, inside: bool
) -> None:
    socket = Place(Path(home), US).socket_dir() / cluster_place.SOCKET_NAME
    assert (Path(home) in socket.parents) is inside
    assert len(os.fsencode(socket)) <= cluster_place.SOCKET_LIMIT_BYTES


def test_two_places_never_share_a_socket() -> None:
    long = "/srv/" + "x" * 120
    assert Place(Path(long + "a"), US).socket_dir() != Place(Path(long + "b"), US).socket_dir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the cluster to another account")
def test_a_checkout_the_server_cannot_enter_sends_the_data_to_the_machines_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_place, "MACHINE_STATE", tmp_path / "var")
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o700)
    assert find_place(shut / ".wangge").home.parent == tmp_path / "var"
    data = shut / ".wangge" / "pg15"  # data that are there decide, whatever the rights say now
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("15\n")
    assert find_place(shut / ".wangge").home == shut / ".wangge"


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.symlink_to(tmp_path)
    with pytest.raises(Unavailable) as caught:
        cluster_place._own_directory(taken, US)
    assert caught.value.code == "socket_dir_taken"


def test_no_postgres_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "installed", list)
    with pytest.raises(Unavailable) as caught:
        postgres.choose([])
    assert caught.value.code == "postgres_missing"
    assert "apt-get install postgresql-15-postgis-3" in caught.value.en


@pytest.mark.parametrize(("memory_gib", "buffers_mb"), [(0.25, 64), (2, 512), (24, 4096), (256, 4096)])
def test_memory_fits_the_machine(memory_gib: float, buffers_mb: int) -> None:
    made = server_settings(Path("/s"), durable=True, memory_bytes=int(memory_gib * GIB), cores=2)
    assert made["shared_buffers"] == f"{buffers_mb}MB"
    assert made["listen_addresses"] == ""
    assert "fsync" not in made, "only throw-away clusters may forget"
