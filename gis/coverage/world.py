"""The place in memory: network and links made once a content, answers kept while they are asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS
from sqlalchemy import Engine, Pool
from sqlalchemy.orm import Session

from gis.base.errors import Unavailable
from gis.coverage import store
from gis.coverage.between import Between, WorldChange
from gis.coverage.contents import Contents
from gis.db.scope import STATISTICS, scope_of, scoped
from gis.register.opening import WeekTime, open_at
from gis.register.station_types import refuse_unknown_types
from gis.walking import archive
from gis.walking.columns import words
from gis.walking.cost import Graph, graph, leg_cost
from gis.walking.edit_kinds import Edit
from gis.walking.edits import apply_edits
from gis.walking.incremental.repair import Searched, graph_after, search_after
from gis.walking.model import REACH_UM, RULES_VERSION, Bools, Int64s, Profile
from gis.walking.network import plane
from gis.walking.path import only_points, only_stations
from gis.walking.prepare import Layers, Prepared, prepare
from gis.walking.search import labelled

_KEPT_ANSWERS = 64
_KEPT_ARCHIVES = 9
_KEPT_HOURS = 3
"""Networks of times at which gates are shut; at night and by day there are few such patterns."""
FIRST_TYPE = "party_mass_center"
_SHUT = "gates-"
_USUAL = "as_it_is"
_CARRIED = 4
"""Answers that are mended from edit to edit though nobody asked in between."""
MOST_STEPS = 12
"""More edits than this are quicker made all at once than one after another."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Under what the walk is asked: at a time of the week, or with one thing imagined away (the reasons).

    `gates_open`: every gate open to everybody. `no_barriers`: no barrier and no wall.
    """

    at: WeekTime | None = None
    gates_open: bool = False
    no_barriers: bool = False


AS_IT_IS, GATES_OPEN, NO_BARRIERS = Situation(), Situation(gates_open=True), Situation(no_barriers=True)


Reached: TypeAlias = Searched
"""Buildings against the chosen stations; `stations` are their rows in the place, `nearest` counts in them."""


@dataclass(slots=True)
class World:
    """One content of the database: what is walked on, and every answer given on it so far.

    `verified` are the stored layers that were seen to have a row for every building of this content. `crs` is the
    plane of the walk where an edit must not move it; None chooses it by the streets.
    """

    layers: Layers
    areas: pd.DataFrame
    version: str
    read_at: datetime
    cache_dir: Path | None
    crs: CRS | None = None
    _prepared: dict[str, Prepared] = field(default_factory=dict)
    _graphs: dict[tuple[str, str], Graph] = field(default_factory=dict)
    _answers: OrderedDict[tuple[tuple[str, ...], str, Situation], Reached] = field(
        default_factory=OrderedDict
    )
    _lock: Lock = field(default_factory=Lock)
    _between: Between = field(default_factory=Between)
    change: WorldChange | None = None
    """What `edited` did to make this place of another one; None for one that was read."""
    verified: set[int] = field(default_factory=set)
    derived: OrderedDict[object, Any] = field(default_factory=OrderedDict)
    """What was made of this content and its counts of people (`gis.coverage.kept`)."""

    @property
    def buildings(self) -> gpd.GeoDataFrame:
        """Buildings sorted by code: id, code, grid_id, counts, footprint in lon/lat."""
        return self.layers.buildings

    @property
    def stations(self) -> gpd.GeoDataFrame:
        """Stations of any status sorted by code."""
        return self.layers.stations

    @property
    def versions(self) -> tuple[str, str]:
        """Network version and rule version, stored with every answer."""
        return self.version, RULES_VERSION

    def prepared(self, situation: Situation = AS_IT_IS) -> Prepared:
        """Network and links in a situation; from the archive when this content was prepared before."""
        with self._lock:
            return self._prepare(situation)

    def _prepare(self, situation: Situation) -> Prepared:
        if not len(self.layers.streets):
            raise Unavailable(
                "no_streets",
                "尚未导入街道，无法计算步行距离",
                "no streets were imported yet, nothing can be walked",
            )
        usable = self._usable_gates(situation)
        key = _key(situation, usable)
        if key not in self._prepared:
            self._prepared[key] = _archived(self, key, situation, usable)
            self._forget_hours()
        return self._prepared[key]

    def _forget_hours(self) -> None:
        """Keep the newest few of the networks with some gates shut: each is as large as the place."""
        for key in [key for key in self._prepared if key.startswith(_SHUT)][:-_KEPT_HOURS]:
            del self._prepared[key]
            self._graphs = {known: made for known, made in self._graphs.items() if known[1] != key}

    def _usable_gates(self, situation: Situation) -> Bools | None:
        """Which gates are open then; None when all are, so that such a time shares the usual network."""
        gates = self.layers.gates
        if situation.at is None or gates is None or not len(gates):
            return None
        if situation.gates_open or situation.no_barriers:
            return None  # open to everybody at every hour; without walls there is nothing to shut
        usable = open_at(words(gates, "hours"), situation.at)
        return None if usable.all() else usable

    def edited(self, edits: Iterable[Edit]) -> World:
        """Another world with these edits made; this one stays as it is. Raises what `apply_edits` raises.

        More than `MOST_STEPS` edits are made at once, and the place is computed anew: all of it may have changed.
        """
        edits = tuple(edits)
        if len(edits) > MOST_STEPS:
            return self._anew(edits)
        world, change = self, None
        for edit in edits:
            if world is not self:
                world._settle()
            world = world._after(edit)
            change = world.change if change is None or world.change is None else change.then(world.change)
        world.change = change if world is not self else self.change
        return world

    def _anew(self, edits: tuple[Edit, ...]) -> World:
        layers, streets = apply_edits(self.layers, edits), self.layers.streets
        contents, crs = Contents.of(layers), self.crs or (plane(streets) if len(streets) else None)
        fresh = World(layers, self.areas, contents.version, datetime.now(UTC), self.cache_dir, crs)
        fresh._between.contents = contents
        return fresh

    def _after(self, edit: Edit) -> World:
        layers = apply_edits(self.layers, [edit])
        with self._lock:
            contents = self._between.contents_after(self.layers, layers, edit)
            crs = self.crs or (plane(self.layers.streets) if len(self.layers.streets) else None)
            fresh = World(layers, self.areas, contents.version, datetime.now(UTC), self.cache_dir, crs)
            step = None
            if crs is not None and len(layers.streets):
                step = self._between.step(self.layers, self._prepare(AS_IT_IS), layers, crs, edit)
            usual = {key: made for key, made in self._answers.items() if self._usual(key[2])}
            fresh._between = Between(contents)
            fresh.change = WorldChange.of(step.change if step else None, usual)
            if step is not None:
                fresh._prepared[_USUAL] = step.ready
                graphs = {name: made for (name, place), made in self._graphs.items() if place == _USUAL}
                fresh._between = Between(contents, step.state, step.change, usual, graphs)
            return fresh

    def _settle(self) -> None:
        """Answer what was asked last of the place before an edit, so that another edit can be made of it."""
        waiting = [key for key in self._between.answers if key not in self._answers][-_CARRIED:]
        for key in waiting:
            if self._usual(key[2]):
                self.reached(key[0], self._between.answers[key].graph.profile, key[2])

    def _usual(self, situation: Situation) -> bool:
        """Whether a situation is walked on the network as it is."""
        return _key(situation, self._usable_gates(situation)) == _USUAL

    def moved(
        self, types: tuple[str, ...], profile: Profile, situation: Situation = AS_IT_IS
    ) -> Int64s | None:
        """The buildings (rows) that `edited` gave another answer; None where that is not known: all may have."""
        if self.change is None:
            return None
        return self.change.moved((types, profile.name, situation), self.reached(types, profile, situation))

    @property
    def first_type(self) -> str:
        """The type the planner shows first: FIRST_TYPE where it exists, else the first existing by name."""
        present = set(self.stations.loc[self.stations["status"] == "existing", "type"])
        return FIRST_TYPE if FIRST_TYPE in present or not present else min(present)

    def refuse_unknown(self, types: tuple[str, ...]) -> None:
        """Invalid `unknown_station_type` for one in neither the table of types nor the data: it covers nobody."""
        refuse_unknown_types(types, self.stations["type"])

    def chosen(
        self, types: tuple[str, ...], *, status: str = "existing", at: WeekTime | None = None
    ) -> Int64s:
        """Rows of the stations of these types in this status, open `at` that time: only existing ones cover.

        Raises `Invalid` (`unknown_station_type`), so that nothing is computed for an invented type.
        """
        self.refuse_unknown(types)
        mine = (self.stations["type"].isin(types) & (self.stations["status"] == status)).to_numpy()
        if at is not None:
            mine = mine & open_at(words(self.stations, "hours"), at)
        return np.flatnonzero(mine)

    def reached(self, types: tuple[str, ...], profile: Profile, situation: Situation = AS_IT_IS) -> Reached:
        """Every building's two nearest stations of these types up to 3,000 m (at the profile's speed)."""
        key = (types, profile.name, situation)
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
            made = self._search(types, profile, situation)
            self._answers[key] = made
            while len(self._answers) > _KEPT_ANSWERS:
                self._answers.popitem(last=False)
            return made

    def graph(self, profile: Profile, situation: Situation = AS_IT_IS) -> Graph:
        """The network of a situation in a profile."""
        with self._lock:
            return self._graph(profile, situation)

    def _graph(self, profile: Profile, situation: Situation) -> Graph:
        place = self._prepare(situation)
        key = (profile.name, _key(situation, self._usable_gates(situation)))
        if key not in self._graphs:
            old = self._between.graphs.get(profile.name) if key[1] == _USUAL else None
            if old is not None and self._between.change is not None:
                self._graphs[key] = graph_after(old, place.network, self._between.change)
            else:
                self._graphs[key] = graph(place.network, profile)
        return self._graphs[key]

    def _search(self, types: tuple[str, ...], profile: Profile, situation: Situation) -> Reached:
        place, walk = self._prepare(situation), self._graph(profile, situation)
        rows, limit = self.chosen(types, at=situation.at), int(leg_cost(REACH_UM, profile))
        old = self._between.answers.get((types, profile.name, situation)) if self._usual(situation) else None
        if old is not None and self._between.change is not None:
            return search_after(old, walk, place, self._between.change, rows, limit)
        links = only_points(place.station_links, rows)
        direct = only_stations(place.direct, rows, len(self.stations))
        labels, found = labelled(walk, place.building_links, links, direct, limit)
        return Reached(walk, rows, links, direct, labels, found)


def _key(situation: Situation, usable: Bools | None) -> str:
    """What tells two networks of one content apart: times with the same gates open share theirs."""
    if situation.gates_open:
        return "gates_open"
    if situation.no_barriers:
        return "no_barriers"
    return (
        "as_it_is" if usable is None else f"{_SHUT}{sha256(np.packbits(usable).tobytes()).hexdigest()[:12]}"
    )


def _archived(world: World, key: str, situation: Situation, usable: Bools | None) -> Prepared:
    folder = world.cache_dir
    path = folder / f"walking-{world.version}-{archive.code_version()}-{key}.npz" if folder else None
    if path is not None and (found := archive.load(path)) is not None:
        return found
    made = prepare(
        world.layers,
        open_all_gates=situation.gates_open,
        without_barriers=situation.no_barriers,
        usable_gates=usable,
        crs=world.crs,
    )
    if path is not None:
        try:
            archive.save(path, made)
            _drop_old(path.parent)
        except OSError:  # a full or read-only disk costs time, not the answer
            return made
    return made


def _drop_old(folder: Path) -> None:
    archives = sorted(folder.glob("walking-*.npz"), key=lambda p: p.stat().st_mtime, reverse=True)
    for old in archives[_KEPT_ARCHIVES:]:
        old.unlink(missing_ok=True)


@dataclass(slots=True)
class _Slot:
    lock: Lock = field(default_factory=Lock)
    fingerprint: str = ""
    world: World | None = None


_slots: WeakKeyDictionary[Pool, _Slot] = WeakKeyDictionary()
_slots_lock = Lock()


def current_world(engine: Engine, cache_dir: Path | None = None) -> World:
    """The place as the database has it now; read again only when a row changed.

    All askers share it, so it holds all counts of people: what is made of it is cut (`gis.coverage.scope`) before
    it leaves.
    """
    slot = _slot(engine)
    owner = (held := scope_of(engine)) is not None and held.maintenance
    with slot.lock, Session(engine if owner else scoped(engine, STATISTICS)) as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        seen = store.fingerprint(session)
        if slot.world is None or slot.fingerprint != seen:
            inputs = store.read_inputs(session)
            contents, now = Contents.of(inputs.layers), datetime.now(UTC)
            fresh = World(inputs.layers, inputs.areas, contents.version, now, cache_dir)
            fresh._between.contents = contents
            if slot.world is not None and slot.world.version == fresh.version:
                fresh = _keeping(fresh, slot.world)
            slot.world, slot.fingerprint = fresh, seen
        return slot.world


def _slot(engine: Engine) -> _Slot:
    with _slots_lock:
        return _slots.setdefault(engine.pool, _Slot())  # a scoped engine is a new one on the same pool


def known_world(engine: Engine, fingerprint: str) -> World | None:
    """The place in memory when it is the one of this fingerprint."""
    slot = _slot(engine)
    with slot.lock:
        return slot.world if slot.fingerprint == fingerprint else None


def publish(engine: Engine, world: World, fingerprint: str, commit: Callable[[], None]) -> None:
    """Commit a change, and let `world` be the place from then on without reading it again.

    Askers wait for the commit, so that none of them sees its fingerprint without its place. When `commit` raises,
    the place stays the old one.
    """
    slot = _slot(engine)
    with slot.lock:
        commit()
        slot.world, slot.fingerprint = world, fingerprint


def _keeping(fresh: World, old: World) -> World:
    """`fresh` numbers on `old` distances: people or areas changed, nothing that is walked on."""
    fresh._prepared, fresh._graphs, fresh._answers = old._prepared, old._graphs, old._answers
    fresh._lock, fresh._between, fresh.change = old._lock, old._between, old.change
    return fresh
