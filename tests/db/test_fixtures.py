"""The fixtures themselves: what a test changes is gone, and the network is shut."""

from __future__ import annotations

import socket

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from tests.conftest import NetworkBlocked

COUNT = text("SELECT count(*) FROM wangge.dataset")
ADD = text("INSERT INTO wangge.dataset (name) VALUES ('江湾')")


@pytest.mark.db
@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_sees_an_empty_database(session: Session, engine: Engine, turn: int) -> None:
    assert session.scalar(COUNT) == 0
    session.execute(ADD)
    session.commit()
    assert session.scalar(COUNT) == 1
    with engine.connect() as other:
        assert other.scalar(COUNT) == 0


def test_other_hosts_are_out_of_reach() -> None:
    with socket.socket() as probe, pytest.raises(NetworkBlocked):
        probe.connect(("192.0.2.1", 80))
    with pytest.raises(NetworkBlocked):
        socket.create_connection(("example.org", 80), timeout=1)


def test_loopback_stays_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()
