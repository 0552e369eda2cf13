"""The matrix of what is asked of walks; a file of its own, so that two workers share the matrix."""

from __future__ import annotations

import pytest

from tests.matrix.harness import Edge
from tests.matrix.operations import Case, run, walking

pytestmark = [pytest.mark.db, pytest.mark.matrix]


@pytest.mark.parametrize("case", walking(), ids=str)
def test_walking(edge: Edge, case: Case) -> None:
    run(edge, case)
