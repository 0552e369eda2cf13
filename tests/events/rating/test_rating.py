"""The reporter's word: rated once a round, objection with a new round, call-back, partial fixes, two reviewers."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from gis.base.errors import Conflict, Forbidden, Invalid, NotFound, WanggeError
from gis.base.ids import uuid7
from gis.db.scope import Scope, scoped
from gis.events.rating.service import object_by_code, rate_by_code, rating_summary, review_appeal
from gis.events.tracking import new_tracking_code
from gis.events.whistle.scores import read_period
from tests.events.rating.things import code_of, column, nobody, refused, row, rule
from tests.events.workflow.helpers import AT, CHECK, Crew, event_in, send, somebody, works_as

pytestmark = pytest.mark.db


@pytest.fixture(autouse=True)
def no_sample(district: Engine) -> None:
    rule(district)


def past(engine: Engine, event: uuid.UUID, column_: str) -> None:
    """Let the time for something be over."""
    with engine.begin() as connection:
        connection.execute(
            text(f"UPDATE event_round SET {column_} = now() - interval '1 day' WHERE event_id = :id"),
            {"id": event},
        )


def test_rated_by_tracking_code_once_under_twenty_threads(
    district: Engine, edge: Engine, people: Crew
) -> None:
    event = event_in(district, "closed")
    code, engine = code_of(district, event), nobody(edge)
    ids = [uuid7() for _ in range(20)]

    def rate(n: int) -> str:
        try:
            return rate_by_code(engine, code, ids[n], {"score": 1 + n % 5, "solved": "yes"}, "好").body
        except WanggeError as error:
            return error.code

    with ThreadPoolExecutor(20) as pool:
        told = list(pool.map(rate, range(20)))
    taken = [one for one in told if one.startswith("{")]
    assert len(taken) == 1
    assert {one for one in told if not one.startswith("{")} <= {"rated_already", "stale_version"}
    with district.connect() as connection:
        assert (
            connection.scalar(text("SELECT count(*) FROM event_rating WHERE event_id = :id"), {"id": event})
            == 1
        )
    winner = told.index(taken[0])
    again = rate_by_code(engine, code, ids[winner], {"score": 1 + winner % 5, "solved": "yes"}, "好")
    assert (again.replay, again.body) == (True, taken[0])
    with pytest.raises(Conflict) as caught:
        rate_by_code(engine, code, ids[winner], {"score": 1 + (winner + 1) % 5}, None)
    assert caught.value.code == "idempotency_conflict"


def test_rated_by_account_and_not_by_another(district: Engine, people: Crew) -> None:
    event = event_in(district, "closed")
    assert refused(people.desk, event, "rate", score=5) == "not_your_step"
    send(people.resident, event, "rate", score=4, solved="partly", text="修了一半")
    kept = row(district, "event_rating", event)
    assert (kept.score, kept.solved, kept.words, kept.round) == (4, "partly", "修了一半", 1)
    assert kept.account_id == people.accounts["resident"]
    assert refused(people.resident, event, "rate", score=4) == "rated_already"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"score": 0}, "unknown_score"),
        ({"score": 6}, "unknown_score"),
        ({"score": "5"}, "not_number"),
        ({"score": True}, "not_number"),
        ({"score": 5, "solved": "maybe"}, "unknown_solved"),
    ],
)
def test_what_is_no_rating(district: Engine, edge: Engine, data: dict[str, Any], code: str) -> None:
    event = event_in(district, "closed")
    with pytest.raises(Invalid) as caught:
        rate_by_code(nobody(edge), code_of(district, event), uuid7(), data, None)
    assert caught.value.code == code
    assert row(district, "event_rating", event) is None


def test_an_open_event_is_not_rated_and_a_late_one_no_more(district: Engine, edge: Engine) -> None:
    engine = nobody(edge)
    open_ = event_in(district, "feedback")
    with pytest.raises(Conflict) as caught:
        rate_by_code(engine, code_of(district, open_), uuid7(), {"score": 5}, None)
    assert caught.value.code == "no_such_step"
    late = event_in(district, "closed")
    past(district, late, "rate_until")
    with pytest.raises(Conflict) as caught:
        rate_by_code(engine, code_of(district, late), uuid7(), {"score": 5}, None)
    assert caught.value.code == "rating_closed"
    with pytest.raises(NotFound):
        rate_by_code(engine, new_tracking_code(), uuid7(), {"score": 5}, None)


def test_an_objection_opens_a_round_and_leaves_the_first_as_it_was(
    district: Engine, edge: Engine, people: Crew
) -> None:
    event = event_in(district, "closed")
    with district.begin() as connection:
        connection.execute(
            text("UPDATE event_round SET overdue_s = 3600 WHERE event_id = :id"), {"id": event}
        )
    first = row(district, "event_round", event)
    command = uuid7()
    engine, code = nobody(edge), code_of(district, event)
    told = object_by_code(engine, code, command, "楼道里的车还在")
    assert json.loads(told.body)["round"] == 2
    again = object_by_code(engine, code, command, "楼道里的车还在")
    assert (again.replay, again.body) == (True, told.body)
    assert (column(district, event, "status"), column(district, event, "round")) == ("accepted", 2)
    kept = row(district, "event_round", event, round=1)
    assert kept.objection == "楼道里的车还在"
    assert (kept.ended_at, kept.overdue_s, kept.promised_at) == (first.ended_at, 3600, first.promised_at)
    steps: list[tuple[str, str, dict[str, Any]]] = [
        ("desk", "file", {}), ("dispatcher", "dispatch", {"department": "crew"}), ("handler", "sign", {}),
    ]  # fmt: skip
    for who, name, members in steps:
        send(getattr(people, who), event, name, **members)
    send(people.approver, event, "force_close", reason="已现场核实", outcome="partly_fixed")
    second = row(district, "event_round", event, round=2)
    assert (second.outcome, second.objection) == ("partly_fixed", None)
    assert second.ended_at > kept.ended_at
    send(people.resident, event, "rate", score=2)
    assert row(district, "event_rating", event, round=2).score == 2


def test_objecting_has_its_time(district: Engine, edge: Engine) -> None:
    event = event_in(district, "closed")
    past(district, event, "object_until")
    with pytest.raises(Conflict) as caught:
        object_by_code(nobody(edge), code_of(district, event), uuid7(), "没有解决")
    assert caught.value.code == "objection_closed"


def test_a_rejected_report_may_be_objected_to(district: Engine, edge: Engine) -> None:
    event = event_in(district, "rejected")
    object_by_code(nobody(edge), code_of(district, event), uuid7(), "确属受理范围")
    assert column(district, event, "status") == "accepted"


@pytest.mark.parametrize("outcome", ["mended", 5])
def test_an_outcome_is_one_of_those_there_are(district: Engine, people: Crew, outcome: Any) -> None:
    event = event_in(district, "inspecting")
    send(people.inspector, event, "pass_inspection", text="已查", photos=(CHECK,), position=AT)
    assert refused(people.desk, event, "close", closure=True, outcome=outcome) == "unknown_outcome"


def test_a_call_back_finds_the_answer_that_never_came(district: Engine, people: Crew) -> None:
    rule(district, call_back_share=1.0)
    event = event_in(district, "closed")
    asked = row(district, "call_back", event)
    assert (asked.sampled, asked.done_at) == (True, None)
    assert refused(people.desk, event, "call_back", text="x", answered=True) == "not_reached"
    assert refused(people.desk, event, "call_back", text="x", reached="yes") == "not_bool"
    send(
        people.desk,
        event,
        "call_back",
        text="居民称未接到答复",
        reached=True,
        answered=False,
        satisfied=False,
    )
    done = row(district, "call_back", event)
    assert (done.sampled, done.omitted, done.done_by) == (True, True, people.accounts["desk"])
    send(people.desk, event, "call_back", text="再次回访", reached=True, answered=True, solved="yes")
    with district.connect() as connection:
        rows = connection.execute(
            text("SELECT sampled, omitted FROM call_back WHERE event_id = :id ORDER BY id"), {"id": event}
        ).all()
    assert [tuple(one) for one in rows] == [(True, True), (False, False)]


@pytest.fixture
def late(district: Engine, people: Crew) -> uuid.UUID:
    """A closed event that was late, and whose department appeals."""
    event = event_in(district, "closed")
    with district.begin() as connection:
        connection.execute(text("UPDATE event SET overdue_s = 3600 WHERE id = :id"), {"id": event})
    send(people.handler, event, "appeal", reason="当日停电，无法施工")
    return event


def approver(district: Engine, name: str) -> tuple[int, Engine]:
    account = somebody(district, name)
    return account, works_as(district, account, "events.read", "events.approve", name=name)


def test_an_exemption_takes_two_reviewers_and_leaves_the_facts(
    district: Engine, people: Crew, late: uuid.UUID
) -> None:
    first, second = approver(district, "first"), approver(district, "second")
    assert refused(second[1], late, "grant_appeal", reason="属实") == "not_reviewed"
    review_appeal(first[1], late, favour=True, opinion="停电公告属实")
    assert review_appeal(first[1], late, favour=True, opinion="停电公告属实")["favour"] is True
    with pytest.raises(Conflict) as caught:
        review_appeal(second[1], late, favour=False, opinion="不同意见")
    assert caught.value.code == "reviewed_already"
    assert refused(first[1], late, "grant_appeal", reason="属实") == "same_reviewer"
    send(second[1], late, "grant_appeal", reason="属实")
    assert column(district, late, "exempt") is True
    assert column(district, late, "overdue_s") == 3600
    kept = row(district, "overdue_appeal", late)
    assert (kept.reviewed_by, kept.decided_by, kept.granted) == (first[0], second[0], True)
    assert row(district, "event_round", late).exempt is True
    assert refused(people.handler, late, "appeal", reason="再申诉") == "too_often"


def test_a_first_reviewer_against_it_is_enough_against(district: Engine, late: uuid.UUID) -> None:
    first, second = approver(district, "first"), approver(district, "second")
    review_appeal(first[1], late, favour=False, opinion="公告日期不符")
    assert refused(second[1], late, "grant_appeal", reason="属实") == "not_reviewed"
    send(second[1], late, "deny_appeal", reason="不成立")
    assert column(district, late, "exempt") is False


def test_the_department_does_not_review_itself(district: Engine, people: Crew, late: uuid.UUID) -> None:
    both = scoped(
        district,
        Scope(
            "handler",
            account_id=people.accounts["handler"],
            areas={"events.read": "*", "events.approve": "*"},
        ),
    )
    for engine, code in (
        (both, "same_department"),
        (people.desk, "not_permitted"),
        (people.resident, "no_such_event"),
    ):
        with pytest.raises((Forbidden, NotFound)) as caught:
            review_appeal(engine, late, favour=True, opinion="同意")
        assert caught.value.code == code
    quiet = event_in(district, "closed")
    with pytest.raises(Conflict) as nothing:
        review_appeal(people.approver, quiet, favour=True, opinion="同意")
    assert nothing.value.code == "nothing_asked"


def test_the_database_wants_two_as_well(
    district: Engine, late: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gis.events.rating import following

    monkeypatch.setattr(following, "_refuse_alone", lambda session, step: None)
    _, alone = approver(district, "alone")
    with pytest.raises(DBAPIError):
        send(alone, late, "grant_appeal", reason="属实")
    assert column(district, late, "exempt") is False


def test_what_the_log_did_not_say_is_not_kept(district: Engine, edge: Engine, people: Crew) -> None:
    """Whoever calls the function by hand makes nothing up, and changes nothing that was kept."""
    event = event_in(district, "closed")
    send(people.resident, event, "rate", score=3)
    before = row(district, "event_rating", event)
    engine = scoped(edge, Scope("x", account_id=people.accounts["desk"], areas={"events.read": "*"}))
    with engine.begin() as connection:
        for seq in range(12):
            connection.execute(text("SELECT rating_follow(:id, :seq)"), {"id": event, "seq": seq})
    assert row(district, "event_rating", event) == before


def test_the_summary_is_what_was_said(district: Engine, edge: Engine, people: Crew) -> None:
    month = read_period(_this_month(district), None)
    everybody = works_as(district, people.accounts["approver"], "events.read", "kpi.read")
    before = json.loads(rating_summary(everybody, month))
    for score, solved in ((5, "yes"), (4, "partly"), (1, "no"), (None, None), (None, None)):
        event = event_in(district, "closed")
        if score is not None:
            send(people.resident, event, "rate", score=score, solved=solved)
        elif solved is None:
            past(district, event, "rate_until")
    after = json.loads(rating_summary(everybody, month))
    grown = {name: after[name] - before[name] for name in ("closed", "rated", "no_answer", "waiting")}
    assert grown == {"closed": 5, "rated": 3, "no_answer": 2, "waiting": 0}
    assert after["satisfied"]["numerator"] - before["satisfied"]["numerator"] == 2
    assert after["satisfied"]["denominator"] == after["rated"]
    assert after["solved"]["partly"] - before["solved"]["partly"] == 1
    empty = json.loads(rating_summary(everybody, read_period(None, 2020)))
    assert (empty["closed"], empty["satisfied"]["value"], empty["solved"]["value"]) == (0, None, None)
    with pytest.raises(Invalid):
        rating_summary(everybody, month, "999")


def _this_month(engine: Engine) -> str:
    with engine.connect() as connection:
        return str(connection.scalar(text("SELECT to_char(now() AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM')")))
