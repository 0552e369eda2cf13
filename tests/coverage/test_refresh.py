"""A refresh makes what the pages show first, once."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from gis.coverage.refresh import CIRCLES, LAYER, LINKING, refresh
from gis.coverage.tables import Circle, ReachLayer
from gis.db.cluster import Cluster
from gis.db.engine import unit_of_work
from gis.register.tables import Station
from tests.database import cloned_engine

pytestmark = pytest.mark.db


def test_a_refresh_is_done_once_and_again_after_a_change(changeable_engine: Engine, tmp_path: Path) -> None:
    steps: list[str] = []
    refresh(changeable_engine, lambda step, done, total: steps.append(f"{step} {done}/{total}"), tmp_path)
    assert f"{LINKING} 3/3" in steps
    assert f"{CIRCLES} 1/1" in steps
    assert f"{LAYER} 1/1" in steps
    assert len(list(tmp_path.glob("walking-*.npz"))) == 3
    with Session(changeable_engine) as session:  # those of the first question, and none that nobody asks for
        assert session.execute(select(Circle.cost, Circle.limit)).all() == [("standard", 900)]
    steps.clear()
    refresh(changeable_engine, lambda step, done, total: steps.append(step), tmp_path)
    assert CIRCLES not in steps
    with unit_of_work(changeable_engine) as session:
        session.execute(update(Station).where(Station.code == "st1").values(status="existing"))
    refresh(changeable_engine, cache_dir=tmp_path)
    with Session(changeable_engine) as session:
        assert session.scalar(select(func.count()).select_from(Circle)) == 2
        assert session.scalars(select(ReachLayer.station_types)).all() == [["party_mass_center"]]


def test_an_empty_database_has_nothing_to_refresh(cluster: Cluster) -> None:
    with cloned_engine(cluster) as empty:
        refresh(empty)
        with Session(empty) as session:
            assert session.scalar(select(func.count()).select_from(Circle)) == 0
