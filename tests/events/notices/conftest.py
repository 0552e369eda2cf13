"""A district for the tests of notices; each module writes into its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from gis.db.cluster import Cluster
from tests.district import district_engine
from tests.events.workflow.helpers import Crew, crew


@pytest.fixture(scope="module")
def district(cluster: Cluster) -> Iterator[Engine]:
    """A database with a district of four grids and no events."""
    with district_engine(cluster) as engine:
        yield engine


@pytest.fixture(scope="module")
def people(district: Engine) -> Crew:
    """Who works there."""
    return crew(district)
