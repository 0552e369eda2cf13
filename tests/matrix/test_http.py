"""Every operation × person × relation, through the whole application: what reads, but for the walks."""

from __future__ import annotations

import pytest

from api.policy import operations
from tests.matrix.harness import Edge
from tests.matrix.operations import OPERATIONS, Case, cases, reading, run, walking, writing

pytestmark = [pytest.mark.db, pytest.mark.matrix]


@pytest.mark.parametrize("case", reading(), ids=str)
def test_reading(edge: Edge, case: Case) -> None:
    run(edge, case)


def test_every_operation_is_in_the_matrix(edge: Edge) -> None:
    assert sorted(OPERATIONS) == sorted(operations(edge.app))


def test_there_are_enough_cases() -> None:
    every = list(cases())
    assert len(every) >= 3000
    assert sorted(map(str, reading() + walking() + writing())) == sorted(map(str, every))
