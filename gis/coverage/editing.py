"""Edits made for real: the register, the place in memory and every stored answer change in one transaction.

Whoever asks sees the state before or the state after, nothing in between; what fails changes nothing. Nothing is read
again: the new place is the old one with the edits made, and a computation from the database gives the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gis.accounts.audit import record
from gis.areas.store import served
from gis.base.errors import Conflict, Forbidden, Invalid, Unavailable
from gis.coverage import planning_store
from gis.coverage import store as coverage_store
from gis.coverage.compare import relinked
from gis.coverage.edit_rules import read_edits, refuse_edit, refuse_inapplicable
from gis.coverage.in_scenario import no_such_scenario
from gis.coverage.kept import kept
from gis.coverage.reach_changes import LayerChange, layer_changes, rows_of, touched_circles
from gis.coverage.scenarios import stale
from gis.coverage.world import World, current_world, known_world, publish
from gis.db.engine import unit_of_work
from gis.walking.edit_kinds import (
    AddStation,
    AddStreet,
    Edit,
    MoveStation,
    RemoveStreet,
    edit_to_json,
)
from gis.walking.model import Int64s
from gis.walking.network import plane

_DENIED, _BUSY = "42501", frozenset({"55P03", "40P01"})


@dataclass(frozen=True, slots=True)
class Committed:
    """What edits made for real have changed.

    `ids` number them in `register_edit`. `changed_buildings` have another answer in at least one stored layer,
    `relinked` other ways to the streets; `layers` is how many stored layers were brought up to date.
    """

    ids: tuple[int, ...]
    changed_buildings: int
    relinked: int
    layers: int
    network_version: str
    took_ms: int


def commit_edit(engine: Engine, edit: Edit, cache_dir: Path | None = None) -> Committed:
    """Make one edit for real, on record (`register.edit`).

    Raises the refusals of `read_edit`; NotFound (`station_not_found`, `gate_not_found`, `street_not_found`), Conflict
    (`code_taken`, `station_closed`), Invalid (`unknown_station_type`, `outside_service_area`), Forbidden
    (`edit_outside_scope`) where the scope does not hold `register.edit` in every grid it is about, Unavailable
    (`register_busy`) while others write.
    """
    read = read_edits([edit_to_json(edit)])
    with Session(engine, expire_on_commit=False) as session:
        return _committed(engine, session, read, cache_dir, lambda world: refuse_edit(world, read[0]))


def adopt_scenario(
    engine: Engine, scenario: UUID, version: int | None = None, cache_dir: Path | None = None
) -> Committed:
    """Make all edits of a scenario (of this version, where it is given) for real, in order, all or none.

    On record: `scenario.adopt` for the scenario and `register.edit` for each edit.

    Raises as `commit_edit`, but Conflict (`edit_not_applicable`) naming the edit that cannot be made; NotFound
    (`scenario_not_found`), Stale (`stale`), Conflict (`scenario_empty`).
    """
    with Session(engine, expire_on_commit=False) as session:
        row = planning_store.read_scenario(session, scenario)
        if row is None:
            raise no_such_scenario()
        edits = read_edits(row["edits"])
        if not edits:
            raise Conflict("scenario_empty", "方案中没有任何修改", "The scenario has no edits", field="edits")
        if not planning_store.adopt_scenario(session, scenario, version or row["version"]):
            raise stale()
        details = {"edits": len(edits)}
        record(session, "scenario.adopt", "scenario", scenario, area_id=row["area_id"], details=details)
        return _committed(
            engine, session, edits, cache_dir, lambda world: refuse_inapplicable(world, edits), scenario
        )


def list_edits(engine: Engine, count: int = 50, before: int | None = None) -> list[dict[str, Any]]:
    """The latest edits made for real (before number `before`) in the areas where the scope may change something."""
    with unit_of_work(engine) as session:
        return planning_store.list_edits(session, count, before)


def _committed(
    engine: Engine,
    session: Session,
    edits: Sequence[Edit],
    cache_dir: Path | None,
    refuse: Callable[[World], None],
    scenario: UUID | None = None,
) -> Committed:
    """The edits in the transaction of `session`, which is ended here."""
    started = perf_counter()
    with _named():
        if known_world(engine, coverage_store.fingerprint(session)) is None:
            planning_store.take_time(session)
            current_world(engine, cache_dir)  # what takes long to read is read before anybody is held back
        planning_store.lock_register(session)
        seen = coverage_store.fingerprint(session)
        before = known_world(engine, seen) or current_world(engine, cache_dir)
        refuse(before)
        _refuse_unserved(session, edits)
        after = _edited(before, edits)
        planning_store.lock_stored(session)
        changes = layer_changes(before, after, planning_store.current_layers(session, before.versions))
        moved = _moved(changes, len(before.buildings))
        among = None if after.change is None else after.change.relinked
        linked = int(relinked(before.prepared(), after.prepared(), among).sum())
        counts = {"buildings": moved, "relinked": linked, "layers": len(changes)}
        ids = _write(session, after, edits, scenario, counts)
        _store(session, before, after, changes, edits)
        publish(engine, after, coverage_store.fingerprint(session), session.commit)
    took = round((perf_counter() - started) * 1000)
    return Committed(ids, moved, linked, len(changes), after.version, took)


def _refuse_unserved(session: Session, edits: Sequence[Edit]) -> None:
    """Invalid `outside_service_area` for what is put where nobody is served."""
    for edit in edits:
        if isinstance(edit, AddStation | MoveStation):
            shape: shapely.Geometry = shapely.Point(edit.lon, edit.lat)
        elif isinstance(edit, AddStreet):
            shape = shapely.LineString(edit.line)
        else:
            continue
        if not served(session, shape):
            raise Invalid(
                "outside_service_area",
                f"{edit.code} 不全在服务范围内",
                f"{edit.code} does not lie in the service area",
                field="edit",
            )


def _edited(before: World, edits: Sequence[Edit]) -> World:
    """The place after the edits, in the plane that a fresh reading of it would choose by its middle longitude."""
    after = before.edited(edits)
    codes = {edit.code for edit in edits if isinstance(edit, AddStreet | RemoveStreet)}
    if not codes or not len(after.layers.streets):
        return after
    west, east = _reach(before)
    lines = [
        w.layers.streets.geometry[w.layers.streets["code"].isin(codes)].to_numpy() for w in (before, after)
    ]
    ends = shapely.total_bounds(np.concatenate(lines))
    if west < ends[0] and ends[2] < east:
        kept(after, "reach of the streets", lambda: (west, east))
        return after
    if plane(after.layers.streets) == before.prepared().crs:
        return after
    return World(after.layers, after.areas, after.version, after.read_at, after.cache_dir)


def _reach(world: World) -> tuple[float, float]:
    """The longitudes between which the streets lie."""

    def measured() -> tuple[float, float]:
        west, _, east, _ = shapely.total_bounds(world.layers.streets.geometry.to_numpy())
        return float(west), float(east)

    return kept(world, "reach of the streets", measured)


def _moved(changes: Sequence[LayerChange], buildings: int) -> int:
    """How many buildings have another answer in any layer."""
    changed = np.zeros(buildings, dtype=np.bool_)
    for one in changes:
        changed[one.rows] = True
    return int(changed.sum())


def _write(
    session: Session, after: World, edits: Sequence[Edit], scenario: UUID | None, counts: dict[str, Any]
) -> tuple[int, ...]:
    """Write the register and its record; new and moved stations of `after` get their ids and grids."""
    numbers, stations = [], after.stations
    ids, grids = stations["id"].to_numpy(copy=True), stations["grid_id"].to_numpy(dtype=object, copy=True)
    for edit in edits:
        number, row_id, grid = planning_store.edit_register(session, edit_to_json(edit), scenario, counts)
        numbers.append(number)
        if isinstance(edit, AddStation | MoveStation):
            row = _row(stations["code"].to_numpy(), edit.code)
            ids[row], grids[row] = row_id, grid
    kinds = {"id": ids.astype(np.int64), "grid_id": grids}
    after.layers = replace(after.layers, stations=stations.assign(**kinds))
    return tuple(numbers)


def _row(codes: np.ndarray, code: str) -> int:
    return int(np.searchsorted(codes, code))


def _store(
    session: Session, before: World, after: World, changes: Sequence[LayerChange], edits: Sequence[Edit]
) -> None:
    """Bring the stored answers to the new place; what a change may have touched of the drawings is dropped."""
    ids: Int64s = after.stations["id"].to_numpy(dtype=np.int64)
    planning_store.change_reach(session, rows_of(after, changes, ids))
    planning_store.name_layers(session, [one.layer for one in changes], after.version)
    planning_store.name_circles(session, before.version, after.version, touched_circles(before, after, edits))
    after.verified |= before.verified & {one.layer for one in changes}


@contextmanager
def _named() -> Iterator[None]:
    """Around the statements of an edit: refusals of the database as ours."""
    try:
        yield
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state == _DENIED and "edit_denied" in str(error.orig):
            raise Forbidden(
                "edit_outside_scope",
                "该处不在您可以修改的区域内",
                "This place is outside the areas you may change",
                field="edit",
            ) from error
        if state in _BUSY:
            raise Unavailable(
                "register_busy",
                "数据正在被他人修改或导入，请稍后再试",
                "The register is being changed or imported by somebody else; try again soon",
            ) from error
        raise
