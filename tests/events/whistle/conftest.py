"""One district for the tests of a module; they write for good, each whistle its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gis.db.cluster import Cluster
from tests.events.whistle.people import Stage, staged


@pytest.fixture(scope="module")
def stage(cluster: Cluster) -> Iterator[Stage]:
    """A district without whistles."""
    with staged(cluster) as made:
        yield made
