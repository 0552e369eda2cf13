"""Whether an area somebody asks for lies within, or around, the subtrees they hold a permission in."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine

from gis.db.engine import unit_of_work
from gis.db.sql import load


def reaches(engine: Engine, code: str, roots: Sequence[int]) -> bool | None:
    """Whether the subtree of the area `code` and those of `roots` share anything; None for an unknown area."""
    with unit_of_work(engine) as session:
        found: bool | None = session.scalar(
            load("gis.areas", "reaches"), {"code": code, "roots": list(roots)}
        )
        return found
