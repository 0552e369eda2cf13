"""After an import: the network, its counterfactuals, the planner's first circles and layer, ready to be asked.

Every other circle is drawn and stored when it is asked for, or ahead by `wangge circles`.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from gis.base.progress import Progress, silent
from gis.coverage.circles import asked_circles, store_circles
from gis.coverage.model import ask
from gis.coverage.service import answer, stored_layer
from gis.coverage.world import AS_IT_IS, GATES_OPEN, NO_BARRIERS, World, current_world

FIRST_MINUTES = 15
LINKING = "建网挂接 / linking to streets"
CIRCLES = "绘制步行圈（个）/ drawing walking circles"
LAYER = "覆盖图层 / coverage layer"


def refresh(engine: Engine, progress: Progress = silent, cache_dir: Path | None = None) -> None:
    """Make what the pages show first; what is current is left as it is. Without streets there is nothing to do."""
    world = current_world(engine, cache_dir)
    if not len(world.layers.streets) or not len(world.stations) or not len(world.buildings):
        return
    link(world, progress)
    question = ask([world.first_type], minutes=FIRST_MINUTES)
    wanted = asked_circles(world, question)
    store_circles(engine, world, wanted, lambda done, total: progress(CIRCLES, done, total))
    progress(LAYER, 0, 1)
    answer(world, question)
    stored_layer(engine, question, cache_dir)
    progress(LAYER, 1, 1)


def link(world: World, progress: Progress) -> None:
    """The kernels are compiled here the first time on a machine: half a minute at most, then cached."""
    scenarios = (AS_IT_IS, GATES_OPEN, NO_BARRIERS)
    for done, scenario in enumerate(scenarios):
        progress(LINKING, done, len(scenarios))
        world.prepared(scenario)
    progress(LINKING, len(scenarios), len(scenarios))
