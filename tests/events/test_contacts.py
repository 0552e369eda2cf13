"""Contacts are masked where they are stored, and shown in full to few, for a reason, on record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gis.base.errors import Forbidden, Invalid, NotFound
from gis.db.engine import unit_of_work
from gis.db.scope import Scope, scoped
from gis.events.contacts import reveal_contact
from gis.events.model import Contact
from gis.events.service import file_report
from gis.events.validate import validate_report
from tests.database import api_engine
from tests.events.reports import full_report

pytestmark = pytest.mark.db
WEST = {"type": "Point", "coordinates": [126.605, 45.76]}
MOBILE = "138" + "0000" + "5678"


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        (MOBILE, "138****5678"),
        (f"+86 {MOBILE[:3]}-{MOBILE[3:7]}-{MOBILE[7:]}", "138****5678"),
        (f"0086{MOBILE}", "138****5678"),
        (f"86{MOBILE}", "138****5678"),
        ("0451-12345678", "****5678"),
        ("12345678", "****5678"),
        ("1234567", "****567"),
        ("123456", "****"),
        ("110", "****"),
        ("+", "****"),
        (None, None),
    ],
)
def test_a_number_keeps_at_most_its_ends(session: Session, phone: str | None, masked: str | None) -> None:
    assert session.scalar(text("SELECT mask_phone(:p)"), {"p": phone}) == masked


@pytest.mark.parametrize(
    ("name", "masked"), [("张三", "张*"), ("欧阳某某", "欧*"), ("J", "J*"), ("𠮷野", "𠮷*"), (None, None)]
)
def test_a_name_keeps_its_first_character(session: Session, name: str | None, masked: str | None) -> None:
    assert session.scalar(text("SELECT mask_name(:n)"), {"n": name}) == masked


@pytest.fixture(scope="module")
def edge(district: Engine) -> Iterator[Engine]:
    with api_engine(district.url.render_as_string(hide_password=False)) as engine:
        yield engine


@pytest.fixture(scope="module")
def ids(district: Engine) -> dict[str, int]:
    with unit_of_work(district) as session:
        session.execute(text("INSERT INTO department (code, name, path) VALUES ('D1', '城管局', '{}')"))
        session.execute(text("UPDATE department SET path = ARRAY[id]"))
        found = session.execute(text("SELECT code, id FROM area UNION SELECT code, id FROM department"))
        return {row.code: row.id for row in found}


def filed(edge: Engine, **changes: Any) -> str:
    raw = (
        full_report(
            source="other", contact={"name": "张三丰", "phone": MOBILE}, photos=[], confidential=False
        )
        | changes
    )
    file_report(
        scoped(edge, Scope("anonymous")), validate_report({k: v for k, v in raw.items() if v is not None})
    )
    return str(raw["id"])


def holder(
    edge: Engine, ids: dict[str, int], *permissions: str, area: str = "230199", actor: str = "acceptor"
) -> Engine:
    return scoped(edge, Scope(actor, account_id=5, areas=dict.fromkeys(permissions, (ids[area],))))


def audited(engine: Engine, report_id: str) -> list[Any]:
    with unit_of_work(engine) as session:
        query = text(
            "SELECT result, actor, area_id IS NOT NULL AS placed, details FROM audit"
            " WHERE object_id = :id AND action = 'contact.reveal' ORDER BY seq"
        )
        return [tuple(row) for row in session.execute(query, {"id": report_id})]


READER = ("events.read", "contacts.masked")
REVEALER = (*READER, "contacts.reveal")


def test_a_contact_is_revealed_for_a_reason_and_on_record(
    edge: Engine, district: Engine, ids: dict[str, int]
) -> None:
    report_id = filed(edge)
    found = reveal_contact(holder(edge, ids, *REVEALER), report_id, "  回访核实地点 ")
    assert found == Contact("张三丰", MOBILE)
    assert audited(district, report_id) == [("ok", "acceptor", True, {"reason": "回访核实地点"})]


def test_who_may_not_is_told_so_and_that_is_on_record(
    edge: Engine, district: Engine, ids: dict[str, int]
) -> None:
    report_id = filed(edge)
    with pytest.raises(Forbidden, match="outside_scope"):
        reveal_contact(holder(edge, ids, *READER), report_id, "回访核实")
    refused = [("refused", {"code": "outside_scope"})]  # not what was typed for a reason
    assert [(row[0], row[3]) for row in audited(district, report_id)] == refused
    elsewhere = Scope("x", areas={"events.read": (ids["230199"],), "contacts.reveal": (ids["230199001002"],)})
    with pytest.raises(Forbidden, match="outside_scope"):
        reveal_contact(scoped(edge, elsewhere), filed(edge, geometry=WEST), "回访核实")


def test_outside_the_scope_it_does_not_exist(edge: Engine, district: Engine, ids: dict[str, int]) -> None:
    report_id = filed(edge, geometry=WEST)
    for wanted in (report_id, "0194fdc2-fa2f-7cc0-81d3-ff12045b73c8", "no id"):
        with pytest.raises(NotFound, match="no_such_report"):
            reveal_contact(holder(edge, ids, *REVEALER, area="230199001002"), wanted, "回访核实")
    assert audited(district, report_id) == []


def test_the_reporter_of_a_confidential_report_is_for_few(
    edge: Engine, district: Engine, ids: dict[str, int]
) -> None:
    report_id = filed(edge, confidential=True)
    with unit_of_work(district) as session:
        session.execute(
            text(
                "UPDATE event SET department_id = :d FROM report AS r WHERE r.event_id = event.id AND r.id = :id"
            ),
            {"d": ids["D1"], "id": report_id},
        )
    handler = Scope("handler", departments=dict.fromkeys((*REVEALER, "events.confidential"), (ids["D1"],)))
    for engine in (holder(edge, ids, *REVEALER), scoped(edge, handler)):
        with pytest.raises(Forbidden, match="confidential_reporter"):
            reveal_contact(engine, report_id, "回访核实")
        with unit_of_work(engine) as session:
            masked = text("SELECT phone_masked FROM report_contact WHERE report_id = :id")
            assert session.scalars(masked, {"id": report_id}).all() == []
    acceptor = holder(edge, ids, *REVEALER, "events.confidential")
    assert reveal_contact(acceptor, report_id, "回访核实").phone == MOBILE
    # Of a report that is not confidential the handler may have it.
    plain = filed(edge)
    with unit_of_work(district) as session:
        session.execute(
            text(
                "UPDATE event SET department_id = :d FROM report AS r WHERE r.event_id = event.id AND r.id = :id"
            ),
            {"d": ids["D1"], "id": plain},
        )
    assert reveal_contact(scoped(edge, handler), plain, "回访核实").phone == MOBILE


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("", "text_empty"),
        ("核实", "reason_too_short"),
        (None, "not_text"),
        (7, "not_text"),
        ("长" * 201, "text_too_long"),
    ],
)
def test_a_reason_is_asked_for(
    edge: Engine, district: Engine, ids: dict[str, int], reason: object, code: str
) -> None:
    report_id = filed(edge)
    with pytest.raises(Invalid, match=code):
        reveal_contact(holder(edge, ids, *REVEALER), report_id, reason)
    assert audited(district, report_id) == []
    with (
        unit_of_work(holder(edge, ids, *REVEALER)) as session,
        pytest.raises(DBAPIError, match="reason_missing"),
    ):
        session.execute(text("SELECT * FROM reveal_contact(:id, '  x ')"), {"id": report_id})


def test_nothing_to_reveal_is_said(edge: Engine, district: Engine, ids: dict[str, int]) -> None:
    report_id = filed(edge, contact=None)
    with pytest.raises(NotFound, match="no_contact"):
        reveal_contact(holder(edge, ids, *REVEALER), report_id, "回访核实")
    assert audited(district, report_id) == []


def test_the_function_decides_by_itself(edge: Engine, ids: dict[str, int]) -> None:
    report_id = filed(edge)
    call = text("SELECT * FROM reveal_contact(:id, '回访核实')")
    for engine in (holder(edge, ids, *READER), edge, scoped(edge, Scope("anonymous"))):
        with unit_of_work(engine) as session, pytest.raises(DBAPIError, match="reveal_denied"):
            session.execute(call, {"id": report_id})
    for column in ("name", "phone", "*"):
        with (
            unit_of_work(holder(edge, ids, *REVEALER)) as session,
            pytest.raises(DBAPIError, match="permission denied"),
        ):
            session.execute(text(f"SELECT {column} FROM report_contact"))


def test_without_the_audit_nothing_is_revealed(edge: Engine, district: Engine, ids: dict[str, int]) -> None:
    report_id = filed(edge)
    with unit_of_work(district) as session:
        session.execute(
            text("ALTER TABLE audit ADD CONSTRAINT no_more CHECK (action <> 'contact.reveal') NOT VALID")
        )
    try:
        with pytest.raises(DBAPIError):
            reveal_contact(holder(edge, ids, *REVEALER), report_id, "回访核实")
    finally:
        with unit_of_work(district) as session:
            session.execute(text("ALTER TABLE audit DROP CONSTRAINT no_more"))
