"""A question asked in a saved scenario: an engine may carry one, and its place is the one with the edits made."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import BoundedSemaphore, Event, Lock
from time import monotonic
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Pool

from gis.base.errors import NotFound, Unavailable
from gis.coverage import planning_store
from gis.coverage.edit_rules import read_edits, refuse_inapplicable
from gis.coverage.world import World, current_world
from gis.db.engine import unit_of_work

OPTION = "wangge_scenario"
KEPT_WORLDS = 4
"""Places with edits kept in memory for each database: each is nearly as large as the place itself."""

MOST_AT_ONCE = 2
"""Places with edits computed at the same time in a process."""
LONGEST_WAIT_S = 10.0


@dataclass(slots=True)
class _Kept:
    lock: Lock = field(default_factory=Lock)
    """Held for a moment only: nothing is computed under it."""
    making: dict[str, Event] = field(default_factory=dict)
    worlds: OrderedDict[str, tuple[World, World]] = field(default_factory=OrderedDict)


_kept: WeakKeyDictionary[Pool, _Kept] = WeakKeyDictionary()
_kept_lock = Lock()
_making = BoundedSemaphore(MOST_AT_ONCE)


def in_scenario(engine: Engine, scenario: UUID | None) -> Engine:
    """The same engine, pool and scope, whose questions are answered in a scenario; for None the place as it is."""
    return engine if scenario is None else engine.execution_options(**{OPTION: scenario})


def scenario_of(engine: Engine) -> UUID | None:
    """The scenario an engine's questions are answered in."""
    found: UUID | None = engine.get_execution_options().get(OPTION)
    return found


def world_for(engine: Engine, cache_dir: Path | None = None) -> World:
    """The place an engine's questions are about: as it is now, or in its scenario.

    What is stored in the database is of the place as it is: in a scenario nothing may be read from there or stored.
    """
    scenario = scenario_of(engine)
    return (
        current_world(engine, cache_dir) if scenario is None else scenario_world(engine, scenario, cache_dir)
    )


def scenario_world(engine: Engine, scenario: UUID, cache_dir: Path | None = None) -> World:
    """The place as it is now with the edits of a scenario that the engine's scope may read.

    Raises NotFound (`scenario_not_found`), Conflict (`edit_not_applicable`) naming the edit that fits no more.
    """
    with unit_of_work(engine) as session:
        found = planning_store.read_scenario(session, scenario)
    if found is None:
        raise no_such_scenario()
    return edited_world(engine, current_world(engine, cache_dir), found["edits"])


def no_such_scenario() -> NotFound:
    """There is none, or not for this reader."""
    return NotFound("scenario_not_found", "没有这个方案", "There is no such scenario", field="scenario")


def edited_world(engine: Engine, base: World, edits: Sequence[dict[str, Any]]) -> World:
    """`base` with edits (JSON) made, kept while it is asked for and `base` is the place.

    Only who asks for the same edits waits for them. Raises Invalid of `read_edits`, Conflict
    (`edit_not_applicable`), Unavailable (`scenario_busy`) after `LONGEST_WAIT_S` of waiting for others.
    """
    if not edits:
        return base
    key = sha256(json.dumps(edits, sort_keys=True).encode()).hexdigest()
    with _kept_lock:
        kept = _kept.setdefault(engine.pool, _Kept())
    until = monotonic() + LONGEST_WAIT_S
    while True:
        with kept.lock:
            old, made = kept.worlds.get(key, (None, None))
            if made is not None and old is base:
                kept.worlds.move_to_end(key)
                return made
            done = kept.making.get(key)
            if done is None:
                mine = kept.making[key] = Event()
                break
        if not done.wait(until - monotonic()):
            raise _busy()
    try:
        fresh = _made(base, edits, until)
        _keep(kept, key, base, fresh)
        return fresh
    finally:
        with kept.lock:
            del kept.making[key]
        mine.set()


def _made(base: World, edits: Sequence[dict[str, Any]], until: float) -> World:
    """The place with edits made and prepared, at most `MOST_AT_ONCE` at a time."""
    read = read_edits(edits)
    refuse_inapplicable(base, read)
    if not _making.acquire(timeout=max(0.0, until - monotonic())):
        raise _busy()
    try:
        made = base.edited(read)
        if len(made.layers.streets):
            made.prepared()
        return made
    finally:
        _making.release()


def _busy() -> Unavailable:
    return Unavailable(
        "scenario_busy",
        "正在计算其他方案，请稍后再试",
        "scenarios are being computed; try again soon",
        retry_after_s=round(LONGEST_WAIT_S),
    )


def _keep(kept: _Kept, key: str, base: World, made: World) -> None:
    with kept.lock:
        kept.worlds[key] = (base, made)
        kept.worlds.move_to_end(key)
        for gone in [one for one, (of, _) in kept.worlds.items() if of is not base]:
            del kept.worlds[gone]  # of an earlier place: nobody is told of it any more
        while len(kept.worlds) > KEPT_WORLDS:
            kept.worlds.popitem(last=False)
