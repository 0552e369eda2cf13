"""A client on an application with a district of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.app import create_app
from gis.db.cluster import Cluster
from gis.settings import Settings
from tests.district import district_engine


@pytest.fixture(scope="module")
def district(cluster: Cluster) -> Iterator[Engine]:
    """A database with a district of four grids and no events."""
    with district_engine(cluster) as engine:
        yield engine


@pytest.fixture(scope="module")
def client(district: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application on the district, as a client sees it: a fault is an answer, not an exception."""
    settings = Settings(state_dir=Path(tmp_path_factory.mktemp("state")))
    with TestClient(create_app(settings, engine=district), raise_server_exceptions=False) as made:
        yield made
