"""The place in memory: network and links made once a content, answers kept while they are asked for."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock
from weakref import WeakKeyDictionary

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Engine, Pool
from sqlalchemy.orm import Session

from gis.base.errors import Unavailable
from gis.coverage import store
from gis.db.scope import STATISTICS, scope_of, scoped
from gis.register.station_types import refuse_unknown_types
from gis.walking import archive
from gis.walking.cost import Graph, graph, leg_cost
from gis.walking.model import REACH_UM, RULES_VERSION, Direct, Int64s, Links, Profile
from gis.walking.path import only_points, only_stations
from gis.walking.prepare import Layers, Prepared, prepare
from gis.walking.search import Nearest, nearest

_KEPT_ANSWERS = 64
_KEPT_ARCHIVES = 9
_COUNTS = ("households", "registered", "actual", "floating", "age_0_14", "age_15_59", "age_60_79", "age_80")
FIRST_TYPE = "party_mass_center"
AS_IT_IS, GATES_OPEN, NO_BARRIERS = "as_it_is", "gates_open", "no_barriers"


@dataclass(frozen=True, slots=True)
class Reached:
    """Buildings against the chosen stations; `stations` are their rows in the place, `nearest` counts in them."""

    graph: Graph
    stations: Int64s
    links: Links
    direct: Direct
    nearest: Nearest


@dataclass(slots=True)
class World:
    """One content of the database: what is walked on, and every answer given on it so far.

    `verified` are the stored layers that were seen to have a row for every building of this content.
    """

    layers: Layers
    areas: pd.DataFrame
    version: str
    read_at: datetime
    cache_dir: Path | None
    _prepared: dict[str, Prepared] = field(default_factory=dict)
    _graphs: dict[tuple[str, str], Graph] = field(default_factory=dict)
    _answers: OrderedDict[tuple[tuple[str, ...], str, str], Reached] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)
    verified: set[int] = field(default_factory=set)

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

    def prepared(self, scenario: str = AS_IT_IS) -> Prepared:
        """Network and links of a scenario; from the archive when this content was prepared before."""
        with self._lock:
            return self._prepare(scenario)

    def _prepare(self, scenario: str) -> Prepared:
        if not len(self.layers.streets):
            raise Unavailable(
                "no_streets",
                "尚未导入街道，无法计算步行距离",
                "no streets were imported yet, nothing can be walked",
            )
        if scenario not in self._prepared:
            self._prepared[scenario] = _archived(self.cache_dir, self.version, scenario, self.layers)
        return self._prepared[scenario]

    @property
    def first_type(self) -> str:
        """The type the planner shows first: FIRST_TYPE where it exists, else the first existing by name."""
        present = set(self.stations.loc[self.stations["status"] == "existing", "type"])
        return FIRST_TYPE if FIRST_TYPE in present or not present else min(present)

    def refuse_unknown(self, types: tuple[str, ...]) -> None:
        """Invalid `unknown_station_type` for one in neither the table of types nor the data: it covers nobody."""
        refuse_unknown_types(types, self.stations["type"])

    def chosen(self, types: tuple[str, ...], *, status: str = "existing") -> Int64s:
        """Rows of the stations of these types in this status: only existing ones cover anybody.

        Raises `Invalid` (`unknown_station_type`), so that nothing is computed for an invented type.
        """
        self.refuse_unknown(types)
        mine = self.stations["type"].isin(types) & (self.stations["status"] == status)
        return np.flatnonzero(mine.to_numpy())

    def reached(self, types: tuple[str, ...], profile: Profile, scenario: str = AS_IT_IS) -> Reached:
        """Every building's two nearest stations of these types up to 3,000 m (at the profile's speed)."""
        key = (types, profile.name, scenario)
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
            made = self._search(self._prepare(scenario), types, profile, scenario)
            self._answers[key] = made
            while len(self._answers) > _KEPT_ANSWERS:
                self._answers.popitem(last=False)
            return made

    def graph(self, profile: Profile) -> Graph:
        """The network as it is in a profile."""
        with self._lock:
            return self._graph(profile, AS_IT_IS)

    def _graph(self, profile: Profile, scenario: str) -> Graph:
        key = (profile.name, scenario)
        if key not in self._graphs:
            self._graphs[key] = graph(self._prepare(scenario).network, profile)
        return self._graphs[key]

    def _search(self, place: Prepared, types: tuple[str, ...], profile: Profile, scenario: str) -> Reached:
        walk = self._graph(profile, scenario)
        rows = self.chosen(types)
        links = only_points(place.station_links, rows)
        direct = only_stations(place.direct, rows, len(self.stations))
        limit = int(leg_cost(REACH_UM, profile))
        return Reached(walk, rows, links, direct, nearest(walk, place.building_links, links, direct, limit))


def _archived(folder: Path | None, version: str, scenario: str, layers: Layers) -> Prepared:
    path = folder / f"walking-{version}-{archive.code_version()}-{scenario}.npz" if folder else None
    if path is not None and (found := archive.load(path)) is not None:
        return found
    made = prepare(layers, open_all_gates=scenario == GATES_OPEN, without_barriers=scenario == NO_BARRIERS)
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


def content_version(layers: Layers) -> str:
    """Sixteen hex digits of everything the distances depend on: all layers but the counts of people."""
    digest = sha256(RULES_VERSION.encode())
    for name in ("streets", "buildings", "stations", "barriers", "compounds", "gates", "entrances"):
        frame = getattr(layers, name)
        digest.update(f"{name} {len(frame)}".encode())
        for column in sorted(set(frame.columns) - {"geometry", "id", "grid_id", "scope_area_id", *_COUNTS}):
            digest.update("\x1f".join(map(str, [column, *frame[column]])).encode())
        digest.update(b"".join(shapely.to_wkb(frame.geometry.to_numpy())))
    return digest.hexdigest()[:16]


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
    with _slots_lock:
        slot = _slots.setdefault(engine.pool, _Slot())  # a scoped engine is a new one on the same pool
    owner = (held := scope_of(engine)) is not None and held.maintenance
    with slot.lock, Session(engine if owner else scoped(engine, STATISTICS)) as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        seen = store.fingerprint(session)
        if slot.world is None or slot.fingerprint != seen:
            inputs = store.read_inputs(session)
            version, now = content_version(inputs.layers), datetime.now(UTC)
            fresh = World(inputs.layers, inputs.areas, version, now, cache_dir)
            if slot.world is not None and slot.world.version == version:
                fresh = _keeping(fresh, slot.world)
            slot.world, slot.fingerprint = fresh, seen
        return slot.world


def _keeping(fresh: World, old: World) -> World:
    """`fresh` numbers on `old` distances: people or areas changed, nothing that is walked on."""
    fresh._prepared, fresh._graphs, fresh._answers = old._prepared, old._graphs, old._answers
    fresh._lock = old._lock
    return fresh
