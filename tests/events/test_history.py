"""Reports of the past go in by sets: located, numbered, logged, once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from gis.base.datum import from_wgs84
from gis.events.canonical import log_hash, log_row
from gis.events.history import load_history
from gis.events.tracking import check_digit, read_tracking_code
from tests.district import GRIDS
from tests.events.reports import uuid7

pytestmark = pytest.mark.db


@pytest.fixture
def work(district: Engine) -> Iterator[Session]:
    with district.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            yield session
        outer.rollback()


def row(**changes: Any) -> dict[str, Any]:
    plain = {
        "id": uuid7(), "source": "hotline", "category_scheme": "gov-s", "category_kind": "request",
        "category_code": "S0202", "text": "飞线充电", "address": None, "lon": "126.615", "lat": "45.76",
        "coord_sys": "wgs84", "accuracy_m": "12", "urgency": "normal", "occurred_at": None,
        "reported_at": "2026-01-05T08:30:00+08:00", "status": "reported", "closed_at": None,
    }  # fmt: skip
    return plain | changes


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(list(rows))


def test_history_becomes_events_with_logs(work: Session) -> None:
    lon, lat = from_wgs84(126.605, 45.76, "gcj02")
    rows = frame(
        row(),
        row(lon=lon, lat=lat, coord_sys="gcj02", status="closed", closed_at="2026-01-06T09:00:00+08:00"),
        row(lon=126.595, status="dispatched", accuracy_m=None),
    )
    found = load_history(work, rows)
    assert (found.inserted, found.unchanged, found.problems) == (3, 0, [])
    events = {
        str(e.report): e
        for e in work.execute(
            text(
                "SELECT r.id AS report, e.*, g.code AS grid, s.code AS scope, r.raw_lon, ST_X(e.geom) AS x "
                "FROM event e JOIN report r ON r.event_id = e.id JOIN area s ON s.id = e.scope_area_id "
                "LEFT JOIN area g ON g.id = e.grid_id"
            )
        )
    }
    first, closed, river = (events[i] for i in rows["id"])
    assert (first.grid, first.status, first.grid_method) == (GRIDS[1], "reported", "inside")
    assert (closed.grid, closed.status, closed.raw_lon) == (GRIDS[0], "closed", lon)
    assert closed.x == pytest.approx(126.605, abs=1e-9)
    assert (river.grid, river.scope, river.grid_method) == (None, "230199", "none")
    assert first.number.startswith("230199-260105-")
    assert check_digit(first.number.replace("-", "")) == "0"
    assert read_tracking_code(first.tracking_code) == first.tracking_code
    assert first.opened_at.isoformat() == "2026-01-05T00:30:00+00:00"


def test_each_log_is_a_chain_of_hashes(work: Session) -> None:
    load_history(work, frame(row(), row(status="closed", closed_at="2026-01-06T09:00:00.5+08:00")))
    logs = work.execute(text("SELECT * FROM event_log ORDER BY event_id, seq")).all()
    assert len(logs) == 3
    before: dict[Any, Any] = {}
    for entry in logs:
        assert entry.prev_hash == before.get(entry.event_id)
        assert entry.hash == log_hash(log_row(entry))
        before[entry.event_id] = entry.hash


def test_loading_again_changes_nothing(work: Session) -> None:
    rows = frame(row(), row(occurred_at="2026-01-05T08:00:00+08:00", address="江沿路 1 号"))
    load_history(work, rows)
    again = load_history(work, rows)
    assert (again.inserted, again.unchanged, again.problems) == (0, 2, [])
    changed = load_history(work, rows.assign(text="别的"))
    assert [p.code for p in changed.problems] == ["id_taken", "id_taken"]
    assert (changed.inserted, changed.unchanged) == (0, 0)


BAD: list[tuple[dict[str, Any], str]] = [
    ({"id": "7"}, "bad_uuid"),
    ({"lon": "45.76", "lat": "126.615"}, "swapped_axes"),
    ({"lon": "999"}, "bad_coordinate"),
    ({"lon": "east"}, "not_number"),
    ({"lon": None}, "missing"),
    ({"coord_sys": "wgs72"}, "unknown_word"),
    ({"source": "rumour"}, "unknown_word"),
    ({"status": "done"}, "unknown_word"),
    ({"category_code": "S9999"}, "unknown_category"),
    ({"text": None}, "missing"),
    ({"text": "x\x1fy"}, "bad_text"),
    ({"reported_at": "2026-01-05T08:30:00"}, "bad_time"),
    ({"reported_at": "2026-13-05T08:30:00Z"}, "bad_time"),
    ({"status": "closed"}, "closed_mismatch"),
    ({"closed_at": "2026-01-06T09:00:00Z"}, "closed_mismatch"),
    ({"status": "closed", "closed_at": "2025-01-06T09:00:00Z"}, "closed_mismatch"),
    ({"accuracy_m": "-5"}, "out_of_range"),
]


def test_every_bad_row_is_named_and_the_others_go_in(work: Session) -> None:
    rows = [row(), *(row(**changes) for changes, _ in BAD), row()]
    rows.append(row(id=rows[-1]["id"]))
    found = load_history(work, frame(*rows), first_row=2)
    expected = [(n + 3, code) for n, (_, code) in enumerate(BAD)] + [(len(rows) + 1, "id_twice")]
    assert sorted((p.row, p.code) for p in found.problems) == expected
    assert found.inserted == 2


def test_the_past_may_lie_anywhere_on_earth(work: Session) -> None:
    found = load_history(work, frame(row(lon="-73.98", lat="40.75"), row(lon="116.4", lat="39.9")))
    assert (found.inserted, found.problems) == (2, [])
    owners = work.execute(
        text("SELECT grid_method, scope_area_id = (SELECT area_id FROM service_area) FROM event")
    )
    assert {tuple(owner) for owner in owners} == {("none", True)}


def test_columns_may_be_absent(work: Session) -> None:
    rows = frame(row()).drop(
        columns=["source", "urgency", "status", "accuracy_m", "closed_at", "occurred_at"]
    )
    assert load_history(work, rows).inserted == 1
    assert work.execute(text("SELECT source FROM report")).scalar_one() == "other"


def test_typed_columns_are_fine(work: Session) -> None:
    rows = frame(row(lon=126.615, lat=45.76, accuracy_m=3.5))
    rows["reported_at"] = pd.to_datetime(rows["reported_at"], utc=True)
    assert load_history(work, rows).problems == []


def test_many_rows_have_numbers_of_their_own(work: Session) -> None:
    found = load_history(work, frame(*(row(text=f"第 {n} 件") for n in range(500))))
    assert found.inserted == 500
    counted = work.execute(
        text("SELECT count(DISTINCT number), count(DISTINCT tracking_code) FROM event")
    ).one()
    assert tuple(counted) == (500, 500)


def test_history_names_the_department_it_was_dispatched_to(work: Session) -> None:
    work.execute(text("INSERT INTO department (code, name) VALUES ('D9', '供热办公室')"))
    rows = frame(row(department="D9", status="handling"), row(), row(department="D404"))
    found = load_history(work, rows)
    assert (found.inserted, [p.code for p in found.problems]) == (2, ["unknown_department"])
    query = "SELECT d.code FROM event e LEFT JOIN department d ON d.id = e.department_id ORDER BY 1"
    assert work.scalars(text(query)).all() == ["D9", None]
