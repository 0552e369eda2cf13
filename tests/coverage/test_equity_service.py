"""Equity and floating catchments of a place checked by hand, and what of them somebody may read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, update

from gis.base.errors import Forbidden, Invalid
from gis.coverage import numbers
from gis.coverage.buildings import building_answer
from gis.coverage.equity import Spread
from gis.coverage.equity_service import accessibility_answer, equity_answer
from gis.coverage.found import residents
from gis.coverage.model import ask
from gis.coverage.world import current_world
from gis.db.engine import unit_of_work
from gis.register.tables import Station
from gis.walking.path import only_points, only_stations
from gis.walking.search import nearest
from tests.database import api_engine

from .askers import COMMUNITY, DISTRICT, as_planner
from .place import GRIDS
from .test_floating import oracle

pytestmark = pytest.mark.db
CENTER = ask(["party_mass_center"], metres=500)
PEOPLE_M = 3000.0
"""10, 20, 30 and 40 residents walk to st0, as `walks` says, and 50 find no way: they count with 3,000 m."""


def walks(engine: Engine) -> list[float]:
    """Metres from each building to st0, as the page of a building tells them."""
    near = [building_answer(engine, f"b{i}", CENTER).nearest for i in range(4)]
    return [*(one.distance_m for one in near if one is not None), PEOPLE_M]


def test_the_spread_of_the_place(place_engine: Engine) -> None:
    got = equity_answer(place_engine, CENTER)
    a, b, c, d, e = walks(place_engine)
    assert (round(a, -2), round(b, -2), round(c, -2), round(d, -2)) == (100, 300, 500, 700)
    sums = [10 * a, 10 * a + 20 * b, 10 * a + 20 * b + 30 * c, 10 * a + 20 * b + 30 * c + 40 * d]
    total = sums[-1] + 50 * e
    under = 10 * sums[0] + 20 * (sums[0] + sums[1]) + 30 * (sums[1] + sums[2]) + 40 * (sums[2] + sums[3])
    under += 50 * (sums[3] + total)
    assert got.distance.mean == pytest.approx(total / 150, abs=1e-9)
    assert got.distance.gini == pytest.approx(1 - under / (150 * total), abs=1e-9)
    assert got.distance.palma == pytest.approx(15 * e / sums[2], abs=1e-9)
    assert got.distance.worst_tenth == pytest.approx(3000)
    assert (got.capped.covered, got.capped.total) == (50, 150)
    only = got.communities[0]
    assert (only.code, only.share.covered, only.share.total) == (COMMUNITY, 60, 150)
    assert only.mean_distance_m == pytest.approx(total / 150, abs=1e-9)
    assert got.minimum == only
    assert (got.shares.gini, got.shares.worst_tenth) == (0, pytest.approx(0.4))
    assert not got.suppressed


def test_a_limit_in_minutes_still_tells_metres(place_engine: Engine) -> None:
    by_time = equity_answer(place_engine, ask(["party_mass_center"], minutes=5))
    assert by_time.distance == equity_answer(place_engine, CENTER).distance
    assert by_time.communities[0].share.covered == 30


def test_a_grid_has_a_spread_of_its_own_and_no_community(place_engine: Engine) -> None:
    got = equity_answer(place_engine, replace(CENTER, area=GRIDS[0]))
    a, b, *_ = walks(place_engine)
    assert got.distance.mean == pytest.approx((10 * a + 20 * b) / 30, abs=1e-9)
    assert (got.communities, got.minimum, got.shares) == ([], None, Spread())


def test_places_per_resident(changeable_engine: Engine) -> None:
    none = accessibility_answer(changeable_engine, CENTER)
    assert (none.known.covered, none.known.total) == (0, 1)
    assert none.communities[0].score == 0
    assert (none.stations[0].code, none.stations[0].capacity, none.stations[0].ratio) == ("st0", None, None)
    with unit_of_work(changeable_engine) as session:
        session.execute(update(Station).where(Station.code == "st0").values(capacity=30))
    got = accessibility_answer(changeable_engine, CENTER)
    assert (got.stations[0].capacity, got.stations[0].ratio) == (30, 0.5)  # 60 people within 500 m
    assert got.communities[0].score == pytest.approx(60 * 0.5 / 150)
    assert (
        accessibility_answer(changeable_engine, replace(CENTER, capacity=True)).communities == got.communities
    )
    away = accessibility_answer(changeable_engine, replace(CENTER, area=GRIDS[1]))
    assert away.stations == []


def test_a_number_that_counts_hidden_people_is_not_told(changeable_engine: Engine) -> None:
    with unit_of_work(changeable_engine) as session:
        session.execute(update(Station).where(Station.code == "st0").values(capacity=30))
        session.execute(update(Station).where(Station.code == "st2").values(capacity=50))
    with api_engine(changeable_engine.url.render_as_string(hide_password=False)) as edge:
        _told_and_hidden(edge, changeable_engine)


def _told_and_hidden(edge: Engine, changeable_engine: Engine) -> None:
    all_seen = as_planner(edge, changeable_engine, DISTRICT)
    assert accessibility_answer(all_seen, CENTER).communities[0].score == pytest.approx(0.2)
    assert equity_answer(all_seen, CENTER).distance.gini is not None
    part = as_planner(edge, changeable_engine, DISTRICT, people=GRIDS[0])
    # 250 m from st0: building 0 alone, of the grid whose people one may read
    near = accessibility_answer(part, ask(["party_mass_center"], metres=250))
    assert near.stations[0].ratio == 3.0
    assert near.communities[0].suppressed
    # 500 m: building 2 of the other grid is within it
    far = accessibility_answer(part, CENTER)
    assert (far.stations[0].capacity, far.stations[0].ratio) == (30, None)
    uneven = equity_answer(part, CENTER)
    assert (uneven.suppressed, uneven.distance, uneven.shares, uneven.minimum) == (
        True,
        Spread(),
        Spread(),
        None,
    )
    assert (uneven.capped.covered, uneven.communities[0].mean_distance_m) == (None, None)
    own = equity_answer(part, replace(CENTER, area=GRIDS[0]))
    assert own.distance.mean is not None
    assert not own.suppressed


def test_wrong_questions_are_refused_by_name(place_web: Engine, place_engine: Engine) -> None:
    outside = as_planner(place_web, place_engine, GRIDS[1])
    for door in (equity_answer, accessibility_answer):
        with pytest.raises(Forbidden, match="outside_scope"):
            door(outside, replace(CENTER, area=GRIDS[0]))
        with pytest.raises(Invalid, match="unknown_station_type"):
            door(place_engine, ask(["x"], metres=500))


def test_at_an_hour_when_nothing_is_open_nobody_walks_anywhere(changeable_engine: Engine) -> None:
    with unit_of_work(changeable_engine) as session:
        shut = update(Station).where(Station.code == "st0")
        session.execute(shut.values(hours="Mo-Fr 08:00-17:00", capacity=30))
    by_day = ask(["party_mass_center"], metres=500, at="Tu-10:00")
    at_night = ask(["party_mass_center"], metres=500, at="Tu-23:00")
    assert equity_answer(changeable_engine, by_day).communities[0].share.covered == 60
    closed = equity_answer(changeable_engine, at_night)
    assert (closed.capped.covered, closed.distance.mean, closed.distance.gini) == (150, 3000, 0)
    assert closed.communities[0].share.covered == 0
    assert accessibility_answer(changeable_engine, by_day).communities[0].score == pytest.approx(0.2)
    nothing = accessibility_answer(changeable_engine, at_night)
    assert (nothing.communities[0].score, nothing.stations) == (0, [])


@pytest.mark.parametrize("limit", [{"metres": 500}, {"minutes": 15, "profile": "elderly"}])
def test_scores_of_the_town_are_those_of_the_package_access(
    town_engine: Engine, limit: dict[str, Any]
) -> None:
    question = ask(["party_mass_center", "micro_station", "courier_stop"], **limit)
    world = current_world(town_engine)
    rows = world.chosen(question.types)
    people = residents(world)
    capacity = world.stations["capacity"].to_numpy(dtype=float, na_value=np.nan)[rows]
    assert np.isfinite(capacity).all()
    near = np.empty((len(rows), len(people)), dtype=bool)
    for i, row in enumerate(rows):  # each station alone, as if there were no other
        place = world.prepared()
        links, direct = (
            only_points(place.station_links, [row]),
            only_stations(place.direct, [row], len(world.stations)),
        )
        alone = nearest(world.graph(question.profile), place.building_links, links, direct, question.limit)
        near[i] = alone.covered(question.limit)
    lived = people > 0  # the package divides by what nobody uses
    score = oracle(people[lived], capacity, near[:, lived])
    expected = np.zeros(lived.sum())
    expected[score.index.to_numpy()] = score.to_numpy()
    got = accessibility_answer(town_engine, question)
    member = numbers.area_of(world.buildings, world.areas, "community")[lived]
    code = world.areas["code"].to_numpy(dtype=object)
    assert len(got.communities) == 6
    for one in got.communities:
        mine = code[member] == one.code
        assert one.residents == people[lived][mine].sum()
        assert one.score == pytest.approx(
            (people[lived] * expected)[mine].sum() / people[lived][mine].sum(), rel=1e-9
        )
