"""The invented world in a database of its own, and the web edge's role on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import pytest
from sqlalchemy import Engine

from api.app import create_app
from gis.db.api_role import api_url
from gis.db.cluster import Cluster
from gis.db.engine import make_engine, make_web_engine
from gis.settings import Settings
from tests.database import cloned_database
from tests.matrix.filling import fill
from tests.matrix.harness import Edge, quiet_settings
from tests.matrix.world import World

SHARES = {"test_http.py": 3, "test_http_writing.py": 3, "test_mutation.py": 3}
"""One of how many cases `make test` runs; the others belong to `make prove`. `pytest -m matrix` runs all."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave a sample, chosen by name and so the same everywhere, of the two files that hold most of the tests."""
    for item in items:
        share = SHARES.get(item.path.name) if item.path.parent.name == "matrix" else None
        if share and crc32(item.nodeid.encode()) % share:
            item.add_marker(pytest.mark.prove)


@dataclass(frozen=True, slots=True)
class Stage:
    """A database with the world in it: the owner's engine, the web edge's, and where files are.

    `bare` is the owner's too, but works in the scope of whoever asks: the policies do not bind it, so that the
    conditions of the statements stand alone.
    """

    world: World
    owner: Engine
    web: Engine
    bare: Engine
    settings: Settings
    url: str


@pytest.fixture(scope="package")
def stage(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The world that the tests only read."""
    with cloned_database(cluster) as url:
        yield from staged(url, tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="package")
def sandbox(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The world again, for tests that write."""
    with cloned_database(cluster) as url:
        yield from staged(url, tmp_path_factory.mktemp("state"))


def staged(url: str, state_dir: Path) -> Iterator[Stage]:
    settings = Settings(state_dir=state_dir)
    owner, web, bare = make_engine(url), make_web_engine(api_url(settings, url)), make_web_engine(url)
    try:
        yield Stage(fill(owner, state_dir), owner, web, bare, settings, url)
    finally:
        for engine in (bare, web, owner):
            engine.dispose()


@pytest.fixture(scope="module")
def edge(stage: Stage) -> Iterator[Edge]:
    """The application as the role of the web edge; what is written here nobody else's case counts."""
    yield from served(stage)


@pytest.fixture(scope="module")
def sandbox_edge(sandbox: Stage) -> Iterator[Edge]:
    """The same on a world of its own, for what writes."""
    yield from served(sandbox)


def served(stage: Stage) -> Iterator[Edge]:
    made = Edge(create_app(quiet_settings(stage.settings), engine=stage.web), stage.world)
    with made.client:
        yield made
