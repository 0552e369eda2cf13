"""Reports and photos written as the role of the web edge: nobody logged in, somebody, and somebody else."""

from __future__ import annotations

import hashlib
import io
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from gis.base.errors import Conflict, Forbidden, NotFound
from gis.base.ids import uuid7
from gis.db.engine import unit_of_work
from gis.db.scope import EVERYWHERE, Scope, scoped
from gis.events.model import Contact, Source
from gis.events.photos import store_photo
from gis.events.service import file_report, offer
from gis.events.store import take_in_alone
from gis.events.tracking import new_tracking_code
from gis.events.validate import validate_report
from tests.database import api_engine, asked
from tests.events.reports import full_report, report

pytestmark = pytest.mark.db
ANONYMOUS = Scope("anonymous", address="192.0.2.1", trace_id="b" * 32)
STAFF = Scope("user:1", account_id=1, roles=("shift_lead",), areas={"events.read": EVERYWHERE})
FIRST, SECOND = (Scope(f"user:{n}", account_id=n, roles=("resident",)) for n in (1, 2))


@pytest.fixture(scope="module")
def edge(district: Engine) -> Iterator[Engine]:
    with unit_of_work(district) as session:
        for name in ("one", "two"):
            session.execute(
                text(
                    "INSERT INTO account (username, display_name, home_area_id)"
                    " SELECT cast(:name AS text), 'x', id FROM area WHERE code = '230199'"
                ),
                {"name": name},
            )
    with api_engine(district.url.render_as_string(hide_password=False)) as engine:
        yield engine


def rows(engine: Engine, query: str, **values: Any) -> list[Any]:
    with unit_of_work(engine) as session:
        return [tuple(row) for row in session.execute(text(query), values)]


def audited(engine: Engine, report_id: object) -> list[Any]:
    query = "SELECT action, result, actor, account_id, area_id IS NOT NULL FROM audit WHERE object_id = :id ORDER BY seq"
    return rows(engine, query, id=str(report_id))


@pytest.mark.parametrize("who", [ANONYMOUS, FIRST])
def test_a_report_is_taken_audited_and_answered_again(edge: Engine, district: Engine, who: Scope) -> None:
    raw = full_report(source="other", photos=[hashlib.sha256(str(who).encode()).hexdigest()])
    first = file_report(scoped(edge, who), validate_report(raw))
    again = file_report(scoped(edge, who), validate_report(raw))
    assert (first.replay, again.replay, again.body) == (False, True, first.body)
    assert audited(district, raw["id"]) == [("report.create", "ok", who.actor, who.account_id, True)]
    query = "SELECT r.reporter_id, e.reporter_id FROM report AS r JOIN event AS e ON e.id = r.event_id WHERE r.id = :id"
    assert rows(district, query, id=raw["id"]) == [(who.account_id, who.account_id)]
    event = json.loads(first.body)["event"]
    assert rows(
        district, "SELECT object_type, details ->> 'event' FROM audit WHERE object_id = :id", id=raw["id"]
    ) == [("report", event)]


@pytest.mark.parametrize(("who", "other"), [(ANONYMOUS, ANONYMOUS), (FIRST, SECOND), (FIRST, ANONYMOUS)])
def test_somebody_elses_id_is_a_conflict_without_content(
    edge: Engine, district: Engine, who: Scope, other: Scope
) -> None:
    raw = report()
    file_report(scoped(edge, who), validate_report(raw))
    with pytest.raises(Conflict) as refused:
        file_report(scoped(edge, other), validate_report(raw | {"text": "别的事"}))
    assert "飞线" not in str(refused.value) + json.dumps(refused.value.facts)
    assert [row[:4] for row in audited(district, raw["id"])] == [
        ("report.create", "ok", who.actor, who.account_id),
        ("report.create", "refused", other.actor, other.account_id),
    ]


def test_the_same_body_of_another_account_is_a_conflict_too(edge: Engine) -> None:
    raw = report()
    file_report(scoped(edge, FIRST), validate_report(raw))
    with pytest.raises(Conflict):
        file_report(scoped(edge, SECOND), validate_report(raw))
    # Somebody who filed before logging in, or whose session ended since, sends the same again from the queue.
    assert file_report(scoped(edge, ANONYMOUS), validate_report(raw)).replay


def kept_source(district: Engine, raw: dict[str, Any]) -> list[Any]:
    query = "SELECT r.source, e.source FROM report AS r JOIN event AS e ON e.id = r.event_id WHERE r.id = :id"
    return rows(district, query, id=raw["id"])


@pytest.mark.parametrize("who", [ANONYMOUS, FIRST])
@pytest.mark.parametrize("source", sorted(set(Source) - {"resident_code", "other"}))
def test_nobody_claims_a_door_of_the_staff(edge: Engine, district: Engine, who: Scope, source: str) -> None:
    raw = report(source=source)
    with pytest.raises(Forbidden) as refused:
        file_report(scoped(edge, who), validate_report(raw))
    assert (refused.value.code, refused.value.field) == ("source_not_allowed", "source")
    assert kept_source(district, raw) == []


@pytest.mark.parametrize("held", ["areas", "departments", "limited"])
def test_staff_say_which_door_a_report_came_through(edge: Engine, district: Engine, held: str) -> None:
    where: Any = (("events.read", 1, 1),) if held == "limited" else {"events.read": (1,)}
    staff = replace(FIRST, roles=("acceptor",), **{held: where})
    for source in ("hotline", "resident_code"):
        raw = report(source=source)
        file_report(scoped(edge, staff), validate_report(raw))
        assert kept_source(district, raw) == [(source, source)]


def test_a_grid_workers_report_from_the_page_is_a_grid_workers(edge: Engine, district: Engine) -> None:
    worker = replace(FIRST, roles=("grid_worker",), areas={"events.read": (1,)})
    raw = report(source="resident_code")
    first = file_report(scoped(edge, worker), validate_report(raw))
    assert kept_source(district, raw) == [("grid_worker", "grid_worker")]
    # The hash is of the body as sent: the same again is a replay, logged in or from the queue after the session ended.
    for who in (worker, FIRST, ANONYMOUS):
        again = file_report(scoped(edge, who), validate_report(raw))
        assert (again.replay, again.body) == (True, first.body)
    # A token that gives no sight of events makes nobody staff.
    raw = report(source="resident_code")
    file_report(scoped(edge, replace(worker, areas={})), validate_report(raw))
    assert kept_source(district, raw) == [("resident_code", "resident_code")]


def test_a_staff_report_is_sent_again_without_a_session(edge: Engine) -> None:
    raw = report(source="hotline")
    file_report(scoped(edge, replace(FIRST, areas={"events.read": (1,)})), validate_report(raw))
    assert file_report(scoped(edge, ANONYMOUS), validate_report(raw)).replay


def test_without_a_context_nothing_is_taken(edge: Engine, district: Engine) -> None:
    raw = report()
    for engine in (edge, scoped(edge, Scope(""))):
        with pytest.raises(DBAPIError):
            file_report(engine, validate_report(raw))
    assert rows(district, "SELECT id FROM report WHERE id = :id", id=raw["id"]) == []


def test_without_the_audit_nothing_is_taken(edge: Engine, district: Engine) -> None:
    with unit_of_work(district) as session:
        session.execute(
            text("ALTER TABLE audit ADD CONSTRAINT closed CHECK (action <> 'report.create') NOT VALID")
        )
    try:
        raw = report()
        with pytest.raises(DBAPIError, match="closed"):
            file_report(scoped(edge, ANONYMOUS), validate_report(raw))
        assert rows(district, "SELECT id FROM report WHERE id = :id", id=raw["id"]) == []
    finally:
        with unit_of_work(district) as session:
            session.execute(text("ALTER TABLE audit DROP CONSTRAINT closed"))
    file_report(scoped(edge, ANONYMOUS), validate_report(report()))


@pytest.mark.parametrize(
    ("source", "on_behalf", "outcome"),
    [("hotline", False, "source"), ("resident_code", True, "source"), ("resident_code", False, "new")],
)
def test_the_database_itself_keeps_the_doors_of_the_staff(
    edge: Engine, source: str, on_behalf: bool, outcome: str
) -> None:
    """Whatever the service would let through: of somebody who sees no events only the open doors are taken."""
    given = validate_report(report())
    if on_behalf:
        given = replace(given, on_behalf_of=Contact("李四", None))
    offered = replace(offer(given, None, new_tracking_code()), source=source)
    assert asked(edge, take_in_alone, ANONYMOUS, offered).outcome == outcome
    again = replace(
        offered, report=replace(given, id=uuid7()), event_id=uuid7(), tracking_code=new_tracking_code()
    )
    assert asked(edge, take_in_alone, STAFF, again).outcome == "new"


def test_asked_twice_it_takes_in_one(district: Engine, edge: Engine) -> None:
    """As when a connection is cut after the commit and before the answer: contact and photos are there once too."""
    raw = full_report(source="other", photos=["2" * 64])
    offered = offer(validate_report(raw), None, new_tracking_code())
    first, second = (asked(edge, take_in_alone, ANONYMOUS, offered) for _ in range(2))
    assert (first.outcome, second.outcome) == ("new", "again")
    assert second.receipt == first.receipt
    for table in ("report_contact", "report_photo"):
        assert len(rows(district, f"SELECT 1 FROM {table} WHERE report_id = :id", id=raw["id"])) == 1


def test_nobody_sets_by_it_what_only_the_owner_may(edge: Engine) -> None:
    """It runs as the owner: of what it is told it sets our own settings alone."""
    given = json.dumps(
        {"wangge.actor": "x", "session_replication_role": "replica", "statement_timeout": "77"}
    )
    take = text("SELECT * FROM take_in(cast(:told AS json), '[]', 1, NULL, 'Asia/Shanghai', 4326, 50, 0.001)")
    names = ("session_replication_role", "statement_timeout", "wangge.actor")
    with edge.connect() as connection:
        assert connection.execute(take, {"told": given}).all() == []
        found = [connection.scalar(text("SELECT current_setting(:name)"), {"name": name}) for name in names]
    assert (found[0], found[2]) == ("origin", "x")
    assert found[1] != "77ms"


def test_without_anybody_who_acts_nothing_is_taken(edge: Engine) -> None:
    offered = offer(validate_report(report()), None, new_tracking_code())
    with pytest.raises(DBAPIError, match="no_actor"):
        asked(edge, take_in_alone, None, offered)


def picture(shade: int) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (40, 30), (shade, 90, 30)).save(data, "JPEG")
    return data.getvalue()


def test_an_announced_photo_is_stored_by_whoever_has_its_bytes(
    edge: Engine, district: Engine, tmp_path: Path
) -> None:
    data = picture(1)
    sha256 = hashlib.sha256(data).hexdigest()
    sent = sorted((report(photos=[sha256]) for _ in range(2)), key=lambda raw: str(raw["id"]))
    for raw in sent:
        file_report(scoped(edge, FIRST), validate_report(raw))
    stored, new = store_photo(scoped(edge, ANONYMOUS), tmp_path, sha256, data)
    again, newer = store_photo(scoped(edge, ANONYMOUS), tmp_path, sha256, data)
    assert (new, newer, again.sha256) == (True, False, stored.sha256)
    query = "SELECT attachment_sha256 FROM report_photo WHERE sha256 = :sha"
    assert rows(district, query, sha=sha256) == [(stored.sha256,)] * 2
    assert [row for raw in sent for row in audited(district, raw["id"]) if row[0] == "photo.store"] == [
        ("photo.store", "ok", "anonymous", None, True)
    ]
    # A third report names the photo that is there already: it gets it, and that is on record as well.
    third = report(photos=[sha256])
    file_report(scoped(edge, FIRST), validate_report(third))
    _, newest = store_photo(scoped(edge, ANONYMOUS), tmp_path, sha256, data)
    assert not newest
    assert audited(district, third["id"])[-1][0] == "photo.store"


def test_a_photo_nobody_announced_is_not_taken(edge: Engine, tmp_path: Path) -> None:
    data = picture(2)
    with pytest.raises(NotFound):
        store_photo(scoped(edge, FIRST), tmp_path, hashlib.sha256(data).hexdigest(), data)


def test_whoever_has_nothing_in_hand_sees_nothing_of_it(edge: Engine, tmp_path: Path) -> None:
    file_report(scoped(edge, ANONYMOUS), validate_report(full_report(source="other", photos=["1" * 64])))
    for scope in (ANONYMOUS, replace(SECOND, account_id=99)):
        for table in ("report", "event", "event_log", "report_photo", "attachment", "audit"):
            assert rows(scoped(edge, scope), f"SELECT count(*) FROM {table}") == [(0,)], table


def test_eight_at_once_are_one_row_and_one_audit_row(edge: Engine, district: Engine) -> None:
    raw = report()
    start = threading.Barrier(8)

    def send(_: int) -> bool:
        start.wait()
        return file_report(scoped(edge, ANONYMOUS), validate_report(raw)).replay

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(send, range(8))) == [False] + [True] * 7
    assert len(audited(district, raw["id"])) == 1
