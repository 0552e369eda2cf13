"""The tiles say what the numbers say, also of a time of the week and of capacity."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from gis.coverage import store
from gis.coverage.found import found
from gis.coverage.model import Question, ask
from gis.coverage.service import stored_layer
from gis.coverage.tables import Reach, ReachLayer
from gis.coverage.world import current_world
from gis.db.engine import unit_of_work
from gis.register.tables import BuildingPeople, Station

pytestmark = pytest.mark.db
CENTER = ["party_mass_center"]


@pytest.fixture
def engine(changeable_engine: Engine) -> Engine:
    """The place with hours and a capacity at st0, and st1 open as well."""
    with unit_of_work(changeable_engine) as session:
        given = {"hours": "Mo-Fr 08:00-18:00", "capacity": 30}
        session.execute(update(Station).where(Station.code == "st0").values(**given))
        session.execute(update(Station).where(Station.code == "st1").values(status="existing", capacity=30))
    return changeable_engine


def shown(engine: Engine, question: Question) -> list[bool]:
    """Whether each building is drawn as covered: what `tile_coverage.sql` asks of the stored rows."""
    layer, limit, _ = stored_layer(engine, question)
    with Session(engine) as session:
        rows = session.execute(select(Reach.cost).where(Reach.layer_id == layer).order_by(Reach.building_id))
        return [cost is not None and cost <= limit for (cost,) in rows]


@pytest.mark.parametrize(
    "more",
    [{}, {"at": "Mo-12:00"}, {"at": "Mo-18:00"}, {"capacity": True}, {"capacity": True, "at": "Sa-12:00"}],
    ids=str,
)
@pytest.mark.parametrize("metres", [300, 600])
def test_a_tile_shows_the_verdict_of_the_numbers(engine: Engine, metres: int, more: dict) -> None:
    question = ask(CENTER, metres=metres, **more)
    world = current_world(engine)
    by_code = dict(zip(world.buildings["id"], found(world, question).covered, strict=True))
    assert shown(engine, question) == [bool(by_code[key]) for key in sorted(by_code)]


def test_times_with_the_same_stations_open_share_a_layer(engine: Engine) -> None:
    usual = stored_layer(engine, ask(CENTER, metres=300))[0]
    assert stored_layer(engine, ask(CENTER, metres=500, at="Mo-12:00"))[0] == usual
    night = stored_layer(engine, ask(CENTER, metres=300, at="Mo-18:00"))[0]
    assert night != usual
    assert stored_layer(engine, ask(CENTER, metres=500, at="Sa-03:00"))[0] == night


def test_a_layer_of_capacity_is_made_again_when_people_are_counted_again(engine: Engine) -> None:
    question = ask(CENTER, metres=600, capacity=True)
    before = shown(engine, question)
    with unit_of_work(engine) as session:
        session.execute(update(BuildingPeople).values(actual=1))
    after = shown(engine, question)
    assert (before[:4], after[:4]) == ([True, True, True, False], [True] * 4)  # 40 live in b3


def test_layers_of_times_do_not_pile_up_nor_push_out_the_others(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "KEPT_LAYERS", 2)
    monkeypatch.setattr(store, "KEPT_SITUATIONS", 2)
    kept = [stored_layer(engine, ask([name], minutes=15))[0] for name in ("party_mass_center", "metro")]
    asked = [ask(CENTER, metres=value, capacity=True) for value in (300, 400, 500, 600)]
    made = [stored_layer(engine, question)[0] for question in asked]
    with Session(engine) as session:
        left = set(session.scalars(select(ReachLayer.id)))
        assert left == {*kept, *made[-2:]}
        assert session.scalars(select(ReachLayer.situation).where(ReachLayer.id == kept[0])).one() == ""
