"""Filing: what the edge of the service area, a contradictory address and a concurrent reader do to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gis.base.errors import Invalid
from gis.events.places import locate_point
from gis.events.reading import read_event
from gis.events.service import file_report
from gis.events.validate import validate_report
from tests.district import EAST, GRIDS
from tests.events.reports import report
from tests.events.test_service import at, filed, one

pytestmark = pytest.mark.db
METRE = 1 / 77_700  # of longitude at 45.76 degrees


@pytest.fixture
def narrow(district: Engine) -> Iterator[Engine]:
    """The service area ends where the district ends."""
    draw = text(
        "UPDATE service_area SET geom = (SELECT ST_Multi(ST_Expand(geom, :more)) FROM area WHERE code = '230199')"
    )
    with district.begin() as connection:
        connection.execute(draw, {"more": 0.0})
    yield district
    with district.begin() as connection:
        connection.execute(draw, {"more": 0.01})


@pytest.mark.parametrize("metres", [1.1, 20.0, 49.0])
def test_a_hair_outside_the_service_area_belongs_to_the_nearest_grid(narrow: Engine, metres: float) -> None:
    lon = EAST + metres * METRE
    receipt = filed(narrow, at(lon, 45.76))
    assert (receipt["grid"]["code"], receipt["method"], receipt["confirm"]) == (GRIDS[3], "nearest", True)
    assert receipt["border_distance_m"] == pytest.approx(metres, abs=0.1)
    found = locate_point(narrow, lon, 45.76, "wgs84", None)
    assert found.in_service_area
    assert found.scope is not None
    assert found.scope.code == GRIDS[3]


@pytest.mark.parametrize("metres", [51.0, 1_000.0, 100_000.0])
def test_beyond_reach_of_every_grid_is_refused_and_nobodys(narrow: Engine, metres: float) -> None:
    lon = EAST + metres * METRE
    with pytest.raises(Invalid, match="outside_service_area"):
        file_report(narrow, at(lon, 45.76))
    found = locate_point(narrow, lon, 45.76, "wgs84", None)
    assert (found.in_service_area, found.grid, found.scope, found.method) == (False, None, None, "none")


@pytest.fixture(scope="module")
def second(district: Engine) -> Engine:
    """A second compound with a building and an entrance, and a building that belongs to no compound."""
    with district.begin() as connection:
        for statement in (
            "INSERT INTO compound (code, name, walled, geom) SELECT 'X2', '另一小区', false, geom FROM area "
            "WHERE code = '230199001002001'",
            "INSERT INTO building (code, compound_id, geom) SELECT 'B2', c.id, b.geom FROM compound AS c, building AS b "
            "WHERE c.code = 'X2' AND b.code = 'B1'",
            "INSERT INTO building (code, geom) SELECT 'B3', geom FROM building WHERE code = 'B1'",
            "INSERT INTO entrance (code, building_id, geom) SELECT 'E2', b.id, e.geom FROM building AS b, entrance AS e "
            "WHERE b.code = 'B2' AND e.code = 'E1'",
        ):
            connection.execute(text(statement))
    return district


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ({"compound": "X2", "building": "B1"}, "address.building"),
        ({"building": "B1", "entrance": "E2"}, "address.entrance"),
        ({"building": "B3", "entrance": "E1"}, "address.entrance"),
        ({"compound": "X1", "entrance": "E2"}, "address.entrance"),
    ],
)
def test_an_address_that_contradicts_itself_is_refused(
    second: Engine, address: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        file_report(second, validate_report(report(address=address)))
    assert (caught.value.code, caught.value.field) == ("address_contradiction", field)


@pytest.mark.parametrize(
    "address",
    [
        {"compound": "X2", "building": "B2", "entrance": "E2"},
        {"compound": "X2", "entrance": "E2"},
        {"compound": "X1", "building": "B3"},  # the register does not know where B3 belongs
        {"entrance": "E1"},
    ],
)
def test_an_address_that_hangs_together_is_taken(second: Engine, address: dict[str, str]) -> None:
    filed(second, validate_report(report(address=address)))


def test_a_clock_that_runs_ahead_is_kept_and_flagged(district: Engine) -> None:
    now = datetime.now(UTC)
    claims = {"ahead": now + timedelta(hours=3), "right": now, "late": now - timedelta(days=9)}
    flags = {}
    for name, claimed in claims.items():
        receipt = filed(district, at(126.615, 45.76, reported_at=claimed.isoformat()))
        flags[name] = '"clock_ahead" : true' in read_event(district, receipt["event"])
        row = one(district, "SELECT reported_at FROM report WHERE id = :id", id=receipt["id"])
        assert row.reported_at == claimed
    assert flags == {"ahead": True, "right": False, "late": False}


LOOK = text("""
SELECT count(*) AS reports, count(e.id) AS events, count(l.event_id) AS logged
FROM report AS r LEFT JOIN event AS e ON e.id = r.event_id LEFT JOIN event_log AS l ON l.event_id = e.id AND l.seq = 1
""")


def watch(engine: Engine, end: threading.Event, seen: list[tuple[int, ...]]) -> None:
    """Look again and again, each look one statement and thus one snapshot."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not end.is_set():
            seen.append(tuple(connection.execute(LOOK).one()))


def looked_at(engine: Engine, work: Any) -> list[tuple[int, ...]]:
    """What a concurrent reader saw while `work` ran."""
    end, seen = threading.Event(), list[tuple[int, ...]]()
    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(watch, engine, end, seen)
        try:
            work()
        finally:
            end.set()
        reader.result(20)
    return seen


def test_no_reader_sees_a_report_without_its_event_and_log(district: Engine) -> None:
    def work() -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: filed(district, at(126.615, 45.76)), range(80)))

    seen = looked_at(district, work)
    assert len({reports for reports, *_ in seen}) > 5  # it did look while reports came in
    assert all(reports == events == logged for reports, events, logged in seen)


def test_the_reader_would_see_one(district: Engine) -> None:
    """The control: the same reader misses a log row that somebody took away behind the append-only trigger."""
    event = one(district, "SELECT event_id FROM event_log LIMIT 1").event_id

    def work() -> None:
        with district.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text("DELETE FROM event_log WHERE event_id = :event"), {"event": event})
        time.sleep(0.3)

    assert any(logged < reports for reports, _, logged in looked_at(district, work))
