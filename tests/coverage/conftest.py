"""A database of its own with the small place in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from gis.db.cluster import Cluster
from tests.database import cloned_engine

from .place import load_place


@pytest.fixture(scope="session")
def place_engine(cluster: Cluster) -> Iterator[Engine]:
    """An engine on the small place; tests that change it use `changeable_engine`."""
    with cloned_engine(cluster) as made:
        load_place(made)
        yield made


@pytest.fixture
def changeable_engine(cluster: Cluster) -> Iterator[Engine]:
    """The small place for one test that changes it."""
    with cloned_engine(cluster) as made:
        load_place(made)
        yield made
