"""Fixtures for every room: a database of our own, and no way out to the network."""

from __future__ import annotations

import gc
import ipaddress
import os
import signal
import socket
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.db.cluster import Cluster
from tests.clients import ENTERED, leave
from tests.database import cloned_engine, shared_cluster, town_template

# A first call compiles kernels, and a busy machine is slow: time is measured by `make bench` alone.
hypothesis_settings.register_profile("house", deadline=None)
hypothesis_settings.load_profile("house")

KEPT = {"WANGGE_CHROMIUM"}
LONG_ROOMS = {"benchmarks", "browser", "cli", "faults"}


def pytest_configure() -> None:
    """Whoever runs us in the background lets signals be ignored, and a child would inherit that: not the tests'."""
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Thirteen thousand collected tests live as long as the run: the garbage collector need not look at them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Rooms whose single tests take seconds begin; what is left at the end is short, so that no worker waits long."""
    here = Path(__file__).parent
    items.sort(key=lambda item: item.path.relative_to(here).parts[0] not in LONG_ROOMS)


class NetworkBlocked(Exception):
    """A test tried to reach another machine."""


def _is_local(address: Any) -> bool:
    host = address[0] if isinstance(address, tuple) else address
    if not isinstance(address, tuple) or host in {"localhost", ""}:
        return True  # a unix socket, or a name that stays here
    try:
        return ipaddress.ip_address(str(host).split("%", maxsplit=1)[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Unix sockets and loopback only; nothing we ship may need another host."""
    connect, connect_ex, lookup = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded(real: Any) -> Any:
        def call(self: socket.socket, address: Any) -> Any:
            if not _is_local(address):
                raise NetworkBlocked(f"a test tried to reach {address!r}")
            return real(self, address)

        return call

    def guarded_lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and not _is_local((name,)):
            raise NetworkBlocked(f"a test tried to look up {name!r}")
        return lookup(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(connect))
        patch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
        patch.setattr(socket, "getaddrinfo", guarded_lookup)
        yield


@pytest.fixture(autouse=True, scope="session")
def no_settings_from_outside() -> Iterator[None]:
    """The WANGGE_ variables of whoever runs the tests do not reach the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("WANGGE_") and name not in KEPT]:
            patch.delenv(name)
        yield


@pytest.fixture(autouse=True)
def clients_left() -> Iterator[None]:
    """Clients that a test entered end with it."""
    kept = len(ENTERED)
    yield
    leave(kept)


@pytest.fixture(scope="session")
def cluster(no_settings_from_outside: None) -> Iterator[Cluster]:
    """The tests' own PostGIS cluster under `.wangge/test`."""
    with shared_cluster() as running:
        yield running


@pytest.fixture(scope="session")
def engine(cluster: Cluster) -> Iterator[Engine]:
    """An engine on an empty migrated database that only this pytest run sees."""
    with cloned_engine(cluster) as made:
        yield made


@pytest.fixture(scope="session")
def town_engine(cluster: Cluster) -> Iterator[Engine]:
    """An engine on a database with the small town loaded; it lasts for the whole run, so only read from it."""
    with cloned_engine(cluster, town_template(cluster)) as made:
        yield made


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session whose every change, committed or not, is rolled back after the test."""
    with engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as made:
            yield made
        outer.rollback()
