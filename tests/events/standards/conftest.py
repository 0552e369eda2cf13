"""A district of its own for this room, and people who set rules in parts of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, text

from gis.db.cluster import Cluster
from gis.db.scope import MAINTENANCE, Scope, scoped
from tests.database import api_engine
from tests.district import district_engine


@pytest.fixture(scope="module")
def district(cluster: Cluster) -> Iterator[Engine]:
    """A database with a district of four grids."""
    with district_engine(cluster) as engine:
        yield scoped(engine, MAINTENANCE)


@pytest.fixture(scope="module")
def edge(district: Engine) -> Iterator[Engine]:
    """The same database as the role of the web edge."""
    with api_engine(district.url.render_as_string(hide_password=False)) as made:
        yield made


@pytest.fixture(scope="module")
def ruler(edge: Engine, district: Engine) -> Callable[[str], Engine]:
    """The engine of somebody who holds rules.edit in the area of a code."""

    def of(code: str) -> Engine:
        with district.connect() as connection:
            area = connection.scalar(text("SELECT id FROM area WHERE code = :code"), {"code": code})
        return scoped(edge, Scope("ruler", account_id=None, areas={"rules.edit": (area,)}))

    return of
