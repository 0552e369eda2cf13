"""An edit made in what is there equals everything computed anew, bit for bit."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pytest

from gis.walking import repair_kernels
from gis.walking.cost import graph, leg_cost
from gis.walking.edit_kinds import (
    AddStreet,
    CloseStation,
    Edit,
    RemoveStreet,
    SetGate,
)
from gis.walking.edits import apply_edits
from gis.walking.incremental import relink
from gis.walking.incremental.advance import advance
from gis.walking.incremental.change import Change, Step
from gis.walking.incremental.repair import Searched, graph_after, search_after
from gis.walking.incremental.state import State
from gis.walking.model import METRES, REACH_UM, Profile
from gis.walking.path import only_points, only_stations
from gis.walking.prepare import Layers, Prepared, prepare
from gis.walking.profiles import PROFILES
from gis.walking.search import labelled

from . import towns
from .random_edits import lonlat, random_edit

ELDERLY = PROFILES["elderly"]
KINDS = (*towns.KINDS, "compounds")  # compounds twice: points and footprints
ROUNDING_UM = 1_000
"""A street that is split is as long as it was within a micrometre a part."""


@dataclass
class Town:
    """A town over its edits: what is made in it, and who is still open."""

    layers: Layers
    state: State
    ready: Prepared
    answers: dict[Profile, Searched]
    closed: set[str]
    change: Change | None = None

    @classmethod
    def of(cls, layers: Layers, *profiles: Profile) -> Town:
        ready = prepare(layers)
        every = np.arange(len(layers.stations))
        answers = {one: searched(ready, one, every) for one in profiles}
        return cls(layers, State.of(layers, ready.crs), ready, answers, set())

    def chosen(self, layers: Layers) -> np.ndarray:
        return np.flatnonzero(~layers.stations["code"].isin(self.closed).to_numpy())

    def after(self, edit: Edit) -> None:
        """Make an edit in what is there."""
        if isinstance(edit, CloseStation):
            self.closed.add(edit.code)
        layers = apply_edits(self.layers, [edit])
        step = advance(self.state, self.ready, layers, edit)
        assert isinstance(step, Step)
        for profile, old in self.answers.items():
            walk = graph_after(old.graph, step.ready.network, step.change)
            limit = int(leg_cost(REACH_UM, profile))
            self.answers[profile] = search_after(
                old, walk, step.ready, step.change, self.chosen(layers), limit
            )
        self.layers, self.state, self.ready, self.change = layers, step.state, step.ready, step.change

    def refuse_difference(self) -> None:
        """AssertionError unless everything is what a full computation gives."""
        full = prepare(self.layers, crs=self.ready.crs)
        for part in ("network", "building_links", "station_links", "direct"):
            refuse_other(getattr(self.ready, part), getattr(full, part))
        for profile, mine in self.answers.items():
            theirs = searched(full, profile, self.chosen(self.layers))
            refuse_other(mine.nearest, theirs.nearest)
            refuse_other(mine.graph.arcs, theirs.graph.arcs)
            refuse_other(mine.graph.edges, theirs.graph.edges)
            assert np.array_equal(mine.labels, theirs.labels)


def searched(ready: Prepared, profile: Profile, rows: np.ndarray) -> Searched:
    walk = graph(ready.network, profile)
    links = only_points(ready.station_links, rows)
    direct = only_stations(ready.direct, rows, ready.station_links.points)
    labels, found = labelled(walk, ready.building_links, links, direct, int(leg_cost(REACH_UM, profile)))
    return Searched(walk, rows, links, direct, labels, found)


def refuse_other(mine: Any, theirs: Any) -> None:
    names = mine._fields if hasattr(mine, "_fields") else [one.name for one in fields(mine)]
    for name in names:
        a, b = getattr(mine, name), getattr(theirs, name)
        if name == "crs":
            assert a == b
        else:
            assert a.dtype == b.dtype, name
            assert np.array_equal(a, b), name


def edit_and_compare(kind: str, seed: int, edits: int, **size: Any) -> Town:
    town = Town.of(towns.layers(kind, seed, **size), METRES, ELDERLY)
    rng = np.random.default_rng(seed)
    for number in range(edits):
        edit = random_edit(rng, town.layers, number)
        town.after(edit)
        try:
            town.refuse_difference()
        except AssertionError as error:
            raise AssertionError(f"{kind} {seed}, edit {number}: {edit}: {error}") from error
    return town


@pytest.mark.parametrize(("kind", "seed"), [(kind, seed) for seed, kind in enumerate(KINDS)])
def test_each_of_seven_edits_equals_a_full_computation(kind: str, seed: int) -> None:
    edit_and_compare(kind, seed, 7, buildings=120, points=bool(seed % 2), side=6)


@pytest.mark.prove
@pytest.mark.parametrize(("kind", "seed"), [(kind, 20 + seed) for seed, kind in enumerate(KINDS)])
def test_a_thousand_edits_equal_full_computations(kind: str, seed: int) -> None:
    edit_and_compare(kind, seed, 1_000 // len(KINDS) + 1, buildings=300, points=bool(seed % 2))


def test_entrances_are_found_where_the_door_is() -> None:
    given = towns.layers("compounds", 5, 120, points=False, side=6)
    rng = np.random.default_rng(5)
    homes = rng.choice(len(given.buildings), 30, replace=False)
    door = given.buildings.geometry.iloc[homes].centroid.translate(90.0, 40.0)  # far from the footprint
    codes = given.buildings["code"].iloc[homes].to_numpy()
    entrances = towns.frame(door.translate(*-towns.ORIGIN).to_numpy(), building=codes)
    town = Town.of(Layers(**{**_by_name(given), "entrances": entrances}), METRES)
    for number in range(8):
        town.after(random_edit(rng, town.layers, number))
        town.refuse_difference()


def _by_name(layers: Layers) -> dict[str, Any]:
    return {one.name: getattr(layers, one.name) for one in fields(layers)}


def test_a_repair_that_forgets_nothing_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = lambda labels, _arcs, _dirty: np.zeros((len(labels), 2), np.bool_)  # noqa: E731
    monkeypatch.setattr(repair_kernels, "forget", kept)
    with pytest.raises(AssertionError, match=r"edit \d"):
        edit_and_compare("grid", 1, 12, buildings=120, side=6)


def test_linking_too_little_anew_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relink, "REACH_MM", 0.0)
    with pytest.raises(AssertionError, match=r"edit \d"):
        edit_and_compare("grid", 1, 12, buildings=120, side=6)


@pytest.mark.parametrize("seed", range(4))
def test_a_street_more_uncovers_nobody_who_keeps_his_links_and_one_less_covers_nobody(seed: int) -> None:
    town = Town.of(towns.layers("compounds", seed, 150, side=6), METRES)
    rng = np.random.default_rng(seed)
    for number in range(3):
        places = [lonlat(*rng.uniform(0, 500, 2)) for _ in range(2)]
        before, links = town.answers[METRES].nearest, town.ready.station_links
        town.after(AddStreet(f"X{number}", tuple(places)))
        between = town.answers[METRES].nearest
        assert town.change is not None
        same = np.ones(len(before.cost), np.bool_)
        same[town.change.buildings] = False
        if not len(town.change.stations):
            assert (between.cost <= before.cost + ROUNDING_UM)[same].all()
        town.after(RemoveStreet(f"X{number}"))
        assert np.array_equal(town.answers[METRES].nearest.cost, before.cost)
        refuse_other(town.ready.station_links, links)


@pytest.mark.parametrize("seed", range(3))
def test_opening_a_gate_uncovers_nobody_who_keeps_his_links(seed: int) -> None:
    town = Town.of(towns.layers("compounds", seed, 150, side=6), METRES)
    assert town.layers.gates is not None
    for gate in town.layers.gates["code"].tolist():
        town.after(SetGate(gate, "closed"))
        shut = town.answers[METRES].nearest
        town.after(SetGate(gate, "public"))
        assert town.change is not None
        same = np.ones(len(shut.cost), np.bool_)
        same[town.change.buildings] = False
        if not len(town.change.stations):
            assert (town.answers[METRES].nearest.cost <= shut.cost)[same].all()
