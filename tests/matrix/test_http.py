"""Every operation × person × relation, through the whole application."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.app import create_app
from api.policy import operations
from tests.matrix.conftest import Stage
from tests.matrix.harness import Edge, quiet_settings
from tests.matrix.operations import OPERATIONS, Case, cases, run

pytestmark = [pytest.mark.db, pytest.mark.matrix]
CASES = list(cases())


@pytest.fixture(scope="module")
def edge(stage: Stage) -> Iterator[Edge]:
    """The application as the role of the web edge; what is written here nobody else's case counts."""
    app = create_app(quiet_settings(stage.settings), engine=stage.web)
    made = Edge(app, stage.world)
    with made.client:
        yield made


@pytest.fixture(scope="module")
def sandbox_edge(sandbox: Stage) -> Iterator[Edge]:
    """The same on a world of its own, for what writes."""
    app = create_app(quiet_settings(sandbox.settings), engine=sandbox.web)
    made = Edge(app, sandbox.world)
    with made.client:
        yield made


@pytest.mark.parametrize("case", [one for one in CASES if not OPERATIONS[one.operation].writes], ids=str)
def test_reading(edge: Edge, case: Case) -> None:
    run(edge, case)


@pytest.mark.parametrize("case", [one for one in CASES if OPERATIONS[one.operation].writes], ids=str)
def test_writing(sandbox_edge: Edge, case: Case) -> None:
    run(sandbox_edge, case)


def test_every_operation_is_in_the_matrix(edge: Edge) -> None:
    assert sorted(OPERATIONS) == sorted(operations(edge.app))


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 3000
