"""Somebody else inspects: the sample, the task, and that no account of the handler's department passes."""

from __future__ import annotations

import json
import math
import uuid
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from gis.db.engine import unit_of_work
from gis.db.scope import Scope, scoped
from gis.events.rating import store
from gis.events.rating.service import list_tasks
from gis.events.workflow.service import take_command
from tests.events.rating.things import column, grant, refused, row, rule
from tests.events.workflow.helpers import (
    AFTER,
    AT,
    BEFORE,
    CHECK,
    Crew,
    command,
    event_in,
    opened,
    photos_arrive,
    send,
    somebody,
    works_as,
)

pytestmark = pytest.mark.db
GRID, STREET = "230199001002001", "230199001"
SELF: dict[str, Any] = {"text": "已清理", "photos": (BEFORE, AFTER), "position": AT}
PASS: dict[str, Any] = {"text": "已整改", "photos": (CHECK,), "position": AT}


@pytest.mark.parametrize(("share", "status"), [(0.0, "closed"), (1.0, "inspecting")])
def test_what_is_handled_on_the_spot_is_sampled(
    district: Engine, people: Crew, share: float, status: str
) -> None:
    rule(district, self_handled_share=share)
    event = opened(district)
    send(people.inspector, event, "self_handle", **SELF)
    assert column(district, event, "status") == status
    drawn = row(district, "event_sample", event, kind="self_handled")
    assert (drawn.share, drawn.taken) == (share, share == 1.0)
    if status == "closed":
        assert row(district, "event_round", event).outcome == "fixed"


def test_what_the_sample_leaves_out_closes_once_its_photos_have_come(district: Engine, people: Crew) -> None:
    rule(district, self_handled_share=0.0)
    event = opened(district)
    sent = command(people.inspector, event, "self_handle", **SELF)
    take_command(people.inspector, sent)
    assert column(district, event, "status") == "self_handled"
    photos_arrive(people.inspector, sent)
    assert column(district, event, "status") == "closed"


def test_without_a_rule_the_desk_decides(district: Engine, people: Crew) -> None:
    rule(district, self_handled_share=None)
    event = opened(district)
    send(people.inspector, event, "self_handle", **SELF)
    assert column(district, event, "status") == "self_handled"
    rule(district)


def test_the_nearest_rule_counts(district: Engine, people: Crew) -> None:
    rule(district, self_handled_share=0.0)
    event = opened(district)
    area, category = column(district, event, "scope_area_id"), column(district, event, "category_id")
    with district.begin() as connection:
        parent = connection.scalar(text("SELECT parent_id FROM category WHERE id = :id"), {"id": category})
        path = connection.scalar(text("SELECT path FROM area WHERE id = :id"), {"id": area})
        assert parent is not None
        for here, family, share in ((path[2], None, 0.25), (path[3], None, 0.5), (None, parent, 0.75)):
            connection.execute(
                text(
                    "INSERT INTO rating_rule (area_id, category_id, self_handled_share) VALUES (:area, :family, :share)"
                ),
                {"area": here, "family": family, "share": share},
            )
    asked = text("SELECT (rating_rule_for(:area, :category)).self_handled_share")
    with district.connect() as connection:
        assert connection.scalar(asked, {"area": area, "category": category}) == 0.75, (
            "the family comes first"
        )
        other = connection.scalar(
            text(
                "SELECT id FROM category WHERE id <> :p AND coalesce(parent_id, 0) <> :p ORDER BY id LIMIT 1"
            ),
            {"p": parent},
        )
        assert connection.scalar(asked, {"area": area, "category": other}) == 0.5, "then the deepest area"
        assert connection.scalar(asked, {"area": path[0], "category": other}) == 0.0
    with district.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(
            text("DELETE FROM rating_rule WHERE area_id IS NOT NULL OR category_id IS NOT NULL")
        )


def test_the_draw_is_even_stays_and_hangs_on_the_secret(district: Engine, people: Crew) -> None:
    event = opened(district)
    drawing = text(
        "SELECT ('x' || left(encode(sha256(cast(:secret AS bytea) || convert_to(concat_ws('/', 'self_handled',"
        " cast(:id AS uuid), 1), 'UTF8')), 'hex'), 13))::bit(52)::bigint / 4503599627370496.0"
    )
    with district.connect() as connection:
        secret = connection.scalar(text("SELECT secret FROM sample_secret"))
        wanted = connection.scalar(drawing, {"secret": bytes(secret), "id": event})
        other = connection.scalar(drawing, {"secret": b"x" * 32, "id": event})
        draws = [
            float(connection.scalar(drawing, {"secret": bytes(secret), "id": uuid.uuid4()}) or 0)
            for _ in range(2000)
        ]
    assert len(bytes(secret)) == 32
    with unit_of_work(district) as session:
        first = store.draw(session, event, "self_handled")
        assert store.draw(session, event, "self_handled") is first
    drawn = row(district, "event_sample", event, kind="self_handled")
    assert drawn.draw == pytest.approx(float(wanted or 0))
    assert drawn.draw != pytest.approx(float(other or 0))
    for share in (0.1, 0.5, 0.9):
        hits = sum(one < share for one in draws)
        assert abs(hits - 2000 * share) < 6 * math.sqrt(2000 * share * (1 - share))


def test_the_web_edge_reads_no_secret(edge: Engine) -> None:
    with unit_of_work(edge) as session, pytest.raises(DBAPIError, match="permission denied"):
        session.execute(text("SELECT secret FROM sample_secret"))


def test_the_task_goes_to_the_nearest_who_had_no_part(district: Engine, people: Crew) -> None:
    rule(district, self_handled_share=1.0)
    worker, deputy, supervisor = (somebody(district, name) for name in ("worker", "deputy", "supervisor"))
    event = opened(district)
    place = column(district, event, "scope_area_id")
    with district.connect() as connection:
        grid = connection.scalar(text("SELECT code FROM area WHERE id = :id"), {"id": place})
    grant(district, worker, "grid_worker", area=grid)
    grant(district, supervisor, "supervisor", area=STREET)
    worker_engine = works_as(district, worker, "events.read", "events.self_handle", "events.inspect")
    send(worker_engine, event, "self_handle", **SELF)
    task = row(district, "inspection_task", event)
    assert task.assignee_id == supervisor, "the worker handled it; the next above inspects"
    assert refused(worker_engine, event, "pass_inspection", **PASS) == "same_person"
    inspecting = works_as(district, supervisor, "events.read", "events.inspect")
    mine = [json.loads(item) for item in list_tasks(inspecting, "mine", limit=10).items]
    assert [one["event"]["id"] for one in mine] == [str(event)]
    send(inspecting, event, "pass_inspection", **PASS)
    task = row(district, "inspection_task", event)
    assert (task.state, task.done_by) == ("passed", supervisor)
    assert list_tasks(inspecting, "mine", limit=10).items == []
    # Whoever has fewest of the same grid is next.
    grant(district, deputy, "grid_worker", area=grid)
    given = []
    for _ in range(4):
        one = event_in(district, "inspecting")
        given.append(row(district, "inspection_task", one, kind="inspection").assignee_id)
    assert sorted(given) == sorted([worker, worker, deputy, deputy])


def test_no_other_account_of_the_handlers_department_inspects(district: Engine, people: Crew) -> None:
    """The colleague holds the role of an inspector as well, by another grant or another account."""
    event = event_in(district, "inspecting")
    double = somebody(district, "double")
    grant(district, double, "supervisor", area=STREET)
    engine = works_as(district, double, "events.read", "events.inspect")
    grant(district, double, "department_handler", department=people.department)
    for verdict in ("pass_inspection", "fail_inspection"):
        told = refused(engine, event, verdict, **PASS, reason="仍未整改")
        assert told == "same_department"
    assert column(district, event, "status") == "inspecting"
    with district.begin() as connection:
        connection.execute(
            text("UPDATE role_grant SET ended_at = now() WHERE account_id = :a"), {"a": double}
        )
    send(engine, event, "pass_inspection", **PASS)


def test_nor_of_the_section_above_or_below(district: Engine, people: Crew) -> None:
    with district.begin() as connection:
        for code, parent in (("section", people.department), ("apart", None)):
            connection.execute(
                text(
                    "INSERT INTO department (code, name, parent_id) SELECT cast(:code AS text), cast(:code AS text),"
                    " (SELECT id FROM department WHERE code = :parent)"
                ),
                {"code": code, "parent": parent},
            )
            connection.execute(
                text(
                    "UPDATE department AS d SET path = coalesce((SELECT path FROM department WHERE id = d.parent_id),"
                    " '{}') || d.id WHERE code = :code"
                ),
                {"code": code},
            )
    event = event_in(district, "inspecting")
    below, apart = somebody(district, "below"), somebody(district, "apart")
    grant(district, below, "department_handler", department="section")
    grant(district, apart, "department_handler", department="apart")
    assert refused(
        works_as(district, below, "events.read", "events.inspect"), event, "pass_inspection", **PASS
    ) == ("same_department")
    send(works_as(district, apart, "events.read", "events.inspect"), event, "pass_inspection", **PASS)


def test_the_database_refuses_it_without_the_service_too(
    district: Engine, people: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gis.events.rating import following

    event = event_in(district, "inspecting")
    monkeypatch.setattr(following, "_refuse_partial", lambda session, step: None)
    colleague = people.accounts["colleague"]
    grant(district, colleague, "department_handler", department=people.department)
    engine = works_as(district, colleague, "events.read", "events.inspect")
    with pytest.raises(DBAPIError, match="same_department"):
        send(engine, event, "pass_inspection", **PASS)
    assert column(district, event, "status") == "inspecting"


def test_who_reported_it_is_not_sent_to_verify_it(district: Engine, people: Crew) -> None:
    reporter = somebody(district, "reporter")
    event = opened(district)
    with district.begin() as connection:
        connection.execute(
            text("UPDATE event SET reporter_id = :a WHERE id = :id"), {"a": reporter, "id": event}
        )
        grid = connection.scalar(
            text("SELECT a.code FROM event AS e JOIN area AS a ON a.id = e.scope_area_id WHERE e.id = :id"),
            {"id": event},
        )
        connection.execute(
            text("UPDATE role_grant SET ended_at = now() WHERE role IN ('grid_worker', 'supervisor')")
        )
    grant(district, reporter, "grid_worker", area=grid)
    send(people.desk, event, "accept")
    send(people.desk, event, "send_verification")
    task = row(district, "inspection_task", event)
    assert (task.kind, task.assignee_id) == ("verification", None)
    inspector = scoped(
        district,
        Scope(
            "inspector",
            account_id=people.accounts["inspector"],
            areas={"events.read": "*", "events.inspect": "*"},
        ),
    )
    assert str(event) in "".join(list_tasks(inspector, "open", limit=50).items)


def test_a_recalled_task_is_nobodys(district: Engine, people: Crew) -> None:
    event = event_in(district, "inspecting")
    send(people.desk, event, "recall")
    assert row(district, "inspection_task", event).state == "recalled"
