"""The whistle from blowing to rating: who may, with what, exactly once, and what is told."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gis.base.errors import Conflict, Forbidden, Invalid, NotFound, Stale, WanggeError
from gis.events.whistle.model import WhistleCommand
from gis.events.whistle.service import blow, lapse_ratings, list_whistles, read_whistle, take
from tests.events.reports import uuid7
from tests.events.whistle.people import FAR, PLACE, RATING, USUAL, Stage, new_whistle

pytestmark = pytest.mark.db


def refused(
    stage: Stage, name: str, whistle: str, command: str, department: str | None = None, **said: Any
) -> str:
    """The code a step is refused with."""
    with pytest.raises(WanggeError) as caught:
        stage.take(name, whistle, command, department, **said)
    return caught.value.code


def whole(stage: Stage, name: str, whistle: str) -> Any:
    return json.loads(read_whistle(stage.as_(name), uuid.UUID(whistle)))


def test_from_blowing_to_rating(stage: Stage) -> None:
    whistle = stage.blow(departments=("water", "parks"))
    told = whole(stage, "secretary", whistle)
    assert (told["status"], told["mine"], told["area"]["name"]) == ("blown", True, "第一社区")
    assert [one["command"] for one in told["allowed"]] == ["withdraw"]
    stage.take("lead", whistle, "approve")
    for department in ("water", "parks"):
        stage.take(department, whistle, "accept", department)
        stage.take(department, whistle, "arrive", department)
    stage.take("water", whistle, "plan", "water")
    for department in ("water", "parks"):
        stage.take(department, whistle, "resolve", department)
        assert stage.status(whistle) == "approved"
        stage.take("deputy", whistle, "rate", department)
    assert stage.status(whistle) == "closed"
    told = whole(stage, "water", whistle)
    by_code = {one["code"]: one for one in told["departments"]}
    assert by_code["water"]["rating"] | {"at": None} == RATING | {"at": None, "text": None}
    assert by_code["water"]["arrival_distance_m"] == 0
    assert [row["command"] for row in told["log"]] == [
        "blow", "approve", "approve", "approve", "accept", "arrive", "accept", "arrive", "plan",
        "resolve", "rate", "resolve", "rate", "complete",
    ]  # fmt: skip
    assert [row["seq"] for row in told["log"]] == list(range(1, 15))


def test_the_blower_cannot_approve(stage: Stage) -> None:
    whistle = stage.blow("lead")
    assert refused(stage, "lead", whistle, "approve") == "not_permitted"
    assert refused(stage, "lead", whistle, "deny") == "not_permitted"
    stage.take("second_lead", whistle, "approve")
    other = stage.blow("lead")
    with stage.owner.connect() as connection, pytest.raises(DBAPIError, match="approved by its blower"):
        connection.execute(
            text(
                "UPDATE whistle SET status = 'approved', version = 2, decided_at = now(), decided_by = blown_by"
                " WHERE id = cast(:id AS uuid)"
            ),
            {"id": other},
        )


@pytest.mark.parametrize(
    "name", ["secretary", "deputy", "other_secretary", "water", "worker", "leader", "nobody"]
)
def test_approval_is_held_one_level_up(stage: Stage, name: str) -> None:
    whistle = stage.blow()
    assert refused(stage, name, whistle, "approve") in {"not_permitted", "no_such_whistle"}
    assert stage.status(whistle) == "blown"


@pytest.mark.parametrize("name", ["other_secretary", "water", "worker", "leader", "nobody"])
def test_who_may_not_blow_here(stage: Stage, name: str) -> None:
    with pytest.raises(Forbidden) as caught:
        stage.blow(name)
    assert caught.value.code == "outside_scope"


def test_who_blows_is_a_row_of_data(stage: Stage) -> None:
    rule = "INSERT INTO whistle_rule (area_id, blower_level) SELECT id, 'subdistrict' FROM area WHERE code = '230199'"
    limits = "INSERT INTO whistle_limit SELECT (SELECT max(id) FROM whistle_rule), stage, kind, value FROM whistle_limit"
    with stage.owner.begin() as connection:
        connection.execute(text(rule))
        connection.execute(text(limits))
    try:
        with pytest.raises(Forbidden):
            stage.blow("secretary")
        whistle = stage.blow("lead")
        assert refused(stage, "second_lead", whistle, "approve") == "not_permitted"
        stage.take("district_lead", whistle, "approve")
    finally:
        with stage.owner.begin() as connection:
            connection.execute(text("UPDATE whistle_rule SET blower_level = 'community'"))


def test_a_limit_in_working_time_counts_by_the_calendar_of_the_city(stage: Stage) -> None:
    from datetime import datetime

    from gis.base.worktime import due
    from gis.db.engine import unit_of_work
    from gis.events.clocks.store import calendar_for

    change = text("UPDATE whistle_limit SET kind = :kind, value = :value WHERE stage = 'accept'")
    with stage.owner.begin() as connection:
        connection.execute(change, {"kind": "work_hour", "value": 4})
    try:
        whistle = stage.blow()
        stage.take("lead", whistle, "approve")
    finally:
        with stage.owner.begin() as connection:
            connection.execute(change, {"kind": "urgent_hour", "value": 2})
    told = whole(stage, "lead", whistle)["departments"][0]
    called, ends = (datetime.fromisoformat(told[name]) for name in ("called_at", "accept_due"))
    with unit_of_work(stage.owner) as session:
        city = calendar_for(session, "230199001001001")
    assert city is not None
    assert ends == due(called, "work_hour", 4, city.calendar)
    running_on = datetime.fromisoformat(told["arrive_due"]) - called
    assert running_on.total_seconds() == 24 * 3600


def test_departments_learn_of_it_when_it_is_approved(stage: Stage) -> None:
    whistle = stage.blow(departments=("pipes",))
    for name in ("pipes", "water"):
        with pytest.raises(NotFound):
            whole(stage, name, whistle)
    stage.take("lead", whistle, "approve")
    assert whole(stage, "pipes", whistle)["id"] == whole(stage, "water", whistle)["id"] == whistle
    for name in ("parks", "other_secretary", "nobody", "worker"):
        with pytest.raises(NotFound):
            whole(stage, name, whistle)


def test_a_denied_whistle_calls_nobody(stage: Stage) -> None:
    whistle = stage.blow()
    assert refused(stage, "lead", whistle, "deny", reason=None) == "missing"
    stage.take("lead", whistle, "deny")
    assert (stage.status(whistle), stage.status(whistle, "water")) == ("denied", "void")
    assert refused(stage, "water", whistle, "accept", "water") == "no_such_whistle"
    other = stage.blow()
    stage.take("deputy", other, "withdraw")
    assert (stage.status(other), stage.status(other, "water")) == ("withdrawn", "void")


@pytest.mark.parametrize(
    ("position", "code"),
    [
        ({"lon": FAR[0], "lat": FAR[1], "accuracy_m": 10.0}, "too_far"),
        ({"lon": FAR[0], "lat": FAR[1], "accuracy_m": 5000.0}, "position_unsure"),
        ({"lon": PLACE[0], "lat": PLACE[1]}, "position_unsure"),
        ({"lon": PLACE[0], "lat": PLACE[1] + 0.0025, "accuracy_m": 10.0}, "too_far"),
        ({"lon": PLACE[0], "lat": PLACE[1] + 0.0025, "accuracy_m": 100.0}, ""),
        ({"lon": PLACE[0], "lat": PLACE[1] + 0.0015, "accuracy_m": 10.0}, ""),
    ],
)
def test_an_arrival_is_confirmed_on_site(stage: Stage, position: dict[str, float], code: str) -> None:
    whistle = stage.blow()
    stage.take("lead", whistle, "approve")
    stage.take("water", whistle, "accept", "water")
    given = {"position": {**position, "coord_sys": "wgs84"}}
    if code:
        assert refused(stage, "water", whistle, "arrive", "water", **given) == code
        stage.take("secretary", whistle, "witness", "water")  # the community says they came
        assert whole(stage, "lead", whistle)["departments"][0]["witnessed"] is True
    else:
        stage.take("water", whistle, "arrive", "water", **given)
    assert stage.status(whistle, "water") == "arrived"
    assert str(position["lat"]) not in json.dumps(whole(stage, "lead", whistle)["log"]), "no place is kept"


def test_gcj02_is_not_hundreds_of_metres_off(stage: Stage) -> None:
    from gis.base.datum import from_wgs84

    lon, lat = from_wgs84(*PLACE, "gcj02")
    whistle = stage.blow()
    stage.take("lead", whistle, "approve")
    stage.take("water", whistle, "accept", "water")
    wrong = {"position": {"lon": lon, "lat": lat, "coord_sys": "wgs84", "accuracy_m": 5.0}}
    assert refused(stage, "water", whistle, "arrive", "water", **wrong) == "too_far"
    right = {"position": {"lon": lon, "lat": lat, "coord_sys": "gcj02", "accuracy_m": 5.0}}
    stage.take("water", whistle, "arrive", "water", **right)


def test_a_result_needs_words_or_a_photo(stage: Stage) -> None:
    whistle = stage.blow()
    stage.take("lead", whistle, "approve")
    stage.take("water", whistle, "accept", "water")
    stage.take("water", whistle, "arrive", "water")
    assert refused(stage, "water", whistle, "resolve", "water", text=None) == "missing"
    assert refused(stage, "water", whistle, "resolve", "water", outcome=None) == "missing"
    stage.take("water", whistle, "resolve", "water", text=None, photos=["ab" * 32])


def test_a_result_is_given_back_at_most_twice(stage: Stage) -> None:
    whistle = stage.resolved()
    for _ in range(2):
        stage.take("secretary", whistle, "return", "water")
        assert stage.status(whistle, "water") == "arrived"
        stage.take("water", whistle, "resolve", "water")
    assert refused(stage, "secretary", whistle, "return", "water") == "returned_too_often"
    assert "return" not in [
        one["command"] for one in whole(stage, "secretary", whistle)["departments"][0]["allowed"]
    ]


def test_a_department_is_rated_once_and_not_by_itself(stage: Stage) -> None:
    whistle = stage.resolved("water", "parks")
    assert refused(stage, "water", whistle, "rate", "water") == "not_permitted"
    assert refused(stage, "other_secretary", whistle, "rate", "water") == "no_such_whistle"
    version = stage.version(whistle, "water")
    commands = [
        WhistleCommand(
            uuid.UUID(uuid7()), uuid.UUID(whistle), "rate", version, "water", RATING | {"effort": 1 + n % 5}
        )
        for n in range(20)
    ]

    def rate(n: int) -> str:
        try:
            take(stage.as_(("secretary", "deputy")[n % 2]), commands[n])
        except WanggeError as error:
            return error.code
        return "taken"

    with ThreadPoolExecutor(20) as pool:
        told = list(pool.map(rate, range(20)))
    assert sorted(set(told)) == ["stale_version", "taken"]
    assert told.count("taken") == 1
    assert refused(stage, "deputy", whistle, "rate", "water") == "wrong_state"
    assert stage.status(whistle, "parks") == "resolved"


@pytest.mark.parametrize("missing", sorted(RATING))
def test_a_rating_is_whole(stage: Stage, missing: str) -> None:
    whistle = stage.resolved()
    given = {name: value for name, value in RATING.items() if name != missing}
    with pytest.raises(Invalid) as caught:
        take(
            stage.as_("secretary"),
            WhistleCommand(
                uuid.UUID(uuid7()),
                uuid.UUID(whistle),
                "rate",
                stage.version(whistle, "water"),
                "water",
                given,
            ),
        )
    assert caught.value.code == "missing"


def test_an_appeal_is_asked_once_and_decided_by_somebody_new(stage: Stage) -> None:
    whistle = stage.resolved()
    assert refused(stage, "water", whistle, "appeal", "water") == "wrong_state"
    stage.take("secretary", whistle, "rate", "water")
    stage.take("water", whistle, "appeal", "water")
    assert refused(stage, "water", whistle, "appeal", "water") == "wrong_state"
    assert refused(stage, "lead", whistle, "grant_appeal", "water") == "not_permitted", "lead approved it"
    assert refused(stage, "secretary", whistle, "grant_appeal", "water") == "not_permitted"
    assert refused(stage, "water", whistle, "grant_appeal", "water") == "not_permitted"
    stage.take("second_lead", whistle, "grant_appeal", "water")
    told = whole(stage, "water", whistle)["departments"][0]
    assert told["appeal"]["status"] == "granted"
    assert told["rating"]["timeliness"] == RATING["timeliness"], "the fact stays"
    assert refused(stage, "water", whistle, "appeal", "water") == "wrong_state"


def test_a_department_that_is_not_concerned_is_released(stage: Stage) -> None:
    whistle = stage.blow(departments=("water", "parks"))
    stage.take("lead", whistle, "approve")
    assert refused(stage, "secretary", whistle, "release", "parks") == "not_permitted"
    stage.take("second_lead", whistle, "release", "parks")
    assert refused(stage, "parks", whistle, "accept", "parks") == "wrong_state"
    for command in ("accept", "arrive", "resolve"):
        stage.take("water", whistle, command, "water")
    stage.take("secretary", whistle, "rate", "water")
    assert stage.status(whistle) == "closed"


def test_what_nobody_rates_in_time_lapses_by_the_clock_alone(stage: Stage) -> None:
    whistle = stage.resolved()
    assert refused(stage, "lead", whistle, "lapse", "water") == "not_permitted"
    assert lapse_ratings(stage.owner) is False
    assert stage.status(whistle, "water") == "resolved"
    with stage.owner.begin() as connection:
        connection.execute(text("ALTER TABLE whistle_answer DISABLE TRIGGER whistle_answer_guard"))
        connection.execute(
            text(
                "UPDATE whistle_answer SET rate_due = now() - interval '1 minute' WHERE whistle_id = cast(:id AS uuid)"
            ),
            {"id": whistle},
        )
        connection.execute(text("ALTER TABLE whistle_answer ENABLE TRIGGER whistle_answer_guard"))
    lapse_ratings(stage.owner)
    assert (stage.status(whistle, "water"), stage.status(whistle)) == ("unrated", "closed")


def test_an_event_is_whistled_on_once_a_department(stage: Stage) -> None:
    from gis.events.service import file_report
    from gis.events.validate import validate_report
    from tests.events.reports import report

    body = report(geometry={"type": "Point", "coordinates": list(PLACE)}, source="grid_worker")
    event = uuid.UUID(json.loads(file_report(stage.owner, validate_report(body)).body)["event"])
    on: dict[str, Any] = {"event_id": event, "lon": None, "lat": None, "coord_sys": None}
    whistle = stage.blow(**on)
    assert whole(stage, "lead", whistle)["event"]["id"] == str(event)
    with pytest.raises(Conflict) as caught:
        stage.blow("deputy", **on)
    assert caught.value.code == "already_whistled"
    stage.blow("deputy", ("parks",), **on)
    with pytest.raises(NotFound):
        stage.blow("other_secretary", ("pipes",), **on)
    stage.take("lead", whistle, "approve")
    assert whole(stage, "water", whistle)["event"] is None, "the event is not theirs to see"


def test_the_same_whistle_again_is_the_same(stage: Stage) -> None:
    new = new_whistle()
    engine = stage.as_("secretary")
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: blow(engine, new), range(16)))
    assert len({one.body for one in told}) == 1
    assert [one.replay for one in told].count(False) == 1
    for other in (replace(new, reason="另一件事"),):
        with pytest.raises(Conflict):
            blow(engine, other)
    with pytest.raises(Conflict) as caught:
        blow(stage.as_("deputy"), new)
    assert caught.value.code == "idempotency_conflict"
    assert str(new.reason) not in str(caught.value)


def test_the_same_step_again_is_the_same(stage: Stage) -> None:
    whistle = stage.blow()
    command = WhistleCommand(uuid.UUID(uuid7()), uuid.UUID(whistle), "approve", 1)
    engine = stage.as_("lead")
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: take(engine, command), range(16)))
    assert len({one.body for one in told}) == 1
    with pytest.raises(Conflict):
        take(engine, replace(command, said={"text": "别的"}))
    with pytest.raises(Conflict):
        take(stage.as_("second_lead"), command)
    with pytest.raises(Stale) as caught:
        take(engine, replace(command, id=uuid.UUID(uuid7())))
    assert caught.value.facts["version"] == 2


def test_boxes(stage: Stage) -> None:
    whistle = stage.blow(departments=("pipes",))

    def box(name: str, which: str) -> set[str]:
        page = list_whistles(stage.as_(name), which, limit=100)
        return {json.loads(item)["id"] for item in page.items}

    assert whistle in box("secretary", "mine")
    assert whistle not in box("deputy", "mine")
    assert whistle in box("lead", "approve")
    assert whistle not in box("secretary", "approve")
    assert whistle not in box("pipes", "department")
    stage.take("lead", whistle, "approve")
    assert whistle not in box("lead", "approve")
    assert whistle in box("pipes", "department") & box("leader", "all")
    assert whistle in box("pipes", "answer")
    for command in ("accept", "arrive", "resolve"):
        stage.take("pipes", whistle, command, "pipes")
    assert whistle in box("deputy", "rate")
    assert whistle not in box("pipes", "rate") | box("pipes", "answer")
    assert whistle in box("pipes", "department")
    stage.take("deputy", whistle, "rate", "pipes")
    stage.take("pipes", whistle, "appeal", "pipes")
    assert whistle in box("second_lead", "appeal"), "also where the whistle is closed"
    for name in ("lead", "deputy", "pipes", "leader"):  # who had a part in it, and who may not decide
        assert whistle not in box(name, "appeal"), name
    for name, which in (
        ("second_lead", "appeal"),
        ("deputy", "rate"),
        ("pipes", "answer"),
        ("lead", "approve"),
    ):
        counts = json.loads(list_whistles(stage.as_(name), which, limit=1).counts)
        assert counts[which] == len(box(name, which)), which


def test_pages_go_on_without_gap_or_repeat(stage: Stage) -> None:
    engine, seen, after = stage.as_("leader"), [], None
    while True:
        page = list_whistles(engine, "all", limit=3, before=after)
        seen += [json.loads(item)["id"] for item in page.items]
        if (after := page.next) is None:
            break
    with stage.owner.connect() as connection:
        stored = connection.scalar(text("SELECT count(*) FROM whistle"))
    assert len(seen) == len(set(seen)) == stored


def test_every_step_is_on_record_and_told(stage: Stage) -> None:
    whistle = stage.resolved()
    with stage.owner.connect() as connection:
        acts = connection.scalars(
            text("SELECT action FROM audit WHERE object_type = 'whistle' AND object_id = :id ORDER BY seq"),
            {"id": whistle},
        ).all()
        topics = connection.scalars(
            text("SELECT topic FROM outbox WHERE payload ->> 'whistle' = :id ORDER BY id"), {"id": whistle}
        ).all()
    said = ["whistle.blow", "whistle.approve", "whistle.accept", "whistle.arrive", "whistle.resolve"]
    assert acts == said
    assert topics == said


def test_unknown_things_are_refused(stage: Stage) -> None:
    whistle = stage.blow()
    assert refused(stage, "lead", whistle, "explode") == "unknown_command"
    assert refused(stage, "lead", whistle, "approve", "water") == "unknown_command"
    stage.take("lead", whistle, "approve")
    assert refused(stage, "parks", whistle, "accept", "parks") == "no_such_whistle"
    assert refused(stage, "lead", whistle, "release", "parks") == "department_not_named"
    assert refused(stage, "lead", uuid7(), "approve") == "no_such_whistle"
    with pytest.raises(Invalid) as caught:
        stage.blow(departments=("nowhere",))
    assert caught.value.code == "unknown_department"
    assert set(USUAL) <= {
        "deny", "withdraw", "arrive", "plan", "resolve", "return", "rate", "release", "appeal", "grant_appeal",
        "deny_appeal",
    }  # fmt: skip
