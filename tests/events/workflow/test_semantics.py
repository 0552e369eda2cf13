"""What the verbs mean: who may, what follows, what is refused, step by step on real events."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text

from gis.base.errors import Conflict, Forbidden, Invalid, WanggeError
from gis.db.engine import unit_of_work
from gis.events.reading import read_event
from gis.events.workflow.reading import actions
from gis.events.workflow.service import take_as_system
from tests.district import GRIDS
from tests.events.workflow.helpers import (
    AT,
    CHECK,
    DONE,
    Crew,
    department,
    event_in,
    opened,
    send,
    somebody,
    works_as,
)

pytestmark = pytest.mark.db


def row(engine: Engine, event: uuid.UUID) -> Any:
    with engine.connect() as connection:
        return connection.execute(text("SELECT * FROM event WHERE id = :id"), {"id": event}).one()


def log(engine: Engine, event: uuid.UUID) -> list[Any]:
    with engine.connect() as connection:
        query = text("SELECT * FROM event_log WHERE event_id = :id ORDER BY seq")
        return list(connection.execute(query, {"id": event}))


def refused(code: str, engine: Engine, event: uuid.UUID, name: str, **members: Any) -> WanggeError:
    with pytest.raises(WanggeError) as caught:
        send(engine, event, name, **members)
    assert caught.value.code == code
    return caught.value


def area(engine: Engine, code: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT id FROM area WHERE code = :c"), {"c": code}).scalar_one())


def post(district: Engine, code: str, *permissions: str) -> Engine:
    """Somebody who holds permissions in one area."""
    account = somebody(district, "post")
    return works_as(district, account, "events.read", *permissions, areas=(area(district, code),), name=code)


def test_whoever_reported_does_not_verify(district: Engine, people: Crew) -> None:
    event = event_in(district, "verifying", workflow="urban")
    verifier = works_as(district, people.accounts["resident"], "events.read", "events.inspect")
    found = refused("same_person", verifier, event, "verify", text="属实", position=AT)
    assert isinstance(found, Forbidden)
    assert send(people.inspector, event, "verify", text="属实", position=AT)["status"] == "verified"


def test_whoever_handled_neither_inspects_nor_closes(district: Engine, people: Crew) -> None:
    event = event_in(district, "handling", workflow="urban")
    send(people.handler, event, "assign", handler=people.handler_name)
    send(people.colleague, event, DONE[1], **DONE[2])
    send(people.desk, event, "send_inspection")
    for name in ("handler", "colleague"):
        judge = works_as(
            district,
            people.accounts[name],
            "events.read",
            "events.inspect",
            "events.accept",
            "events.approve",
        )
        members = {"text": "好", "photos": (CHECK,), "position": AT}
        refused("same_person", judge, event, "pass_inspection", **members)
        refused("same_person", judge, event, "fail_inspection", **members, reason="x")
        refused("same_person", judge, event, "force_close", reason="x")
    told = refused("not_done", people.desk, event, "close")
    assert (told.facts["step"], "核查通过" in told.zh, "pass inspection" in told.en) == (
        "pass_inspection", True, True,
    )  # fmt: skip
    send(people.inspector, event, "pass_inspection", text="好", photos=(CHECK,), position=AT)
    refused(
        "done_already",
        people.inspector,
        event,
        "fail_inspection",
        text="x",
        reason="x",
        photos=(CHECK,),
        position=AT,
    )
    assert send(people.desk, event, "close", closure=True)["status"] == "closed"


def test_rework_counts_and_goes_back_to_the_same_department(district: Engine, people: Crew) -> None:
    event = event_in(district, "inspecting", workflow="urban")
    members: dict[str, Any] = {"text": "仍有垃圾", "reason": "未清理", "photos": (CHECK,), "position": AT}
    assert send(people.inspector, event, "fail_inspection", **members)["status"] == "handling"
    found = row(district, event)
    assert (found.reworks, found.department_id) == (1, people.department_id)
    send(people.handler, event, DONE[1], **DONE[2])
    send(people.desk, event, "send_inspection")
    send(people.inspector, event, "fail_inspection", **members)
    assert row(district, event).reworks == 2


def test_after_two_returns_the_first_taker_has_it_and_then_the_area_above(
    district: Engine, people: Crew
) -> None:
    other, third = (department(district, code) for code in ("other", "third"))
    held = ("events.read", "events.handle")
    others = works_as(district, somebody(district, "other"), *held, departments=(other, third))
    street = post(district, "230199001", "events.accept", "events.dispatch")
    above = post(district, "230199", "events.dispatch")
    event = opened(district)
    send(street, event, "accept")
    assert row(district, event).level_area_id == area(district, "230199001")
    send(street, event, "file")
    send(street, event, "dispatch", department="crew")
    send(people.handler, event, "sign")
    send(people.handler, event, "return", reason="不归我")
    assert (row(district, event).bounces, row(district, event).status) == (1, "filed")
    send(street, event, "dispatch", department="other")
    send(others, event, "refuse", reason="也不归我")
    found, rows = row(district, event), log(district, event)
    assert (found.bounces, found.status, found.department_id) == (2, "dispatched", people.department_id)
    assert (rows[-1].action, rows[-1].actor, rows[-1].account_id) == ("dispatch", "system", None)
    send(people.handler, event, "refuse", reason="真不归我")
    found = row(district, event)
    assert (found.bounces, found.status) == (3, "filed")
    assert found.level_area_id == area(district, "230199")
    refused("forbidden", street, event, "dispatch", department="crew")
    send(above, event, "dispatch", department="third")
    refused("bounced_out", others, event, "refuse", reason="x")
    send(others, event, "sign")
    refused("bounced_out", others, event, "return", reason="x")


def test_where_nobody_ever_took_it_the_area_above_decides_after_two(district: Engine, people: Crew) -> None:
    street = post(district, "230199001", "events.accept", "events.dispatch")
    event = opened(district)
    send(street, event, "accept")
    send(street, event, "file")
    for _ in range(2):
        send(street, event, "dispatch", department="crew")
        send(people.handler, event, "refuse", reason="不归我")
    assert row(district, event).level_area_id == area(district, "230199")
    refused("forbidden", street, event, "dispatch", department="crew")


def test_only_the_sender_recalls_and_only_what_nobody_touched(district: Engine, people: Crew) -> None:
    event = event_in(district, "dispatched")
    refused("receiver_acted", people.leader, event, "recall")
    send(people.desk, event, "note", text="与部门电话沟通过")
    assert send(people.dispatcher, event, "recall")["status"] == "filed"
    found = row(district, event)
    assert found.department_id is None
    send(people.dispatcher, event, "dispatch", department="crew")
    send(people.handler, event, "sign")
    refused("no_such_step", people.dispatcher, event, "recall")


@pytest.mark.parametrize("status", ["verifying", "inspecting"])
def test_what_was_sent_out_to_be_looked_at_may_be_recalled(
    district: Engine, people: Crew, status: str
) -> None:
    event = event_in(district, status)
    back = {"verifying": "accepted", "inspecting": "feedback"}[status]
    assert send(people.desk, event, "recall")["status"] == back


def test_what_exceeds_a_level_goes_up_and_may_come_down(district: Engine, people: Crew) -> None:
    secretary = post(district, GRIDS[2][:12], "events.accept", "events.dispatch")
    street = post(district, "230199001", "events.accept", "events.dispatch")
    whole = post(district, "230199", "events.accept", "events.dispatch")
    event = opened(district, geometry={"type": "Point", "coordinates": [126.625, 45.76]})
    send(secretary, event, "accept")
    assert send(secretary, event, "escalate", reason="超出社区权限")["status"] == "reported"
    assert row(district, event).level_area_id == area(district, "230199001")
    refused("forbidden", secretary, event, "accept")
    refused("forbidden", secretary, event, "escalate", reason="x")
    send(street, event, "accept")
    refused("not_below", street, event, "send_down", area="230199001", reason="x")
    refused("not_below", street, event, "send_down", area="230199", reason="x")
    refused("not_below", street, event, "send_down", area="230199001001", reason="x")
    send(street, event, "send_down", area="230199001002", reason="社区可办")
    assert row(district, event).level_area_id == area(district, "230199001002")
    send(secretary, event, "escalate", reason="确需上级")
    send(street, event, "escalate", reason="需区级部门")
    assert row(district, event).level_area_id == area(district, "230199")
    refused("no_level_above", whole, event, "escalate", reason="x")
    refused("forbidden", street, event, "accept")
    assert send(whole, event, "accept")["status"] == "accepted"


def test_an_escalation_is_recalled_with_its_level(district: Engine) -> None:
    secretary = post(district, GRIDS[2][:12], "events.accept", "events.dispatch")
    event = opened(district, geometry={"type": "Point", "coordinates": [126.625, 45.76]})
    send(secretary, event, "accept")
    send(secretary, event, "escalate", reason="超出社区权限")
    assert send(secretary, event, "recall")["status"] == "accepted"
    assert row(district, event).level_area_id == area(district, GRIDS[2][:12])


def test_a_level_handles_by_itself_without_a_department(district: Engine, people: Crew) -> None:
    secretary = post(district, GRIDS[2][:12], "events.accept", "events.dispatch", "events.handle")
    account = somebody(district, "worker")
    with district.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO role_grant (account_id, role, area_id, valid_from)"
                " SELECT :account, 'grid_worker', id, current_date - 1 FROM area WHERE code = :code"
            ),
            {"account": account, "code": GRIDS[2]},
        )
        name = connection.execute(
            text("SELECT username FROM account WHERE id = :id"), {"id": account}
        ).scalar_one()
    worker = works_as(
        district, account, "events.read", "events.self_handle", areas=(area(district, GRIDS[2]),)
    )
    event = opened(district, geometry={"type": "Point", "coordinates": [126.625, 45.76]})
    send(secretary, event, "accept")
    refused("unknown_handler", secretary, event, "assign", handler="nobody-of-that-name")
    assert send(secretary, event, "assign", handler=name)["status"] == "handling"
    refused("forbidden", people.handler, event, "feedback", text="x")
    assert send(worker, event, "feedback", text="已调解")["status"] == "feedback"
    found = row(district, event)
    assert (found.department_id, found.handler_id) == (None, account)
    judge = works_as(district, account, "events.read", "events.accept")
    refused("same_person", judge, event, "close")
    assert send(secretary, event, "close")["status"] == "closed"


def test_an_extension_is_asked_for_granted_twice_and_decided_by_somebody_else(
    district: Engine, people: Crew
) -> None:
    event = event_in(district, "handling")
    refused("nothing_asked", people.approver, event, "grant_extension")
    for _ in range(2):
        send(people.handler, event, "request_extension", reason="配件未到")
        refused("asked_already", people.handler, event, "request_extension", reason="x")
        own = works_as(district, people.accounts["handler"], "events.read", "events.approve")
        refused("same_person", own, event, "grant_extension")
        assert send(people.approver, event, "grant_extension")["status"] == "handling"
    refused("too_often", people.handler, event, "request_extension", reason="x")


def test_no_extension_after_the_limit_has_passed(district: Engine, people: Crew) -> None:
    event = event_in(district, "handling")
    with district.begin() as connection:
        late = text("UPDATE event SET due_at = now() - interval '1 minute' WHERE id = :id")
        connection.execute(late, {"id": event})
    refused("overdue", people.handler, event, "request_extension", reason="x")


def test_a_suspended_event_resumes_where_it_was(district: Engine, people: Crew) -> None:
    event = event_in(district, "suspended")
    assert row(district, event).suspended_from == "handling"
    refused("no_such_step", people.handler, event, "feedback", text="x")
    assert send(people.approver, event, "resume")["status"] == "handling"
    assert row(district, event).suspended_from is None
    refused("too_often", people.handler, event, "request_suspension", reason="x", until="2026-01-01")


def test_a_suspension_lasts_a_year_at_the_most(district: Engine, people: Crew) -> None:
    event = event_in(district, "handling")
    said = refused(
        "suspended_too_long", people.handler, event, "request_suspension", reason="x", until="9999-12-31"
    )
    latest = (datetime.now(ZoneInfo("Asia/Shanghai")).date() + timedelta(days=365)).isoformat()
    assert (said.facts["latest"], log(district, event)[-1].action) == (latest, "sign")
    told = {one["command"]: one["latest"] for one in actions(people.handler, str(event))[1]}
    assert (told["request_suspension"], told["feedback"]) == (latest, None), "a form asks for no later day"
    send(people.handler, event, "request_suspension", reason="冬季", until=latest)
    refused("suspended_too_long", people.approver, event, "suspend", until="2126-01-01T00:00:00+08:00")
    assert send(people.approver, event, "suspend", until=latest)["status"] == "suspended"


@pytest.mark.parametrize("status", ["feedback", "inspecting"])
def test_whoever_called_and_is_not_content_is_not_closed(district: Engine, people: Crew, status: str) -> None:
    event = event_in(district, status, workflow="hotline")
    close: dict[str, Any] = {"closure": True, "outcome": "fixed"}
    unhappy: dict[str, Any] = {
        "text": "仍漏水",
        "reached": True,
        "answered": True,
        "solved": "no",
        "satisfied": False,
    }
    inspector = people.desk if status == "feedback" else people.inspector
    if status == "inspecting":
        send(people.inspector, event, "pass_inspection", text="已整改")
    send(people.desk, event, "call_back", text="已回访")
    assert "close" in [one["command"] for one in actions(people.desk, str(event))[1]]
    send(people.desk, event, "call_back", **unhappy)
    send(people.desk, event, "call_back", text="再打没人接", reached=False)
    refused("caller_discontent", people.desk, event, "close", **close)
    assert "close" not in [one["command"] for one in actions(people.desk, str(event))[1]]
    assert "force_close" in [one["command"] for one in actions(people.approver, str(event))[1]]
    assert (
        send(inspector, event, "fail_inspection", text="返工", reason="来电人说仍漏水")["status"]
        == "handling"
    )
    send(people.handler, event, "feedback", text="已换管")
    send(people.desk, event, "call_back", **unhappy)
    refused("caller_discontent", people.desk, event, "close", **close)
    send(people.desk, event, "call_back", **(unhappy | {"solved": "yes", "satisfied": True}))
    assert send(people.desk, event, "close", **close)["status"] == "closed"
    assert row(district, event).reworks == 1


def test_nobody_moves_an_event_to_where_they_decide_nothing(district: Engine, people: Crew) -> None:
    """Accepted by a community, it stays in it, or goes with whoever decides on both places."""
    with district.connect() as connection:
        query = text("SELECT id FROM area WHERE code = '230199001001' AND valid_to IS NULL")
        community = connection.execute(query).scalar_one()
    held = ("events.read", "events.accept")
    own = works_as(district, somebody(district, "own"), *held, areas=(community,))
    event = opened(district, workflow="urban")
    send(own, event, "accept")
    said = refused("outside_scope", own, event, "correct", reason="x", grid=GRIDS[3])
    assert isinstance(said, Forbidden)
    assert log(district, event)[-1].action == "accept"
    send(own, event, "correct", reason="在第二网格", grid=GRIDS[1])
    send(people.desk, event, "correct", reason="在另一社区", grid=GRIDS[3])


def test_several_departments_help_and_the_lead_waits_for_them(district: Engine, people: Crew) -> None:
    event = event_in(district, "handling")
    units = {code: department(district, code) for code in ("help1", "help2")}
    held = ("events.read", "events.handle")
    helpers = {
        code: works_as(district, somebody(district, code), *held, departments=(unit,), name=code)
        for code, unit in units.items()
    }
    refused("forbidden", helpers["help1"], event, "feedback", text="x")
    send(people.dispatcher, event, "co_handle", departments=["help1", "help2", "crew"])
    assert row(district, event).co_departments == sorted(units.values())
    refused("co_handling_open", people.handler, event, "feedback", text="x")
    send(helpers["help1"], event, "co_feedback", text="已配合断电")
    refused("co_handling_open", people.handler, event, "feedback", text="x")
    refused("forbidden", people.handler, event, "co_feedback", text="x")
    department(district, "stranger")
    for named in (["help1"], ["help2", "stranger"], ["crew"]):
        refused("not_helping", people.dispatcher, event, "co_release", departments=named, reason="x")
    refused("forbidden", people.handler, event, "co_release", departments=["help2"], reason="x")
    send(helpers["help2"], event, "co_feedback", text="已配合围挡")
    refused("nobody_helping", people.dispatcher, event, "co_release", departments=["help2"], reason="x")
    assert send(people.handler, event, "feedback", text="已处理")["status"] == "feedback"


def test_who_was_asked_to_help_in_vain_is_released_and_the_lead_goes_on(
    district: Engine, people: Crew
) -> None:
    event = event_in(district, "handling")
    unit = department(district, "invain")
    who = somebody(district, "invain")
    helper = works_as(district, who, "events.read", "events.handle", departments=(unit,), name="invain")
    department(district, "helped")
    refused("nobody_helping", people.dispatcher, event, "co_release", departments=["invain"], reason="x")
    send(people.dispatcher, event, "co_handle", departments=["invain", "helped"])
    told = json.loads(read_event(people.desk, str(event)))["standing"]["co_departments"]
    assert [(one["code"], one["awaited"]) for one in told] == [("helped", True), ("invain", True)]
    refused("reason_required", people.dispatcher, event, "co_release", departments=["invain", "helped"])
    send(people.dispatcher, event, "co_release", departments=["helped"], reason="请错了部门")
    assert row(district, event).co_departments == [unit]
    refused("co_handling_open", people.handler, event, "feedback", text="x")
    send(people.dispatcher, event, "co_release", departments=["invain"], reason="请错了部门")
    assert row(district, event).co_departments == []
    refused("forbidden", helper, event, "co_feedback", text="x")
    last = log(district, event)[-1]
    assert (last.action, last.details["reason"], last.details["was"]) == (
        "co_release", "请错了部门", {"co_departments": [unit]},
    )  # fmt: skip
    assert send(people.handler, event, "feedback", text="已处理")["status"] == "feedback"


def test_a_card_is_kept_and_urging_is_not_handling(district: Engine, people: Crew) -> None:
    event = event_in(district, "handling")
    refused("unknown_card", people.approver, event, "supervise", card="green")
    send(people.approver, event, "supervise", card="yellow")
    send(people.approver, event, "urge")
    found = row(district, event)
    assert (found.supervised, found.status) == ("yellow", "handling")
    refused("forbidden", people.desk, event, "urge")


def test_an_appeal_only_when_overdue_and_once_and_the_fact_stays(district: Engine, people: Crew) -> None:
    event = event_in(district, "closed", workflow="urban")
    refused("not_overdue", people.handler, event, "appeal", reason="x")
    with district.begin() as connection:
        connection.execute(text("UPDATE event SET overdue_s = 3600 WHERE id = :id"), {"id": event})
    send(people.handler, event, "appeal", reason="停工令")
    refused("too_often", people.handler, event, "appeal", reason="x")
    own = works_as(district, people.accounts["handler"], "events.read", "events.approve")
    refused("same_person", own, event, "deny_appeal", reason="x")
    send(people.approver, event, "deny_appeal", reason="停工令不涉及本案")
    found = row(district, event)
    assert (found.exempt, found.overdue_s, found.status) == (False, 3600, "closed")
    refused("nothing_asked", people.approver, event, "grant_appeal", reason="x")


def test_an_objection_opens_a_new_round(district: Engine, people: Crew) -> None:
    event = event_in(district, "closed")
    refused("not_your_step", people.handler, event, "object", reason="x")
    assert send(people.resident, event, "object", reason="没有解决")["status"] == "accepted"
    found, rows = row(district, event), log(district, event)
    assert (found.round, found.department_id, found.closed_at) == (2, None, None)
    assert [entry.round for entry in rows] == [1] * (len(rows) - 1) + [2]
    assert rows[-1].actor == "reporter"


def test_merging_keeps_where_it_was(district: Engine, people: Crew) -> None:
    event, other = event_in(district, "filed"), opened(district)
    send(people.desk, event, "merge", into=str(other))
    found = row(district, event)
    assert (found.status, found.merged_into, found.suspended_from) == ("merged", other, "filed")
    assert send(people.desk, event, "unmerge", reason="不是同一件事")["status"] == "filed"
    assert row(district, event).merged_into is None


def test_the_system_takes_what_the_template_leaves_to_it_and_nothing_else(district: Engine) -> None:
    event = event_in(district, "dispatched")
    with unit_of_work(district) as session:
        step = take_as_system(session, event, "sign", text="超时视为签收")
    assert (step.account_id, step.edge.to_status) == (None, "handling")
    entry = log(district, event)[-1]
    assert (entry.actor, entry.account_id, entry.note) == ("system", None, "超时视为签收")
    with pytest.raises(Forbidden), unit_of_work(district) as session:
        take_as_system(session, event, "feedback", text="x")
    with pytest.raises(WanggeError), unit_of_work(district) as session:
        take_as_system(session, event, "supervise")
    assert row(district, event).status == "handling"


def test_what_is_required_is_asked_for_by_name(district: Engine, people: Crew) -> None:
    event = event_in(district, "filed")
    assert refused("department_required", people.dispatcher, event, "dispatch").field == "department"
    assert isinstance(
        refused("unknown_department", people.dispatcher, event, "dispatch", department="x"), Invalid
    )
    event = event_in(district, "handling", workflow="urban")
    assert refused("photo_required", people.handler, event, "feedback", text="x").facts == {"slot": "after"}


def test_refusals_say_where_the_event_stands(district: Engine, people: Crew) -> None:
    event = event_in(district, "filed")
    found = refused("no_such_step", people.desk, event, "close")
    assert isinstance(found, Conflict)
    assert found.facts == {
        "command": "close", "status": "filed", "taken_from": ["feedback", "inspecting", "self_handled"],
    }  # fmt: skip
    assert ("已立案" in found.zh, "核查中" in found.zh, "under inspection" in found.en) == (True, True, True)


def test_actions_agree_with_what_is_taken(district: Engine, people: Crew) -> None:
    """Whatever is offered is not refused for lack of right, and what is not offered is refused."""
    event = event_in(district, "handling")
    for who in (people.desk, people.handler, people.approver, people.inspector, people.resident):
        _, offered = actions(who, str(event))
        _, every = actions(who, str(event), everything=True)
        for one in every:
            permitted = one["command"] in {item["command"] for item in offered}
            with pytest.raises(WanggeError) as caught:
                send(who, event, one["command"], base_version=99)
            assert caught.value.code == "stale_version"
            if not permitted:
                refused(one["code"], who, event, one["command"])
