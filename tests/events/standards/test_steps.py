"""Events filed and closed by a standard, through the commands of the workflow."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

from gis.base.errors import Invalid
from gis.db.scope import MAINTENANCE, scoped
from gis.events.standards import service
from gis.events.standards.model import SetFacts, Standard
from tests.events.workflow.helpers import AFTER, DISPATCH, DONE, INSPECT, PASS, SIGN, crew, event_in, send

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


def refused(district: Engine, event: uuid.UUID, name: str, **members: object) -> str:
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


def test_what_was_filed_under_a_standard_closes_by_it(district: Engine) -> None:
    people, event = crew(district), event_in(district, "accepted")
    send(people.desk, event, "file", standard=only(district).id)
    for who, name, members in (DISPATCH, SIGN, DONE, INSPECT, PASS):
        send(getattr(people, who), event, name, **members)
    assert refused(district, event, "close") == "closure_required"
    assert only(district).evidence == ("before", "after")
    assert refused(district, event, "close", closure=True) == "evidence_missing"
    before = AFTER.__class__("before", AFTER.sha256)
    assert send(people.desk, event, "close", closure=True, photos=(before,))["status"] == "closed"


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
