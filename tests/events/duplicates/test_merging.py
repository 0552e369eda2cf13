"""Merging and parting: nothing moves, nothing is lost, no chains and no cycles, and codes follow."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from gis.base.errors import Conflict, Forbidden, WanggeError
from gis.db.scope import Scope, have_in_hand, scoped
from gis.events.reading import read_event, track
from tests.database import api_engine
from tests.events.workflow.helpers import Crew, crew, event_in, send

pytestmark = pytest.mark.db


@pytest.fixture(scope="module")
def people(district: Engine) -> Crew:
    return crew(district)


@pytest.fixture(scope="module")
def edge(district: Engine) -> Iterator[Engine]:
    with api_engine(district.url.render_as_string(hide_password=False)) as made:
        yield made


def row(engine: Engine, event: object) -> dict[str, Any]:
    query = text("SELECT * FROM event WHERE id = :id")
    with engine.connect() as connection:
        return dict(connection.execute(query, {"id": event}).one()._mapping)


def merge(people: Crew, event: uuid.UUID, into: object) -> dict[str, Any]:
    return send(people.desk, event, "merge", into=str(into))


def kept(engine: Engine, event: object) -> tuple[Any, ...]:
    """What belongs to an event: reports, contacts, photos and log, all of it."""
    queries = (
        "SELECT r.*, c.name, c.phone FROM report r LEFT JOIN report_contact c ON c.report_id = r.id WHERE r.event_id = :id",
        "SELECT p.* FROM report_photo p JOIN report r ON r.id = p.report_id WHERE r.event_id = :id",
    )
    with engine.connect() as connection:
        return tuple(str(connection.execute(text(q), {"id": event}).all()) for q in queries)


def test_parting_restores_exactly(district: Engine, people: Crew) -> None:
    master = event_in(district, "accepted")
    event = event_in(district, "filed", contact={"name": "张三", "phone": "13800000000"}, photos=["ef" * 32])
    before, belongings = row(district, event), kept(district, event)
    merge(people, event, master)
    merged = row(district, event)
    assert (merged["status"], str(merged["merged_into"])) == ("merged", str(master))
    assert merged["closed_at"] is not None
    assert kept(district, event) == belongings
    assert row(district, master)["me_too"] == 1, "whoever reported the other one says so too"
    send(people.desk, event, "unmerge", reason="不是同一件事")
    after = row(district, event)
    moving = {"version", "updated_at", "due_at", "overdue_s", "promised_at"}
    assert {k: v for k, v in after.items() if k not in moving} == {
        k: v for k, v in before.items() if k not in moving
    }
    assert kept(district, event) == belongings
    assert row(district, master)["me_too"] == 0


def test_the_master_lists_what_was_merged_and_the_codes_follow(district: Engine, people: Crew) -> None:
    master, event = event_in(district, "accepted"), event_in(district, "reported")
    code = row(district, event)["tracking_code"]
    merge(people, event, master)
    page = json.loads(read_event(people.desk, str(master)))
    assert [one["id"] for one in page["merged"]] == [str(event)]
    assert {sent["event"] for sent in page["reports"]} == {str(master), str(event)}
    assert json.loads(read_event(people.desk, str(event)))["merged_into"]["id"] == str(master)
    anybody = scoped(district, Scope("anonymous"))
    told = json.loads(track(anybody, code))
    assert (told["event_number"], told["status"]) == (row(district, master)["number"], "accepted")
    assert told["photos_missing"] == []
    send(people.desk, event, "unmerge", reason="不是同一件事")
    assert json.loads(track(anybody, code))["event_number"] == row(district, event)["number"]


def refused(people: Crew, event: uuid.UUID, into: object) -> str:
    with pytest.raises(WanggeError) as caught:
        merge(people, event, into)
    return caught.value.code


def test_no_chains_no_cycles_no_finished_ones(district: Engine, people: Crew) -> None:
    one, two, three = (event_in(district, "accepted") for _ in range(3))
    assert refused(people, one, one) == "merge_itself"
    assert refused(people, one, "x") == "unknown_into"
    assert refused(people, one, "0194fdc2-fa2f-7cc0-81d3-ff12045b73c8") == "unknown_into"
    merge(people, one, two)
    assert refused(people, three, one) == "merge_chain"
    assert refused(people, two, three) == "merge_chain"
    assert refused(people, two, one) == "merge_chain"
    done = event_in(district, "closed")
    assert refused(people, three, done) == "merge_finished"
    assert row(district, three)["status"] == "accepted"


def test_whose_intake_it_is_not_merges_nothing_into_it(district: Engine, people: Crew) -> None:
    """Somebody who sees both, and takes in only one of them."""
    master, event = event_in(district, "reported"), event_in(district, "reported")
    place = row(district, event)
    scope = Scope(
        "half",
        account_id=people.accounts["desk"],
        areas={"events.read": "*", "events.accept": (place["scope_area_id"],)},
    )
    with district.begin() as connection:
        connection.execute(
            text(
                "UPDATE event SET scope_area_id = (SELECT id FROM area WHERE level = 'grid' AND id <> :area LIMIT 1)"
                " WHERE id = :id"
            ),
            {"area": place["scope_area_id"], "id": master},
        )
    with pytest.raises(Forbidden) as caught:
        send(scoped(district, scope), event, "merge", into=str(master))
    assert caught.value.code == "outside_scope"


@pytest.mark.parametrize(
    "lie",
    [
        "UPDATE event SET merged_into = :other WHERE id = :id",
        "UPDATE event SET merged_into = id, status = 'merged', closed_at = now() WHERE id = :id",
        "UPDATE event SET status = 'merged', closed_at = now() WHERE id = :id",
    ],
)
def test_the_database_refuses_half_a_merge(district: Engine, lie: str) -> None:
    """Also from the owner of the tables."""
    one, two = event_in(district, "accepted"), event_in(district, "accepted")
    with pytest.raises(DBAPIError), district.begin() as connection:
        connection.execute(text(lie), {"id": one, "other": two})
    assert row(district, one)["merged_into"] is None


def test_two_who_merge_crosswise_make_no_circle_and_wait_for_no_deadlock(
    district: Engine, people: Crew
) -> None:
    for _ in range(5):
        one, two = event_in(district, "accepted"), event_in(district, "accepted")
        start = threading.Barrier(2)

        def go(pair: tuple[uuid.UUID, uuid.UUID], start: threading.Barrier = start) -> str:
            start.wait()
            try:
                merge(people, *pair)
            except Conflict as error:
                return error.code
            return "done"

        with ThreadPoolExecutor(2) as pool:
            said = sorted(pool.map(go, [(one, two), (two, one)]))
        merged = [row(district, event)["status"] for event in (one, two)].count("merged")
        assert (merged, said) == (1, ["done", "merge_chain"])


def test_voices_of_both_count_once_for_the_master(district: Engine, edge: Engine, people: Crew) -> None:
    """One device said so of both events: two voices of devices, and the reporter of the merged one."""
    master, event = event_in(district, "accepted"), event_in(district, "accepted")
    say = text("SELECT * FROM say_me_too(cast(:event AS uuid), cast(:who AS bytea), :code)")
    anybody = scoped(edge, Scope("anonymous"))

    def voice(which: object, who: bytes, code: str) -> Any:
        with anybody.begin() as connection:
            found = connection.execute(say, {"event": which, "who": who, "code": code}).one()
            connection.execute(
                text("INSERT INTO audit (action, object_type, object_id) VALUES ('event.echo', 'event', 'x')")
            )
            return found

    marks = {n: f"{n}{str(master)[-8:]}" for n in "abcd"}
    voice(master, b"one", marks["a"])
    voice(event, b"one", marks["b"])
    voice(event, b"two", marks["c"])
    merge(people, event, master)
    assert row(district, master)["me_too"] == 3
    later = voice(event, b"three", marks["d"])
    assert (str(later.event_id), later.people) == (str(master), 4)
    with anybody.connect() as connection:
        have_in_hand(connection, tracking_code="x")  # type: ignore[arg-type]
        code = connection.scalar(text("SELECT stands_for(:code)"), {"code": marks["c"]})
    assert code == row(district, master)["tracking_code"]
