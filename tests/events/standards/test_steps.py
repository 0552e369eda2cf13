"""Events filed and closed by a standard, through the commands of the workflow."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gis.base.errors import Conflict, Invalid
from gis.db.scope import MAINTENANCE, scoped
from gis.events.reading import read_event
from gis.events.standards import service
from gis.events.standards.model import SetFacts, Standard
from gis.events.workflow.reading import actions
from gis.events.workflow.service import take_command
from tests.events.workflow.helpers import (
    AFTER,
    AT,
    BEFORE,
    CHECK,
    DISPATCH,
    DONE,
    INSPECT,
    PASS,
    SIGN,
    command,
    crew,
    event_in,
    photos_arrive,
    send,
)

pytestmark = pytest.mark.db
CHARGING = "gov-s:request:S0202"


def only(district: Engine) -> Standard:
    [found] = service.list_standards(district, category=CHARGING)
    return found


def filed_under(district: Engine, event: uuid.UUID) -> int | None:
    with district.connect() as connection:
        number: int | None = connection.execute(
            text("SELECT standard_id FROM event WHERE id = :id"), {"id": event}
        ).scalar_one()
        return number


def refused(district: Engine, event: uuid.UUID, name: str, **members: Any) -> str:
    with pytest.raises(Invalid) as told:
        send(crew(district).desk, event, name, **members)
    return told.value.code


def test_filing_names_a_condition_of_its_category_and_place(district: Engine) -> None:
    people, event = crew(district), event_in(district, "accepted")
    cover = service.list_standards(district, category="gbt47678.5-2026:component:01001")[0]
    for wrong in ({"standard": cover.id}, {"standard": 10**6}, {"condition": 2}, {"standard": True}):
        assert refused(district, event, "file", **wrong) == "unknown_filing_standard"
    assert send(people.desk, event, "file", condition=1)["status"] == "filed"
    assert filed_under(district, event) == only(district).id


def test_of_several_conditions_one_is_named_and_the_only_one_is_chosen(district: Engine) -> None:
    people = crew(district)
    cover = event_in(district, "accepted", workflow="urban", category="gbt47678.5-2026:component:01001")
    with pytest.raises(Invalid) as told:
        send(people.desk, cover, "file")
    choices = told.value.facts["choices"]
    assert (told.value.code, len(choices)) == ("standard_required", 4)
    assert all(one["condition"][:9] in told.value.zh for one in choices)
    assert all(one["condition_en"] in told.value.en for one in choices)
    [filing] = [one for one in actions(people.desk, str(cover))[1] if one["command"] == "file"]
    assert filing["requires"] == ["standard"]
    assert "notes" not in send(people.desk, cover, "file", standard=choices[2]["id"])
    assert filed_under(district, cover) == choices[2]["id"]
    charging = event_in(district, "accepted")
    assert "notes" not in send(people.desk, charging, "file")
    assert filed_under(district, charging) == only(district).id


def test_where_no_standard_is_in_force_filing_goes_on_and_says_so(district: Engine) -> None:
    people = crew(district)
    event = event_in(district, "accepted", category="gov-p:request:P05")
    [filing] = [one for one in actions(people.desk, str(event))[1] if one["command"] == "file"]
    assert filing["requires"] == []
    assert [note["code"] for note in send(people.desk, event, "file")["notes"]] == ["no_standard"]
    told = json.loads(read_event(people.desk, str(event)))
    assert (told["standard"], [row["no_standard"] for row in told["log"]]) == (None, [False, False, True])
    for who, name, members in (DISPATCH, SIGN, DONE, INSPECT, PASS):
        send(getattr(people, who), event, name, **members)
    assert send(people.desk, event, "close")["status"] == "closed", "nothing is asked of its closing"


def test_another_category_asks_for_a_condition_of_its_own(district: Engine) -> None:
    people, event = crew(district), event_in(district, "filed")
    moved: dict[str, Any] = {"reason": "类别有误", "category": "gov-s:request:S0201"}
    assert refused(district, event, "correct", **moved) == "standard_required"
    send(people.desk, event, "correct", **moved, condition=2)
    found = filed_under(district, event)
    offered = service.list_standards(district, category="gov-s:request:S0201")
    assert [one.condition_no for one in offered if one.id == found] == [2]
    send(people.desk, event, "correct", reason="无标准的类别", category="gov-p:request:P05")
    assert filed_under(district, event) is None
    early = event_in(district, "accepted")
    send(people.desk, early, "correct", **moved)
    assert filed_under(district, early) is None, "not filed yet"


def test_what_was_filed_under_a_standard_closes_by_it(district: Engine) -> None:
    people, event = crew(district), event_in(district, "accepted")
    send(people.desk, event, "file", standard=only(district).id)
    offered = {one["command"]: one["expects"] for one in actions(getattr(people, DISPATCH[0]), str(event))[1]}
    assert offered["dispatch"] == ["photo:before", "photo:after"], "the closing will ask for them"
    for who, name, members in (
        DISPATCH,
        SIGN,
        (DONE[0], DONE[1], DONE[2] | {"photos": (AFTER,)}),
        INSPECT,
        PASS,
    ):
        send(getattr(people, who), event, name, **members)
    assert refused(district, event, "close") == "closure_required"
    assert only(district).evidence == ("before", "after")
    assert refused(district, event, "close", closure=True) == "evidence_missing"
    send(people.desk, event, "note", text="补照片", photos=(BEFORE,), arrive=False)
    with pytest.raises(Conflict) as told:
        send(people.desk, event, "close", closure=True)
    assert [(one["step"], one["slot"]) for one in told.value.facts["missing"]] == [("note", "before")]
    send(people.desk, event, "note", text="照片在此", photos=(BEFORE,))
    assert send(people.desk, event, "close", closure=True)["status"] == "closed"


def test_a_closing_waits_for_the_photos_its_template_requires(district: Engine) -> None:
    """The step is admitted without the bytes; the closing names the command and the slot until they have come."""
    people, event = crew(district), event_in(district, "feedback", workflow="urban")
    send(people.desk, event, "send_inspection")
    sent = command(people.inspector, event, PASS[1], **PASS[2])
    assert json.loads(take_command(people.inspector, sent).body)["status"] == "inspecting"
    with pytest.raises(Conflict) as told:
        send(people.desk, event, "close", closure=True)
    assert told.value.code == "photo_missing"
    assert told.value.facts["missing"] == [
        {"command": str(sent.id), "step": "pass_inspection", "slot": "check"}
    ]
    assert ("“核查通过”的核查照片" in told.value.zh, "pass inspection" in told.value.en) == (True, True)
    photos_arrive(people.inspector, sent)
    assert send(people.desk, event, "close", closure=True)["status"] == "closed"


def test_photos_of_what_was_done_again_are_not_waited_for(district: Engine) -> None:
    people, event = crew(district), event_in(district, "handling", workflow="urban")
    send(people.handler, event, DONE[1], **DONE[2], arrive=False)
    send(people.desk, event, "send_inspection")
    failed = {"text": "仍有垃圾", "reason": "未清理", "photos": (CHECK,), "position": AT}
    send(people.inspector, event, "fail_inspection", **failed, arrive=False)
    for who, name, members in (DONE, INSPECT, PASS):
        send(getattr(people, who), event, name, **members)
    assert send(people.desk, event, "close", closure=True)["status"] == "closed"


def test_an_event_keeps_the_condition_it_was_filed_under(district: Engine) -> None:
    people, event = crew(district), event_in(district, "accepted")
    old = only(district)
    send(people.desk, event, "file", standard=old.id)
    rows = f"category,condition,limit,closure\n{CHARGING},甲,9工作日,乙\n".encode()
    given = SetFacts("", "next", valid_from=datetime.now(UTC).date())
    service.import_standards(scoped(district, MAINTENANCE), rows, ".csv", given)
    assert only(district).limit.zh() == "9工作日"
    assert filed_under(district, event) == old.id
    later = event_in(district, "accepted")
    assert refused(district, later, "file", standard=old.id) == "unknown_filing_standard"
