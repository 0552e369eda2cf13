"""Circles are drawn once, stored as provisional with their versions, and never counted by."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from gis.coverage.circles import circles, store_own_circles
from gis.coverage.model import ask
from gis.coverage.tables import Circle
from gis.db.engine import unit_of_work
from gis.register.tables import Station

pytestmark = pytest.mark.db


def stored(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(Circle)) or 0


def test_circles_are_drawn_stored_and_read_again(changeable_engine: Engine) -> None:
    question = ask(["party_mass_center", "micro_station"], metres=300)
    drawn = circles(changeable_engine, question)
    assert drawn["code"].tolist() == ["st0", "st2"]
    assert drawn.geometry.is_valid.all()
    assert stored(changeable_engine) == 2
    again = circles(changeable_engine, question)
    assert stored(changeable_engine) == 2
    assert shapely.equals_exact(again.geometry.to_numpy(), drawn.geometry.to_numpy()).all()
    metres = drawn.geometry.to_crs(drawn.estimate_utm_crs()).area.to_numpy()
    # 300 m of street one way, 600 m both ways; 35 m wide because the river begins 5 m south of it
    assert np.allclose(metres, [300 * 35, 600 * 35], rtol=0.25)
    with Session(changeable_engine) as session:
        assert session.scalars(select(Circle.provisional)).all() == [True, True]


def test_a_change_of_the_network_draws_them_again(changeable_engine: Engine) -> None:
    question = ask(["micro_station"], minutes=5)
    before = circles(changeable_engine, question)
    with unit_of_work(changeable_engine) as session:
        moved = session.scalar(select(Station.geom).where(Station.code == "st3"))
        session.execute(update(Station).where(Station.code == "st2").values(geom=moved))
    after = circles(changeable_engine, question)
    assert not shapely.equals_exact(after.geometry.to_numpy(), before.geometry.to_numpy()).any()
    assert stored(changeable_engine) == 1


def test_a_limit_between_seconds_is_drawn_but_not_stored(changeable_engine: Engine) -> None:
    assert len(circles(changeable_engine, ask(["micro_station"], metres=300.5))) == 1
    assert stored(changeable_engine) == 0


def test_own_circles_leave_out_planned_stations_and_types_without_a_circle(changeable_engine: Engine) -> None:
    seen: list[tuple[int, int]] = []
    assert store_own_circles(changeable_engine, lambda done, total: seen.append((done, total))) == 4
    assert store_own_circles(changeable_engine) == 4
    assert seen[-1] == (4, 4)
    with Session(changeable_engine) as session:
        rows = session.execute(
            select(Station.code, Circle.cost, Circle.limit).join(Circle, Circle.station_id == Station.id)
        ).all()
    assert sorted(tuple(r) for r in rows) == [
        ("st0", "metres", 1000), ("st0", "standard", 900), ("st2", "metres", 300), ("st2", "standard", 300),
    ]  # fmt: skip
