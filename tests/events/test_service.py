"""Filing a report: one transaction, one row however often it is sent, the right grid, both numbers."""

from __future__ import annotations

import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from gis.base.datum import from_wgs84
from gis.base.errors import Conflict, Invalid
from gis.events.canonical import log_hash, log_row
from gis.events.model import NewReport
from gis.events.service import file_report
from gis.events.tracking import check_digit, read_tracking_code
from gis.events.validate import validate_report
from tests.district import GRIDS, MIDDLE
from tests.events.reports import full_report, report
from tests.events.workflow.helpers import put

pytestmark = pytest.mark.db


def at(lon: float, lat: float, **changes: Any) -> NewReport:
    return validate_report(report(geometry={"type": "Point", "coordinates": [lon, lat]}, **changes))


def filed(engine: Engine, new: NewReport) -> dict[str, Any]:
    answer = file_report(engine, new)
    assert not answer.replay
    receipt: dict[str, Any] = json.loads(answer.body)
    return receipt


def one(engine: Engine, query: str, **values: Any) -> Any:
    with engine.connect() as connection:
        return connection.execute(text(query), values).one()


def test_a_report_opens_an_event_with_two_numbers(district: Engine) -> None:
    new = at(126.615, 45.76)
    receipt = filed(district, new)
    assert receipt["id"] == str(new.id)
    assert receipt["status"] == "reported"
    assert receipt["grid"] == {"code": GRIDS[1], "name": "第二网格"}
    assert (receipt["method"], receipt["confirm"]) == ("inside", False)
    assert read_tracking_code(receipt["tracking_code"]) == receipt["tracking_code"]
    assert receipt["event_number"].startswith("230199-")
    assert check_digit(receipt["event_number"].replace("-", "")) == "0"
    row = one(
        district,
        "SELECT e.status, e.number, ST_X(e.geom) AS lon, r.raw_lon, r.coord_sys, r.accuracy_m, e.confirm, "
        "e.grid_id = r.grid_id AS same FROM event e JOIN report r ON r.event_id = e.id WHERE r.id = :id",
        id=new.id,
    )
    assert (row.status, row.number, row.lon, row.raw_lon) == (
        "reported",
        receipt["event_number"],
        126.615,
        126.615,
    )
    assert (row.coord_sys, row.accuracy_m, row.same) == ("wgs84", 8.5, True)


def test_no_number_comes_twice_after_a_million(district: Engine) -> None:
    first = [filed(district, at(126.615, 45.76))["event_number"] for _ in range(3)]
    with district.begin() as connection:
        connection.execute(text("SELECT setval('event_number', 999998)"))
    later = [filed(district, at(126.615, 45.76))["event_number"] for _ in range(15)]
    assert len({*first, *later}) == len(first) + len(later)
    assert [number.split("-")[2] for number in later[:3]] == ["999999", "1000000", "1000001"]
    assert all(check_digit(number.replace("-", "")) == "0" for number in later)


def test_the_first_log_row_carries_its_hash(district: Engine) -> None:
    receipt = filed(district, at(126.615, 45.76))
    row = one(district, "SELECT * FROM event_log WHERE event_id = :id", id=receipt["event"])
    assert (row.seq, row.action, row.from_status, row.to_status) == (1, "report", None, "reported")
    assert row.prev_hash is None
    assert row.hash == log_hash(log_row(row))


def test_every_member_of_a_full_report_is_kept(district: Engine) -> None:
    new = validate_report(full_report())
    receipt = filed(district, new)
    row = one(
        district,
        "SELECT r.*, c.name, c.phone, b.code AS building, p.sha256, p.attachment_sha256 FROM report r "
        "JOIN report_contact c ON c.report_id = r.id JOIN report_photo p ON p.report_id = r.id "
        "JOIN building b ON b.id = r.building_id WHERE r.id = :id",
        id=receipt["id"],
    )
    assert (row.name, row.phone, row.building) == ("网格员0317", "000-12345678", "B1")
    assert (row.sha256, row.attachment_sha256) == ("0" * 64, None)
    assert row.confidential
    assert row.occurred_at == new.occurred_at
    assert row.reported_at == new.reported_at
    assert row.recorded_at > row.reported_at.replace(year=2020)
    assert (row.urgency, row.source) == ("urgent", "grid_worker")


def test_the_device_clock_is_optional(district: Engine) -> None:
    receipt = filed(district, at(126.615, 45.76))
    row = one(district, "SELECT reported_at, recorded_at FROM report WHERE id = :id", id=receipt["id"])
    assert row.reported_at == row.recorded_at


@pytest.mark.parametrize("coord_sys", ["gcj02", "bd09", "cgcs2000"])
def test_another_datum_is_converted_once_and_the_raw_pair_kept(district: Engine, coord_sys: str) -> None:
    lon, lat = from_wgs84(126.615, 45.76, coord_sys)
    new = at(lon, lat, coord_sys=coord_sys)
    receipt = filed(district, new)
    row = one(
        district,
        "SELECT raw_lon, raw_lat, coord_sys, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM report WHERE id = :id",
        id=receipt["id"],
    )
    assert (row.raw_lon, row.raw_lat, row.coord_sys) == (lon, lat, coord_sys)
    assert (row.lon, row.lat) == pytest.approx((126.615, 45.76), abs=1e-10)


@pytest.mark.parametrize(
    ("lon", "lat", "accuracy_m", "grid", "method", "confirm"),
    [
        (126.615, 45.76, 5.0, GRIDS[1], "inside", False),
        (126.6101, 45.76, 5.0, GRIDS[1], "inside", False),  # 7.8 m from the border
        (126.6101, 45.76, 20.0, GRIDS[1], "inside", True),
        (126.6101, 45.76, None, GRIDS[1], "inside", False),
        (MIDDLE, 45.76, 5.0, GRIDS[1], "border", True),  # the lower code wins
        (126.5998, 45.76, 5.0, GRIDS[0], "nearest", True),  # 16 m outside
        (126.595, 45.76, 5.0, None, "none", False),  # on the river, inside the service area
    ],
)
def test_grid_method_and_confirmation(
    district: Engine,
    lon: float,
    lat: float,
    accuracy_m: float | None,
    grid: str | None,
    method: str,
    confirm: bool,
) -> None:
    receipt = filed(district, at(lon, lat, accuracy_m=accuracy_m))
    assert (receipt["grid"] or {}).get("code") == grid
    assert (receipt["method"], receipt["confirm"]) == (method, confirm)
    assert receipt["scope"]["code"] == (grid or "230199")
    assert (receipt["border_distance_m"] is None) == (method == "none")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        (
            {"geometry": {"type": "Point", "coordinates": [116.4, 39.9]}},
            "outside_service_area",
            "geometry.coordinates",
        ),
        (
            {"geometry": {"type": "Point", "coordinates": [0, 0]}},
            "outside_service_area",
            "geometry.coordinates",
        ),
        ({"category": "gov-s:request:S9999"}, "unknown_category", "category"),
        ({"address": {"building": "B404"}}, "unknown_building", "address.building"),
        ({"address": {"compound": "X404"}}, "unknown_compound", "address.compound"),
        ({"address": {"entrance": "E404"}}, "unknown_entrance", "address.entrance"),
    ],
)
def test_a_refused_report_changes_nothing(
    district: Engine, changes: dict[str, Any], code: str, field: str
) -> None:
    before = counts(district)
    with pytest.raises(Invalid) as caught:
        file_report(district, validate_report(report(**changes)))
    assert (caught.value.code, caught.value.field) == (code, field)
    assert counts(district) == before


def counts(engine: Engine) -> tuple[int, ...]:
    tables = ("report", "event", "event_log", "report_contact", "report_photo")
    with engine.connect() as connection:
        return tuple(connection.execute(text(f"SELECT count(*) FROM {t}")).scalar_one() for t in tables)


def test_the_same_report_again_is_the_same_answer(district: Engine) -> None:
    raw = full_report()
    first = file_report(district, validate_report(raw))
    before = counts(district)
    again = file_report(district, validate_report({k: raw[k] for k in reversed(raw)}))
    assert (first.replay, again.replay) == (False, True)
    assert again.body == first.body
    assert counts(district) == before


def test_the_answer_stays_the_same_when_the_event_has_moved_on(district: Engine) -> None:
    new = at(126.615, 45.76)
    first = file_report(district, new)
    with district.begin() as connection:
        put(connection, json.loads(first.body)["event"], "accepted")
    assert file_report(district, new).body == first.body


def test_another_body_under_the_same_id_conflicts(district: Engine) -> None:
    raw = report()
    file_report(district, validate_report(raw))
    before = counts(district)
    with pytest.raises(Conflict) as caught:
        file_report(district, validate_report(raw | {"text": "别的事"}))
    assert caught.value.code == "idempotency_conflict"
    assert "飞线" not in str(caught.value) + json.dumps(
        caught.value.facts
    )  # somebody else's words stay theirs
    assert counts(district) == before


@pytest.mark.parametrize("bodies", [1, 2])
def test_fifty_at_once_are_one_row(district: Engine, bodies: int) -> None:
    raw = report()
    before = counts(district)
    start = threading.Barrier(50)

    def send(number: int) -> str:
        new = validate_report(raw | {"text": f"同一件事 {number % bodies}"})
        start.wait()
        try:
            answer = file_report(district, new)
        except Conflict:
            return "conflict"
        return f"{answer.replay} {answer.body.decode()}"

    with ThreadPoolExecutor(50) as pool:
        answers = Counter(pool.map(send, range(50)))
    assert counts(district)[:3] == tuple(n + 1 for n in before[:3])
    won = {a.split(" ", 1)[1] for a in answers if a != "conflict"}
    assert len(won) == 1
    assert sum(n for a, n in answers.items() if a.startswith("False")) == 1
    assert answers["conflict"] == (25 if bodies == 2 else 0)


def test_a_commit_that_fails_is_never_an_answer(district: Engine) -> None:
    """A deferred constraint fails at the commit; filing must fail with it, and nothing be stored."""
    new = at(126.615, 45.76)
    with district.begin() as connection:
        connection.execute(
            text("CREATE TABLE poison (id uuid REFERENCES event (id) DEFERRABLE INITIALLY DEFERRED)")
        )
        connection.execute(
            text(
                "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "INSERT INTO wangge.poison VALUES (gen_random_uuid()); RETURN NEW; END $$"
            )
        )
        connection.execute(
            text("CREATE TRIGGER spoil AFTER INSERT ON report FOR EACH ROW EXECUTE FUNCTION spoil()")
        )
    try:
        before = counts(district)
        with pytest.raises(IntegrityError, match="poison"):
            file_report(district, new)
        assert counts(district) == before
    finally:
        with district.begin() as connection:
            connection.execute(text("DROP TRIGGER spoil ON report"))
            connection.execute(text("DROP FUNCTION spoil"))
            connection.execute(text("DROP TABLE poison"))
    filed(district, new)  # the control: without the poison the same report goes in
