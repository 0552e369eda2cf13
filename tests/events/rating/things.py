"""Short ways for the tests of inspection and rating: rules, rows, grants, codes."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gis.base.errors import WanggeError
from gis.db.scope import Scope, scoped
from tests.events.workflow.helpers import send

NOBODY = Scope("anonymous")


def rule(engine: Engine, **columns: Any) -> None:
    """Only this rule counts from now on."""
    given = {"self_handled_share": 0.0, "call_back_share": 0.0} | columns
    sets = ", ".join(f"{name} = :{name}" for name in given)
    with engine.begin() as connection:
        connection.execute(
            text("DELETE FROM rating_rule WHERE area_id IS NOT NULL OR category_id IS NOT NULL")
        )
        connection.execute(text(f"UPDATE rating_rule SET {sets}"), given)


def row(engine: Engine, table: str, event: uuid.UUID, **where: Any) -> Any:
    """The row of an event in one of the tables; None where there is none."""
    more = "".join(f" AND {name} = :{name}" for name in where)
    with engine.connect() as connection:
        return connection.execute(
            text(f"SELECT * FROM {table} WHERE event_id = :event{more}"), {"event": event} | where
        ).one_or_none()


def column(engine: Engine, event: uuid.UUID, name: str) -> Any:
    """A column of an event."""
    with engine.connect() as connection:
        return connection.scalar(text(f"SELECT {name} FROM event WHERE id = :event"), {"event": event})


def code_of(engine: Engine, event: uuid.UUID) -> str:
    """The tracking code of an event."""
    return str(column(engine, event, "tracking_code"))


def refused(engine: Engine, event: uuid.UUID, name: str, **members: Any) -> str:
    """The code a command is refused with."""
    with pytest.raises(WanggeError) as caught:
        send(engine, event, name, **members)
    return caught.value.code


def nobody(edge: Engine) -> Engine:
    """The web edge for whoever is not logged in."""
    return scoped(edge, NOBODY)


def grant(
    engine: Engine, account: int, role: str, *, area: str | None = None, department: str | None = None
) -> None:
    """A role held from yesterday on."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO role_grant (account_id, role, area_id, department_id, valid_from)"
                " VALUES (:account, :role, (SELECT id FROM area WHERE code = :area),"
                " (SELECT id FROM department WHERE code = :department), current_date - 1)"
            ),
            {"account": account, "role": role, "area": area, "department": department},
        )
