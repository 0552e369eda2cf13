"""The place a question is asked of, and who asks: where every door to coverage begins."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from gis.coverage import scope
from gis.coverage.world import World, current_world
from gis.db.scope import Scope, scope_of


def asked(engine: Engine, area: str | None, cache_dir: Path | None = None) -> tuple[World, Scope | None]:
    """The place as it is now, and the asker's scope. Raises `Forbidden` (`outside_scope`) for an area outside it."""
    world, asker = current_world(engine, cache_dir), scope_of(engine)
    scope.refuse_outside(world, asker, scope.COVERAGE, area)
    return world, asker
