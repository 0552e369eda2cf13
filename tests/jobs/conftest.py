"""A queue of its own: a district with two people, the owner's engine and the web edge's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine, text

from gis.db.api_role import api_url
from gis.db.cluster import Cluster
from gis.db.engine import make_job_engine
from gis.db.scope import Scope, scoped
from gis.settings import Settings
from tests.clients import add_account
from tests.district import district_engine


@dataclass(frozen=True, slots=True)
class Office:
    """The owner's engine, the web edge's without a scope, and two people of the whole district."""

    owner: Engine
    web: Engine
    anna: Scope
    boris: Scope

    def of(self, scope: Scope) -> Engine:
        return scoped(self.web, scope)


@pytest.fixture(scope="module")
def made_office(cluster: Cluster) -> Iterator[Office]:
    with district_engine(cluster) as owner:
        web = make_job_engine(api_url(Settings(), owner.url.render_as_string(hide_password=False)))
        with owner.connect() as connection:
            top = connection.scalar(text("SELECT id FROM area ORDER BY cardinality(path) LIMIT 1"))
        people = []
        for name in ("anna", "boris"):
            account = add_account(owner, "planner", username=name)
            areas = {"coverage.plan": (top,), "people.read": (top,)}
            people.append(Scope(name, account, roles=("planner",), areas=areas))
        yield Office(owner, web, *people)
        web.dispose()


@pytest.fixture
def office(made_office: Office) -> Iterator[Office]:
    """The office with an empty queue."""
    yield made_office
    with made_office.owner.begin() as connection:
        connection.execute(text("DELETE FROM job"))
