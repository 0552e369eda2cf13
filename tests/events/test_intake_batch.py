"""Many reports at once: each as if it had come alone."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gis.base.errors import Invalid, TooLarge, WanggeError
from gis.db.scope import Scope, scoped
from gis.events.intake_batch import MOST, Result, file_reports
from gis.events.service import file_report
from gis.events.validate import validate_report
from tests.database import api_engine
from tests.district import GRIDS
from tests.events.reports import full_report, report, uuid7

pytestmark = pytest.mark.db

TABLES = ("report", "event", "event_log", "report_contact", "report_photo")


def counts(engine: Engine) -> tuple[int, ...]:
    with engine.connect() as connection:
        return tuple(connection.execute(text(f"SELECT count(*) FROM {t}")).scalar_one() for t in TABLES)


def at(lon: float, lat: float = 45.76, **changes: Any) -> dict[str, Any]:
    return report(geometry={"type": "Point", "coordinates": [lon, lat]}, **changes)


BAD: list[tuple[str, dict[str, Any] | object, str]] = [
    ("no object", [], "not_object"),
    ("unknown key", report(x=1), "unknown_key"),
    ("no such category", report(category="gov-s:request:S9999"), "unknown_category"),
    ("no such building", report(address={"building": "B404"}), "unknown_building"),
    ("outside", at(116.4, 39.9), "outside_service_area"),
    ("a null ordinate", report(geometry={"type": "Point", "coordinates": [None, 45.7]}), "coordinate_null"),
]


def test_every_item_gets_what_it_would_get_alone(district: Engine) -> None:
    """Mixed good and bad: results in order, and the same facts, codes and words as one by one."""
    good = [at(126.605), full_report(id=uuid7()), at(126.595), at(126.6101, accuracy_m=20.0)]
    items = [good[0], BAD[0][1], good[1], BAD[1][1], BAD[2][1], good[2], *(b[1] for b in BAD[3:]), good[3]]
    before = counts(district)
    results = file_reports(district, items)
    assert len(results) == len(items)
    assert [r.error.code if r.error else None for r in results] == [
        None, "not_object", None, "unknown_key", "unknown_category", None, "unknown_building",
        "outside_service_area", "coordinate_null", None,
    ]  # fmt: skip
    assert counts(district) == tuple(n + k for n, k in zip(before, (4, 4, 4, 1, 1), strict=True))
    for item, result in zip(items, results, strict=True):
        alone = item | {"id": uuid7()} if isinstance(item, dict) else item
        if result.error is not None:
            with pytest.raises(WanggeError) as refused:
                file_report(district, validate_report(alone))
            error = refused.value
            assert (error.code, error.zh, error.en, error.field) == (
                result.error.code, result.error.zh, result.error.en, result.error.field,
            )  # fmt: skip
            continue
        assert result.receipt is not None
        told = json.loads(file_report(district, validate_report(alone)).body)
        mine = json.loads(result.receipt.body)
        for key in ("grid", "scope", "method", "border_distance_m", "confirm", "status"):
            assert mine[key] == told[key], key


@pytest.mark.parametrize(
    ("raw", "kind", "code"),
    [
        ({}, Invalid, "not_list"),
        (None, Invalid, "not_list"),
        ([], Invalid, "batch_empty"),
        ([{}] * (MOST + 1), TooLarge, "batch_too_large"),
    ],
)
def test_what_is_no_batch_is_refused_whole(
    district: Engine, raw: object, kind: type[WanggeError], code: str
) -> None:
    with pytest.raises(kind) as caught:
        file_reports(district, raw)
    assert caught.value.code == code


def test_sent_again_it_changes_nothing(district: Engine) -> None:
    items = [full_report(id=uuid7()), at(126.615), at(126.625)]
    first = file_reports(district, items)
    before = counts(district)
    again = file_reports(district, list(reversed(items)))
    assert [r.receipt.replay for r in first if r.receipt] == [False] * 3
    assert [r.receipt.replay for r in again if r.receipt] == [True] * 3
    assert [r.receipt.body for r in reversed(again) if r.receipt] == [
        r.receipt.body for r in first if r.receipt
    ]
    assert counts(district) == before
    alone = file_report(district, validate_report(items[1]))
    assert first[1].receipt is not None
    assert (alone.replay, alone.body) == (True, first[1].receipt.body)


def test_an_id_twice_in_one_batch(district: Engine) -> None:
    """The same body is the same report, another is a conflict without a word of the first."""
    one = at(126.615, text="第一种说法")
    results = file_reports(district, [one, dict(one), one | {"text": "另一种说法"}])
    assert [None if r.receipt is None else r.receipt.replay for r in results] == [False, True, None]
    assert results[0].receipt is not None
    assert results[1].receipt is not None
    assert results[0].receipt.body == results[1].receipt.body
    assert results[2].error is not None
    assert results[2].error.code == "idempotency_conflict"
    assert "第一种" not in str(results[2].error) + json.dumps(results[2].error.facts)


def test_an_id_taken_by_another_body_conflicts_alone(district: Engine) -> None:
    one = at(126.615)
    file_report(district, validate_report(one))
    results = file_reports(district, [one | {"text": "别的事"}, at(126.615)])
    assert results[0].error is not None
    assert results[0].error.code == "idempotency_conflict"
    assert results[1].receipt is not None


def test_eight_batches_at_once_are_each_report_once(district: Engine) -> None:
    """The same reports in eight orders: no deadlock, one row each, the same bytes to everybody."""
    items = [at(126.602 + n * 0.0003) for n in range(60)]
    before = counts(district)
    start = threading.Barrier(8)

    def send(k: int) -> dict[str, bytes]:
        order = items[k * 7 :] + items[: k * 7]
        start.wait()
        results = file_reports(district, order)
        return {item["id"]: r.receipt.body for item, r in zip(order, results, strict=True) if r.receipt}

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert counts(district)[:3] == tuple(n + len(items) for n in before[:3])
    assert all(answer == answers[0] for answer in answers)
    assert len(answers[0]) == len(items)


@pytest.fixture(scope="module")
def edge(district: Engine) -> Any:
    with api_engine(district.url.render_as_string(hide_password=False)) as made:
        yield made


def test_staff_of_a_grid_send_a_batch_through_the_policies(district: Engine, edge: Engine) -> None:
    """As the role of the web edge: contacts and photos are kept, what lies in other areas as well."""
    with district.connect() as connection:
        grid = connection.scalar(text("SELECT id FROM area WHERE code = :code"), {"code": GRIDS[0]})
    worker = scoped(edge, Scope("w", roles=("grid_worker",), areas={"events.read": (grid,)}))
    before = counts(district)
    results = file_reports(worker, [full_report(id=uuid7(), source="patrol"), at(126.635, source="video")])
    assert [r.error for r in results] == [None, None]
    assert counts(district) == tuple(n + k for n, k in zip(before, (2, 2, 2, 1, 1), strict=True))
    with district.connect() as connection:
        row = connection.execute(
            text(
                "SELECT count(DISTINCT r.batch_id) AS batches, count(*) FILTER (WHERE a.action = 'report.batch') AS audited"
                " FROM report AS r LEFT JOIN audit AS a ON a.object_id = r.batch_id::text WHERE r.id = ANY(:ids)"
            ),
            {"ids": [json.loads(r.receipt.body)["id"] for r in results if r.receipt]},
        ).one()
    assert (row.batches, row.audited) == (1, 2)


def test_who_sees_nothing_brings_no_batch_through_the_database(district: Engine, edge: Engine) -> None:
    """The door of the API asks for events.read; the function would refuse it all the same."""
    before = counts(district)
    with pytest.raises(Exception, match="batch_not_allowed"):
        file_reports(scoped(edge, Scope("resident")), [at(126.615, source="resident_code")])
    assert counts(district) == before


def test_a_batch_of_a_thousand(district: Engine) -> None:
    items = [at(126.6005 + n * 0.000039, text=f"第 {n} 件") for n in range(MOST)]
    results = file_reports(district, items)
    receipts = [json.loads(r.receipt.body) for r in results if r.receipt]
    assert [r["id"] for r in receipts] == [i["id"] for i in items]
    assert len({r["event_number"] for r in receipts}) == MOST
    assert len({r["tracking_code"] for r in receipts}) == MOST


def test_what_was_refused_under_an_id_does_not_spoil_what_follows(district: Engine) -> None:
    """Each under its id as if they had come one by one: a refusal keeps nothing, what is kept decides."""
    kept = at(126.605)
    first = receipt_of(file_reports(district, [kept])[0])
    other = kept | {"text": "另一件"}
    one, two, three = uuid7(), uuid7(), uuid7()
    items = [
        other, kept, other,
        at(120.0, 30.0, id=one), at(126.605, id=one), at(126.605, id=one), at(126.605, id=one, text="又一件"),
        at(126.605, id=two, category="gov-s:request:S9999"), at(126.605, id=two, category="gov-s:request:S9999"),
        at(126.605, id=three, address={"building": "B404"}), at(120.0, 30.0, id=three), at(126.605, id=three),
    ]  # fmt: skip
    before = counts(district)
    results = file_reports(district, items)
    assert [r.error.code if r.error else "" for r in results] == [
        "idempotency_conflict", "", "idempotency_conflict",
        "outside_service_area", "", "", "idempotency_conflict",
        "unknown_category", "unknown_category",
        "unknown_building", "outside_service_area", "",
    ]  # fmt: skip
    assert receipt_of(results[1]) == first
    assert receipt_of(results[4]) == receipt_of(results[5])
    assert [r.receipt.replay for r in results if r.receipt] == [True, False, True, False]
    assert counts(district)[0] == before[0] + 2


def receipt_of(result: Result) -> bytes:
    assert result.receipt is not None
    return result.receipt.body
