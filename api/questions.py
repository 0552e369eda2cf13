"""From query parameters to a coverage question; numbers, circles, export and tiles take the same ones."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Query
from sqlalchemy import Engine

from api.deps import EngineDep
from api.numbers import PlainFloat
from gis.base.errors import Invalid
from gis.coverage.in_scenario import in_scenario
from gis.coverage.model import Question, ask
from gis.events.readers import read_natural_code, read_uuid7
from gis.settings import Settings

_TYPES = re.compile(r"[a-z0-9_]{1,40}(,[a-z0-9_]{1,40})*", re.ASCII)


def cache_dir(settings: Settings) -> Path:
    """Where prepared networks are kept between starts."""
    return settings.state_dir / "cache"


async def coverage_question(
    types: Annotated[
        str, Query(description="站点类型，逗号分隔 / station types, comma separated", max_length=1200)
    ],
    minutes: Annotated[PlainFloat | None, Query(description="步行分钟 / minutes of walking")] = None,
    metres: Annotated[PlainFloat | None, Query(description="步行米数 / metres of walking")] = None,
    profile: Annotated[
        str, Query(description="standard, adult, elderly, child, winter", max_length=20)
    ] = "standard",
    area: Annotated[str | None, Query(description="区域代码，含其下级 / an area's whole subtree")] = None,
    at: Annotated[
        str | None, Query(description="一周中的时间，如 Tu-20:00 / a time of the week", max_length=8)
    ] = None,
    capacity: Annotated[bool, Query(description="计入站点容量 / no station above its capacity")] = False,
) -> Question:
    """The question in the query parameters; each wrong one is refused with its own code."""
    if not _TYPES.fullmatch(types):
        raise Invalid(
            "station_types",
            "站点类型应为以逗号分隔的代码",
            "station types are codes separated by commas",
            field="types",
        )
    where = None if area is None else read_natural_code(area, "area")
    return ask(
        types.split(","),
        minutes=minutes,
        metres=metres,
        profile=profile,
        area=where,
        at=at,
        capacity=capacity,
    )


QuestionDep = Annotated[Question, Depends(coverage_question)]


async def place_engine(
    engine: EngineDep,
    scenario: Annotated[
        str | None, Query(description="方案编号：在此方案中提问 / a saved scenario to ask in", max_length=40)
    ] = None,
) -> Engine:
    """The caller's engine, whose questions are answered in a saved scenario where one is given."""
    return engine if scenario is None else in_scenario(engine, read_uuid7(scenario, "scenario"))


PlaceDep = Annotated[Engine, Depends(place_engine)]
"""Instead of `EngineDep` where a question may be asked in a scenario; whatever opens with `asked` then answers there."""
