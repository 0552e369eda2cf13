"""Where the real inputs lie, and a skip that says so where they are absent."""

from __future__ import annotations

from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def real(name: str) -> Path:
    """The path of a real input, or a skip."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the real input {name} is not beside the checkout")
    return path
