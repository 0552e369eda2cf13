"""What dispatch makes of steps: a decision after a filing, who overrode it, alarms that are shown."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from gis.base.errors import Conflict, Invalid
from gis.events.dispatch import following
from tests.events.dispatch.rules import HAZARDS, in_force, rule
from tests.events.workflow.helpers import Crew, crew, department, event_in, send

pytestmark = pytest.mark.db


@pytest.fixture(scope="module")
def people(district: Engine) -> Crew:
    department(district, "other")
    return crew(district)


@pytest.fixture(autouse=True)
def no_rules(district: Engine) -> None:
    """Every test begins without rules in force and without alarms."""
    with district.begin() as connection:
        connection.execute(text("UPDATE dispatch_rule_set SET state = 'retired'"))
        connection.execute(text("DELETE FROM dispatch_alarm"))
        connection.execute(text("DELETE FROM admission_item"))


def asked(engine: Engine, query: str, **values: Any) -> list[Any]:
    with engine.begin() as connection:
        return list(connection.execute(text(query), values))


def traces(engine: Engine, event: uuid.UUID) -> list[Any]:
    return asked(engine, "SELECT * FROM dispatch_trace WHERE event_id = :event ORDER BY seq", event=event)


def alarms(engine: Engine) -> list[Any]:
    return asked(engine, "SELECT * FROM dispatch_alarm ORDER BY id")


def filed(engine: Engine, **data: Any) -> uuid.UUID:
    people = crew(engine)
    event = event_in(engine, "accepted")
    send(people.desk, event, "file", **data)
    return event


def test_a_filing_is_decided_and_proposed(district: Engine, people: Crew) -> None:
    number = in_force(district, rule("hazards", categories=[HAZARDS]), rule("rest", "other"))
    event = filed(district)
    [trace] = traces(district, event)
    assert (trace.seq, trace.outcome, trace.rule, trace.rule_set_id) == (1, "proposed", "hazards", number)
    assert trace.target == {"kind": "department", "code": "crew"}
    assert [(one["rule"], one["why"]) for one in trace.lost] == [("rest", "specific")]
    assert trace.inputs["category"] == "gov-s:request:S0202"
    assert trace.inputs["places"]["district"] == "230199"
    assert (trace.actor, trace.account_id) == ("system", None)
    [status] = asked(district, "SELECT status, department_id FROM event WHERE id = :id", id=event)
    assert tuple(status) == ("filed", None), "a proposal changes nothing"
    assert not alarms(district)


def test_an_automatic_rule_dispatches_by_itself(district: Engine, people: Crew) -> None:
    in_force(district, rule("hazards", categories=[HAZARDS], auto=True))
    event = filed(district)
    [trace] = traces(district, event)
    assert trace.outcome == "auto"
    [row] = asked(district, "SELECT status, department_id FROM event WHERE id = :id", id=event)
    assert tuple(row) == ("dispatched", people.department_id)
    [step] = asked(district, "SELECT * FROM event_log WHERE event_id = :id AND action = 'dispatch'", id=event)
    assert (step.actor, step.account_id) == ("system", None)
    assert step.details["data"]["rule"] == "hazards"


def test_what_came_back_is_a_persons_to_send_on(district: Engine, people: Crew) -> None:
    in_force(district, rule("hazards", categories=[HAZARDS], auto=True))
    event = filed(district)
    send(people.handler, event, "refuse", reason="不属于本部门职责")
    assert [one.outcome for one in traces(district, event)] == ["auto", "proposed"]
    [row] = asked(district, "SELECT status, bounces FROM event WHERE id = :id", id=event)
    assert tuple(row) == ("filed", 1)


@pytest.mark.parametrize(
    ("to", "outcome"), [("crew", "confirmed"), ("other", "overridden")], ids=["as-said", "otherwise"]
)
def test_who_dispatches_by_hand_is_remembered(district: Engine, people: Crew, to: str, outcome: str) -> None:
    in_force(district, rule("hazards"))
    event = filed(district)
    send(people.dispatcher, event, "dispatch", department=to, text="见现场照片")
    _, trace = traces(district, event)
    assert (trace.outcome, trace.rule, trace.account_id) == (
        outcome,
        "hazards",
        people.accounts["dispatcher"],
    )
    assert (trace.target["code"], trace.proposed["code"]) == (to, "crew")
    assert (trace.reason, trace.actor) == ("见现场照片", "dispatcher")


def test_without_rules_there_is_an_alarm(district: Engine, people: Crew) -> None:
    event = filed(district)
    [trace] = traces(district, event)
    assert (trace.outcome, trace.alarm, trace.target) == ("none", "no_rule_set", None)
    assert [(one.kind, one.times) for one in alarms(district)] == [("no_rule_set", 1)]
    send(people.dispatcher, event, "dispatch", department="crew")
    assert traces(district, event)[1].outcome == "unruled"


@pytest.mark.parametrize(
    ("rules", "kind", "code", "detail"),
    [
        ([rule("p", categories=["gov-p"])], "no_rule", "", ""),
        ([rule("lost", "D{district}99")], "unknown_department", "lost", "D23019999"),
        ([{"code": "old", "to": "nowhere"}, rule("rest", auto=True)], "broken_rule", "old", ""),
        ([rule("bad", hours=["8-9"]), rule("rest", auto=True)], "broken_rule", "bad", ""),
        ([{"code": "no"}, rule("rest", auto=True)], "broken_rule", "no", ""),
    ],
    ids=["no-rule", "unknown-department", "no-such-target", "bad-hours", "empty"],
)
def test_a_rule_that_does_not_work_is_shown(
    district: Engine, people: Crew, rules: list[dict[str, Any]], kind: str, code: str, detail: str
) -> None:
    """Never silence: an alarm, and the event waits for a person even where another rule would have sent it on."""
    number = in_force(district, *rules)
    event = filed(district)
    [alarm] = alarms(district)
    assert (alarm.kind, alarm.rule, alarm.detail, alarm.rule_set_id) == (kind, code, detail, number)
    assert (alarm.event_id, alarm.category) == (event, "gov-s:request:S0202")
    [row] = asked(district, "SELECT status FROM event WHERE id = :id", id=event)
    assert row.status == "filed"
    [trace] = traces(district, event)
    assert trace.outcome != "auto"
    if kind == "broken_rule":
        assert (trace.inputs["broken"], trace.rule) == ([code], "rest")


def test_the_same_alarm_is_counted(district: Engine, people: Crew) -> None:
    in_force(district, rule("lost", "nobody"))
    first, second = filed(district), filed(district)
    [alarm] = alarms(district)
    assert (alarm.times, alarm.event_id) == (2, second)
    assert first != second


def test_what_the_workflow_refuses_is_an_alarm_too(
    district: Engine, people: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise Conflict("no_such_step", "不能", "no")

    in_force(district, rule("hazards", auto=True))
    monkeypatch.setattr(following, "take_as_system", refuse)
    event = filed(district)
    [trace] = traces(district, event)
    assert (trace.outcome, trace.detail) == ("proposed", "no_such_step")
    assert [(one.kind, one.rule, one.detail) for one in alarms(district)] == [
        ("refused", "hazards", "no_such_step")
    ]


def test_answers_and_owner_are_told_at_the_filing(district: Engine, people: Crew) -> None:
    in_force(
        district,
        rule("lift", "other", answers={"trapped": True}),
        rule("rest"),
        {"code": "owner", "to": "owner", "stage": "first"},
    )
    assert traces(district, filed(district, answers={"trapped": True}))[0].rule == "lift"
    assert traces(district, filed(district, answers={"trapped": "no"}))[0].rule == "rest"
    kept = traces(district, filed(district, keeper="other"))[0]
    assert (kept.rule, kept.target) == ("owner", {"kind": "owner", "code": "other"})
    unknown = traces(district, filed(district, owner="ghost"))[0]
    assert (unknown.alarm, unknown.detail, unknown.target) == ("unknown_department", "ghost", None)


@pytest.mark.parametrize(
    "data", [{"answers": "yes"}, {"answers": {"a b": 1}}, {"answers": {"a": [1]}}, {"owner": 3}], ids=str
)
def test_answers_that_are_none_are_refused(district: Engine, people: Crew, data: dict[str, Any]) -> None:
    in_force(district, rule("rest"))
    event = event_in(district, "accepted")
    with pytest.raises(Invalid):
        send(people.desk, event, "file", **data)
    assert not traces(district, event)


def test_a_new_area_is_seen_at_once(district: Engine, people: Crew) -> None:
    """No polygon, code or department is kept from before: the trap of a cache that lives as long as the process."""
    in_force(district, rule("here", "other", areas=["230199001001"]), rule("rest"))
    assert traces(district, filed(district))[0].rule == "here"
    with district.begin() as connection:
        connection.execute(text("UPDATE area SET code = '230199001901' WHERE code = '230199001001'"))
    try:
        assert traces(district, filed(district))[0].rule == "rest"
        in_force(district, rule("renamed", "other", areas=["230199001901"]), rule("rest"))
        assert traces(district, filed(district))[0].rule == "renamed"
        in_force(district, rule("late", "newcomer", areas=["230199001901"]))
        assert traces(district, filed(district))[0].alarm == "unknown_department"
        department(district, "newcomer")
        assert traces(district, filed(district))[0].target["code"] == "newcomer"
    finally:
        with district.begin() as connection:
            connection.execute(text("UPDATE area SET code = '230199001001' WHERE code = '230199001901'"))


def test_rules_of_the_place_come_before_those_of_everywhere(district: Engine, people: Crew) -> None:
    in_force(district, rule("everywhere"))
    in_force(district, rule("district", "other"), city="230199")
    assert traces(district, filed(district))[0].rule == "district"


@pytest.mark.parametrize("statement", ["UPDATE dispatch_trace SET rule = 'x'", "DELETE FROM dispatch_trace"])
def test_what_was_decided_stays(district: Engine, people: Crew, statement: str) -> None:
    filed(district)
    with district.begin() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text(statement))


def listed(engine: Engine, *categories: str, area: str = "") -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO admission_item (version, code, name, categories, area, valid_from)"
                " SELECT '1', 'i' || count(*), 'x', :categories, :area, current_date - 2 FROM admission_item"
            ),
            {"categories": list(categories), "area": area},
        )


def escalated(engine: Engine, people: Crew) -> uuid.UUID:
    event = event_in(engine, "reported")
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE event SET level_area_id = (SELECT id FROM area WHERE code = '230199') WHERE id = :id"
            ),
            {"id": event},
        )
    return event


@pytest.mark.parametrize(
    ("categories", "area", "admitted"),
    [
        ((), "", True),
        ((HAZARDS,), "", True),
        (("gov-p",), "", False),
        ((HAZARDS,), "230199001002", True),
        (("gov-s",), "230199001001", True),
    ],
    ids=["no-list", "on-the-list", "not-on-it", "list-of-another", "list-of-its-own"],
)
def test_only_what_is_on_the_list_is_sent_down(
    district: Engine, people: Crew, categories: tuple[str, ...], area: str, admitted: bool
) -> None:
    if categories:
        listed(district, *categories, area=area)
    event = escalated(district, people)
    community = community_of(district, event)
    if admitted:
        send(people.leader, event, "send_down", area=community, reason="请社区办理")
        return
    with pytest.raises(Conflict) as refused:
        send(people.leader, event, "send_down", area=community, reason="请社区办理")
    assert (refused.value.code, refused.value.facts["area"]) == ("not_on_admission_list", community)
    [row] = asked(district, "SELECT level_area_id FROM event WHERE id = :id", id=event)
    assert row.level_area_id != community
    street = community[:9]
    send(people.leader, event, "send_down", area=street, reason="请街道办理")  # no list binds a street


def community_of(engine: Engine, event: uuid.UUID) -> str:
    [row] = asked(
        engine,
        "SELECT a.code FROM event AS e JOIN area AS a ON a.id = ANY(e.scope_path) AND a.level = 'community'"
        " WHERE e.id = :id",
        id=event,
    )
    return str(row.code)
