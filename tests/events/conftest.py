"""The events room's tests write for good, each module into a district of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from gis.db.cluster import Cluster
from tests.district import district_engine


@pytest.fixture(scope="module")
def district(cluster: Cluster) -> Iterator[Engine]:
    """A database with a district of four grids and no events."""
    with district_engine(cluster) as engine:
        yield engine
