"""Random people send random commands: whatever they try, every history is lawful, and the log verifies."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gis.accounts.audit_verify import verify
from gis.base.errors import WanggeError
from gis.db.engine import unit_of_work
from gis.db.scope import scope_of, scoped
from gis.events.log_chain import EVENT_LOG
from gis.events.workflow.lint import COMMANDS
from gis.events.workflow.reading import actions
from gis.events.workflow.service import take_as_system
from tests.database import api_engine
from tests.events.workflow.checking import faults, waits
from tests.events.workflow.helpers import AFTER, AT, BEFORE, CHECK, UNTIL, Crew, opened, send

pytestmark = pytest.mark.db
PEOPLE = ("desk", "dispatcher", "approver", "inspector", "leader", "handler", "colleague", "resident")
STEPS = 30
WALKS = 20


def members(people: Crew, rng: random.Random, other: uuid.UUID) -> dict[str, Any]:
    """All that any command may require, so that only the workflow refuses."""
    return {
        "text": "说明", "reason": "理由", "position": AT, "photos": (BEFORE, AFTER, CHECK),
        "department": "crew", "departments": ["crew"], "handler": people.handler_name, "until": UNTIL,
        "card": rng.choice(("yellow", "red", "black")), "area": "230199001001", "into": str(other), "score": 3,
        "reached": True, "answered": True, "satisfied": rng.random() < 0.5, "closure": True,
    }  # fmt: skip


def seen(district: Engine, event: uuid.UUID) -> int:
    """The version somebody who looks sees."""
    with district.connect() as connection:
        query = text("SELECT version FROM event WHERE id = :id")
        return int(connection.execute(query, {"id": event}).scalar_one())


def walk(district: Engine, edge: Engine, people: Crew, seed: int) -> tuple[uuid.UUID, Counter[str]]:
    """One event and what was tried on it: mostly what is offered to somebody, sometimes anything at all."""
    rng = random.Random(seed)
    workflow = rng.choice(("urban", "grid", "hotline"))
    event, other = opened(district, workflow=workflow), opened(district, workflow=workflow)
    told: Counter[str] = Counter()
    for _ in range(STEPS):
        who = scoped(edge, scope_of(getattr(people, rng.choice(PEOPLE))))  # type: ignore[arg-type]
        name = rng.choice(sorted(COMMANDS))
        try:
            if rng.random() < 0.8:
                offered = [one["command"] for one in actions(who, str(event))[1]]
                moving = [
                    one
                    for one in offered
                    if one not in {"note", "urge", "supervise", "correct", "cancel", "reject"}
                ]
                name = rng.choice(moving or offered or [name])
            if rng.random() < 0.05:
                with unit_of_work(district) as session:
                    take_as_system(
                        session, event, name, text="x", data={"card": "yellow", "into": str(other)}
                    )
            else:
                version = seen(district, event) - (rng.random() < 0.05)
                send(who, event, name, **members(people, rng, other), base_version=version)
            told["taken"] += 1
        except WanggeError as error:
            told[error.code] += 1
    return event, told


@pytest.mark.parametrize("seed", range(WALKS))
def test_no_walk_reaches_an_illegal_history(district: Engine, people: Crew, seed: int) -> None:
    with api_engine(district.url.render_as_string(hide_password=False)) as edge:
        event, told = walk(district, edge, people, seed)
    with district.connect() as connection:
        assert faults(connection, event) == []
    assert told["taken"] >= 3
    assert sum(told.values()) == STEPS


def test_all_walks_verify(district: Engine) -> None:
    assert verify(district, EVENT_LOG).broken == 0
    with district.connect() as connection:
        waits(connection)


@pytest.mark.prove
def test_many_walks_reach_every_state_and_no_illegal_history(district: Engine, people: Crew) -> None:
    seen: set[tuple[str, str]] = set()
    with api_engine(district.url.render_as_string(hide_password=False)) as edge:
        for seed in range(1000, 1300):
            event, _ = walk(district, edge, people, seed)
            with district.connect() as connection:
                assert faults(connection, event) == [], seed
                rows = connection.execute(
                    text(
                        "SELECT w.code, l.to_status FROM event_log l JOIN event e ON e.id = l.event_id"
                        " JOIN workflow w ON w.id = e.workflow_id WHERE e.id = :id"
                    ),
                    {"id": event},
                )
                seen |= {(row.code, row.to_status) for row in rows}
    assert len({state for _, state in seen}) >= 13
