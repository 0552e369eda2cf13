"""Circles are drawn once, stored with their versions and stated error, and never counted by."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from gis.base.errors import Invalid
from gis.coverage.circles import circles, own_circles, store_circles
from gis.coverage.drawing import VERSION, style
from gis.coverage.model import ask
from gis.coverage.tables import Circle
from gis.coverage.world import current_world
from gis.db.engine import unit_of_work
from gis.register.tables import Station
from gis.walking.circles import Atlas

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
    with Session(changeable_engine) as session:
        kept = session.execute(select(Circle.rule_version, Circle.buildings, Circle.corrected)).all()
    told = drawn[["rule_version", "error_buildings", "error_corrected"]].itertuples(index=False)
    assert sorted(tuple(row) for row in kept) == sorted(tuple(row) for row in told)
    assert drawn["rule_version"].unique().tolist() == [VERSION]


def test_no_transaction_is_open_while_a_circle_is_drawn(
    changeable_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    each = Atlas.each

    def watched(*given: Any) -> Any:
        seen.append(changeable_engine.pool.checkedout())  # type: ignore[attr-defined]
        return each(*given)

    monkeypatch.setattr(Atlas, "each", watched)
    circles(changeable_engine, ask(["micro_station"], metres=300))
    world = current_world(changeable_engine)
    store_circles(changeable_engine, world, own_circles(world))
    assert len(seen) > 1
    assert set(seen) == {0}


def test_disks_nest_rings_lie_between_and_the_split_does_not_overlap(changeable_engine: Engine) -> None:
    types = ["party_mass_center", "micro_station"]
    question = ask(types, metres=500)

    def made(shape: str, step: float = 10) -> gpd.GeoDataFrame:
        return circles(changeable_engine, question, style=style(shape, step))

    disk, ring, inner = made("disk"), made("ring"), circles(changeable_engine, ask(types, metres=300))
    assert ring["inner_limit"].tolist() == [300, 300]
    assert shapely.area(shapely.difference(inner.geometry, disk.geometry)).max() < 1e-12
    assert shapely.area(shapely.intersection(inner.geometry, ring.geometry)).max() < 1e-12
    whole, split = made("dissolved"), made("nearest")
    assert whole["code"].tolist() == [None]
    assert shapely.area(split.geometry).sum() == pytest.approx(shapely.area(whole.geometry)[0], rel=1e-6)
    lines = made("lines", 25)
    assert set(lines.geom_type) == {"MultiLineString"}
    assert shapely.length(shapely.difference(lines.geometry, disk.geometry)).max() < 1e-9
    assert stored(changeable_engine) == 4


def test_a_preview_and_a_time_of_the_week_are_not_stored(changeable_engine: Engine) -> None:
    assert len(circles(changeable_engine, ask(["micro_station"], metres=300), style=style("each", 25))) == 1
    assert stored(changeable_engine) == 0
    with unit_of_work(changeable_engine) as session:
        session.execute(update(Station).where(Station.code == "st2").values(hours="Mo-Fr 08:00-17:00"))
    assert len(circles(changeable_engine, ask(["micro_station"], metres=300, at="Tu-20:00"))) == 0
    assert len(circles(changeable_engine, ask(["micro_station"], metres=300, at="Tu-10:00"))) == 1


def test_wrong_styles_are_refused() -> None:
    for wrong, code in (({"shape": "cube"}, "circle_shape"), ({"step": 5}, "circle_step")):
        with pytest.raises(Invalid) as refused:
            style(**wrong)  # type: ignore[arg-type]
        assert refused.value.code == code


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
    world = current_world(changeable_engine)
    own = own_circles(world)
    assert store_circles(changeable_engine, world, own, lambda done, total: seen.append((done, total))) == 4
    assert seen[-1] == (4, 4)
    with Session(changeable_engine) as session:
        rows = session.execute(
            select(Station.code, Circle.cost, Circle.limit).join(Circle, Circle.station_id == Station.id)
        ).all()
    assert sorted(tuple(r) for r in rows) == [
        ("st0", "metres", 1000), ("st0", "standard", 900), ("st2", "metres", 300), ("st2", "standard", 300),
    ]  # fmt: skip


def test_only_what_is_missing_is_drawn_ahead(changeable_engine: Engine) -> None:
    circles(changeable_engine, ask(["micro_station"], metres=300))
    seen: list[tuple[int, int]] = []
    world = current_world(changeable_engine)
    for _ in range(2):
        assert store_circles(changeable_engine, world, own_circles(world), lambda *n: seen.append(n)) == 4
    assert seen[-1] == (3, 3)
    assert stored(changeable_engine) == 4
    with unit_of_work(changeable_engine) as session:
        session.execute(update(Station).where(Station.code == "st1").values(status="existing"))
    world = current_world(changeable_engine)
    store_circles(changeable_engine, world, own_circles(world), lambda *n: seen.append(n))
    assert seen[-1] == (6, 6)


def test_what_is_drawn_ahead_stays_when_the_rest_is_broken_off(changeable_engine: Engine) -> None:
    world = current_world(changeable_engine)
    own = own_circles(world)
    first = len(own[0][2])
    assert first < 4

    def leave(done: int, total: int) -> None:
        if done > first:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store_circles(changeable_engine, world, own, leave)
    assert stored(changeable_engine) == first
