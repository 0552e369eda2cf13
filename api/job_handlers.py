"""The kinds of jobs there are: who may have their results, and which room does them.

The queue knows no room and no room knows the others' jobs; here they are put together, for the web edge and for
whoever runs a worker.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from api.questions import cache_dir
from gis.jobs.model import Handler
from gis.settings import Settings


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of job: the permission its results need, and `module:function` that makes its handler.

    The function takes the folder of what may be kept between runs.
    """

    permission: str
    maker: str


KINDS: Mapping[str, Kind] = {
    "siting": Kind("coverage.plan", "gis.coverage.siting.jobs:siting_handler"),
    "report": Kind("coverage.plan", "gis.coverage.report.service:report_handler"),
}


def job_handlers(settings: Settings) -> dict[str, Handler]:
    """The handler of every kind of job."""
    return {name: _made(kind.maker, cache_dir(settings)) for name, kind in KINDS.items()}


def _made(maker: str, folder: Path) -> Handler:
    module, _, name = maker.partition(":")
    make: Callable[[Path], Handler] = getattr(importlib.import_module(module), name)
    return make(folder)
