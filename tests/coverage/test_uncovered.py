"""The list of uncovered homes: worst first, page by page, people and addresses only where one may read them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import Engine, update

from gis.coverage.buildings import building_answer
from gis.coverage.model import ask
from gis.coverage.table import building_table
from gis.coverage.uncovered import Position, UncoveredPage, uncovered_for, uncovered_rows
from gis.coverage.world import current_world
from gis.db.engine import unit_of_work
from gis.register.tables import Station
from gis.walking.tables import Street

from .place import GRIDS, at
from .small_world import small_world, station
from .test_scope import DISTRICT, as_planner

NEAR = ask(["party_mass_center"], metres=150)


def codes(page: UncoveredPage) -> list[str]:
    return [one.code for one in page.items]


@pytest.mark.db
def test_the_worst_stand_first_and_say_by_how_much_they_miss(place_engine: Engine) -> None:
    page = uncovered_for(place_engine, NEAR, most=10)
    assert (codes(page), page.following, page.total) == (["b4", "b3", "b2", "b1"], None, 4)
    lost, far, *_ = page.items
    assert (lost.reason, lost.detail, lost.nearest, lost.shortfall_m) == ("unlinked", "too_far", None, None)
    assert (far.reason, far.detail, far.residents, far.name) == ("distance", None, 40, "3号楼")
    assert far.nearest is not None
    assert (far.nearest.code, far.nearest.time_s, far.shortfall_s) == ("st0", None, None)
    assert far.shortfall_m == pytest.approx(700 - 150, abs=0.5)
    assert (far.lon, far.lat) == (pytest.approx(126.629, abs=0.001), pytest.approx(45.76, abs=0.001))


@pytest.mark.db
def test_minutes_miss_by_seconds_and_the_walk_has_its_length(place_engine: Engine) -> None:
    page = uncovered_for(place_engine, ask(["party_mass_center"], minutes=5, profile="elderly"), most=2)
    far = page.items[1]
    assert (far.code, far.shortfall_m) == ("b3", None)
    assert far.shortfall_s == pytest.approx(700 / 0.8 - 300, abs=1)
    assert far.nearest is not None
    assert far.nearest.distance_m == pytest.approx(700, abs=0.5)
    assert far.nearest.time_s == pytest.approx(700 / 0.8, abs=1)


@pytest.mark.db
def test_who_links_only_to_an_island_is_told_so(changeable_engine: Engine) -> None:
    with unit_of_work(changeable_engine) as session:
        line = shapely.LineString([(800, 430), (1000, 430)])
        session.add(Street(code="island", kind="residential", geom=at(line)))
    lost, far, *_ = uncovered_for(changeable_engine, NEAR, most=10).items
    assert (lost.code, lost.reason, lost.detail, lost.nearest) == ("b4", "distance", "island", None)
    assert (far.code, far.detail) == ("b3", None)
    one = building_answer(changeable_engine, "b4", NEAR)
    assert (one.reason, one.detail) == ("distance", "island")
    world = current_world(changeable_engine)
    words = pd.DataFrame({"code": world.buildings["code"], "name": None, "address": None})
    table = building_table(world, NEAR, words, np.ones(len(words), dtype=np.bool_))
    assert table["未覆盖原因"].tolist()[4] == "距离过远（道路孤立，与站点的道路不连通）"


@pytest.mark.db
def test_pages_together_are_the_list(place_engine: Engine) -> None:
    seen: list[str] = []
    after: Position | None = None
    while True:
        page = uncovered_for(place_engine, NEAR, most=1, after=after)
        seen += codes(page)
        if page.following is None:
            break
        after = page.following
    assert seen == ["b4", "b3", "b2", "b1"]


@pytest.mark.db
def test_a_page_goes_on_where_the_last_one_ended_though_homes_were_covered_since(
    changeable_engine: Engine,
) -> None:
    first = uncovered_for(changeable_engine, NEAR, most=2)
    assert codes(first) == ["b4", "b3"]
    with unit_of_work(changeable_engine) as session:
        session.execute(update(Station).where(Station.code == "st1").values(status="existing"))
    rest = uncovered_for(changeable_engine, NEAR, most=2, after=first.following)
    assert (codes(rest), rest.total) == (["b1", "b2"], 3)  # b2 is nearer to the new one


@pytest.mark.db
def test_people_and_addresses_of_others_are_not_listed(place_web: Engine, place_engine: Engine) -> None:
    page = uncovered_for(as_planner(place_web, place_engine, GRIDS[1]), NEAR, most=10)
    assert codes(page) == ["b4", "b3", "b2", "b1"]
    assert [one.residents for one in page.items] == [50, 40, 30, None]
    assert page.total is None
    mine = uncovered_for(
        as_planner(place_web, place_engine, GRIDS[1]),
        ask(["party_mass_center"], metres=150, area=GRIDS[1]),
        most=10,
    )
    assert (codes(mine), mine.total) == (["b4", "b3", "b2"], 3)
    everything = uncovered_for(as_planner(place_web, place_engine, DISTRICT), NEAR, most=10)
    assert (everything.total, everything.items[3].residents) == (4, 20)


def test_equals_stand_by_code_and_who_lacks_only_room_stands_last() -> None:
    world = small_world([station("s1", 400, capacity=20)])
    order = uncovered_rows(world, ask(["party_mass_center"], metres=200, capacity=True)).tolist()
    assert order == [0, 3, 2]  # 300 m each, then b2 at 100 m, for which the room that b1 left does not do
    assert uncovered_rows(world, ask(["party_mass_center"], metres=200)).tolist() == [0, 3]
