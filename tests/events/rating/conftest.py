"""A district of its own for each module; what is drawn for samples is set by the test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from gis.db.cluster import Cluster
from tests.database import api_engine
from tests.district import district_engine
from tests.events.workflow.helpers import Crew, crew


@pytest.fixture(scope="module")
def district(cluster: Cluster) -> Iterator[Engine]:
    """A database with a district of four grids and no events."""
    with district_engine(cluster) as engine:
        yield engine


@pytest.fixture(scope="module")
def people(district: Engine) -> Crew:
    """A desk, a dispatcher, an approver, an inspector, handlers, a resident."""
    return crew(district)


@pytest.fixture(scope="module")
def edge(district: Engine) -> Iterator[Engine]:
    """The web edge's engine on the district."""
    with api_engine(district.url.render_as_string(hide_password=False)) as made:
        yield made
