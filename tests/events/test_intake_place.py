"""The place of a report asked of people: confirmed by who sent it, named by staff where no grid owns it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gis.base.errors import Conflict, Forbidden, Invalid, NotFound, WanggeError
from gis.db.scope import Scope, scoped
from gis.events.intake_place import confirm_place, list_unplaced
from gis.events.reading import read_event
from gis.events.service import file_report
from gis.events.validate import validate_report
from tests.database import api_engine
from tests.district import GRIDS
from tests.events.reports import report
from tests.events.workflow.helpers import Crew, crew, send, somebody

pytestmark = pytest.mark.db
NEAR_BORDER, RIVER = (126.6101, 45.76), (126.595, 45.76)
MOVED = {"type": "Point", "coordinates": [126.6095, 45.76]}


@pytest.fixture(scope="module")
def edge(district: Engine) -> Iterator[Engine]:
    with api_engine(district.url.render_as_string(hide_password=False)) as made:
        yield made


@pytest.fixture(scope="module")
def anybody(edge: Engine) -> Engine:
    return scoped(edge, Scope("anonymous"))


@pytest.fixture(scope="module")
def people(district: Engine) -> Crew:
    return crew(district)


def filed(engine: Engine, place: tuple[float, float] = NEAR_BORDER, **changes: Any) -> dict[str, Any]:
    raw = report(geometry={"type": "Point", "coordinates": list(place)}, **({"accuracy_m": 20.0} | changes))
    receipt: dict[str, Any] = json.loads(file_report(engine, validate_report(raw)).body)
    return receipt


def asks(engine: Engine, event: str) -> bool:
    with engine.connect() as connection:
        return bool(
            connection.execute(text("SELECT confirm FROM event WHERE id = :id"), {"id": event}).scalar_one()
        )


def test_yes_ends_the_question_and_is_given_once(district: Engine, anybody: Engine) -> None:
    receipt = filed(anybody)
    assert receipt["confirm"] is True
    first = confirm_place(anybody, receipt["id"], receipt["tracking_code"], "yes")
    again = confirm_place(anybody, receipt["id"], receipt["tracking_code"].lower(), "yes")
    assert (first.answer, first.replay, again.replay, again.at) == ("yes", False, True, first.at)
    assert not asks(district, receipt["event"])
    with pytest.raises(Conflict) as caught:
        confirm_place(anybody, receipt["id"], receipt["tracking_code"], "no")
    assert (caught.value.code, caught.value.facts["answer"]) == ("already_confirmed", "yes")


@pytest.mark.parametrize("answer", ["no", "moved"])
def test_no_and_moved_are_for_staff_to_judge(
    district: Engine, anybody: Engine, people: Crew, answer: str
) -> None:
    receipt = filed(anybody)
    point = (MOVED, "wgs84") if answer == "moved" else None
    confirm_place(anybody, receipt["id"], receipt["tracking_code"], answer, point)
    assert asks(district, receipt["event"])
    told = json.loads(read_event(people.desk, receipt["event"]))["confirmation"]
    assert told["answer"] == answer
    assert (told["lon"] == 126.6095) == (answer == "moved")


@pytest.mark.parametrize(
    ("code", "answer", "point", "error", "kind"),
    [
        ("", "yes", None, "no_such_report", NotFound),
        ("7K3M-Q2ZD-84TN-XW5RC", "yes", None, "no_such_report", NotFound),
        ("own", "moved", None, "point_missing", Invalid),
        ("own", "yes", (MOVED, "wgs84"), "point_not_expected", Invalid),
        ("own", "moved", ({"type": "Point", "coordinates": [None, 1]}, "wgs84"), "coordinate_null", Invalid),
    ],
)
def test_nobody_else_answers_and_nonsense_is_refused(
    district: Engine, anybody: Engine, code: str, answer: str, point: Any, error: str, kind: type[WanggeError]
) -> None:
    receipt = filed(anybody)
    with pytest.raises(kind) as caught:
        confirm_place(
            anybody, receipt["id"], receipt["tracking_code"] if code == "own" else code, answer, point
        )
    assert caught.value.code == error
    assert asks(district, receipt["event"])


def test_where_nothing_was_asked_there_is_no_answer(anybody: Engine) -> None:
    receipt = filed(anybody, (126.605, 45.76), accuracy_m=5.0)
    with pytest.raises(Conflict) as caught:
        confirm_place(anybody, receipt["id"], receipt["tracking_code"], "yes")
    assert caught.value.code == "not_asked"


def test_an_account_answers_for_its_own_without_a_code(district: Engine, edge: Engine) -> None:
    mine, other = (
        scoped(edge, Scope(name, account_id=somebody(district, name))) for name in ("mine", "other")
    )
    receipt = filed(mine)
    with pytest.raises(NotFound):
        confirm_place(other, receipt["id"], "", "yes")
    assert not confirm_place(mine, receipt["id"], "", "yes").replay


def test_what_no_grid_owns_waits_until_staff_name_one(district: Engine, people: Crew) -> None:
    receipts = [filed(district, RIVER, accuracy_m=5.0) for _ in range(3)]
    page = list_unplaced(people.desk, limit=2)
    items = [json.loads(item) for item in page.items]
    assert page.next is not None
    rest = [json.loads(item) for item in list_unplaced(people.desk, limit=200, after=page.next).items]
    waiting = [item["id"] for item in (*items, *rest)]
    assert waiting == [receipt["event"] for receipt in receipts]
    assert items[0]["nearest"][0]["code"] == GRIDS[0]
    assert items[0]["nearest"][0]["distance_m"] == pytest.approx(389, abs=3)
    send(people.desk, receipts[0]["event"], "accept")
    send(people.desk, receipts[0]["event"], "correct", reason="江边归第一网格", grid=GRIDS[0])
    send(people.desk, receipts[1]["event"], "accept")
    send(
        people.desk, receipts[1]["event"], "correct", reason="位置有误", coord_sys="wgs84",
        geometry={"type": "Point", "coordinates": [126.635, 45.76]},
    )  # fmt: skip
    left = [json.loads(item)["id"] for item in list_unplaced(people.desk, limit=200).items]
    assert left == [receipts[2]["event"]]
    query = text(
        "SELECT a.code, e.grid_method, ST_X(e.geom) AS lon, e.scope_path[cardinality(e.scope_path)] = a.id AS own"
        " FROM event e JOIN area a ON a.id = e.grid_id WHERE e.id = :id"
    )
    with district.connect() as connection:
        one, two = (connection.execute(query, {"id": r["event"]}).one() for r in receipts[:2])
    assert tuple(one) == (GRIDS[0], "nearest", 126.595, True)
    assert tuple(two) == (GRIDS[3], "inside", 126.635, True)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"grid": "nowhere"}, "unknown_grid"),
        ({"grid": "230199001001"}, "unknown_grid"),  # a community is no grid
        (
            {"geometry": {"type": "Point", "coordinates": [116.4, 39.9]}, "coord_sys": "wgs84"},
            "outside_service_area",
        ),
        ({"geometry": {"type": "Point", "coordinates": [126.6, 45.76]}}, "unknown_coord_sys"),
    ],
)
def test_a_place_that_is_none_is_refused(
    district: Engine, people: Crew, data: dict[str, Any], code: str
) -> None:
    receipt = filed(district, RIVER, accuracy_m=5.0)
    with pytest.raises(Invalid) as caught:
        send(people.desk, receipt["event"], "correct", reason="更正位置", **data)
    assert caught.value.code == code


def test_staff_write_down_what_somebody_called_about(district: Engine, edge: Engine) -> None:
    """Who recorded is kept apart from who reported; the caller's contact is the contact."""
    account = somebody(district, "operator")
    operator = scoped(edge, Scope("operator", account_id=account, areas={"events.read": "*"}))
    receipt = filed(
        operator, source="phone", on_behalf_of={"name": "王五", "phone": "13900000000"}, accuracy_m=5.0
    )
    with district.connect() as connection:
        row = connection.execute(
            text(
                "SELECT r.reporter_id, r.recorded_by, e.reporter_id AS of_event, c.name, c.phone, e.source"
                " FROM report r JOIN event e ON e.id = r.event_id JOIN report_contact c ON c.report_id = r.id"
                " WHERE r.id = :id"
            ),
            {"id": receipt["id"]},
        ).one()
    assert tuple(row) == (None, account, None, "王五", "13900000000", "phone")
    page = json.loads(read_event(operator, receipt["event"]))
    assert page["reports"][0]["on_behalf"] is True


def test_who_is_no_staff_writes_nothing_down_for_others(anybody: Engine) -> None:
    with pytest.raises(Forbidden) as caught:
        filed(anybody, on_behalf_of={})
    assert (caught.value.code, caught.value.field) == ("on_behalf_not_allowed", "on_behalf_of")


def test_a_contact_is_said_once() -> None:
    with pytest.raises(Invalid) as caught:
        validate_report(report(contact={"name": "甲"}, on_behalf_of={"name": "乙"}))
    assert caught.value.code == "contact_twice"
