"""A database of its own with the small place in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from gis.db.api_role import api_url
from gis.db.cluster import Cluster
from gis.db.engine import make_web_engine
from gis.settings import Settings
from tests.database import cloned_engine

from .place import load_place


@pytest.fixture(scope="session")
def place_engine(cluster: Cluster) -> Iterator[Engine]:
    """An engine on the small place; tests that change it use `changeable_engine`."""
    with cloned_engine(cluster) as made:
        load_place(made)
        yield made


@pytest.fixture(scope="session")
def place_web(place_engine: Engine) -> Iterator[Engine]:
    """The web edge's engine on the small place, without a scope."""
    url = place_engine.url.render_as_string(hide_password=False)
    made = make_web_engine(api_url(Settings(), url))
    yield made
    made.dispose()


@pytest.fixture
def changeable_engine(cluster: Cluster) -> Iterator[Engine]:
    """The small place for one test that changes it."""
    with cloned_engine(cluster) as made:
        load_place(made)
        yield made
