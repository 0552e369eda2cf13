"""The place a question is asked of, and who asks: where every door to coverage begins."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from gis.coverage import scope
from gis.coverage.in_scenario import world_for
from gis.coverage.world import World
from gis.db.scope import Scope, scope_of


def asked(engine: Engine, area: str | None, cache_dir: Path | None = None) -> tuple[World, Scope | None]:
    """The place as it is now, or in the engine's scenario, and the asker's scope.

    Raises `Forbidden` (`outside_scope`) for an area outside it; for a scenario as `in_scenario.scenario_world`.
    """
    world, asker = world_for(engine, cache_dir), scope_of(engine)
    scope.refuse_outside(world, asker, scope.COVERAGE, area)
    return world, asker
