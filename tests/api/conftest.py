"""Clients on an application with a district of its own, which works as the role of the web edge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.app import create_app
from gis.db.cluster import Cluster
from tests.clients import EVERYTHING, client_as, unbounded
from tests.database import api_engine
from tests.district import district_engine


@pytest.fixture(scope="module")
def district(cluster: Cluster) -> Iterator[Engine]:
    """A database with a district of four grids and no events."""
    with district_engine(cluster) as engine:
        yield engine


@pytest.fixture(scope="module")
def edge(district: Engine) -> Iterator[Engine]:
    """An engine on the district as the role of the web edge."""
    with api_engine(district.url.render_as_string(hide_password=False)) as made:
        yield made


@pytest.fixture(scope="module")
def app(edge: Engine, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The application on the district; whoever is not logged in may send as much as they like."""
    return create_app(unbounded(state_dir=Path(tmp_path_factory.mktemp("state"))), engine=edge)


@pytest.fixture(scope="module")
def anonymous_client(app: FastAPI) -> Iterator[TestClient]:
    """A client that is not logged in: a fault is an answer, not an exception."""
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    """A client of somebody who may do everything everywhere."""
    with client_as(app, *EVERYTHING) as made:
        yield made
