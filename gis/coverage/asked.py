"""The place a question is asked of, and who asks: where every door to coverage begins."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from gis.coverage import scope
from gis.coverage.in_scenario import world_for
from gis.coverage.model import Question
from gis.coverage.world import World
from gis.db.scope import Scope, scope_of


def asked(
    engine: Engine, question: Question, cache_dir: Path | None = None, *, permission: str = scope.COVERAGE
) -> tuple[World, Scope | None]:
    """The place as it is now, or in the engine's scenario, and the asker's scope, where they may ask this.

    Raises `Forbidden` (`outside_scope` for an area outside it, `capacity_needs_people`); for a scenario as
    `in_scenario.scenario_world`.
    """
    world, asker = world_for(engine, cache_dir), scope_of(engine)
    scope.refuse_question(world, asker, permission, question)
    return world, asker


def asked_about(
    engine: Engine, area: str | None, cache_dir: Path | None = None
) -> tuple[World, Scope | None]:
    """As `asked`, for what is asked about an area without a question of one's own."""
    world, asker = world_for(engine, cache_dir), scope_of(engine)
    scope.refuse_outside(world, asker, scope.COVERAGE, area)
    return world, asker
