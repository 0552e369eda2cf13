"""Siting on the small place and on files: whom a new station covers, where it may stand, who may ask."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import LineString, Point, box
from sqlalchemy import Engine, delete, select, text

from gis.base.crs import LONLAT, metric_crs, transformer
from gis.base.errors import Conflict, Forbidden, Invalid
from gis.coverage.files import Files
from gis.coverage.model import ask
from gis.coverage.service import answer
from gis.coverage.siting.request import read_request
from gis.coverage.siting.service import SitingCancelled, site, site_files
from gis.coverage.world import current_world
from gis.db.engine import unit_of_work
from gis.db.scope import Scope, scoped
from gis.register.tables import Building, BuildingPeople
from gis.walking.edit_kinds import AddStation
from tests.coverage.place import GRIDS, ORIGIN
from tests.walking.towns import frame

COMMUNITY = "230199001001"
BASE: dict[str, Any] = {"types": ["party_mass_center"], "metres": 300, "model": "coverage", "stations": 1}


def lonlat(x: float, y: float) -> list[float]:
    crs = metric_crs(ORIGIN[0])
    east, north = transformer(LONLAT, crs).transform(*ORIGIN)
    lon, lat = transformer(crs, LONLAT).transform(x + east, y + north)
    return [round(float(lon), 7), round(float(lat), 7)]


def points(*at: float) -> dict[str, Any]:
    return {"kind": "points", "points": [lonlat(x, 0) for x in at]}


def planner(web: Engine, owner: Engine, code: str, *, people: str | None = None) -> Engine:
    with owner.connect() as connection:
        ids = {row.code: row.id for row in connection.execute(text("SELECT code, id FROM area"))}
    areas = {
        "coverage.plan": (ids[code],),
        "coverage.read": (ids[code],),
        "people.read": (ids[people or code],),
    }
    return scoped(web, Scope("planner", account_id=None, roles=("planner",), areas=areas))


@pytest.mark.db
def test_the_best_of_the_points_is_taken_and_what_it_covers_is_what_adding_it_covers(
    place_engine: Engine,
) -> None:
    # st0 at x = 0 covers b0 (100 m) and b1 (300 m). b4 has no street.
    request = read_request({**BASE, "candidates": points(150, 450, 800)})
    got = site(place_engine, request)
    assert (got.value, got.bound, got.gap, got.proven) == (70, 70, 0.0, True)
    assert (got.total, got.covered_before, got.covered_after) == (150, 30, 100)
    assert got.uncoverable == {"residents": 50, "buildings": 1, "codes": ["b4"]}
    assert [(s.rank, s.gain, [s.lon, s.lat]) for s in got.sites] == [(1, 70, lonlat(450, 0))]
    world = current_world(place_engine)
    there = world.edited([AddStation("new", "party_mass_center", "新", *lonlat(450, 0))])
    after = answer(there, ask(["party_mass_center"], metres=300))
    assert after.totals["residents"].covered == got.covered_after


@pytest.mark.db
def test_every_model_answers_with_its_unit_and_keeps_the_existing_stations(place_engine: Engine) -> None:
    some = {**BASE, "candidates": points(150, 450, 800)}
    cover = site(place_engine, read_request({**some, "model": "set_cover"}))
    assert (cover.value, cover.bound, cover.covered_after) == (1, 1, 100)
    median = site(place_engine, read_request({**some, "model": "p_median"}))
    want = 10 * 100 + 20 * 150 + 30 * 50 + 40 * 250 + 50 * 3000  # b0 to st0, the rest to 450, b4 to nobody
    assert median.value == pytest.approx(want, rel=1e-4)
    assert median.proven
    capacity = site(place_engine, read_request({**some, "model": "capacity", "capacity": 35}))
    assert (capacity.value, capacity.covered_after) == (35, 65)
    backup = site(place_engine, read_request({**some, "model": "backup", "theta": 0.5, "metres": 450}))
    assert backup.value == 70 + 0.5 * 30  # b0 and b1 are covered by st0 already
    least = site(place_engine, read_request({**some, "model": "min_coverage", "min_coverage": 0.6}))
    assert (least.value, least.proven) == (70, True)


@pytest.mark.db
def test_where_nobody_was_counted_buildings_are_and_the_answer_says_so(changeable_engine: Engine) -> None:
    with unit_of_work(changeable_engine) as session:
        session.execute(delete(BuildingPeople))
    some = {**BASE, "candidates": points(150, 450, 800)}
    got = site(changeable_engine, read_request(some))
    told = got.as_json()
    # b0 to b3 and the garage: st0 covers b0, b1 and the garage, 450 the other two; b4 has no street
    assert (got.value, got.bound, got.total, got.covered_before, got.covered_after) == (2, 2, 6, 3, 5)
    assert (told["weight"], told["unit_zh"], told["unit_en"]) == (
        "buildings",
        "新增覆盖楼栋",
        "buildings newly covered",
    )
    assert "没有居民" in told["note"]["zh"]
    assert "no residents are known" in told["note"]["en"]
    assert told["residents"] is told["uncoverable"]["residents"] is None
    assert [(s["gain"], s["gain_residents"]) for s in told["sites"]] == [(2, None)]
    assert got.as_geojson(hide_small=True)["siting"]["value"] == 2  # of buildings, nobody is told by it
    with pytest.raises(Invalid, match="siting_no_residents"):
        site(changeable_engine, read_request({**some, "model": "capacity", "capacity": 35}))
    with unit_of_work(changeable_engine) as session:
        rows = session.scalars(select(Building.id).order_by(Building.code)).all()
        session.add_all([BuildingPeople(building_id=row, households=2) for row in rows])
    assert site(changeable_engine, read_request(some)).as_json()["weight"] == "households"


@pytest.mark.db
def test_what_cannot_be_met_says_what_can(place_engine: Engine) -> None:
    with pytest.raises(Conflict, match="siting_infeasible") as refused:
        site(
            place_engine,
            read_request({**BASE, "model": "min_coverage", "min_coverage": 0.9, "candidates": points(450)}),
        )
    facts = refused.value.facts
    assert (facts["best_reachable"], facts["proven"]) == (0.666, True)
    assert facts["communities"] == [{"community": COMMUNITY, "reachable": 0.666}]


@pytest.mark.db
def test_candidates_stand_every_so_far_along_streets_in_the_area_and_not_where_excluded(
    place_engine: Engine,
) -> None:
    streets = {"kind": "streets", "spacing_m": 50}
    whole = site(place_engine, read_request({**BASE, "candidates": streets}))
    assert (whole.candidates, whole.value) == ({"used": 20, "unlinked": 0}, 70)
    east = site(place_engine, read_request({**BASE, "candidates": streets, "area": GRIDS[1]}))
    assert east.candidates["used"] == 12
    assert east.sites[0].lon > lonlat(400, 0)[0]
    ring = [lonlat(x, y) for x, y in ((240, -50), (810, -50), (810, 50), (240, 50), (240, -50))]
    shut = {"type": "Polygon", "coordinates": [ring]}
    kept = site(place_engine, read_request({**BASE, "candidates": streets, "exclude": shut}))
    assert kept.candidates["used"] == 20 - 11
    assert not lonlat(240, 0)[0] < kept.sites[0].lon < lonlat(810, 0)[0]
    assert kept.value < whole.value


@pytest.mark.db
def test_parcels_count_by_their_land_use(place_engine: Engine) -> None:
    def parcel(x: float, use: str) -> dict[str, Any]:
        ring = [lonlat(*at) for at in ((x - 20, 2), (x + 20, 2), (x + 20, 9), (x - 20, 9), (x - 20, 2))]
        return {
            "type": "Feature",
            "properties": {"land_use": use},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }

    both = {
        "kind": "parcels",
        "features": {"type": "FeatureCollection", "features": [parcel(450, "R2"), parcel(250, "A1")]},
    }
    assert site(place_engine, read_request({**BASE, "candidates": both})).sites[0].street == "R2"
    only = read_request({**BASE, "candidates": both, "land_use": ["A1"]})
    assert site(place_engine, only).sites[0].street == "A1"
    with pytest.raises(Invalid, match="siting_candidates"):
        read_request({**BASE, "candidates": both, "land_use": ["B9"]})


@pytest.mark.db
def test_planning_and_the_people_of_the_whole_area_are_needed(
    place_web: Engine, place_engine: Engine
) -> None:
    request = read_request({**BASE, "candidates": points(150, 450, 800), "area": GRIDS[1]})
    got = site(planner(place_web, place_engine, GRIDS[1]), request)
    assert got.total == 120
    part = planner(place_web, place_engine, COMMUNITY, people=GRIDS[1])
    for asker, area in (
        (planner(place_web, place_engine, GRIDS[1]), None),
        (planner(place_web, place_engine, GRIDS[1]), COMMUNITY),
        (planner(place_web, place_engine, GRIDS[0]), GRIDS[1]),
        (part, COMMUNITY),
        (place_web, GRIDS[1]),
    ):
        with pytest.raises(Forbidden, match="outside_scope"):
            site(asker, replace(request, question=replace(request.question, area=area)))


@pytest.mark.db
def test_a_cancelled_search_ends(place_engine: Engine) -> None:
    with pytest.raises(SitingCancelled):
        site(place_engine, read_request({**BASE, "candidates": points(150)}), cancelled=lambda: True)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"model": "best"}, "siting_model"),
        ({"stations": 0}, "siting_stations"),
        ({"stations": True}, "siting_stations"),
        ({"model": "set_cover", "target": 1.5}, "siting_target"),
        ({"model": "capacity"}, "siting_capacity"),
        ({"model": "backup", "theta": -1}, "siting_theta"),
        ({"model": "min_coverage"}, "siting_min_coverage"),
        ({"candidates": {"kind": "roofs"}}, "siting_candidates"),
        ({"candidates": {"kind": "points", "points": []}}, "siting_candidates"),
        ({"candidates": {"kind": "points", "points": [[200, 0]]}}, "siting_candidates"),
        ({"candidates": {"kind": "points", "points": ["ab"]}}, "siting_candidates"),
        ({"candidates": {"kind": "points", "points": [[1, 1]] * 20_001}}, "siting_candidates"),
        ({"candidates": {"kind": "streets", "spacing_m": 1}}, "siting_spacing_m"),
        ({"candidates": {"kind": "parcels", "features": []}}, "siting_candidates"),
        ({"exclude": {"type": "Point", "coordinates": [1, 2]}}, "siting_exclude"),
        ({"exclude": {"type": "Polygon", "coordinates": "x"}}, "siting_exclude"),
        ({"metres": 9_000}, "limit_out_of_range"),
    ],
)
def test_wrong_requests_are_refused_by_field(change: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid, match=code):
        read_request({**BASE, "candidates": points(1), **change})


def village(folder: Path) -> Files:
    homes = [Point(x, 10) for x in (0, 400, 500, 900, 3_000)]
    layers: dict[str, gpd.GeoDataFrame] = {
        "streets": frame([LineString([(0, 0), (4_000, 0)])], code=["S"]),
        "buildings": frame(
            homes, id=list("abcde"), people=[5, 6, 7, 8, 9], village=["u", "u", "v", "v", None]
        ),
        "stations": frame([Point(0, -5)], code=["T"]),
    }
    for name, layer in layers.items():
        layer.to_file(folder / f"{name}.geojson")
    return Files(*(folder / f"{name}.geojson" for name in layers))


def test_files_alone_are_enough(tmp_path: Path) -> None:
    files = village(tmp_path)
    request = read_request({**BASE, "types": ["any"], "candidates": {"kind": "streets", "spacing_m": 100}})
    steps = []
    got = site_files(
        files, request, "people", progress=lambda step, done, total: steps.append((step, done, total))
    )
    assert (got.value, got.covered_before, got.covered_after) == (21, 5, 26)
    assert got.proven
    assert got.uncoverable["residents"] == 0
    assert {total for _, done, total in steps if done == total} == {1, 100}
    bare = site_files(files, request, None)
    assert (bare.value, bare.weight, bare.as_json()["residents"]) == (3, "buildings", None)
    assert got.as_json()["note"] is None
    least = replace(
        read_request({**BASE, "model": "min_coverage", "min_coverage": 0.5}), wanted=request.wanted
    )
    assert site_files(files, least, "people", "village").value == 21
    with pytest.raises(Invalid, match="no_such_column"):
        site_files(files, request, "inhabitants")


def test_streets_of_any_order_give_the_same_candidates(tmp_path: Path) -> None:
    from gis.coverage.siting.candidates import along_streets
    from gis.walking.network import build_network, plane

    streets = frame([LineString([(0, 0), (130, 0)]), LineString([(130, 0), (130, 270)]), LineString([(0, 0), (0, 90)])],
                    code=["a", "b", "c"])  # fmt: skip
    made = []
    for order in ([0, 1, 2], [2, 0, 1]):
        shuffled = streets.iloc[order].reset_index(drop=True)
        found = along_streets(build_network(shuffled, plane(shuffled))[0], 100)
        made.append(np.column_stack([found.lon, found.lat]))
        assert len(found) == 5
    assert np.array_equal(*made)


def test_a_candidate_on_the_border_of_an_exclusion_is_excluded() -> None:
    from gis.coverage.siting.candidates import Candidates, without

    three = Candidates(np.array([0.0, 1.0, 3.0]), np.zeros(3), np.array(["", "", ""], dtype=object))
    assert without(three, box(1, -1, 2, 1)).lon.tolist() == [0.0, 3.0]
    assert without(three, None) is three
    assert len(without(three, shapely.union_all([box(-1, -1, 4, 1)]))) == 0
