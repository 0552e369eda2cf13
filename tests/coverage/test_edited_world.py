"""A place edited in memory: its version, its answers and what it says has changed are those of one read anew."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gis.coverage.contents import Contents
from gis.coverage.world import AS_IT_IS, GATES_OPEN, MOST_STEPS, World
from gis.walking.edit_kinds import (
    AddStation,
    CloseStation,
    Edit,
    MoveStation,
    RemoveStreet,
)
from gis.walking.model import METRES
from gis.walking.profiles import PROFILES
from tests.walking import towns
from tests.walking.random_edits import random_edit

TYPES = ("party_mass_center",)


def a_world(kind: str = "compounds", seed: int = 1) -> World:
    layers = towns.layers(kind, seed, 120, points=False, side=6)
    stations = layers.stations.assign(type=TYPES[0], status="existing", name="站", hours=None)
    layers = replace(layers, stations=stations)
    return World(layers, pd.DataFrame(), Contents.of(layers).version, datetime.now(UTC), None, towns.PLANE)


def read_anew(world: World) -> World:
    version = Contents.of(world.layers).version
    return World(world.layers, world.areas, version, world.read_at, None, world.crs)


def typed(edit: Edit) -> Edit:
    return replace(edit, type=TYPES[0]) if isinstance(edit, AddStation) else edit


def same_answer(mine: Any, theirs: Any) -> bool:
    return all(np.array_equal(getattr(mine, one.name), getattr(theirs, one.name)) for one in fields(mine))


@pytest.mark.parametrize("kind", ["compounds", "bridges"])
def test_a_place_is_edited_again_and_again(kind: str) -> None:
    world, rng = a_world(kind), np.random.default_rng(3)
    for number in range(12):
        before = world.reached(TYPES, METRES)
        world = world.edited([typed(random_edit(rng, world.layers, number))])
        fresh = read_anew(world)
        assert world.version == fresh.version
        assert world.change is not None
        assert not world.change.full
        now = world.reached(TYPES, METRES)
        assert same_answer(now.nearest, fresh.reached(TYPES, METRES).nearest)
        moved = world.moved(TYPES, METRES)
        assert moved is not None
        assert np.isin(np.flatnonzero(before.nearest.cost != now.nearest.cost), moved).all()
        later = world.reached(TYPES, PROFILES["elderly"])  # not asked before: searched in full
        assert same_answer(later.nearest, fresh.reached(TYPES, PROFILES["elderly"]).nearest)


def test_several_edits_at_once_are_told_together() -> None:
    world, rng = a_world(), np.random.default_rng(4)
    before = world.reached(TYPES, METRES)
    codes = before.stations
    edits = [typed(random_edit(rng, world.layers, number)) for number in range(1)]
    edits += [CloseStation("T1"), MoveStation("T2", *_lonlat(world, 3)), RemoveStreet("S0003")]
    after = world.edited(edits)
    fresh = read_anew(after)
    assert same_answer(after.reached(TYPES, METRES).nearest, fresh.reached(TYPES, METRES).nearest)
    moved = after.moved(TYPES, METRES)
    assert moved is not None
    still = np.ones(len(before.nearest.cost), np.bool_)
    still[moved] = False
    now = after.reached(TYPES, METRES)
    assert np.array_equal(before.nearest.cost[still], now.nearest.cost[still])
    names: list[Any] = [
        np.array([*w.stations["code"].to_numpy(dtype=object)[r.stations], None])
        for w, r in ((world, before), (after, now))
    ]
    assert (names[0][before.nearest.station[still]] == names[1][now.nearest.station[still]]).all()
    assert len(codes) == len(now.stations) + 1 - sum(isinstance(one, AddStation) for one in edits)


def _lonlat(world: World, row: int) -> tuple[float, float]:
    place = world.layers.stations.geometry.to_crs("OGC:CRS84").iloc[row]
    return place.x, place.y


def test_a_place_that_was_not_asked_knows_no_difference() -> None:
    world = a_world()
    after = world.edited([CloseStation("T1")])
    assert world.moved(TYPES, METRES) is None
    assert after.moved(TYPES, METRES) is None
    gates = after.reached(TYPES, METRES, GATES_OPEN)
    assert same_answer(gates.nearest, read_anew(after).reached(TYPES, METRES, GATES_OPEN).nearest)


def test_the_version_is_of_values_not_of_their_order_or_type() -> None:
    layers = a_world().layers
    contents = Contents.of(layers)
    turned = replace(layers, streets=layers.streets.iloc[::-1].reset_index(drop=True))
    assert Contents.of(turned).version == contents.version
    stations = layers.stations.assign(capacity=[1, 2, 3, 4])
    floats = stations.assign(capacity=[1.0, 2.0, 3.0, 4.0])
    objects = stations.assign(capacity=pd.Series([1, 2, 3, 4], dtype=object))
    versions = {Contents.of(replace(layers, stations=one)).version for one in (stations, floats, objects)}
    assert len(versions) == 1
    missing = [stations.assign(capacity=pd.Series([1, 2, 3, none], dtype=object)) for none in (None, np.nan)]
    assert len({Contents.of(replace(layers, stations=one)).version for one in missing}) == 1


def test_every_value_is_in_the_version() -> None:
    layers = a_world().layers
    version = Contents.of(layers).version
    swapped = layers.stations.assign(code=layers.stations["code"].to_numpy()[::-1])
    moved = layers.streets.assign(geometry=layers.streets.geometry.translate(1e-9))
    renamed = layers.gates.assign(access="public")  # type: ignore[union-attr]
    others = (
        replace(layers, stations=swapped),
        replace(layers, streets=moved),
        replace(layers, gates=renamed),
        replace(layers, barriers=None),
    )
    assert version not in {Contents.of(one).version for one in others}


def test_many_edits_are_made_at_once_and_are_the_same_place() -> None:
    world, rng = a_world(), np.random.default_rng(5)
    world.reached(TYPES, METRES)
    stepped, edits = world, []
    for number in range(MOST_STEPS + 1):
        edits.append(typed(random_edit(rng, stepped.layers, number)))
        stepped = stepped.edited(edits[-1:])
    few, many = world.edited(edits[:-1]), world.edited(edits)
    assert few.change is not None  # one after another
    assert many.change is None
    assert many.moved(TYPES, METRES) is None
    fresh = read_anew(many)
    assert many.version == stepped.version == fresh.version
    for profile in (METRES, PROFILES["elderly"]):
        for situation in (AS_IT_IS, GATES_OPEN):
            mine = many.reached(TYPES, profile, situation).nearest
            assert same_answer(mine, stepped.reached(TYPES, profile, situation).nearest)
            assert same_answer(mine, fresh.reached(TYPES, profile, situation).nearest)
    after = many.edited([CloseStation("T1")])
    assert same_answer(after.reached(TYPES, METRES).nearest, read_anew(after).reached(TYPES, METRES).nearest)
