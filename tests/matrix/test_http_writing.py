"""The matrix of what writes, on a world of its own."""

from __future__ import annotations

import pytest

from tests.matrix.harness import Edge
from tests.matrix.operations import Case, run, writing

pytestmark = [pytest.mark.db, pytest.mark.matrix]


@pytest.mark.parametrize("case", writing(), ids=str)
def test_writing(sandbox_edge: Edge, case: Case) -> None:
    run(sandbox_edge, case)
