"""An office of people for the tests of this room."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gis.db.cluster import Cluster
from tests.accounts.office import Office, open_office


@pytest.fixture(scope="package")
def open_door(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(cluster, tmp_path_factory.mktemp("state")) as office:
        yield office


@pytest.fixture
def office(open_door: Office) -> Office:
    """The office with nobody in it yet."""
    open_door.empty()
    return open_door
