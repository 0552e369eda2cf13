"""The town from the database: the same answers as from its files, to the last micrometre, and the planted truth."""

from __future__ import annotations

import csv
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine

from gis.coverage.circles import circles
from gis.coverage.files import Files, Names, cover_files
from gis.coverage.model import ask
from gis.coverage.service import answer, reasons
from gis.coverage.world import World, current_world
from gis.walking.model import METRES, StreetKind
from gis.walking.path import path
from gis.walking.profiles import PROFILES
from gis.walking.reasons import Why, borderline

pytestmark = pytest.mark.db
TOWN = Path(__file__).parents[2] / "sample_data" / "town"
TYPE = "party_mass_center"


@pytest.fixture(scope="module")
def world(town_engine: Engine) -> World:
    return current_world(town_engine)


@pytest.mark.parametrize(
    ("limit", "asked"),
    [
        ({"metres": 500}, (METRES, 500_000_000)),
        ({"minutes": 10, "profile": "elderly"}, (PROFILES["elderly"], 600_000_000)),
    ],
    ids=["metres", "elderly"],
)
def test_database_and_files_give_the_same_answer(
    world: World, tmp_path: Path, limit: dict, asked: tuple
) -> None:
    stations = gpd.read_file(TOWN / "stations.geojson")
    stations[stations["type"] == TYPE].to_file(tmp_path / "stations.gpkg")
    named = {
        name: TOWN / f"{name}.geojson"
        for name in ("streets", "buildings", "barriers", "compounds", "gates", "entrances")
    }
    files = cover_files(Files(stations=tmp_path / "stations.gpkg", **named), *asked, Names("code"))
    files = files.sort_values("building").reset_index(drop=True)
    question = ask([TYPE], **limit)
    reached = world.reached(question.types, question.profile)
    why = reasons(world, question)
    near = reached.nearest
    codes = np.append(world.stations["code"].to_numpy(dtype=object)[reached.stations], "")
    assert files["building"].tolist() == world.buildings["code"].tolist()
    assert files["station"].fillna("").tolist() == codes[near.station].tolist()
    assert files["covered"].tolist() == near.covered(question.limit).tolist()
    assert (
        files["borderline"].tolist()
        == borderline(near.cost, near.reached, question.profile, question.limit).tolist()
    )
    words = ["" if w == Why.COVERED else Why(w).name.lower() for w in why]
    assert files["reason"].fillna("").tolist() == words
    cost = files["distance_m" if question.profile.is_metres else "time_s"]
    assert np.array_equal(np.rint(cost[near.reached] * 1e6).astype(np.int64), near.cost[near.reached])
    assert cost[~near.reached].isna().all()


def test_numbers_add_up_over_the_areas(world: World) -> None:
    given = answer(world, ask([TYPE], minutes=15))
    buildings = pd.DataFrame(world.buildings)
    assert given.totals["residents"].total == int(buildings["actual"].sum()) == 38_200
    assert 0.5 < (given.totals["residents"].rate or 0) < 1
    for level, areas in given.areas.items():
        for name, total in given.totals.items():
            assert sum(a.shares[name].covered for a in areas) == total.covered, (level, name)
            assert sum(a.shares[name].total for a in areas) == total.total
    assert len(given.areas["grid"]) == 60
    assert (
        sum(n for _, n, _ in given.reasons)
        == given.totals["buildings"].total - given.totals["buildings"].covered
    )


def test_longer_limits_and_more_types_never_uncover(world: World) -> None:
    before = np.zeros(len(world.buildings), dtype=bool)
    for types, metres in (([TYPE], 300), ([TYPE], 500), ([TYPE], 1000), ([TYPE, "micro_station"], 1000)):
        question = ask(types, metres=metres)
        covered = world.reached(question.types, question.profile).nearest.covered(question.limit)
        assert not (before & ~covered).any()
        before = covered
    assert before.any()


def test_compounds_with_a_single_gate_are_left_through_it(world: World) -> None:
    with (TOWN / "truth" / "single_gate.csv").open(encoding="utf-8") as file:
        planted = {row["compound"]: row["gate"] for row in csv.DictReader(file)}
    compounds, gates = world.layers.compounds, world.layers.gates
    assert compounds is not None
    assert gates is not None
    place = world.prepared()
    reached = world.reached((TYPE,), METRES)
    inside = world.buildings.sjoin(
        compounds[compounds["code"].isin(planted)], predicate="within", lsuffix="home"
    )
    checked = 0
    for row, compound in zip(inside.index, inside["code_right"], strict=True):
        if reached.nearest.station[row] < 0 or reached.nearest.cost[row] == 0:
            continue
        cost = int(reached.nearest.cost[row])
        walk = path(
            reached.graph,
            place.building_links,
            reached.links,
            reached.direct,
            row,
            int(reached.nearest.station[row]),
            cost,
        )
        assert walk is not None
        spot = place.network.node_xy_mm[place.network.edge_u[walk.parts[:, 0].astype(int)]]
        kinds = place.network.kind[walk.parts[:, 0].astype(int)]
        passed = walk.gate >= 0 or (kinds == StreetKind.GATE).any()
        assert passed, (row, compound, spot)
        checked += 1
    assert checked > 20


def test_circles_of_the_town_are_valid_and_dry(town_engine: Engine, world: World) -> None:
    drawn = circles(town_engine, ask([TYPE], minutes=15))
    assert drawn.geometry.is_valid.all()
    barriers = world.layers.barriers
    assert barriers is not None
    river = barriers[barriers["kind"].isin(["river", "water"]) & (barriers.geom_type != "LineString")]
    plane = drawn.estimate_utm_crs()
    wet = drawn.to_crs(plane).geometry.intersection(river.to_crs(plane).union_all()).area
    bridges = 2 * place_bridges(world)  # a strip of one metre to each side
    assert wet.max() <= bridges + 20


def place_bridges(world: World) -> float:
    network = world.prepared().network
    return float(network.length_um[network.bridge].sum() / 1e6)
